"""The facts for section III, IV and the indices: what was reached, what is lacking, what is asked next. No opinions."""

from collections import Counter
from collections.abc import Iterator

from content.vietnamese import number
from reports.official.citing import Citations, lowered
from reports.official.data import IndexFacts, MonthFacts, ReportData, ResultFacts
from reports.official.words import listed, measured, shares, short_day
from scheduler.lifecycle import State

LOST_WORDS = {
    State.FAILED.value: "lỗi đăng",
    State.MISSED.value: "quá giờ đăng",
    State.EXPIRED.value: "bài hết hiệu lực trước giờ đăng",
}
REASONS = 5
"""So many reasons are told, the most frequent first."""


def _lines(lines: Iterator[str]) -> str:
    return "\n".join(lines)


# Indices ---------------------------------------------------------------------------------------------------


def index_words(data: ReportData) -> str:
    """What was published, and what may be compared: ranks only of the same number of places."""
    return _lines(_index_lines(data))


def _index_lines(data: ReportData) -> Iterator[str]:
    if not data.indices:
        yield "Kế hoạch chưa nêu chỉ số nào."
        return
    before, this = data.index_years
    told = [one for one in data.indices if one.this or one.previous]
    if not told:
        yield f"Đến thời điểm chốt số liệu chưa ghi nhận kết quả nào của năm {before} và năm {this}."
        return
    if this != data.year:
        shown = f"Bảng 4 nêu kết quả năm {before} và năm {this}"
        yield f"Đến thời điểm chốt số liệu chưa có kết quả của năm {data.year}; {shown}."
    for one in told:
        yield f"- {one.code}: {'; '.join(index_parts(one))}."


def index_parts(one: IndexFacts) -> Iterator[str]:
    """Each year's result, then what the two say of each other and of the target."""
    for result in (one.this, one.previous):
        if result:
            yield f"năm {result.year} {result_words(result)}"
    if moved := moved_words(one):
        yield moved
    if one.this and one.this.rank and one.target_rank:
        if (met := meets_target(one)) is None:
            yield (
                f"mục tiêu nhóm {one.target_rank} đặt trên {one.denominator} địa phương, kết quả xếp trên "
                f"{one.this.denominator} địa phương nên không so sánh với mục tiêu"
            )
        else:
            yield f"{'đạt' if met else 'chưa đạt'} mục tiêu nhóm {one.target_rank}/{one.denominator} địa phương"


def meets_target(one: IndexFacts) -> bool | None:
    """Whether the year's rank is within the target; None where the two are not out of the same number of places."""
    if one.this is None or not (one.this.rank and one.target_rank) or one.this.denominator != one.denominator:
        return None
    return one.this.rank <= one.target_rank


def result_words(result: ResultFacts) -> str:
    """ "đạt 88,38%, xếp hạng 17/63"."""
    value = f"đạt {measured(result.value, result.unit)}" if result.value is not None else ""
    rank = f"xếp hạng {result.rank}/{result.denominator}" if result.rank else ""
    return ", ".join(filter(None, (value, rank))) or "chưa có kết quả"


def moved_words(one: IndexFacts) -> str:
    """How the rank moved; ranks of different numbers of places are not compared."""
    if not (one.this and one.previous and one.this.rank and one.previous.rank):
        return ""
    if one.this.denominator != one.previous.denominator:
        return (
            f"hai năm xếp hạng trên số địa phương khác nhau ({one.previous.denominator} và {one.this.denominator}) "
            "nên không so sánh thứ hạng"
        )
    change = one.previous.rank - one.this.rank
    return f"{'tăng' if change > 0 else 'giảm'} {abs(change)} bậc" if change else "giữ nguyên thứ hạng"


# III -------------------------------------------------------------------------------------------------------


def reached(data: ReportData) -> str:
    """What met its number."""
    return _lines(_reached(data))


def _reached(data: ReportData) -> Iterator[str]:
    asked = [one for one in data.topics if one.wanted]
    met = [one for one in asked if not one.missing]
    if met:
        letters = ", ".join(one.letter for one in met)
        yield f"- {number(len(met))}/{number(len(asked))} nội dung đạt chỉ tiêu lượt đăng: điểm {letters}."
    months = [one for one in data.months if one.wanted]
    full = [one for one in months if one.published >= one.wanted]
    if full:
        yield f"- {number(len(full))}/{number(len(months))} tháng có tổng số lượt đăng đạt mức tối thiểu của tháng."
    if data.portal and data.portal.shared:
        rate = shares(data.portal.shared, data.portal.suggested)
        of = f"{number(data.portal.shared)}/{number(data.portal.suggested)}"
        yield f"- Đã chia sẻ lên mạng xã hội {of} tin, bài của Cổng, Trang thông tin điện tử ({rate})."
    for one in data.channels:
        if one.gained is not None and one.gained > 0:
            yield (
                f"- Người theo dõi {one.title} tăng {number(one.gained)}, từ {number(one.followers_before)} lên "
                f"{number(one.followers)}."
            )
    for index in data.indices:
        if (result := index.this) and meets_target(index):
            told = f"{index.code} năm {result.year} {result_words(result)}"
            yield f"- {told}, đạt mục tiêu nhóm {index.target_rank}."
    expected = [one for one in data.agencies if one.expected]
    if expected and all(one.handed_on and not one.late for one in expected):
        yield f"- {number(len(expected))}/{number(len(expected))} cơ quan, đơn vị nộp báo cáo năm đúng hạn."


