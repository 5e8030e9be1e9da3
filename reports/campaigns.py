"""How campaigns stand: one line for each of a list, or everything about one of them. SELECTs only.

Which publications count: those of its posts, on its channels, whose hour lies between its days; what was cancelled
does not. Comments, broadcasts and corrections are no posts. The hour decides, not the moment at which a post became
public, so that one which is late by a retry on the last evening is not lost to its campaign.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, case, func, literal, or_, select, union_all
from sqlmodel import Session, col

from connectors.base import Part
from content.campaigns import phase
from content.errors import ContentError
from content.plan import Plan, active_plan
from content.tables import Campaign, CampaignPost, Post
from content.vietnamese import TOPIC_ORDER, local_day
from reports import campaign_phrases as phrases
from reports import figures
from reports.campaign_summary import (
    BestPost,
    CampaignSummary,
    ChannelTally,
    PostLine,
    Tally,
    TopicTally,
    WeekTally,
)
from reports.queries import ChannelRow, channel_rows
from reports.spans import Span
from reports.summary import PARTS
from reports.weekly import platform_labels
from scheduler.lifecycle import OPEN, State
from scheduler.tables import Channel, Publication

LOST = frozenset({State.FAILED, State.MISSED, State.EXPIRED})
"""Not public, and nothing will make it so by itself."""
PUBLISHED, WAITING, FAILED = "published", "waiting", "failed"
BEST = 5


class _Row(NamedTuple):
    """One publication that counts."""

    id: int
    post_id: int
    channel_id: int
    at: datetime
    """Its hour."""
    what: str
    state: str


# A list ----------------------------------------------------------------------------------------------------


def progress(session: Session, rows: Sequence[Campaign]) -> dict[int, Tally]:
    """How far each of these campaigns is, by its id; two statements for all of them."""
    if not rows:
        return {}
    channels = session.connection().execute(select(col(Channel.id), col(Channel.key)))
    known = [(number or 0, key) for number, key in channels]
    each = [
        select(literal(row.id, Integer).label("campaign"), _what().label("what"), func.count().label("count"))
        .select_from(Publication)
        .join(CampaignPost, col(CampaignPost.post_id) == col(Publication.post_id))
        .where(*_of(row, [number for number, key in known if not row.channels or key in row.channels]))
        .group_by("what")
        for row in rows
    ]
    found: dict[int, Counter[str]] = defaultdict(Counter)
    for campaign_id, what, count in session.connection().execute(union_all(*each)):
        found[campaign_id][what] += count
    return {row.id or 0: _tally(found[row.id or 0], int(row.targets.get("total", 0))) for row in rows}


def pace(row: Campaign, now: datetime) -> int | None:
    """Where a campaign should stand now, straight from 0 at its first moment to its target; None without a target.

    Rounded down: nobody is behind for a part of a post. What was ended is measured at that moment.
    """
    total, span = int(row.targets.get("total", 0)), Span(row.first, row.last)
    if not total:
        return None
    moment = min(row.ended_at or now, now)
    passed = (min(max(moment, span.since), span.until) - span.since) / (span.until - span.since)
    return int(total * passed)


def _what() -> ColumnElement[str]:
    return case(
        (col(Publication.published_at).is_not(None), PUBLISHED),
        (col(Publication.state).in_(_values(LOST)), FAILED),
        else_=WAITING,
    )


def _of(row: Campaign, channels: Sequence[int]) -> tuple[ColumnElement[bool], ...]:
    """What counts for a campaign. Channel and hour are told first: so the database reads the hours, not the posts."""
    span, due = Span(row.first, row.last), col(Publication.due_at)
    return (
        col(Publication.channel_id).in_(channels),
        due >= span.since,
        due < span.until,
        col(Publication.part) == Part.POST.value,
        col(CampaignPost.campaign_id) == row.id,
        or_(col(Publication.published_at).is_not(None), col(Publication.state).in_(_values(OPEN | LOST))),
    )


def _values(states: Iterable[State]) -> list[str]:
    return sorted(state.value for state in states)


def _tally(counted: Mapping[str, int], wanted: int) -> Tally:
    return Tally(
        wanted=wanted,
        published=counted.get(PUBLISHED, 0),
        waiting=counted.get(WAITING, 0),
        failed=counted.get(FAILED, 0),
    )


# One campaign ----------------------------------------------------------------------------------------------


def summarise(session: Session, row: Campaign, now: datetime) -> CampaignSummary:
    """Everything about one campaign as known `now` (aware)."""
    channels = [one for one in channel_rows(session, now) if not row.channels or one.key in row.channels]
    rows = _rows(session, row, channels)
    posts = _posts(session, row)
    topic_of = {post_id: topic for post_id, _key, _title, topic, _state in posts}
    readings = figures.lines_of(session, [one.id for one in rows if one.what == PUBLISHED])
    summary = CampaignSummary(
        key=row.key,
        name=row.name,
        purpose=row.purpose,
        first=row.first,
        last=row.last,
        phase=phase(row, local_day(now)),
        ended_at=row.ended_at,
        as_of=now,
        tally=_tally(Counter(one.what for one in rows), int(row.targets.get("total", 0))),
        withdrawn=sum(one.state == State.WITHDRAWN for one in rows),
        pace=pace(row, now),
        topics=tuple(_topics(_plan(session), row, rows, topic_of)),
        channels=tuple(_channels(row, rows, channels, readings)),
        weeks=tuple(_weeks(row, rows, now)),
        posts=tuple(_post_lines(posts, rows, _titles(channels))),
        best=_best(readings, _titles(channels)),
        sentences=(),
        notes=(),
    )
    return summary.model_copy(update={"sentences": phrases.sentences(summary), "notes": phrases.notes(summary)})


def _plan(session: Session) -> Plan | None:
    try:
        return active_plan(session)
    except ContentError:
        return None


def _rows(session: Session, row: Campaign, channels: Sequence[ChannelRow]) -> list[_Row]:
    columns = (Publication.id, Publication.post_id, Publication.channel_id, Publication.due_at)
    statement = (
        select(*(col(one) for one in columns), _what().label("what"), col(Publication.state))
        .join(CampaignPost, col(CampaignPost.post_id) == col(Publication.post_id))
        .where(*_of(row, [one.id for one in channels]))
        .order_by(col(Publication.due_at), col(Publication.id))
    )
    found: list[Any] = [tuple(one) for one in session.connection().execute(statement)]
    return [_Row._make(one) for one in found]


def _posts(session: Session, row: Campaign) -> list[tuple[int, str, str, str, str]]:
    """Id, key, title, topic, state of its posts: topic by topic, titles in Vietnamese order."""
    columns = (Post.id, Post.key, Post.title, Post.topic, Post.state)
    statement = (
        select(*(col(one) for one in columns))
        .join(CampaignPost, col(CampaignPost.post_id) == col(Post.id))
        .where(col(CampaignPost.campaign_id) == row.id)
        .order_by(col(Post.title_order), col(Post.id))
    )
    found: list[Any] = [tuple(one) for one in session.connection().execute(statement)]
    return sorted(found, key=lambda one: _place(one[3]))


def _place(letter: str) -> tuple[int, str]:
    return (TOPIC_ORDER.index(letter) if letter in TOPIC_ORDER else len(TOPIC_ORDER), letter)


def _titles(channels: Sequence[ChannelRow]) -> dict[int, str]:
    """What each channel is called: by its platform where it is the only one of it."""
    labels = platform_labels(one.platform for one in channels)
    several = Counter(one.platform for one in channels)
    return {one.id: labels[one.platform] if several[one.platform] == 1 else one.name for one in channels}


def _topics(
    plan: Plan | None, row: Campaign, rows: Sequence[_Row], topic_of: Mapping[int, str]
) -> Iterable[TopicTally]:
    """The points that have a target or a post, in the plan's order."""
    targets: dict[str, int] = row.targets.get("topics", {})
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for one in rows:
        counted[topic_of[one.post_id]][one.what] += 1
    posts = Counter(topic_of.values())
    for letter in sorted({*targets, *posts}, key=_place):
        topic = plan.topic(letter) if plan else None
        tally = _tally(counted[letter], targets.get(letter, 0))
        yield TopicTally(letter=letter, label=topic.label if topic else "", posts=posts[letter], tally=tally)


