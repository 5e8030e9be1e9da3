"""From rows to the frozen data of a report: pure functions, so that every figure can be checked by hand."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import mean, median

from connectors.base import Metric
from content.activity_kinds import KINDS, Column
from content.minimums import whole_months
from content.plan import Plan
from content.vietnamese import local_day
from reports.marks import broken_between
from reports.official import bodies
from reports.official.data import (
    ActivityFacts,
    ChannelFacts,
    ItemFacts,
    MonthFacts,
    PortalFacts,
    ReportData,
    TopicFacts,
    TroubleFacts,
)
from reports.official.notes import notes
from reports.official.rows import ArticleRow, ChannelRow, ItemRow, ReportRows, Told
from reports.portal import ArticleRow as LagRow
from reports.portal import lag_of
from reports.spans import Preset, Span, minimum, months_of
from reports.summary import BASES, PARTS


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which report it is."""

    preset: Preset | None
    """None: two days of one's own."""
    year: int
    number: int
    span: Span
    cutoff: datetime

    @property
    def until(self) -> datetime:
        """The first moment that its figures are not of, aware UTC."""
        return min(self.span.until, self.cutoff)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known beside the rows."""

    plan: Plan | None
    following: Plan | None
    """The plan of the year after."""
    labels: Mapping[str, str]
    """Platform -> its name, in the order of the columns."""


def build(rows: ReportRows, wanted: Wanted, known: Known) -> ReportData:
    """The data of a report."""
    plan = known.plan
    channels = _channels(rows, known.labels, wanted.cutoff)
    titles = {one.id: one for one in channels}
    items = tuple(_item(row, titles[row.channel_id], row.id in rows.gone) for row in rows.items)
    fed = [one for one in rows.articles if one.fed and one.topic and _told_within(one, wanted)]
    letters = {topic.letter for topic in plan.topics} if plan else set()
    years = bodies.index_years(plan, wanted.year)
    used = {one.platform for one in channels}
    return ReportData(
        preset=wanted.preset,
        number=wanted.number,
        year=wanted.year,
        first=wanted.span.first,
        last=wanted.span.last,
        cutoff_at=wanted.cutoff,
        plan=bodies.plan_facts(plan) if plan else None,
        platforms=tuple(label for label in known.labels.values() if label in used),
        channels=channels,
        topics=tuple(_topics(rows, items, titles, fed, plan, wanted.span)) if plan else (),
        beyond=sum(one.topic not in letters for one in items),
        forms=dict(sorted(Counter(one.form for one in items).items())),
        items=items,
        months=tuple(_months(items, plan, wanted)) if plan else (),
        activities=tuple(ActivityFacts(**row._asdict()) for row in rows.activities),
        evidence=tuple(bodies.evidence(rows, plan)),
        agencies=tuple(bodies.agencies(rows, items, plan, wanted.span)) if plan else (),
        deadlines=tuple(bodies.deadlines(rows, plan)) if plan else (),
        index_years=years,
        indices=tuple(bodies.index(one, years) for one in plan.indices) if plan else (),
        troubles=_troubles(rows),
        portal=_portal(rows),
        portal_read=len(fed),
        next_plan=bodies.next_plan(known.following) if known.following else None,
        notes=notes(rows, channels, wanted.span, wanted.cutoff),
    )


# Channels and what they published --------------------------------------------------------------------------


def interactions(told: Mapping[str, Told]) -> int | None:
    """Of the parts that are known; None when none is."""
    known = [told[part].value for part in PARTS if part in told]
    return sum(known) if known else None


def _channels(rows: ReportRows, labels: Mapping[str, str], cutoff: datetime) -> tuple[ChannelFacts, ...]:
    """Those in use at the cut-off, and those that published in the period."""
    items: dict[int, list[ItemRow]] = defaultdict(list)
    for row in rows.items:
        items[row.channel_id].append(row)
    shown = [one for one in rows.channels if items[one.id] or (one.state != "off" and one.created_at < cutoff)]
    titles = _titles(shown, labels)
    return tuple(_channel(one, titles[one.id], labels[one.platform], items[one.id]) for one in shown)


def _titles(channels: Sequence[ChannelRow], labels: Mapping[str, str]) -> dict[int, str]:
    """The platform's name where there is one account on it, else with the account's, and with its key if need be."""
    alone = Counter(one.platform for one in channels)
    named = Counter((one.platform, one.name) for one in channels)
    return {
        one.id: labels[one.platform]
        if alone[one.platform] == 1
        else f"{labels[one.platform]} “{one.name}”"
        if named[one.platform, one.name] == 1
        else f"{labels[one.platform]} “{one.name}” ({one.key})"
        for one in channels
    }


def _channel(row: ChannelRow, title: str, label: str, items: Sequence[ItemRow]) -> ChannelFacts:
    told = {metric: [one.told[metric] for one in items if metric in one.told] for metric in (*BASES, *PARTS)}
    base = next((metric for metric in BASES if told[metric]), "")
    known = [count for one in items if (count := interactions(one.told)) is not None]
    ends = (row.before, row.after)
    moments = [one.at for one in (*(one for several in told.values() for one in several), *ends[1:]) if one]
    return ChannelFacts(
        id=row.id,
        key=row.key,
        title=title,
        account=row.name,
        platform=label,
        published=len(items),
        posts=len({one.post for one in items}),
        base_metric=base,
        bases={metric: _sum(told[metric]) for metric in BASES},
        parts={part: _sum(told[part]) for part in PARTS},
        engagement=sum(known) if known else None,
        rate=_rate(items, base),
        names=_names(told) | ({"followers": (row.after.name,)} if row.after else {}),
        followers_before=row.before.value if row.before else None,
        followers=row.after.value if row.after else None,
        followers_first=row.first.value if row.first else None,
        followers_first_on=local_day(row.first.at) if row.first else None,
        followers_broken=_broken(row),
        collected_at=max(moments, default=None),
    )


def _broken(row: ChannelRow) -> bool:
    """Whether followers are counted otherwise at the end than at the start: told so, or known of the platform."""
    before, after = row.before, row.after
    if before is None or after is None:
        return False
    return _meaning(before) != _meaning(after) or broken_between(row.platform, Metric.FOLLOWERS, before.at, after.at)


def _meaning(told: Told | None) -> tuple[str, str] | None:
    return (told.name, told.definition) if told else None


def _names(told: Mapping[str, Sequence[Told]]) -> dict[str, tuple[str, ...]]:
    return {metric: tuple(sorted({one.name for one in several})) for metric, several in told.items() if several}


def _sum(told: Sequence[Told]) -> int | None:
    return sum(one.value for one in told) if told else None


def _rate(items: Sequence[ItemRow], base: str) -> float | None:
    """Interactions per base over the publications that have both; undefined without a base."""
    both = [
        (count, one.told[base].value)
        for one in items
        if base in one.told and (count := interactions(one.told)) is not None
    ]
    below = sum(of for _, of in both)
    return sum(count for count, _ in both) / below if below > 0 else None


def _item(row: ItemRow, channel: ChannelFacts, gone: bool) -> ItemFacts:
    base = row.told.get(channel.base_metric)
    return ItemFacts(
        id=row.id, post=row.post, title=row.title, topic=row.topic, form=row.form, agency=row.agency,
        channel=row.channel_id, at=row.at, url=row.url, base=base.value if base else None,
        engagement=interactions(row.told), gone=gone,
    )  # fmt: skip


def best_first(items: Sequence[ItemFacts]) -> list[ItemFacts]:
    """Those with any interaction, most interactions first, the earlier first among equals."""
    known = [one for one in items if one.engagement]
    return sorted(known, key=lambda one: (-(one.engagement or 0), one.at, one.id))


# The plan's content ----------------------------------------------------------------------------------------


def _topics(
    rows: ReportRows,
    items: Sequence[ItemFacts],
    channels: Mapping[int, ChannelFacts],
    fed: Sequence[ArticleRow],
    plan: Plan,
    span: Span,
) -> Iterator[TopicFacts]:
    mine: dict[str, list[ItemFacts]] = defaultdict(list)
    for one in items:
        mine[one.topic].append(one)
    outside: Counter[tuple[str, Column]] = Counter()
    for activity in rows.activities:
        kind = KINDS.get(activity.kind)
        if kind and kind.column:
            outside[activity.topic, kind.column] += kind.counts_as(activity.figures)
    articles = Counter(one.topic for one in fed)
    for topic in sorted(plan.topics, key=lambda topic: topic.order):
        letter = topic.letter
        best = best_first(mine[letter])
        yield TopicFacts(
            letter=letter,
            label=topic.label,
            cells=dict(sorted(Counter(channels[one.channel].platform for one in mine[letter]).items())),
            posts=len({one.post for one in mine[letter]}),
            wanted=minimum(topic, span),
            portal=articles[letter] + outside[letter, Column.PORTAL],
            press=outside[letter, Column.PRESS],
            direct=outside[letter, Column.DIRECT],
            best=best[0].id if best else None,
        )


def _months(items: Sequence[ItemFacts], plan: Plan, wanted: Wanted) -> Iterator[MonthFacts]:
    """The whole months of the period that were over at the cut-off; one month alone is the period itself."""
    months = months_of(wanted.span)
    for month in months if len(months) > 1 else ():
        if month.until > wanted.cutoff or whole_months(month.first, month.last) != 1:
            continue
        mine = Counter(one.topic for one in items if month.since <= one.at < month.until)
        asked = {topic.letter: minimum(topic, month) for topic in plan.topics}
        yield MonthFacts(
            first=month.first,
            last=month.last,
            published=sum(mine.values()),
            wanted=sum(asked.values()),
            short=sum(mine[letter] < least for letter, least in asked.items()),
        )


# What went wrong, and the portal ---------------------------------------------------------------------------


def _troubles(rows: ReportRows) -> tuple[TroubleFacts, ...]:
    counted = Counter((row.channel_id, row.state, row.words.strip()) for row in rows.lost)
    return tuple(
        TroubleFacts(channel=channel, state=state, words=words, count=count)
        for (channel, state, words), count in sorted(counted.items())
    )


def _told_within(article: ArticleRow, wanted: Wanted) -> bool:
    return article.published_at is not None and article.published_at < wanted.until


def _portal(rows: ReportRows) -> PortalFacts | None:
    """None while no portal is read and no address was pasted."""
    if not rows.sources and not rows.articles:
        return None
    told = [LagRow("", one.published_at, one.date_only, one.public_at) for one in rows.articles]
    lags = [lag for one in told if (lag := lag_of(one)) is not None]
    return PortalFacts(
        suggested=len(told),
        shared=sum(one.public_at is not None for one in told),
        measured=len(lags),
        mean_minutes=round(mean(lags)) if lags else None,
        median_minutes=round(median(lags)) if lags else None,
    )
