"""What two cut-offs of one report differ in: figure by figure, in words, before the newer one is taken over."""

from collections.abc import Iterator
from typing import NamedTuple

from content.vietnamese import MISSING, number, percent
from reports.official.data import ChannelFacts, ReportData
from reports.official.judging import result_words
from reports.official.words import hours, shares, short_day
from reports.summary import BASES


class Change(NamedTuple):
    """One figure at two cut-offs; "-" where one of them does not have it."""

    what: str
    before: str
    after: str


def changes(old: ReportData, new: ReportData) -> tuple[Change, ...]:
    """Every figure that is not the same, in the order of the report."""
    before, after = dict(_figures(old)), dict(_figures(new))
    return tuple(
        Change(what, before.get(what, MISSING), after.get(what, MISSING))
        for what in dict.fromkeys([*after, *before])
        if before.get(what, MISSING) != after.get(what, MISSING)
    )


def _figures(data: ReportData) -> Iterator[tuple[str, str]]:
    yield "Kế hoạch đối chiếu", data.plan.number or data.plan.title if data.plan else MISSING
    yield "Tổng số lượt đăng", number(data.published)
    yield "Tổng số bài", number(data.posts)
    yield "Tỷ lệ hoàn thành chỉ tiêu lượt đăng", shares(data.done, data.wanted) if data.wanted else MISSING
    for topic in data.topics:
        yield f"Điểm {topic.letter}: lượt đăng", number(topic.published)
        yield f"Điểm {topic.letter}: chỉ tiêu", number(topic.wanted)
        yield (
            f"Điểm {topic.letter}: Cổng, báo chí, trực tiếp",
            " / ".join(number(one) for one in (topic.portal, topic.press, topic.direct)),
        )
    for channel in data.channels:
        yield from _channel(channel)
    yield "Hoạt động ngoài mạng xã hội", number(len(data.activities))
    yield "Kinh phí đã ghi nhận (đồng)", number(sum(one.cost or 0 for one in data.activities))
    yield "Tài liệu kiểm chứng", number(len(data.evidence))
    yield "Lượt đăng đến hạn không lên kênh", number(sum(one.count for one in data.troubles))
    if data.portal:
        yield "Tin, bài của Cổng được chia sẻ", f"{number(data.portal.shared)}/{number(data.portal.suggested)}"
        yield "Độ trễ trung bình từ Cổng đến mạng xã hội", hours(data.portal.mean_minutes)
    for one in data.agencies:
        handed = f"nộp ngày {short_day(one.handed_on)}" if one.handed_on else "chưa nộp báo cáo"
        told = f"đề xuất {number(one.proposed)}, được đăng {number(one.published)}, chia sẻ {number(one.shared)}"
        yield one.name, f"{told}; {handed}" if one.expected or one.handed_on else told
    for index in data.indices:
        for result in (index.previous, index.this):
            if result:
                yield f"{index.code} năm {result.year}", result_words(result)
    yield "Chỉ tiêu của kế hoạch năm sau", data.next_plan.plan.title if data.next_plan else MISSING


def _channel(one: ChannelFacts) -> Iterator[tuple[str, str]]:
    yield f"{one.title}: lượt đăng", number(one.published)
    for metric, words in BASES.items():
        yield f"{one.title}: {words.lower()}", number(one.bases.get(metric))
    yield f"{one.title}: lượt tương tác", number(one.engagement)
    yield f"{one.title}: tỷ lệ tương tác", percent(one.rate, 2)
    yield f"{one.title}: người theo dõi cuối kỳ", number(one.followers)