def lacking(data: ReportData) -> str:
    """What did not meet its number, what did not go out, who did not hand in, what agencies found difficult."""
    return _lines(_lacking(data))


def _lacking(data: ReportData) -> Iterator[str]:
    short = [one for one in data.topics if one.missing]
    if short:
        each = ", ".join(f"điểm {one.letter} ({number(one.published)}/{number(one.wanted)})" for one in short)
        yield f"- {number(len(short))} nội dung còn thiếu lượt đăng so với chỉ tiêu: {each}."
    months = [one for one in data.months if one.published < one.wanted]
    if months:
        each = ", ".join(f"{month_words(one)} ({number(one.published)}/{number(one.wanted)})" for one in months)
        yield f"- {number(len(months))} tháng có tổng số lượt đăng dưới mức tối thiểu của tháng: {each}."
    yield from _not_published(data)
    yield from _not_handed_in(data)
    for one in data.channels:
        if one.gained is not None and one.gained < 0:
            yield f"- Người theo dõi {one.title} giảm {number(-one.gained)}, còn {number(one.followers)}."
    corrected = sum(one.tone == "can_chan_chinh" for one in data.activities)
    if corrected:
        yield f"- {number(corrected)} tin, bài báo chí phản ánh nội dung cần chấn chỉnh."
    told = [agency for agency in data.agencies if agency.words]
    if told:
        yield "Ý kiến ghi trong báo cáo của cơ quan, đơn vị:"
        yield from (f"- {agency.name}: {' '.join(agency.words.split()).rstrip('.')}." for agency in told)


def _not_published(data: ReportData) -> Iterator[str]:
    states: Counter[str] = Counter()
    for one in data.troubles:
        states[one.state] += one.count
    if states:
        each = ", ".join(f"{words} {number(states[state])}" for state, words in LOST_WORDS.items() if states[state])
        yield f"- {number(states.total())} lượt đăng đến hạn trong kỳ không lên kênh: {each}."


def _not_handed_in(data: ReportData) -> Iterator[str]:
    """Only once there is somebody who handed in, or the day has come."""
    expected = [one for one in data.agencies if one.expected]
    open_, late = [one.name for one in expected if not one.handed_on], [one.name for one in expected if one.late]
    if open_ and len(open_) < len(expected):
        yield f"- {number(len(open_))} cơ quan, đơn vị chưa nộp báo cáo năm: {listed(open_)}."
    elif open_:
        yield "- Chưa ghi nhận báo cáo năm của cơ quan, đơn vị nào."
    if late:
        yield f"- {number(len(late))} cơ quan, đơn vị nộp báo cáo năm trễ hạn: {listed(late)}."


def month_words(one: MonthFacts) -> str:
    """ "tháng 3", or the days of a month that runs from the 15th to the 14th."""
    if one.first.day == 1:
        return f"tháng {one.first.month}/{one.first.year}"
    return f"tháng {one.last.month}/{one.last.year} ({short_day(one.first)} - {short_day(one.last)})"


def causes(data: ReportData) -> str:
    """The reasons that were recorded for what did not go out; everything else people have to say."""
    if not data.troubles:
        return ""
    ordered = sorted(data.troubles, key=lambda one: (-one.count, one.channel, one.state, one.words))
    lines = ["Lý do hệ thống ghi nhận của các lượt đăng không lên kênh:"]
    for one in ordered[:REASONS]:
        channel = data.channel(one.channel)
        why = one.words.rstrip(".") or LOST_WORDS[one.state].capitalize()
        lines.append(f"- {channel.title if channel else 'Kênh đã tắt'}: {why} ({number(one.count)} lượt).")
    rest = sum(one.count for one in ordered[REASONS:])
    return "\n".join([*lines, *([f"- Lý do khác: {number(rest)} lượt."] if rest else [])])


# IV --------------------------------------------------------------------------------------------------------


def ahead(data: ReportData, cite: Citations) -> str:
    """The targets of the next year's plan, where it is there; without one the office writes what comes."""
    plan = data.next_plan
    if plan is None:
        return ""
    lines = [f"Triển khai {cite(plan.plan)} với các chỉ tiêu:"]
    lines += [
        f"- Điểm {letter}. {label}: tối thiểu {number(least)} lượt đăng."
        for letter, label, least in plan.topics
        if least
    ]
    lines += [f"- {code}: {lowered(target).rstrip('.')}." for code, target in plan.targets]
    lines += [f"- {what}: trước ngày {short_day(on)}." for what, on in plan.deadlines if on]
    return "\n".join(lines)
