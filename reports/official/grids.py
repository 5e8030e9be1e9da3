"""The four tables of a report and the lists of its annexes, as values."""

from collections.abc import Callable, Sequence

from content.activity_fields import told
from content.activity_kinds import COLUMN_WORDS, KIND_NAMES
from content.checks.values import FORMS as POST_FORMS
from content.vietnamese import local_day, number
from reports.official.data import AgencyFacts, IndexFacts, ReportData, ResultFacts
from reports.official.places import Grid
from reports.official.values import Cell, Column, Table
from reports.official.words import measured, short_day
from reports.phrases import signed
from reports.summary import BASES


def grid(data: ReportData, which: Grid) -> Table:
    """One of the tables 1 to 4."""
    makers: dict[Grid, Callable[[ReportData], Table]] = {
        Grid.TOPICS: topics,
        Grid.ACCOUNTS: accounts,
        Grid.AGENCIES: agencies,
        Grid.INDICES: indices,
    }
    return makers[which](data)


def _sum(rows: Sequence[tuple[Cell, ...]], place: int) -> int:
    return sum(value for row in rows if isinstance(value := row[place], int))


def topics(data: ReportData) -> Table:
    """Table 1: every point of the plan by network, portal, press and direct activities."""
    columns = (
        Column("Điểm", 0.6),
        Column("Nội dung", 3.0),
        *(Column(name, 1.1, numeric=True) for name in data.platforms),
        *(Column(words, 1.1, numeric=True) for words in COLUMN_WORDS.values()),
    )
    rows: list[tuple[Cell, ...]] = [
        (one.letter, one.label, *(one.cells.get(name, 0) for name in data.platforms), one.portal, one.press, one.direct)
        for one in data.topics
    ]
    known = {one.letter for one in data.topics}
    if data.beyond:
        mine = [one for one in data.items if one.topic not in known]
        labels = {one.id: one.platform for one in data.channels}
        each = [sum(labels[one.channel] == name for one in mine) for name in data.platforms]
        rows.append(("", "Nội dung ngoài kế hoạch", *each, None, None, None))
    notes = [
        "Đơn vị tính: mạng xã hội là lượt đăng; Cổng, Trang thông tin điện tử và báo chí là tin, bài; trực tiếp là "
        "lớp, cuộc, ấn phẩm hoặc hoạt động."
    ]
    if data.portal_read:
        notes.append(
            f"Cột Cổng, Trang thông tin điện tử gồm {number(data.portal_read)} tin, bài đọc được từ nguồn tin và các "
            "tin, bài được ghi vào nhật ký hoạt động."
        )
    loose = sum(one.topic not in known for one in data.activities)
    if loose:
        notes.append(f"{number(loose)} hoạt động chưa ghi nội dung không có trong bảng này.")
    if data.plan and data.plan.minimum_note:
        notes.append(data.plan.minimum_note)
    total: tuple[Cell, ...] = ("", "Tổng cộng", *(_sum(rows, place) for place in range(2, len(columns))))
    return Table("Kết quả theo nội dung tuyên truyền", columns, tuple(rows), total, tuple(notes))


def accounts(data: ReportData) -> Table:
    """Table 2: every account."""
    columns = (
        Column("Tài khoản", 2.4),
        Column("Nền tảng", 1.3),
        *(Column(words, 1.1, numeric=True) for words in ("Lượt đăng", "Số bài")),
        *(
            Column(words, 1.3, numeric=True)
            for words in ("Người theo dõi đầu kỳ", "Người theo dõi cuối kỳ", "Tăng, giảm")
        ),
    )
    rows: list[tuple[Cell, ...]] = [
        (one.account, one.platform, one.published, one.posts, one.followers_before, one.followers, signed(one.gained))
        for one in data.channels
    ]
    total = ("Tổng cộng", "", _sum(rows, 2), data.posts, "", "", "")
    one_off = (
        "Tổng số bài tính mỗi bài một lần, dù đăng trên nhiều tài khoản; người theo dõi không cộng giữa các tài khoản."
    )
    return Table("Kết quả theo tài khoản mạng xã hội", columns, tuple(rows), total, (one_off, *data.notes))


def agencies(data: ReportData) -> Table:
    """Table 3: every agency."""
    columns = (
        Column("TT", 0.5, numeric=True),
        Column("Cơ quan, đơn vị", 3.0),
        *(
            Column(words, 1.0, numeric=True)
            for words in ("Bài đề xuất", "Bài được đăng", "Tin, bài của Cổng được chia sẻ")
        ),
        Column("Ngày nộp báo cáo", 1.4),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            place,
            one.name,
            one.proposed,
            one.published,
            one.shared,
            _handed(one),
        )
        for place, one in enumerate(data.agencies, 1)
    ]
    total: tuple[Cell, ...] = ("", "Tổng cộng", *(_sum(rows, place) for place in (2, 3, 4)), "")
    office = sum(one.agency == "" for one in data.items)
    notes = (
        (f"Ngoài các bài trên, cơ quan quản lý tài khoản trực tiếp thực hiện {number(office)} lượt đăng.",)
        if office
        else ()
    )
    return Table("Kết quả theo cơ quan, đơn vị", columns, tuple(rows), total, notes)


