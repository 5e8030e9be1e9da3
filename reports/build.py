"""From rows to the weekly summary: a pure function, so that every figure can be checked by hand (domain 3.2, 3.5)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from connectors.base import Part
from connectors.measuring import ByHand, DefinitionBreak, Metric
from content.plan import Topic
from content.vietnamese import local_day, moment
from reports import phrases
from reports.breaks import moment_of
from reports.gains import Gain, Post, gains_of, interactions_of, total
from reports.periods import Week
from reports.queries import ChannelRow, CoveredRow, WeekRows
from reports.seeks import COUNTERS, WEEK, Series
from reports.spans import Span, minimum
from reports.summary import (
    BASES,
    PARTS,
    ByHandLine,
    ChannelWeek,
    Coverage,
    Figure,
    HandFigure,
    Incident,
    MetricName,
    QueueDay,
    TopPost,
    WeeklySummary,
)
from scheduler.lifecycle import State

TOP = 5


@dataclass(frozen=True, slots=True)
class PlatformFacts:
    """What a summary has to know of a platform, as its connector declares it."""

    label: str
    breaks: tuple[DefinitionBreak, ...] = ()
    by_hand: tuple[ByHand, ...] = ()


UNKNOWN = PlatformFacts("")


def build_weekly(
    rows: WeekRows,
    topics: Sequence[Topic],
    platforms: Mapping[str, PlatformFacts],
    week: Week,
    cutoff: datetime,
    days_off: Mapping[date, str] | None = None,
) -> WeeklySummary:
    """The summary of `week` from its rows; `cutoff` is aware. `days_off` names the special days of the week after."""
    until = min(week.until, cutoff)
    since = week.since
    posts = [gains_of(row, since, rows.broken) for row in rows.published]
    shown = [c for c in rows.channels if c.state != "off" or any(_of(posts, c.id, week, until))]
    titles = _titles(shown, platforms)
    mine: dict[int, list[Post]] = {c.id: [] for c in rows.channels}
    for post in posts:
        mine[post.row.channel_id].append(post)
    channels = tuple(_channel(c, titles[c.id], mine[c.id], rows, week, until) for c in shown)
    top = _top(posts, {c.id: c for c in channels}, rows.withdrawn)
    return WeeklySummary(
        period=week.period,
        label=week.label,
        starts_on=week.starts_on,
        ends_on=week.ends_on,
        cutoff_at=cutoff,
        sentences=(phrases.what_went_out(channels), phrases.what_did_best(top), phrases.what_changed(channels)),
        channels=channels,
        top=top,
        coverage=_coverage(topics, rows.covered, week),
        incidents=_incidents(rows, titles),
        next_week=_next_week(rows.queue, [c.id for c in shown], week, days_off or {}),
        pending=rows.pending,
        notes=_notes(rows, mine, channels, week, until),
        breaks=_breaks([platforms.get(c.platform, UNKNOWN) for c in shown], week, until),
        by_hand=_by_hand(rows, {c.id: platforms.get(c.platform, UNKNOWN) for c in rows.channels}, titles),
    )


def _of(posts: Iterable[Post], channel_id: int, week: Week, until: datetime) -> list[Post]:
    """The posts of a channel that were published in the week."""
    since = week.since
    return [p for p in posts if p.row.channel_id == channel_id and since <= p.row.published_at < until]


def _titles(channels: Sequence[ChannelRow], platforms: Mapping[str, PlatformFacts]) -> dict[int, str]:
    """The platform's name where it is the only channel there, else the account's own name."""
    count = Counter(channel.platform for channel in channels)
    names = {name: platforms.get(name, UNKNOWN).label or name for name in count}
    return {c.id: names[c.platform] if count[c.platform] == 1 else f"{c.name} ({c.key})" for c in channels}


def _channel(
    channel: ChannelRow, title: str, mine: Sequence[Post], rows: WeekRows, week: Week, until: datetime
) -> ChannelWeek:
    totals = {metric: total(post.gained[metric] for post in mine) for metric in (*BASES, *PARTS)}
    for metric in {metric for post in mine for metric in post.broken | post.broken_before}:
        totals[metric] = Gain(totals[metric].value, None)
    base = _base(mine)
    trouble = [row for row in rows.trouble if row.channel_id == channel.id]
    return ChannelWeek(
        id=channel.id,
        key=channel.key,
        title=title,
        account=channel.name,
        published=_published(mine, week, until),
        failed=len({row.publication_id for row in trouble if row.state_after == State.FAILED}),
        missed=len({row.publication_id for row in trouble if row.state_after == State.MISSED}),
        base_metric=base,
        base=totals[base].figure if base else Figure(),
        parts={part: totals[part].figure for part in PARTS},
        engagement=interactions_of(totals).figure,
        rate=_rate(mine, base),
        followers=_followers(rows.followers.get(channel.id, Series()), channel.id in rows.follower_breaks),
        per_day=_per_day(_of(mine, channel.id, week, until), week, until),
        names=tuple(
            MetricName(metric=n.metric, name=n.name, version=n.version, definition=n.definition)
            for n in rows.names
            if n.channel_id == channel.id
        ),
        collected_at=channel.collected_at,
        withdrawn=sum(post.row.id in rows.withdrawn for post in _of(mine, channel.id, week, until)),
    )


def _base(posts: Sequence[Post]) -> str | None:
    """Reach when this channel tells it at all, else views: the same metric in both weeks."""
    for metric in BASES:
        if any(metric in post.row.counters for post in posts):
            return metric
    return None


def _rate(posts: Sequence[Post], base: str | None) -> float | None:
    """Undefined without a base, and when the base did not grow."""
    if base is None:
        return None
    pairs = [
        (post.engagement, of)
        for post in posts
        if post.engagement is not None and (of := post.gained[base].value) is not None
    ]
    under = sum(of for _, of in pairs)
    return sum(interactions for interactions, _ in pairs) / under if under > 0 else None


def _published(posts: Sequence[Post], week: Week, until: datetime) -> Figure:
    since, before = week.since, week.since - WEEK
    return Figure(
        value=sum(since <= post.row.published_at < until for post in posts),
        previous=sum(before <= post.row.published_at < since for post in posts),
    )


def _followers(series: Series, broken: bool) -> Figure:
    before = series.previous if series.previous is not None else series.older
    return Figure(value=series.now, previous=None if broken else before)


def _per_day(posts: Sequence[Post], week: Week, until: datetime) -> tuple[int | None, ...]:
    days = [local_day(post.row.published_at) for post in posts]
    last = local_day(until - timedelta(microseconds=1))
    return tuple(days.count(day) if day <= last else None for day in week.days)


def _top(posts: Sequence[Post], channels: Mapping[int, ChannelWeek], withdrawn: frozenset[int]) -> tuple[TopPost, ...]:
    """The posts that gained most interactions in the week, whenever they were published."""
    known = [p for p in posts if p.row.channel_id in channels and p.engagement is not None]
    known.sort(key=lambda p: (-(p.engagement or 0), p.row.published_at, p.row.id))
    return tuple(
        TopPost(
            title=post.row.title,
            channel=channels[post.row.channel_id].title,
            published_at=post.row.published_at,
            base_metric=(base := channels[post.row.channel_id].base_metric),
            base=post.gained[base].value if base else None,
            engagement=post.engagement,
            parts={part: post.gained[part].value for part in PARTS},
            url=post.row.permalink,
            id=post.row.id,
            withdrawn=post.row.id in withdrawn,
        )
        for post in known[:TOP]
        if (post.engagement or 0) > 0
    )


def _coverage(topics: Sequence[Topic], rows: Sequence[CoveredRow], week: Week) -> tuple[Coverage, ...]:
    """Publications per point of the plan, in the plan's order."""
    counted = {row.topic: row for row in rows}
    year = Span(date(week.year, 1, 1), date(week.year, 12, 31))
    nothing = CoveredRow("", 0, 0, 0)
    return tuple(
        Coverage(
            letter=topic.letter,
            label=topic.label,
            this_week=(row := counted.get(topic.letter, nothing)).this_week,
            last_week=row.last_week,
            this_year=row.this_year,
            minimum=topic.minimum_per_week,
            year_minimum=minimum(topic, year),
            unit="publications",
        )
        for topic in sorted(topics, key=lambda topic: topic.order)
    )


