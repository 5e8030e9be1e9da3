"""The autopilot's hand: what it decided from everything as it stands is written into the queue.

Reading and deciding hold no lock. Writing goes some channels at a time under the channels' locks, and what has come to
stand there meanwhile, or was said (a veto, a pause, a rule), is asked about again: two clocks that fill the same days
fill each slot once.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

import structlog
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from content.editorial import is_approved
from content.tables import Post
from scheduler.autopilot import Decision, Gap, Shortfall, Task, Used, decide, why_not
from scheduler.autopilot.board import PIN
from scheduler.calendar_tables import Choice
from scheduler.db import reading, writing
from scheduler.gathering import Gathered, as_told_now, gather
from scheduler.gathering import task_for as task_for
from scheduler.history import as_used, facts_of, far, rows_near
from scheduler.queue import Desk
from scheduler.rows import NewRow, insert_row, insert_rows
from scheduler.tables import Channel, Publication

log = structlog.get_logger("scheduler.filling")
AUTOPILOT = "autopilot"
TOGETHER = 20
"""So many channels are written in one transaction: what people said is read once for all of them, and nobody waits
long for a lock."""


@dataclass
class Filled:
    """What the autopilot did: posts queued, slots that stay empty and why, what the plan asks for and will not get,
    and what kept a post or a channel out."""

    decisions: list[Decision] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    shortfalls: list[Shortfall] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def fill(desk: Desk, days: Sequence[date], *, now: datetime) -> Filled:
    """Queue approved posts into the free slots of all channels on these local days.

    Repeating it adds nothing: slots that are taken are not free any more. What is wrong with one post or one channel
    does not keep the others from being filled.
    """
    with reading(desk.engine) as session:
        gathered = gather(session, desk, days, now=now)
    outcome = decide(gathered.task)
    filled = Filled([], list(outcome.gaps), list(outcome.shortfalls), list(gathered.problems))
    mine: dict[int, list[Decision]] = defaultdict(list)
    for one in outcome.decisions:
        mine[one.channel_id].append(one)
    wanted = sorted(mine)
    for start in range(0, len(wanted), TOGETHER):
        some = {number: mine[number] for number in wanted[start : start + TOGETHER]}
        try:
            with writing(desk.engine) as session:
                made, problems = _write(session, desk, gathered, some)
        except Exception as error:
            made, problems = [], [_not_filled(theirs, error) for theirs in some.values()]
        filled.decisions += made
        filled.problems += problems
    filled.decisions.sort(key=lambda one: (one.at, one.channel_key))
    return filled


def _write(
    session: Session, desk: Desk, gathered: Gathered, decisions: Mapping[int, Sequence[Decision]]
) -> tuple[list[Decision], list[str]]:
    """Queue what was decided of these channels, and what kept a channel out; the caller commits."""
    # Two clocks would both see the slots free; on PostgreSQL the second one waits here, both in the order of numbers.
    these = select(Channel).where(col(Channel.id).in_(list(decisions))).order_by(col(Channel.id))
    channels = {one.id or 0: one for one in session.exec(these.with_for_update(key_share=True))}
    task, changed = _as_now(session, desk, gathered, decisions)
    every = [one for mine in decisions.values() for one in mine]
    if not changed and _write_together(session, channels, every, gathered.hashes, task.now):
        return every, []
    made: list[Decision] = []
    problems: list[str] = []
    for channel_id, mine in decisions.items():
        try:
            with session.begin_nested():
                made += _write_channel(session, channels[channel_id], mine, gathered.hashes, task, changed)
        except Exception as error:
            problems.append(_not_filled(mine, error))
    return made, problems


def _write_together(
    session: Session, channels: Mapping[int, Channel], decisions: Sequence[Decision], hashes: Mapping[int, str],
    now: datetime,
) -> bool:  # fmt: skip
    """Queue them all at once, as nearly always can be done. False: not one of them is, and each has to be looked at."""
    wanted = select(Post).where(col(Post.id).in_({one.post_id for one in decisions}))
    posts = {post.id: post for post in session.exec(wanted)}
    if not all(is_approved(post) and post.content_hash == hashes[post.id or 0] for post in posts.values()):
        return False
    try:
        with session.begin_nested():
            new = [NewRow(posts[one.post_id], channels[one.channel_id], one.at, one.reason) for one in decisions]
            rows = insert_rows(session, new, now=now, origin=AUTOPILOT, actor=AUTOPILOT)
    except IntegrityError:  # somebody put one of them there a moment ago; one after the other it is told which
        return False
    except Exception:  # one after the other it is told what is wrong with which, or nothing is: then this is all
        log.exception("not_filled_together", channels=sorted(one.key for one in channels.values()))
        return False
    for decision, row in zip(decisions, rows, strict=True):
        if decision.pin_id:
            _end_pin(session, decision.pin_id, row, now)
    return True


def _not_filled(decisions: Sequence[Decision], error: Exception) -> str:
    """What kept a channel out, for the job's row; the rest is in the log."""
    key = decisions[0].channel_key
    log.exception("not_filled", channel=key)
    return f"{key}: {type(error).__name__}"