def _channels(
    row: Campaign, rows: Sequence[_Row], channels: Sequence[ChannelRow], lines: Sequence[figures.PostLine]
) -> Iterable[ChannelTally]:
    """The campaign's channels; one of every channel only when it has something in it."""
    targets: dict[str, int] = row.targets.get("channels", {})
    titles = _titles(channels)
    for one in channels:
        counted = Counter(each.what for each in rows if each.channel_id == one.id)
        if not (counted or targets.get(one.key) or one.key in row.channels):
            continue
        mine = [line for line in lines if line.channel_id == one.id]
        base = figures.base_of(mine)
        yield ChannelTally(
            key=one.key,
            title=titles[one.id],
            tally=_tally(counted, targets.get(one.key, 0)),
            base_metric=base,
            base=figures.total(line.counters[base] for line in mine) if base else None,
            parts={part: figures.total(line.counters[part] for line in mine) for part in PARTS},
            interactions=figures.total(line.interactions for line in mine),
            rate=figures.rate_of(mine, base),
            collected_at=one.collected_at,
        )


def _weeks(row: Campaign, rows: Sequence[_Row], now: datetime) -> Iterable[WeekTally]:
    """Weeks from Monday on, the first and the last cut off at the campaign's days."""
    total, done, first = int(row.targets.get("total", 0)), 0, row.first
    whole = (row.last - row.first).days + 1
    by_day: dict[Any, Counter[str]] = defaultdict(Counter)
    for one in rows:
        by_day[local_day(one.at)][one.what] += 1
    while first <= row.last:
        last = min(first + timedelta(days=6 - first.weekday()), row.last)
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        published = sum(by_day[on][PUBLISHED] for on in days)
        done += published
        yield WeekTally(
            first=first,
            last=last,
            published=published,
            waiting=sum(by_day[on][WAITING] for on in days),
            total=done if first <= local_day(now) else None,
            pace=total * ((last - row.first).days + 1) // whole if total else None,
        )
        first = last + timedelta(days=1)


