"""The summary as an official document: the same body in the frame of the decree on documents (domain 3.1, 3.2).

Number, day and signature stay blank: the office's own system gives them. Whoever wants to hand it to a leader opens it
in Word, adds the office's opinion and sends it on its way.
"""

from collections.abc import Iterator
from dataclasses import replace

from content.vietnamese import day, local_day, weekday
from reports import chart, told
from reports.official.docx import docx
from reports.official.values import (
    Annex,
    Block,
    Cell,
    Column,
    Dash,
    Heading,
    OfficialDocument,
    Paragraph,
    Picture,
    Section,
    Table,
)
from reports.papers.pictures import panel_png
from reports.phrases import METRIC_WORDS
from reports.summary import ChannelWeek, WeeklySummary


def word(summary: WeeklySummary, heading: Heading) -> bytes:
    """The Word file."""
    return docx(document(summary, heading))


def document(summary: WeeklySummary, heading: Heading) -> OfficialDocument:
    """The summary as values. Subject and month of the frame are the summary's own."""
    span = summary.label.partition(" (")[2].rstrip(")")
    return OfficialDocument(
        heading=replace(heading, subject=f"{told.title(summary)} ({span})", dated=local_day(summary.cutoff_at)),
        blocks=tuple(_blocks(summary)),
        annexes=tuple(_annexes(summary)),
        title=told.title(summary),
        author=heading.issuer,
        cutoff_at=summary.cutoff_at,
    )


def _blocks(summary: WeeklySummary) -> Iterator[Block]:
    yield Section("Tóm tắt")
    for sentence in summary.lead:
        yield Paragraph(sentence)
    yield Paragraph(told.cutoff(summary))
    yield Section("Kết quả theo kênh")
    yield from _channels(summary)
    yield Section("Bài có nhiều tương tác nhất")
    yield from _top(summary)
    yield Section("Độ phủ nội dung")
    yield from _coverage(summary)
    yield Section("Sự cố")
    yield from _incidents(summary)
    yield Section("Kế hoạch tuần tới")
    yield from _next_week(summary)
    yield Section("Ghi chú số liệu")
    for one in summary.channels:
        yield Dash(f"{one.title}: {told.collected(one)}")
    for note in told.notes(summary):
        yield Dash(note)


def _channels(summary: WeeklySummary) -> Iterator[Block]:
    if not summary.channels:
        yield Paragraph("Chưa có kênh nào được kết nối.")
        return
    columns = (
        Column("Kênh", 1.6), Column("Số bài đăng", 1, numeric=True),
        Column("Tiếp cận hoặc lượt xem", 1.5, numeric=True), Column("Lượt tương tác", 1.2, numeric=True),
        Column("Tỷ lệ tương tác", 1, numeric=True), Column("Người theo dõi cuối tuần", 1.3, numeric=True),
        Column("± tuần", 0.9, numeric=True),
    )  # fmt: skip
    yield Table(
        "Kết quả trong tuần theo kênh", columns, tuple(map(_channel, summary.channels)), notes=(_bases(summary),)
    )
    if amiss := "; ".join(f"{one.title}: {told.trouble(one)}" for one in summary.channels if told.trouble(one)):
        yield Paragraph(f"Lỗi đăng, quá giờ, đã gỡ: {amiss}.")
    rows = tuple((*row[:2], row[2], row[3]) for row in told.by_hand(summary))
    if rows:
        hand = (Column("Mục", 2.5), Column("Kênh", 1), Column("Số liệu", 1.2), Column("Giá trị", 0.8, numeric=True))
        yield Table("Số liệu nhập tay, không nằm trong các số trên", hand, rows)


def _channel(one: ChannelWeek) -> tuple[str | int | None, ...]:
    rate = None if one.rate is None else told.rate(one.rate)
    followers = (one.followers.value, told.change(one.followers))
    return (one.title, one.published.value, one.base.value, one.engagement.value, rate, *followers)


def _bases(summary: WeeklySummary) -> str:
    """Which of the two the third column is, and that it is not added."""
    bases = "; ".join(f"{one.title}: {one.base_label.lower()}" for one in summary.channels if one.base_metric)
    return (
        f"{bases + '. ' if bases else ''}Lượt tiếp cận và lượt xem của các kênh không cộng với nhau và không phải là "
        "số người."
    )


