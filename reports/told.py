"""How the weekly summary is told: the same words for a figure in every document."""

from collections.abc import Sequence

from connectors.base import Metric
from content.vietnamese import day, moment, number, percent, weekday
from reports.phrases import METRIC_WORDS, signed
from reports.portal import LagLine, minutes_words
from reports.summary import PARTS, ChannelWeek, Coverage, Figure, Incident, TopPost, WeeklySummary

TITLE = "Tổng hợp tương tác tuần"
TOTAL = "Cộng"
NEVER_ADDED = (
    "Số nhỏ là thay đổi so với tuần trước. Lượt tiếp cận và lượt xem của các kênh không cộng với nhau và không phải là "
    "số người."
)
RATE = (
    "Tỷ lệ tương tác là lượt tương tác chia cho lượt tiếp cận (hoặc lượt xem), chỉ tính trên các bài có đủ hai số; ghi "
    "“-” khi thiếu số hoặc mẫu số bằng 0."
)
PENDING_MOST = 10
"""So many titles that wait for approval are named."""


def short(summary: WeeklySummary) -> str:
    """ "Tuần 48 năm 2026"."""
    return summary.label.partition(" (")[0]


def title(summary: WeeklySummary) -> str:
    """ "Tổng hợp tương tác tuần 48 năm 2026"."""
    return f"{TITLE.removesuffix(' tuần')} {short(summary)[0].lower()}{short(summary)[1:]}"


def cutoff(summary: WeeklySummary) -> str:
    """The moment the figures were closed, and how to read a dash."""
    return f"{closed(summary)} Dấu “-” nghĩa là không có số liệu."


def closed(summary: WeeklySummary) -> str:
    """ "Số liệu chốt lúc 07:00 ngày 30/11/2026."."""
    return f"Số liệu chốt lúc {moment(summary.cutoff_at)}."


def change(figure: Figure) -> str:
    """ "+12" against the week before; "-" when one of the two is not known."""
    return signed(figure.change)


def trouble(channel: ChannelWeek) -> str:
    """ "1 lỗi đăng, 2 quá giờ, 1 đã gỡ", or ""."""
    told = ((channel.failed, "lỗi đăng"), (channel.missed, "quá giờ"), (channel.withdrawn, "đã gỡ"))
    return ", ".join(f"{number(count)} {words}" for count, words in told if count)


def account(channel: ChannelWeek) -> str:
    """The account's own name, where the title does not tell it."""
    return "" if channel.account in channel.title else channel.account


def rate(share: float | None) -> str:
    """ "4,27%"."""
    return percent(share, 2)


def web_address(url: str) -> str:
    """The address, if it is one that a reader may be led to."""
    return url if url.startswith(("https://", "http://")) else ""


def where(post: TopPost) -> str:
    """Channel and hour of a post."""
    return f"{post.channel}, đăng lúc {moment(post.published_at)}"


def what_happened(incident: Incident) -> str:
    """What went wrong, and what people did about it."""
    return " ".join((*incident.happened, *incident.done))


def outcome(incident: Incident) -> str:
    """What became of it."""
    return f"Kết quả: {incident.outcome}"


def title_of(post: TopPost) -> str:
    """Its title, and that it is gone."""
    return f"{post.title} (đã gỡ)" if post.withdrawn else post.title


def where_it_happened(incident: Incident) -> str:
    """Channel and hour of an incident."""
    return f"{incident.channel}, giờ đăng {moment(incident.due_at)}"


BY_HAND_HEAD = ("Mục", "Kênh", "Số liệu", "Nơi ghi trên trang quản trị, lúc nhập")


def by_hand(summary: WeeklySummary) -> list[tuple[str, str, str, int | None, str]]:
    """What people copied from a console: line, channel, figure, its value, where it stands and when it was entered."""
    rows = []
    for line in summary.by_hand:
        at = f", gửi lúc {moment(line.at)}" if line.at else ""
        for one in line.figures:
            entered = f"nhập lúc {moment(one.entered_at)}" if one.entered_at else ""
            where = "; ".join(filter(None, (one.where, entered)))
            rows.append((f"{line.title}{at}", line.channel, one.label, one.value, where))
    return rows