def _post_lines(
    posts: Sequence[tuple[int, str, str, str, str]], rows: Sequence[_Row], titles: Mapping[int, str]
) -> Iterable[PostLine]:
    mine: dict[int, list[_Row]] = defaultdict(list)
    for one in rows:
        mine[one.post_id].append(one)
    for post_id, key, title, topic, state in posts:
        counted = Counter(one.what for one in mine[post_id])
        following = next((one for one in mine[post_id] if one.what == WAITING), None)
        yield PostLine(
            **{"key": key, "title": title, "topic": topic, "state": state},
            **{what: counted[what] for what in (PUBLISHED, WAITING, FAILED)},
            next_at=following.at if following else None,
            next_channel=titles[following.channel_id] if following else "",
            next_id=following.id if following else None,
            last_at=max((one.at for one in mine[post_id] if one.what == PUBLISHED), default=None),
        )


def _best(lines: Sequence[figures.PostLine], titles: Mapping[int, str]) -> tuple[BestPost, ...]:
    told = sorted((line for line in lines if line.interactions), key=lambda line: -(line.interactions or 0))
    return tuple(
        BestPost(
            title=line.title,
            channel=titles[line.channel_id],
            published_at=line.published_at,
            base_metric=(base := figures.base_of([line])),
            base=line.counters[base] if base else None,
            interactions=line.interactions,
            url=line.permalink,
        )
        for line in told[:BEST]
    )
