"""From rows to the weekly summary: a pure function, so that every figure can be checked by hand (domain 3.2, 3.5)."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from content.plan import Topic
from content.vietnamese import local_day, moment
from reports import phrases
from reports.periods import Week
from reports.queries import ChannelRow, PublishedRow, Series, TroubleRow, WeekRows
from reports.summary import (
    BASES,
    PARTS,
    ChannelWeek,
    Coverage,
    Figure,
    Incident,
    MetricName,
    QueueDay,
    TopPost,
    WeeklySummary,
)
from scheduler.lifecycle import State

TOP = 5


class _Gain(NamedTuple):
    """What was gained in the week, and in the week before."""

    value: int | None
    previous: int | None

    @property
    def figure(self) -> Figure:
        return Figure(value=self.value, previous=self.previous)


Counted = dict[str, _Gain]


@dataclass(frozen=True, slots=True)
class _Post:
    """A publication with what each counter gained in the week."""

    row: PublishedRow
    gained: Counted
    engagement: int | None
    broken: frozenset[str]
    """The counters whose meaning changed, so that their gain is not known."""


def build_weekly(
    rows: WeekRows, topics: Sequence[Topic], platforms: Mapping[str, str], week: Week, cutoff: datetime
) -> WeeklySummary:
    """The summary of `week` from its rows. `platforms` gives each platform's name; `cutoff` is aware."""
    until = min(week.until, cutoff)
    posts = [_gains(row, rows, week) for row in rows.published]
    shown = [c for c in rows.channels if c.state != "off" or any(_of(posts, c.id, week, until))]
    titles = _titles(shown, platforms)
    channels = tuple(_channel(c, titles[c.id], posts, rows, week, until) for c in shown)
    top = _top(posts, {c.id: c for c in channels})
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
        incidents=_incidents(rows.trouble, titles),
        next_week=_next_week(rows.queue, [c.id for c in shown], week),
        pending=rows.pending,
        notes=_notes(rows, posts, channels, week, until),
    )


def gained(series: Series, *, born: bool) -> int | None:
    """What a cumulative counter gained in the week: last minus last-before.

    `born`: it was published in that week, so before it there was nothing. Otherwise a counter that was
    never read before the week has no known gain. A falling counter gives a negative gain, kept as it is.
    """
    before = series.previous if series.previous is not None else series.older
    if series.now is None or (before is None and not born):
        return None
    return series.now - (before or 0)


def _gains(row: PublishedRow, rows: WeekRows, week: Week) -> _Post:
    born = row.published_at >= week.since
    born_before = week.since - timedelta(days=7) <= row.published_at < week.since
    figures: Counted = {}
    broken = set()
    for metric in (*BASES, *PARTS):
        series = row.counters.get(metric, Series())
        value = gained(series, born=born)
        previous = gained(Series(series.previous, series.older), born=born_before)
        if (row.id, metric) in rows.breaks:
            value = None
            broken.add(metric)
        if (row.id, metric) in rows.previous_breaks:
            previous = None
        figures[metric] = _Gain(value, previous)
    return _Post(row, figures, _interactions(figures).value, frozenset(broken))


def _of(posts: Iterable[_Post], channel_id: int, week: Week, until: datetime) -> list[_Post]:
    """The posts of a channel that were published in the week."""
    return [p for p in posts if p.row.channel_id == channel_id and week.since <= p.row.published_at < until]


def _titles(channels: Sequence[ChannelRow], platforms: Mapping[str, str]) -> dict[int, str]:
    """The platform's name where it is the only channel there, else the account's own name."""
    count = Counter(channel.platform for channel in channels)
    return {
        c.id: platforms.get(c.platform, c.platform) if count[c.platform] == 1 else f"{c.name} ({c.key})"
        for c in channels
    }


def _channel(
    channel: ChannelRow, title: str, posts: Sequence[_Post], rows: WeekRows, week: Week, until: datetime
) -> ChannelWeek:
    mine = [post for post in posts if post.row.channel_id == channel.id]
    totals = {metric: _total(post.gained[metric] for post in mine) for metric in (*BASES, *PARTS)}
    for metric in {metric for post in mine for metric in post.broken}:
        totals[metric] = _Gain(totals[metric].value, None)
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
        engagement=_interactions(totals).figure,
        rate=_rate(mine, base),
        followers=_followers(rows.followers.get(channel.id, Series()), channel.id in rows.follower_breaks),
        per_day=_per_day(_of(mine, channel.id, week, until), week, until),
        names=tuple(
            MetricName(metric=n.metric, name=n.name, version=n.version, definition=n.definition)
            for n in rows.names
            if n.channel_id == channel.id
        ),
        collected_at=channel.collected_at,
    )


