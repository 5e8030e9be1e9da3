"""Everything a forecast is made from, read in one transaction; nothing is written and no platform is asked."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path

from sqlalchemy import and_, or_
from sqlmodel import Session, col, select

from connectors import connector_class
from connectors.base import Connector, Credentials, Media, Outgoing, Part
from content.editorial import STATE_WORDS, is_approved
from content.errors import ContentError
from content.tables import Editorial, Post
from content.vietnamese import LOCAL, day, local_day
from scheduler.candidates import chunks
from scheduler.compose import Placed, blocking, compose_of, problems, used_on
from scheduler.db import reading
from scheduler.fitting import placed
from scheduler.foresight.values import Again, ChannelFacts, PostFacts, Snapshot, Standing
from scheduler.gathering import gather
from scheduler.lifecycle import WAITING, State
from scheduler.limits import scope_of
from scheduler.pauses import standing as standing_pauses
from scheduler.queue import Desk, QueueError
from scheduler.recurring import standing as recurring
from scheduler.tables import Channel, Credential, Publication, Spending

MONTHS_AHEAD = 12
"""What lies further ahead is a guess about a library nobody has written yet."""
REPEATS_MOST, OCCURRENCES_MOST = 500, 400
"""Recurring posts that are looked at, and of each so many occurrences: more than a year has."""

Pair = tuple[int, int]
"""(post, channel)."""


class ForesightError(QueueError):
    """A month that cannot be foreseen; the message says why and the way out."""


def month_days(year: int, number: int, *, now: datetime) -> tuple[date, date]:
    """The first and the last day of a month that is now or to come. Raises `ForesightError` for any other."""
    today = local_day(now)
    ahead = (year - today.year) * 12 + number - today.month
    if not 1 <= number <= 12:
        raise ForesightError(f"Tháng {number}/{year} không có; hãy viết như {today.month}/{today.year}.")
    if ahead < 0:
        raise ForesightError(f"Tháng {number}/{year} đã qua; chạy thử chỉ xem từ ngày {day(today)} trở đi.")
    if ahead > MONTHS_AHEAD:
        raise ForesightError(f"Tháng {number}/{year} còn xa quá; chạy thử xem trước tối đa {MONTHS_AHEAD} tháng.")
    first = date(year, number, 1)
    return first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def take(desk: Desk, first: date, last: date, *, now: datetime) -> Snapshot:
    """The state of everything at `now` (aware), for a forecast of the days from `first` to `last`."""
    with reading(desk.engine) as session:
        return _take(session, desk, first, last, now)


def _take(session: Session, desk: Desk, first: date, last: date, now: datetime) -> Snapshot:
    channels, access = _channels(session)
    rows = _rows(session, min(first, local_day(now)), last)
    until = last + timedelta(days=desk.policy.days_ahead)  # the last run that is tried fills days beyond
    again = _recurring(session, now, last)
    pairs = {(row.post_id, row.channel_id) for row in rows} | {(one.post_id, one.channel_id) for one in again}
    gathered = gather(session, desk, (), now=now, until=until, about={post_id for post_id, _ in pairs})
    task, alike = gathered.task, gathered.alike
    shown = {post_id for post_id, _ in pairs} | {one.post_id for one in task.candidates}
    posts = _posts(session, shown.union(*(alike.get(number, ()) for number in shown)))
    files = placed(session, posts)
    connectors = {one.id or 0: desk.platforms.open(one, Credentials({})) for one in channels.values()}
    pairs |= {(one.post_id, number) for one in task.candidates for number in one.channels if one.post_id in posts}
    costs = {
        pair: found
        for pair in sorted(pairs)
        if pair[1] in channels and (found := _costs(posts[pair[0]], channels[pair[1]], connectors[pair[1]], files))
    }
    facts = {number: _channel(desk, channel, access.get(number)) for number, channel in channels.items()}
    return Snapshot(
        now=now,
        first=first,
        last=last,
        task=task,
        plan_at=desk.policy.plan_at,
        days_ahead=desk.policy.days_ahead,
        posts=_post_facts(posts, files, alike),
        channels=facts,
        standing=tuple(_standing(row, connectors) for row in rows),
        recurring=again,
        pauses=standing_pauses(session, now=now),
        costs=costs,
        broadcast_costs=_broadcast_costs(connectors),
        refusals=_refusals(desk, rows, posts, channels, connectors, files),
        spent=_spent(session, facts.values(), {name for one in costs.values() for name in one}, now),
        planless=not task.topics,
    )


def _channels(session: Session) -> tuple[dict[int, Channel], dict[int, Credential]]:
    statement = select(Channel, Credential).outerjoin(Credential, col(Credential.channel_id) == col(Channel.id))
    found = session.exec(statement.order_by(Channel.key)).all()
    access = {one.channel_id: one for _, one in found if one is not None}
    return {channel.id or 0: channel for channel, _ in found}, access


def _channel(desk: Desk, channel: Channel, access: Credential | None) -> ChannelFacts:
    kind = connector_class(channel.platform)
    limits = kind.capabilities
    return ChannelFacts(
        id=channel.id or 0,
        key=channel.key,
        name=channel.name,
        platform=channel.platform,
        label=limits.label,
        mark=limits.mark,
        state=channel.state,
        state_words=channel.state_words,
        agency=channel.agency,
        not_before=channel.not_before,
        has_access=access is not None,
        expires_at=access.expires_at if access else None,
        renews=access is not None and access.refresh_at is not None,
        prepare_ahead=limits.prepare_ahead,
        gap_minutes=channel.gap_minutes,
        daily_most=channel.daily_most,
        quiet_from=channel.quiet_from,
        quiet_until=channel.quiet_until,
        budgets=tuple(kind.budgets(desk.platforms.settings[channel.platform])),
    )


def _midnight(on: date) -> datetime:
    return datetime.combine(on, time(), LOCAL)


def _rows(session: Session, first: date, last: date) -> Sequence[Publication]:
    """What stood in the queue for these days, whatever became of it, by the index over `due_at`."""
    statement = select(Publication).where(
        col(Publication.due_at) >= _midnight(first),
        col(Publication.due_at) < _midnight(last + timedelta(days=1)),
        col(Publication.part).in_((Part.POST, Part.BROADCAST)),
    )
    return session.exec(statement.order_by(col(Publication.due_at), col(Publication.id))).all()


def _standing(row: Publication, connectors: Mapping[int, Connector]) -> Standing:
    opens = None
    if row.part != Part.POST and row.channel_id in connectors:
        opens = connectors[row.channel_id].next_open(Part(row.part), row.due_at)
    return Standing(
        row.id or 0, row.post_id, row.channel_id, row.due_at, row.part, State(row.state), row.held_by,
        row.late_until, row.origin, row.reason, row.problem, opens,
    )  # fmt: skip


def _recurring(session: Session, now: datetime, last: date) -> tuple[Again, ...]:
    """What recurs until the last day and is not queued yet."""
    return tuple(
        Again(one.post.id or 0, one.channel.id or 0, tuple(at for at in one.coming if local_day(at) <= last))
        for one in recurring(session, now=now, limit=REPEATS_MOST, shown=OCCURRENCES_MOST)
    )


def _posts(session: Session, wanted: Collection[int]) -> dict[int, Post]:
    """These posts by id: what stands in the queue, recurs or may be chosen, and what is like one of them."""
    chosen = (select(Post).where(col(Post.id).in_(part)) for part in chunks(wanted))
    return {post.id or 0: post for statement in chosen for post in session.exec(statement)}


def _post_facts(
    posts: Mapping[int, Post], files: Mapping[int, Placed], alike: Mapping[int, frozenset[int]]
) -> dict[int, PostFacts]:
    return {
        number: PostFacts(
            id=number,
            key=post.key,
            title=post.title,
            topic=post.topic,
            approved=is_approved(post),
            waits_for=STATE_WORDS[Editorial(post.state)] if post.state != Editorial.APPROVED else "",
            submitted=post.state == Editorial.SUBMITTED,
            has_video=any(use.role == "video" for use, _ in files.get(number, ())),
            agency=post.agency,
            tags=frozenset(post.tags),
            allowed_in_pause=post.allowed_in_pause,
            valid_from=post.valid_from,
            valid_to=post.valid_to,
            season=post.season,
            repeat_days=post.repeat_days,
            late_rule=post.late_rule,
            late_minutes=post.late_minutes,
            alike=alike.get(number, frozenset()),
            series=post.series,
            series_part=post.series_part,
        )
        for number, post in posts.items()
    }


# What platforms count ------------------------------------------------------------------------------------


def _costs(post: Post, channel: Channel, connector: Connector, files: Mapping[int, Placed]) -> Mapping[str, int]:
    """The units that the post would use up; only what it is made of matters, so no file is opened."""
    used = used_on(files.get(post.id or 0, ()), channel.platform)
    media = {use.role: Media(Path(asset.sha256), asset.mime, asset.size, asset.sha256) for use, asset in used}
    options = {**channel.options, **post.variants.get(channel.platform, {}).get("options", {})}
    outgoing = Outgoing("", post.title, "", video=media.get("video"), cover=media.get("cover"), options=options)
    try:
        return connector.costs(outgoing)
    except ValueError:  # options that the platform does not know any more; `refusals` tells of them
        return {}


def _broadcast_costs(connectors: Mapping[int, Connector]) -> dict[int, Mapping[str, int]]:
    return {
        number: one.costs(Outgoing("", "", "", part=Part.BROADCAST))
        for number, one in connectors.items()
        if Part.BROADCAST in one.capabilities.parts
    }


def _spent(
    session: Session, channels: Iterable[ChannelFacts], names: Collection[str], now: datetime
) -> dict[tuple[str, str], list[tuple[datetime, int]]]:
    """What was spent of these budgets in the windows that reach into the days asked for."""
    wanted = {
        (scope_of(budget.per, one.platform, one.id), budget.name): budget.window.start(now)
        for one in channels
        for budget in one.budgets
        if budget.amount and budget.name in names
    }
    if not wanted:
        return {}
    windows = or_(
        *(
            and_(col(Spending.scope) == scope, col(Spending.budget) == name, col(Spending.at) > since)
            for (scope, name), since in wanted.items()
        )
    )
    found: dict[tuple[str, str], list[tuple[datetime, int]]] = defaultdict(list)
    for row in session.exec(select(Spending).where(windows)):
        found[row.scope, row.budget].append((row.at, row.units))
    return dict(found)


def _refusals(
    desk: Desk,
    rows: Iterable[Publication],
    posts: Mapping[int, Post],
    channels: Mapping[int, Channel],
    connectors: Mapping[int, Connector],
    files: Mapping[int, Placed],
) -> dict[Pair, str]:
    """What platforms would refuse of what stands in the queue; the autopilot takes only what they accept."""
    found: dict[Pair, str] = {}
    waiting = {(one.post_id, one.channel_id) for one in rows if one.part == Part.POST and one.state in WAITING}
    for post_id, channel_id in sorted(waiting):
        post, channel = posts[post_id], channels[channel_id]
        try:
            outgoing = compose_of(desk.store, desk.media_address, post, files.get(post_id, ()), channel, "check")
            wrong = blocking(problems(outgoing, post, connectors[channel_id], channel))
        except ContentError as error:
            found[post_id, channel_id] = error.words
            continue
        if wrong:
            found[post_id, channel_id] = "; ".join(one.words for one in wrong)
    return found
