"""The fixed sentences of a campaign's summary: figures in, official Vietnamese out."""

from collections.abc import Iterator, Sequence

from content.campaigns import Phase
from content.vietnamese import day, local_day, moment, number, percent
from reports.campaign_summary import CampaignSummary, ChannelTally, Tally
from reports.summary import PARTS

TITLES_TOLD = 3
"""So many posts are named in a sentence; the table has them all."""


def sentences(summary: CampaignSummary) -> tuple[str, ...]:
    """How far it is, what comes, what is missing, what was never used, what it reached."""
    return (
        how_far(summary),
        *what_comes(summary),
        *what_is_missing(summary),
        *what_is_unused(summary),
        *what_it_reached(summary.channels),
    )


def how_far(summary: CampaignSummary) -> str:
    """The first sentence: published of wanted, against the pace."""
    name, tally = f"Chiến dịch “{summary.name}”", summary.tally
    if summary.phase is Phase.COMING:
        target = f"; chỉ tiêu {number(tally.wanted)} bài" if tally.wanted else ""
        days = (summary.first - local_day(summary.as_of)).days
        return f"{name} bắt đầu ngày {day(summary.first)}, còn {number(days)} ngày{target}."
    if summary.phase is Phase.OVER:
        at = summary.ended_at
        ended = local_day(at) if at and local_day(at) < summary.last else summary.last
        return f"{name} đã kết thúc ngày {day(ended)}: {_done(tally)}{_result(tally)}."
    return f"{name} {_done(tally)}{_against_pace(summary)}."


def _done(tally: Tally) -> str:
    if not tally.wanted:
        return f"đã đăng {number(tally.published)} bài (không đặt chỉ tiêu chung)"
    return f"đã đăng {number(tally.published)}/{number(tally.wanted)} bài ({percent(tally.share, 1)})"


def _result(tally: Tally) -> str:
    if not tally.wanted:
        return ""
    return f", còn thiếu {number(tally.left)} bài" if tally.left else ", đạt chỉ tiêu"


def _against_pace(summary: CampaignSummary) -> str:
    if summary.pace is None:
        return ""
    if not summary.tally.left:
        return ", đã đạt chỉ tiêu"
    if summary.behind > 0:
        return f", chậm {number(summary.behind)} bài so với tiến độ (đến nay cần {number(summary.pace)} bài)"
    return f", nhanh hơn tiến độ {number(-summary.behind)} bài" if summary.behind else ", đúng tiến độ"


def what_comes(summary: CampaignSummary) -> Iterator[str]:
    """What waits, what failed, what was taken down."""
    tally = summary.tally
    if tally.waiting:
        reach = min(tally.published + tally.waiting, tally.wanted) if tally.wanted else 0
        told = f"; nếu đều đăng đúng lịch thì đạt {number(reach)}/{number(tally.wanted)} bài" if reach else ""
        yield f"Còn {number(tally.waiting)} bài đang chờ đăng trong thời gian chiến dịch{told}."
    elif summary.phase is not Phase.OVER and (tally.left or not tally.wanted):
        yield "Chưa có bài nào của chiến dịch đang chờ đăng."
    if tally.failed:
        yield f"Có {number(tally.failed)} bài lỗi đăng, quá giờ hoặc hết hiệu lực nên không tính là đã đăng."
    if summary.withdrawn:
        yield f"Trong số đã đăng có {number(summary.withdrawn)} bài đã gỡ khỏi kênh."


def what_is_missing(summary: CampaignSummary) -> Iterator[str]:
    """Targets that neither what went out nor what waits fulfils."""
    topics = [f"điểm {line.letter} {number(line.tally.short)} bài" for line in summary.short_topics]
    channels = [f"{line.title} {number(line.tally.short)} bài" for line in summary.short_channels]
    if topics:
        yield f"Nội dung còn thiếu, chưa có lịch đăng: {', '.join(topics)}."
    if channels:
        yield f"Kênh còn thiếu, chưa có lịch đăng: {', '.join(channels)}."


def what_is_unused(summary: CampaignSummary) -> Iterator[str]:
    """Posts of the campaign that never went out in it."""
    unused = summary.unused
    if not summary.posts:
        yield "Chiến dịch chưa có bài nào."
    elif unused:
        titles = "; ".join(f"“{post.title}”" for post in unused[:TITLES_TOLD])
        more = "…" if len(unused) > TITLES_TOLD else ""
        told = f"Có {number(len(unused))}/{number(len(summary.posts))} bài của chiến dịch chưa đăng và chưa có lịch"
        yield f"{told}: {titles}{more}."


def what_it_reached(channels: Sequence[ChannelTally]) -> Iterator[str]:
    """Each channel for itself: figures of two channels may not be added."""
    told = [_reached(line) for line in channels if line.base is not None or line.interactions is not None]
    if told:
        yield f"Kết quả từng kênh: {'; '.join(told)}."
    elif any(line.tally.published for line in channels):
        yield "Chưa có số liệu tương tác của các bài đã đăng."


def _reached(line: ChannelTally) -> str:
    """What was told of one channel, and that the rest was not."""
    base = "" if line.base is None else f"{number(line.base)} {line.base_label.lower()}"
    acts = "chưa có số liệu tương tác" if line.interactions is None else f"{number(line.interactions)} lượt tương tác"
    return f"{line.title} {', '.join(filter(None, (base, acts)))}"


def notes(summary: CampaignSummary) -> tuple[str, ...]:
    """What a reader of the figures has to know."""
    found = [
        "Tính các lượt đăng của bài thuộc chiến dịch, trên các kênh của chiến dịch, có giờ đăng trong những ngày đó; "
        "một bài đăng trên hai kênh tính là hai.",
        "Tiến độ tính đều theo thời gian từ ngày đầu đến ngày cuối.",
        "Số liệu là số cộng dồn của từng bài ở lần thu gần nhất; lượt tiếp cận và lượt xem của các kênh "
        "không được cộng với nhau và không phải là số người. Dấu “-” nghĩa là không có số liệu.",
    ]
    for line in summary.channels:
        if line.collected_at:
            unknown = [words for part, words in PARTS.items() if line.parts[part] is None]
            without = f"; lượt tương tác không gồm {', '.join(unknown)}" if unknown and line.parts_told else ""
            found.append(f"{line.title}: thu số liệu lần cuối lúc {moment(line.collected_at)}{without}.")
    return tuple(found)