def _sum(values: Iterable[int | None]) -> int | None:
    """The sum of what is known; None when nothing is."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _total(gains: Iterable[_Gain]) -> _Gain:
    both = list(gains)
    return _Gain(_sum(gain.value for gain in both), _sum(gain.previous for gain in both))


def _interactions(counted: Counted) -> _Gain:
    """Cảm xúc + bình luận + chia sẻ + lượt bấm, of what is known.

    Without a part in one of the two weeks the weeks would not be of the same things, so there is no `previous`.
    """
    parts = [counted[part] for part in PARTS]
    both = _total(parts)
    same = all((part.value is None) == (part.previous is None) for part in parts)
    return both if same else _Gain(both.value, None)


def _base(posts: Sequence[_Post]) -> str | None:
    """Reach when this channel tells it at all, else views: the same metric in both weeks."""
    for metric in BASES:
        if any(metric in post.row.counters for post in posts):
            return metric
    return None


def _rate(posts: Sequence[_Post], base: str | None) -> float | None:
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


def _published(posts: Sequence[_Post], week: Week, until: datetime) -> Figure:
    before = week.since - timedelta(days=7)
    return Figure(
        value=sum(week.since <= post.row.published_at < until for post in posts),
        previous=sum(before <= post.row.published_at < week.since for post in posts),
    )


def _followers(series: Series, broken: bool) -> Figure:
    before = series.previous if series.previous is not None else series.older
    return Figure(value=series.now, previous=None if broken else before)


def _per_day(posts: Sequence[_Post], week: Week, until: datetime) -> tuple[int | None, ...]:
    days = [local_day(post.row.published_at) for post in posts]
    last = local_day(until - timedelta(microseconds=1))
    return tuple(days.count(day) if day <= last else None for day in week.days)


def _top(posts: Sequence[_Post], channels: Mapping[int, ChannelWeek]) -> tuple[TopPost, ...]:
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
        )
        for post in known[:TOP]
        if (post.engagement or 0) > 0
    )


def _coverage(topics: Sequence[Topic], rows: Sequence[tuple[str, int, datetime]], week: Week) -> tuple[Coverage, ...]:
    """Posts per point of the plan. A post on three channels in one week is one post."""
    posts: dict[str, set[tuple[int, int]]] = defaultdict(set)
    for letter, post, at in rows:
        posts[letter].add(((local_day(at) - week.starts_on).days // 7, post))
    lines = []
    for topic in sorted(topics, key=lambda topic: topic.order):
        weeks = [number for number, _ in posts[topic.letter]]
        lines.append(
            Coverage(
                letter=topic.letter,
                label=topic.label,
                this_week=weeks.count(0),
                last_week=weeks.count(-1),
                this_year=len(weeks),
                minimum=topic.minimum_per_week,
            )
        )
    return tuple(lines)


def _incidents(rows: Sequence[TroubleRow], titles: Mapping[int, str]) -> tuple[Incident, ...]:
    found = []
    for _, group in groupby(rows, key=lambda row: row.publication_id):
        events = list(group)
        first = events[0]
        found.append(
            Incident(
                title=first.title,
                channel=titles.get(first.channel_id, "-"),
                due_at=first.due_at,
                happened=phrases.what_happened(events),
                outcome=phrases.what_became(first),
            )
        )
    return tuple(found)


def _next_week(queue: Sequence[tuple[int, datetime]], channel_ids: Sequence[int], week: Week) -> tuple[QueueDay, ...]:
    waiting = [(channel, local_day(due_at)) for channel, due_at in queue]
    days = (day + timedelta(days=7) for day in week.days)
    return tuple(
        QueueDay(on=day, per_channel=tuple(waiting.count((channel, day)) for channel in channel_ids)) for day in days
    )


def _notes(
    rows: WeekRows, posts: Sequence[_Post], channels: Sequence[ChannelWeek], week: Week, until: datetime
) -> tuple[str, ...]:
    notes = []
    if until < week.until:
        notes.append(f"Tuần chưa kết thúc: số liệu chỉ tính đến {moment(until)}.")
    for channel in channels:
        mine = [post for post in posts if post.row.channel_id == channel.id]
        silent = sum(
            all(figure.value is None for figure in post.gained.values()) and not post.broken
            for post in _of(mine, channel.id, week, until)
        )
        broken = sorted({metric for post in mine for metric in post.broken})
        notes += phrases.what_is_missing(channel, silent, broken, channel.id in rows.follower_breaks)
    return tuple(notes)