def _incidents(rows: WeekRows, titles: Mapping[int, str]) -> tuple[Incident, ...]:
    found = []
    for publication, group in groupby(rows.trouble, key=lambda row: row.publication_id):
        events = list(group)
        first = events[0]
        found.append(
            Incident(
                id=publication,
                title=first.title,
                channel=titles.get(first.channel_id, "-"),
                due_at=first.due_at,
                happened=phrases.what_happened(events),
                done=phrases.what_was_done([act for act in rows.acts if act.publication_id == publication]),
                outcome=phrases.what_became(first),
            )
        )
    return tuple(found)


def _next_week(
    queue: Sequence[tuple[int, datetime]], channel_ids: Sequence[int], week: Week, days_off: Mapping[date, str]
) -> tuple[QueueDay, ...]:
    waiting = Counter((channel, local_day(due_at)) for channel, due_at in queue)
    days = (day + WEEK for day in week.days)
    return tuple(
        QueueDay(on=day, per_channel=tuple(waiting[channel, day] for channel in channel_ids), off=days_off.get(day, ""))
        for day in days
    )


def _breaks(platforms: Sequence[PlatformFacts], week: Week, until: datetime) -> tuple[str, ...]:
    """One sentence for each dated change in the week or the one before, the oldest first."""
    found = {
        (one.on, phrases.what_was_redefined(one))
        for platform in platforms
        for one in platform.breaks
        if one.metric in (*COUNTERS, Metric.FOLLOWERS) and week.since - WEEK <= moment_of(one) < until
    }
    return tuple(words for _, words in sorted(found))