def _top(summary: WeeklySummary) -> Iterator[Block]:
    if not summary.top:
        yield Paragraph("Chưa có bài nào có lượt tương tác trong tuần.")
        return
    columns = (
        Column("Tiêu đề", 3), Column("Kênh, giờ đăng", 1.7), Column("Tiếp cận hoặc lượt xem", 1.2, numeric=True),
        Column("Lượt tương tác", 1.1, numeric=True),
    )  # fmt: skip
    rows = tuple((told.title_of(post), told.where(post), post.base, post.engagement) for post in summary.top)
    yield Table("Năm bài có nhiều tương tác nhất trong tuần", columns, rows)


def _coverage(summary: WeeklySummary) -> Iterator[Block]:
    if not summary.coverage:
        yield Paragraph("Chưa nạp kế hoạch tuyên truyền nên chưa tính được độ phủ.")
        return
    yield Paragraph(told.missing(summary) or "Các nội dung đều đạt mức tối thiểu trong tuần.")
    columns = (
        Column("Điểm", 0.6), Column("Nội dung", 3), Column("Tuần này", 0.9, numeric=True),
        Column("Mức tuần", 0.9, numeric=True), Column("Còn thiếu", 0.9, numeric=True),
        Column(told.year_head(summary), 1.2, numeric=True),
    )  # fmt: skip
    rows = tuple(
        (line.letter, line.label, line.this_week, line.minimum, line.missing, told.year_to_date(line))
        for line in summary.coverage
    )
    yield Table("Số lượng theo nội dung của kế hoạch", columns, rows, notes=(told.counted(summary.coverage),))


def _incidents(summary: WeeklySummary) -> Iterator[Block]:
    if not summary.incidents:
        yield Paragraph("Không có sự cố trong tuần.")
    for one in summary.incidents:
        where = told.where_it_happened(one)
        yield Dash(f"{one.title} ({where}): {told.what_happened(one)} {told.outcome(one)}")


def _next_week(summary: WeeklySummary) -> Iterator[Block]:
    if summary.channels:
        columns = (Column("Kênh", 2.2), *(Column(f"{weekday(on.on, short=True)} {day(on.on)[:5]}", 1, numeric=True)
                                          for on in summary.next_week))  # fmt: skip
        queue: tuple[tuple[Cell, ...], ...] = tuple(
            (one.title, *(on.per_channel[place] for on in summary.next_week))
            for place, one in enumerate(summary.channels)
        )
        total: tuple[Cell, ...] = (told.TOTAL, *(on.total for on in summary.next_week))
        yield Table("Số lượt đăng đã lên lịch trong tuần tới", columns, queue, total)
        if told.empty_days(summary):
            yield Paragraph(told.empty_days(summary))
    yield Paragraph(f"{told.pending_told(summary)}{':' if summary.pending else ''}")
    for title in told.pending(summary):
        yield Dash(title)


def _annexes(summary: WeeklySummary) -> Iterator[Annex]:
    """The charts, and what each platform calls its figures."""
    if not summary.channels:
        return
    blocks: list[Block] = []
    for mark, panels in (("ngay", chart.day_panels(summary)), ("nen", chart.base_panels(summary))):
        blocks += [
            Picture(panel_png(panel, mark, grey=True), f"{panel.title}, {panel.note}. {panel.described}.",
                    f"{panel.title}: {panel.note}", width_mm=90.0)
            for panel in panels
        ]  # fmt: skip
    yield Annex("Biểu đồ", tuple(blocks))
    rows = tuple(
        (one.title, METRIC_WORDS.get(name.metric, name.metric), name.name, name.version)
        for one in summary.channels
        for name in one.names
    )
    if rows:
        columns = (Column("Kênh", 1.4), Column("Chỉ số", 1.2), Column("Tên của nền tảng", 2), Column("Phiên bản", 0.8))
        yield Annex("Tên chỉ số theo nền tảng", (Table("Tên chỉ số theo nền tảng", columns, rows),))