def _handed(one: AgencyFacts) -> str:
    if one.handed_on:
        return f"{short_day(one.handed_on)}{' (nộp trễ)' if one.late else ''}"
    return "Chưa nộp" if one.expected else ""


def indices(data: ReportData) -> Table:
    """Table 4: every index in two years, with its rank and what that is out of."""
    before, this = data.index_years
    columns = (
        Column("Chỉ số", 1.3),
        *(Column(words, 1.2, numeric=True) for words in (f"Kết quả năm {before}", f"Kết quả năm {this}")),
        *(Column(words, 1.1, numeric=True) for words in (f"Xếp hạng năm {before}", f"Xếp hạng năm {this}")),
        Column("Mục tiêu", 1.8),
        Column("Nguồn", 1.7),
    )
    rows: list[tuple[Cell, ...]] = [
        (one.code, *map(_value, both), *map(_rank, both), one.target or None, _source(one))
        for one in data.indices
        for both in [(one.previous, one.this)]
    ]
    notes = ("Thứ hạng ghi kèm tổng số địa phương được xếp hạng; chỉ so sánh thứ hạng khi tổng số này như nhau.",)
    return Table("Kết quả các chỉ số", columns, tuple(rows), (), notes)


def _value(result: ResultFacts | None) -> str | None:
    if result is None or result.value is None:
        return None
    return measured(result.value, result.unit)


def _rank(result: ResultFacts | None) -> str | None:
    return f"{result.rank}/{result.denominator}" if result and result.rank else None


def _source(one: IndexFacts) -> str | None:
    return (
        "; ".join(dict.fromkeys(result.source for result in (one.previous, one.this) if result and result.source))
        or None
    )


# Annexes ---------------------------------------------------------------------------------------------------


def items(data: ReportData) -> Table:
    """Annex I: every publication, oldest first."""
    columns = (
        Column("TT", 0.5, numeric=True),
        Column("Ngày đăng", 1.2),
        Column("Tiêu đề", 3.2),
        Column("Kênh", 1.1),
        Column("Điểm", 0.5),
        Column("Hình thức", 1.3),
        Column("Tiếp cận hoặc xem", 0.9, numeric=True),
        Column("Tương tác", 0.9, numeric=True),
        Column("Đường dẫn", 2.6),
    )
    titles = {one.id: one.title for one in data.channels}
    rows = tuple(
        (
            place,
            short_day(local_day(one.at)),
            f"{one.title} (đã gỡ)" if one.gone else one.title,
            titles[one.channel],
            one.topic,
            POST_FORMS.get(one.form, one.form),
            one.base,
            one.engagement,
            one.url or None,
        )
        for place, one in enumerate(data.items, 1)
    )
    measured = ", ".join(f"{one.title}: {BASES[one.base_metric].lower()}" for one in data.channels if one.base_metric)
    notes = (f"Cột “Tiếp cận hoặc xem”: {measured}.",) if measured else ()
    return Table("Danh mục lượt đăng trong kỳ", columns, rows, (), notes)


def activities(data: ReportData) -> Table:
    """Annex II: every activity outside the networks."""
    columns = (
        Column("TT", 0.5, numeric=True),
        Column("Thời gian", 1.2),
        Column("Loại", 1.3),
        Column("Hoạt động", 3.0),
        Column("Cơ quan, đơn vị", 1.6),
        Column("Địa điểm, nơi đăng", 1.5),
        Column("Điểm", 0.5),
        Column("Kết quả", 1.7),
        Column("Kinh phí (đồng)", 1.1, numeric=True),
    )
    names = {one.code: one.name for one in data.agencies}
    rows = tuple(
        (
            place,
            short_day(one.first) if one.first == one.last else f"{short_day(one.first)} - {short_day(one.last)}",
            KIND_NAMES.get(one.kind, one.kind),
            one.title,
            names.get(one.agency, one.agency),
            "; ".join(filter(None, (one.outlet, one.place, one.url))),
            one.topic,
            told(one.figures),
            one.cost,
        )
        for place, one in enumerate(data.activities, 1)
    )
    return Table("Danh mục hoạt động trực tiếp, báo chí, ấn phẩm", columns, rows)


def evidence(data: ReportData) -> Table:
    """Annex III: the files; what is online is proved by the addresses of annex I."""
    columns = (
        Column("TT", 0.5, numeric=True),
        Column("Tệp", 2.4),
        Column("Chứng minh cho", 3.0),
        Column("Ngày nhận", 1.3),
        Column("Dung lượng (KB)", 0.9, numeric=True),
        Column("Mã băm SHA-256 (16 ký tự đầu)", 2.4),
    )
    rows = tuple(
        (place, one.name, one.proves, short_day(one.added_on), max(1, round(one.size / 1024)), one.sha256[:16])
        for place, one in enumerate(data.evidence, 1)
    )
    return Table("Danh mục tài liệu kiểm chứng", columns, rows)