def _by_hand(
    rows: WeekRows, platforms: Mapping[int, PlatformFacts], titles: Mapping[int, str]
) -> tuple[ByHandLine, ...]:
    entered: dict[int | None, list[HandFigure]] = {}
    labels = {
        (channel, one.metric.value): one.label for channel, platform in platforms.items() for one in platform.by_hand
    }
    for row in rows.by_hand:
        label = labels.get((row.channel_id, row.metric), phrases.METRIC_WORDS.get(row.metric, row.metric))
        figure = HandFigure(metric=row.metric, label=label, value=row.value, where=row.where, entered_at=row.entered_at)
        entered.setdefault(row.publication_id or -row.channel_id, []).append(figure)
    lines = [
        ByHandLine(
            title=row.title,
            channel=titles.get(row.channel_id, "-"),
            at=row.at,
            figures=_in_order(entered.get(row.id, []), platforms[row.channel_id], row.part),
            broadcast=row.part == Part.BROADCAST,
        )
        for row in rows.broadcasts
    ]
    own = [
        ByHandLine(title=titles[channel], channel=titles[channel], at=None, figures=tuple(entered[-channel]))
        for channel in titles
        if -channel in entered
    ]
    return (*lines, *own)


def _in_order(found: Sequence[HandFigure], platform: PlatformFacts, part: str) -> tuple[HandFigure, ...]:
    """What may be entered for it, in the platform's order, "-" where nobody did; then whatever else there is."""
    by_metric = {figure.metric: figure for figure in found}
    wanted = [one for one in platform.by_hand if one.part == part]
    known = [
        by_metric.pop(one.metric, HandFigure(metric=one.metric, label=one.label, value=None, where=one.where))
        for one in wanted
    ]
    return (*known, *by_metric.values())


def _notes(
    rows: WeekRows, posts: Mapping[int, Sequence[Post]], channels: Sequence[ChannelWeek], week: Week, until: datetime
) -> tuple[str, ...]:
    notes = []
    if until < week.until:
        notes.append(f"Tuần chưa kết thúc: số liệu chỉ tính đến {moment(until)}.")
    failed = {row.id: row for row in rows.channels}
    for channel in channels:
        mine = posts[channel.id]
        silent = sum(
            all(figure.value is None for figure in post.gained.values()) and not post.broken
            for post in _of(mine, channel.id, week, until)
        )
        broken = sorted({metric for post in mine for metric in post.broken | post.broken_before})
        notes += phrases.what_is_missing(channel, silent, broken, channel.id in rows.follower_breaks)
        notes += phrases.what_is_special(channel, sum(post.late for post in mine), failed[channel.id])
    return tuple(notes)
