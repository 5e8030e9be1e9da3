"""The autopilot's hand: one channel's free slots of one day, filled in the caller's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, select

from connectors.base import Part
from content.plan import Plan
from content.tables import Post
from scheduler.autopilot import (
    Candidate,
    ChannelRules,
    Decision,
    Gap,
    SlotTime,
    Stop,
    Task,
    TopicGoal,
    decide,
    slot_times,
)
from scheduler.pauses import standing, tell
from scheduler.rows import insert_row, used
from scheduler.tables import Channel, Publication, Slot


@dataclass
class Filled:
    """What the autopilot did: posts queued, slots that stay empty and why, and what kept a post or channel out."""

    decisions: list[Decision] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def as_candidate(post: Post) -> Candidate:
    """The post as the autopilot judges it."""
    assert post.id is not None
    return Candidate(
        post.id, post.key, post.title, post.topic, post.form, frozenset(), evergreen=post.evergreen,
        valid_from=post.valid_from, valid_to=post.valid_to,
    )  # fmt: skip


def goals(plan: Plan) -> dict[str, TopicGoal]:
    """What the plan asks of each topic, by letter."""
    return {
        topic.letter: TopicGoal(topic.letter, topic.order, topic.label, topic.weight, topic.minimum_per_week)
        for topic in plan.topics
    }


def fill_channel(
    session: Session,
    channel: Channel,
    candidates: Sequence[Candidate],
    wanted: dict[str, TopicGoal],
    on: date,
    *,
    now: datetime,
) -> tuple[list[Decision], list[Gap]]:
    """Queue candidates into the channel's free slots of the local day `on`; the caller commits.

    A slot that lies in a pause stays empty: what would be queued there would only be held.
    """
    # Two clocks would both see the slots free; on PostgreSQL the second one waits here.
    session.exec(select(Channel.id).where(Channel.id == channel.id).with_for_update(key_share=True)).one()
    assert channel.id is not None
    had = _had_that_day(session, channel, on)
    slots = session.exec(select(Slot).where(Slot.channel_id == channel.id)).all()
    rules = ChannelRules(
        channel.id, channel.key, channel.name, tuple(SlotTime(one.weekday, one.minute, one.form) for one in slots)
    )
    stops = [
        Stop(tell(one), one.since, one.until, one.channel_id) for one in standing(session, now=now)
    ]  # fmt: skip
    mine = [replace(one, channels=frozenset({channel.id})) for one in candidates if one.post_id not in had]
    outcome = decide(Task([on], now, [rules], wanted, mine, used(session, channel), stops=stops))
    decisions, gaps = list(outcome.decisions), list(outcome.gaps)
    for decision in decisions:
        post = session.get_one(Post, decision.post_id)
        insert_row(
            session, post, channel, decision.at, now=now, origin="autopilot", reason=decision.reason, actor="autopilot"
        )
    return decisions, gaps


def _had_that_day(session: Session, channel: Channel, on: date) -> set[int]:
    """Posts this channel had in its queue for that day, whatever became of them: a person may have cancelled one."""
    midnight = slot_times(on, [0])[0]
    rows = session.exec(
        select(Publication.post_id).where(
            Publication.channel_id == channel.id,
            Publication.part == Part.POST,
            col(Publication.due_at) >= midnight,
            col(Publication.due_at) < midnight + timedelta(days=1),
        )
    )
    return set(rows)
