"""The autopilot's hand: what it decided from everything as it stands is written into the queue.

Reading and deciding hold no lock. Writing goes channel by channel under the channel's lock, and what has come to stand
on the channel meanwhile, or was said (a veto, a pause, a rule), is asked about again: two clocks that fill the same
days fill each slot once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

import structlog
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from content.editorial import is_approved
from content.tables import Post
from scheduler.autopilot import Decision, Gap, Shortfall, Task, decide, why_not
from scheduler.autopilot.board import PIN
from scheduler.calendar_tables import Choice
from scheduler.db import reading, writing
from scheduler.gathering import Facts, Gathered, Row, as_told_now, as_used, facts_of, gather, rows_since
from scheduler.gathering import task_for as task_for
from scheduler.queue import Desk
from scheduler.rows import insert_row
from scheduler.tables import Channel, Publication

log = structlog.get_logger("scheduler.filling")
AUTOPILOT = "autopilot"


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
    for channel_id in sorted({one.channel_id for one in outcome.decisions}):
        mine = [one for one in outcome.decisions if one.channel_id == channel_id]
        try:
            with writing(desk.engine) as session:
                filled.decisions += _write(session, desk, gathered, channel_id, mine)
        except Exception as error:
            log.exception("not_filled", channel=mine[0].channel_key)
            filled.problems.append(f"{mine[0].channel_key}: {type(error).__name__}")
    filled.decisions.sort(key=lambda one: (one.at, one.channel_key))
    return filled


def _write(
    session: Session, desk: Desk, gathered: Gathered, channel_id: int, decisions: Sequence[Decision]
) -> list[Decision]:
    """Queue one channel's decisions; the caller commits."""
    # Two clocks would both see the slots free; on PostgreSQL the second one waits here.
    channel = session.exec(select(Channel).where(Channel.id == channel_id).with_for_update(key_share=True)).one()
    posts = {one.post_id: one for one in gathered.task.candidates}
    task, changed = _as_now(session, desk, gathered, channel_id)
    made = []
    for decision in decisions:
        row = None
        if not (changed and _is_spoilt(task, decision)):
            row = _insert(session, channel, decision, gathered.hashes[decision.post_id], task.now)
        if row is None:
            changed = True  # what was to follow it may have counted on it
            continue
        if decision.pin_id:
            _end_pin(session, decision.pin_id, row, task.now)
        made.append(decision)
        one, stands = posts[decision.post_id], Row(decision.post_id, channel_id, decision.at)
        facts = Facts(one.topic, one.audiences, one.series, one.series_part)
        task = replace(task, used=[*task.used, as_used(stands, facts)])
    return made


def _as_now(session: Session, desk: Desk, gathered: Gathered, channel_id: int) -> tuple[Task, bool]:
    """The task with the channel and what people say as they are at this moment, and whether that is another word."""
    before = gathered.task
    task = as_told_now(session, desk, before)
    told = (task.channels, task.rules, task.stops, task.wishes) != (
        before.channels, before.rules, before.stops, before.wishes,
    )  # fmt: skip
    known = {(one.post_id, one.at) for one in task.used if one.channel_id == channel_id}
    rows = rows_since(session, gathered.since, col(Publication.channel_id) == channel_id)
    if {(row.post_id, row.at) for row in rows} == known:
        return task, told
    facts = facts_of(session, {row.post_id for row in rows})
    others = [one for one in task.used if one.channel_id != channel_id]
    return replace(task, used=[*others, *(as_used(row, facts[row.post_id]) for row in rows)]), True


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