def _write_channel(
    session: Session, channel: Channel, decisions: Sequence[Decision], hashes: Mapping[int, str], task: Task,
    changed: bool,
) -> list[Decision]:  # fmt: skip
    """Queue one channel's decisions. `changed`: since they were made, so each is asked about again."""
    posts = {one.post_id: one for one in task.candidates}
    made = []
    for decision in decisions:
        row = None
        if not (changed and _is_spoilt(task, decision)):
            row = _insert(session, channel, decision, hashes[decision.post_id], task.now)
        if row is None:
            changed = True  # what was to follow it may have counted on it
            continue
        if decision.pin_id:
            _end_pin(session, decision.pin_id, row, task.now)
        made.append(decision)
        one = posts[decision.post_id]
        facts = (one.post_id, one.topic, decision.at, decision.channel_id)
        task = replace(task, used=[*task.used, Used(*facts, one.audiences, one.series, one.series_part)])
    return made


def _as_now(
    session: Session, desk: Desk, gathered: Gathered, decisions: Mapping[int, Sequence[Decision]]
) -> tuple[Task, bool]:
    """The task with these channels and what people say as they are at this moment, and whether that is another word."""
    before = gathered.task
    task = as_told_now(session, desk, before)
    told = (task.channels, task.rules, task.stops, task.wishes) != (
        before.channels, before.rules, before.stops, before.wishes,
    )  # fmt: skip
    mine = set(decisions)
    known = {(one.post_id, one.channel_id, one.at) for one in task.used if one.channel_id in mine}
    rows = rows_near(session, gathered.near, gathered.whole, sorted(mine))
    if {(row.post_id, row.channel_id, row.at) for row in rows} != known:
        facts, told = facts_of(session, {row.post_id for row in rows}), True
        others = [one for one in task.used if one.channel_id not in mine]
        task = replace(task, used=[*others, *(as_used(row, facts[row.post_id]) for row in rows)])
    sums = far(session, gathered.near, _counted(gathered, decisions), gathered.uncounted)
    if sums.before.items() <= task.before.items() and sums.after.items() <= task.after.items():
        return task, told
    return replace(task, before={**task.before, **sums.before}, after={**task.after, **sums.after}), True


def _counted(gathered: Gathered, decisions: Mapping[int, Sequence[Decision]]) -> dict[frozenset[int], list[int]]:
    """Channels -> the posts decided for them with what is like these, as far as they were counted."""
    wanted = {one.post_id for mine in decisions.values() for one in mine}
    wanted |= {other for one in gathered.task.candidates if one.post_id in wanted for other in one.alike}
    found: dict[frozenset[int], list[int]] = defaultdict(list)
    for channels, posts in gathered.asked.items():
        found[channels.intersection(decisions)] += [number for number in posts if number in wanted]
    return found


def _is_spoilt(task: Task, decision: Decision) -> bool:
    """Whether what came to stand on the channel takes the decision's place, or something speaks against it by a rule,
    or the pin it carries out was taken back."""
    if decision.pin_id and not any(one.id == decision.pin_id and one.kind == PIN for one in task.wishes):
        return True
    taken = any(one.at == decision.at and one.channel_id == decision.channel_id for one in task.used)
    return taken or bool(why_not(task, decision.post_id, decision.channel_id, decision.at))


def _insert(session: Session, channel: Channel, decision: Decision, content: str, now: datetime) -> Publication | None:
    """The decision's row; None when the post is not approved any more or is another one than was looked at (it may be
    sensitive now, or for other days), or somebody put it there a moment ago."""
    post = session.get_one(Post, decision.post_id)
    if not is_approved(post) or post.content_hash != content:
        return None
    at, reason = decision.at, decision.reason
    try:
        with session.begin_nested():
            return insert_row(session, post, channel, at, now=now, origin=AUTOPILOT, reason=reason, actor=AUTOPILOT)
    except IntegrityError:
        return None


def _end_pin(session: Session, number: int, row: Publication, now: datetime) -> None:
    """A pin that was carried out asks for nothing more."""
    ended = update(Choice).where(col(Choice.id) == number, col(Choice.ended_at).is_(None))
    session.exec(ended.values(ended_at=now, ended_by=f"{AUTOPILOT}: mục {row.id}"))
