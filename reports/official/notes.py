"""What a reader of a report's figures has to know: changed definitions, missing values, what was entered by hand."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime

from connectors import connector_class
from connectors.measuring import DefinitionBreak
from content.vietnamese import local_day, number
from reports.official.citing import lowered
from reports.official.data import ChannelFacts
from reports.official.rows import ChannelRow, ItemRow, ReportRows, Told
from reports.official.words import short_day
from reports.periods import midnight
from reports.phrases import METRIC_WORDS
from reports.spans import Span
from reports.summary import PARTS


def notes(rows: ReportRows, channels: Sequence[ChannelFacts], span: Span, cutoff: datetime) -> tuple[str, ...]:
    """One sentence each, channel by channel."""
    items: dict[int, list[ItemRow]] = defaultdict(list)
    for item in rows.items:
        items[item.channel_id].append(item)
    known = {one.id: one for one in rows.channels}
    found: list[str] = []
    for facts in channels:
        row = known[facts.id]
        found += [f"{facts.title}: {words}" for words in _of(row, facts, items[facts.id], span, cutoff)]
    if rows.gone:
        found.append(
            f"{number(len(rows.gone))} lượt đăng đã được gỡ sau khi đăng vẫn được tính và ghi rõ tại Phụ lục I."
        )
    return tuple(found)


def _of(row: ChannelRow, facts: ChannelFacts, items: Sequence[ItemRow], span: Span, cutoff: datetime) -> Iterator[str]:
    silent = sum(not one.told for one in items)
    if silent:
        yield f"{number(silent)} lượt đăng chưa có số liệu, ghi “-”."
    unknown = [words for part, words in PARTS.items() if facts.parts[part] is None]
    if facts.engagement is not None and unknown:
        yield f"lượt tương tác không gồm {', '.join(unknown)} vì nền tảng không cho biết."
    yield from _followers(row, facts)
    yield from _meanings(items)
    yield from _breaks(row, facts, items, span, cutoff)
    yield from _by_hand(row, items)


def _followers(row: ChannelRow, facts: ChannelFacts) -> Iterator[str]:
    if facts.followers is None:
        yield "trong kỳ chưa thu được số người theo dõi."
    elif facts.followers_before is None and row.first is not None:
        first = f"{number(row.first.value)} (ngày {short_day(local_day(row.first.at))})"
        yield f"không có số người theo dõi đầu kỳ; số liệu sớm nhất trong kỳ là {first}."
    if facts.followers_broken:
        yield "cách đếm người theo dõi thay đổi trong kỳ nên không tính chênh lệch."


def _meanings(items: Sequence[ItemRow]) -> Iterator[str]:
    """Metrics whose values are not all of the same name and definition: their sum is one of different things."""
    meant: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for one in items:
        for metric, told in one.told.items():
            meant[metric].add((told.name, told.definition))
    for metric, several in sorted(meant.items()):
        if len(several) > 1:
            names = ", ".join(sorted({name for name, _ in several}))
            words = (
                f"“{METRIC_WORDS[metric]}” của các bài trong kỳ được đo theo {len(several)} cách khác nhau ({names})"
            )
            yield f"{words}; tổng chỉ để tham khảo."


def _breaks(
    row: ChannelRow, facts: ChannelFacts, items: Sequence[ItemRow], span: Span, cutoff: datetime
) -> Iterator[str]:
    """The days on which the platform changed what it counts, as its connector knows them: those within the period, and
    those after it that a counter, which is as it stood at the cut-off, went on across."""
    last = min(span.last, local_day(cutoff))
    for one in sorted(connector_class(row.platform).capabilities.breaks, key=lambda one: (one.on, one.metric)):
        if one.metric in facts.names and (span.first <= one.on <= last or _crossed(items, one)):
            doubt = "" if one.sure else " (ngày này chưa được nền tảng xác nhận)"
            yield f"{lowered(one.words).rstrip('.')}{doubt}."


def _crossed(items: Sequence[ItemRow], one: DefinitionBreak) -> bool:
    told = ((item.at, item.told.get(one.metric)) for item in items)
    return any(end is not None and at < midnight(one.on) <= end.at for at, end in told)


def _by_hand(row: ChannelRow, items: Sequence[ItemRow]) -> Iterator[str]:
    told: list[tuple[str, Told]] = [pair for one in items for pair in one.told.items()]
    told += [("followers", one) for one in (row.before, row.after) if one]
    entered = Counter(metric for metric, one in told if one.by_hand)
    for metric, count in sorted(entered.items()):
        yield f"{number(count)} số liệu “{METRIC_WORDS[metric]}” do cán bộ nhập tay từ trang quản lý của nền tảng."
