"""The autopilot's hand: one channel's free slots of one day, filled in the caller's transaction."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, select

from connectors.base import Part
from content.plan import Plan
from content.tables import Post
from scheduler.autopilot import Candidate, Decision, Gap, TopicGoal, fill_day, slot_times
from scheduler.pauses import covering, standing, stopping, tell
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
    return Candidate(post.id, post.key, post.title, post.topic, post.evergreen, post.valid_from, post.valid_to)


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
    rng: random.Random,
) -> tuple[list[Decision], list[Gap]]:
    """Queue candidates into the channel's free slots of the local day `on`; the caller commits.

    A slot that lies in a pause stays empty: what would be queued there would only be held.
    """
    # Two clocks would both see the slots free; on PostgreSQL the second one waits here.
    session.exec(select(Channel.id).where(Channel.id == channel.id).with_for_update(key_share=True)).one()
    history = used(session, channel)
    taken = {row.at for row in history}
    minutes = session.exec(select(Slot.minute).where(Slot.channel_id == channel.id, Slot.weekday == on.weekday()))
    free = [at for at in slot_times(on, minutes.all()) if at > now and at not in taken]
    pauses = standing(session, now=now)
    stopped = [Gap(at, tell(pause)) for at in free if (pause := covering(pauses, channel, at)) is not None]
    free = [at for at in free if covering(pauses, channel, at) is None]
    had = _had_that_day(session, channel, on)
    open_posts = [one for one in candidates if one.post_id not in had]
    decisions, gaps = fill_day(on, free, open_posts, history, wanted, rng=rng) if free else ([], [])
    for decision in list(decisions):
        post = session.get_one(Post, decision.post_id)
        if (pause := stopping(pauses, channel, decision.at, [post])) is not None:
            decisions.remove(decision)
            stopped.append(Gap(decision.at, tell(pause)))
            continue
        insert_row(
            session, post, channel, decision.at, now=now, origin="autopilot", reason=decision.reason, actor="autopilot"
        )
    return decisions, [*stopped, *gaps]


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
