"""What must hold after a year, told from the public posts and the rows alone, by nothing of the product's rules."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import Engine
from sqlmodel import col, select

from content.plan import active_plan
from content.tables import Post
from content.vietnamese import LOCAL
from scheduler.db import reading
from scheduler.tables import Channel, Pause, Publication


@dataclass(frozen=True)
class Happened:
    """The year as it was."""

    rows: Sequence[tuple[Publication, Channel, Post]]
    public: Sequence[Any]
    pauses: Sequence[Pause]
    plan: Any
    troubles: Sequence[Any]
    first: date
    days: int

    @classmethod
    def read(cls, engine: Engine, world: Any, troubles: Sequence[Any], first: date, days: int) -> "Happened":
        """From the tables and from the platform."""
        with reading(engine) as session:
            rows = session.exec(
                select(Publication, Channel, Post)
                .where(col(Publication.channel_id) == col(Channel.id), col(Publication.post_id) == col(Post.id))
                .order_by(col(Publication.due_at))
            ).all()
            stopped, plan = session.exec(select(Pause)).all(), active_plan(session)
            return cls(rows, world.public, stopped, plan, troubles, first, days)

    def sent(self) -> list[tuple[Publication, Channel, Post]]:
        """What is public."""
        return [one for one in self.rows if one[0].state == "published"]

    def coverage(self) -> dict[str, tuple[int, int]]:
        """Topic -> public in the year, and the plan's minimum for so many days."""
        have = Counter(post.topic for row, _, post in self.sent() if self._inside(row))
        return {
            topic.letter: (have[topic.letter], topic.minimum_per_year * self.days // 365) for topic in self.plan.topics
        }

    def _inside(self, row: Publication) -> bool:
        on = (row.published_at or row.due_at).astimezone(LOCAL).date()
        return self.first <= on < self.first + timedelta(days=self.days)

    def figures(self) -> Iterator[str]:
        """What to print."""
        states = Counter(row.state for row, _, _ in self.rows)
        yield "items: " + ", ".join(f"{name} {count}" for name, count in sorted(states.items()))
        origins = Counter(row.origin for row, _, _ in self.rows)
        yield "by: " + ", ".join(f"{name} {count}" for name, count in sorted(origins.items()))
        kinds = Counter(one.kind for one in self.troubles)
        yield "troubles: " + ", ".join(f"{name} {count}" for name, count in sorted(kinds.items()))
        yield "public by channel: " + ", ".join(
            f"{key} {count}" for key, count in sorted(Counter(channel.key for _, channel, _ in self.sent()).items())
        )
        yield "coverage: " + ", ".join(f"{topic} {have}/{wanted}" for topic, (have, wanted) in self.coverage().items())
        late = sum((row.published_at or row.due_at) - row.due_at > timedelta(minutes=10) for row, _, _ in self.sent())
        yield f"late by more than ten minutes: {late} of {len(self.sent())}"


def check(year: Happened) -> list[str]:
    """Every broken rule as one line."""
    return [f"{rule.__name__}: {line}" for rule in RULES for line in rule(year)]


def nothing_is_doubled(year: Happened) -> Iterator[str]:
    """Each item of the queue is public at most once."""
    for key, count in Counter((one.account, one.key) for one in year.public).items():
        if count > 1:
            yield f"{key} stands {count} times"


def nothing_is_lost(year: Happened) -> Iterator[str]:
    """What the rows call published the platform has, and the other way round."""
    public = {one.key for one in year.public}
    rows = {f"cchc-{row.id}": row for row, _, _ in year.rows}
    yield from (f"{key} is not public" for key, row in rows.items() if row.state == "published" and key not in public)
    yield from (f"{key} is public but {rows[key].state}" for key in public if rows[key].state != "published")
    for row, channel, _ in year.rows:
        if row.state in ("needs_person", "failed", "unconfirmed", "preparing", "publishing"):
            yield f"item {row.id} on {channel.key} ended as {row.state}: {row.problem}"


def nothing_goes_out_in_a_pause(year: Happened) -> Iterator[str]:
    """But what is allowed."""
    for row, _, post in year.sent():
        at = row.published_at or row.due_at
        for pause in year.pauses:
            if pause.since <= at < (pause.ended_at or at + timedelta(1)) and not post.allowed_in_pause:
                yield f"item {row.id} at {at}"


def no_topic_stands_twice_a_day_on_a_channel(year: Happened) -> Iterator[str]:
    """As far as the autopilot planned it."""
    seen: Counter[tuple[str, date, str]] = Counter()
    for row, channel, post in year.rows:
        if row.origin == "autopilot" and row.state == "published":
            seen[channel.key, row.due_at.astimezone(LOCAL).date(), post.topic] += 1
    yield from (f"{key}" for key, count in seen.items() if count > 1)


def repeats_keep_their_distance(year: Happened) -> Iterator[str]:
    """No post comes back before its cool-down, more often than it may, or at all when it is not evergreen."""
    times: dict[tuple[str, int], list[datetime]] = defaultdict(list)
    posts = {post.id: post for _, _, post in year.rows}
    for row, channel, post in year.sent():
        times[channel.key, post.id or 0].append(row.due_at)
    for (channel_key, post_id), moments in times.items():
        post = posts[post_id]
        days = sorted(at.astimezone(LOCAL).date() for at in moments)
        least = post.repeat_days or 30
        if any((after - before).days < least for before, after in pairwise(days)):
            yield f"{post.key} on {channel_key}: {days} (every {least} days)"
        if len(days) > 1 and not post.evergreen:
            yield f"{post.key} on {channel_key} is no evergreen: {days}"
        if post.repeat_most and len(days) > post.repeat_most:
            yield f"{post.key} on {channel_key}: {len(days)} times of {post.repeat_most}"


def validity_and_season_hold(year: Happened) -> Iterator[str]:
    """On the day it went out."""
    for row, channel, post in year.sent():
        on = (row.published_at or row.due_at).astimezone(LOCAL).date()
        if (post.valid_from and on < post.valid_from) or (post.valid_to and on > post.valid_to):
            yield f"{post.key} on {channel.key} at {on}"
        planned = row.due_at.astimezone(LOCAL).date()
        if post.season and not "09-01" <= f"{planned:%m-%d}" <= "12-15":
            yield f"{post.key} on {channel.key} out of season at {planned}"


def nothing_sensitive_is_chosen(year: Happened) -> Iterator[str]:
    """By the autopilot."""
    yield from (post.key for row, _, post in year.rows if row.origin == "autopilot" and post.sensitive)


def the_late_rule_holds(year: Happened) -> Iterator[str]:
    """Nothing goes out later than its own rule lets it."""
    for row, channel, post in year.sent():
        at = row.sent_at or row.published_at or row.due_at
        if post.late_rule != "any_time" and at > row.due_at + timedelta(minutes=post.late_minutes):
            yield f"{post.key} on {channel.key}: due {row.due_at}, out {at}, {post.late_rule} {post.late_minutes}"


def nothing_comes_in_a_burst(year: Happened) -> Iterator[str]:
    """What is late keeps its distance from what went out before it."""
    last: dict[str, datetime] = {}
    for row, channel, post in sorted(year.sent(), key=lambda one: one[0].sent_at or one[0].due_at):
        at = row.sent_at or row.due_at
        late = at - row.due_at > timedelta(minutes=15) and not post.allowed_in_pause
        if late and channel.key in last and at - last[channel.key] < timedelta(minutes=14):
            yield f"item {row.id} on {channel.key}: {at}, after {last[channel.key]}"
        last[channel.key] = at


def quiet_hours_hold(year: Happened) -> Iterator[str]:
    """Nothing of the autopilot goes out between 22:00 and 06:00."""
    for row, channel, post in year.sent():
        hour = (row.sent_at or row.due_at).astimezone(LOCAL).hour
        if not 6 <= hour < 22 and not post.allowed_in_pause:
            yield f"{post.key} on {channel.key} at {row.sent_at}"


def days_off_are_light(year: Happened) -> Iterator[str]:
    """At most one post a channel, and no administrative notice."""
    off = {date(2027, 1, 1), date(2027, 2, 5), date(2027, 2, 6), date(2027, 2, 8), date(2027, 4, 16), date(2027, 4, 30)}
    counted: Counter[tuple[str, date]] = Counter()
    for row, channel, post in year.rows:
        on = row.due_at.astimezone(LOCAL).date()
        if row.origin == "autopilot" and on in off and row.state != "cancelled":
            counted[channel.key, on] += 1
            if "thong-bao" in post.tags:
                yield f"a notice on {on}: {post.key}"
    yield from (f"{count} posts on {key}" for key, count in counted.items() if count > 1)


def the_plan_is_fulfilled(year: Happened) -> Iterator[str]:
    """Every topic reaches its minimum of the year."""
    for letter, (have, wanted) in year.coverage().items():
        if have < wanted:
            yield f"topic {letter}: {have} of {wanted}"


RULES = (
    nothing_is_doubled, nothing_is_lost, nothing_goes_out_in_a_pause, no_topic_stands_twice_a_day_on_a_channel,
    repeats_keep_their_distance, validity_and_season_hold, nothing_sensitive_is_chosen, the_late_rule_holds,
    nothing_comes_in_a_burst, quiet_hours_hold, days_off_are_light, the_plan_is_fulfilled,
)  # fmt: skip