# Coverage ------------------------------------------------------------------------------------------------


def counted(lines: Sequence[Coverage]) -> str:
    """What the counts of block 4 are of, as a sentence."""
    if any(line.unit == "posts" for line in lines):
        return "Đơn vị: bài, mỗi bài tính một lần."
    return "Đơn vị: lượt đăng, một bài trên một kênh là một lượt."


def missing(summary: WeeklySummary) -> str:
    """ "Còn thiếu: điểm b (1 lượt đăng), …", or ""."""
    told = ", ".join(
        f"điểm {line.letter} ({number(line.missing)} {line.unit_words})" for line in summary.missing_topics
    )
    return f"Còn thiếu: {told}." if told else ""


def result(line: Coverage) -> str:
    """Whether the week's minimum is reached."""
    return f"Thiếu {number(line.missing)}" if line.missing else "Đạt"


def week_to_date(line: Coverage) -> str:
    """ "1/2": this week and the week's minimum."""
    return f"{number(line.this_week)}/{number(line.minimum)}"


def year_to_date(line: Coverage) -> str:
    """ "31/52": this year and the year's minimum, where the plan names one."""
    return f"{number(line.this_year)}/{number(line.year_minimum)}" if line.year_minimum else number(line.this_year)


def year_head(summary: WeeklySummary) -> str:
    """The head of that column."""
    named = any(line.year_minimum for line in summary.coverage)
    return "Năm / mức" if named else f"Năm {summary.period[:4]}"


# The week after, notes ------------------------------------------------------------------------------------


def empty_days(summary: WeeklySummary) -> str:
    """The days of the week after on which nothing waits, or ""."""
    off = {one.on: one.off for one in summary.next_week if one.off}
    told = ", ".join(f"{weekday(on)} {day(on)}{f' ({off[on]})' if on in off else ''}" for on in summary.empty_days)
    return f"Ngày chưa có bài: {told}." if told else ""


def pending_told(summary: WeeklySummary) -> str:
    """How many posts wait for approval."""
    count = len(summary.pending)
    return f"{number(count)} bài chờ duyệt" if count else "Không có bài chờ duyệt."


def pending(summary: WeeklySummary) -> list[str]:
    """The first titles, and how many more there are."""
    more = len(summary.pending) - PENDING_MOST
    named = list(summary.pending[:PENDING_MOST])
    return [*named, f"và {number(more)} bài khác"] if more > 0 else named


def collected(channel: ChannelWeek) -> str:
    """When its figures were read last."""
    at = channel.collected_at
    return f"thu số liệu lần cuối lúc {moment(at)}." if at else "chưa thu số liệu lần nào."


def names(channel: ChannelWeek) -> list[str]:
    """What the platform calls the figures that the sheet shows, a sentence each; the workbook has all of them."""
    shown = {channel.base_metric, *(part for part in PARTS if channel.parts[part].value is not None), Metric.FOLLOWERS}
    lines = []
    for one in channel.names:
        if one.metric not in shown:
            continue
        words = METRIC_WORDS.get(one.metric, one.metric)
        version = f" ({one.version})" if one.version else ""
        meaning = f". {one.definition.rstrip('.')}" if one.definition else ""
        lines.append(f"{words[:1].upper()}{words[1:]}: {one.name}{version}{meaning}.")
    return lines


def notes(summary: WeeklySummary) -> list[str]:
    """Block 7 but for the collection times: what is missing, what was redefined, how the rate is made."""
    return [*summary.breaks, *summary.notes, RATE]


def portal_lines(summary: WeeklySummary) -> list[LagLine]:
    """All sources together, then each when there are several."""
    if summary.portal is None:
        return []
    several = summary.portal.sources if len(summary.portal.sources) > 1 else ()
    return [summary.portal.total, *several]


def portal_cells(line: LagLine) -> list[str]:
    """One source as printed."""
    lag = (minutes_words(line.median_minutes), minutes_words(line.p90_minutes))
    return [line.name, number(line.suggested), number(line.shared), rate(line.share), *lag]
