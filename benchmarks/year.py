"""A year of a province's calendar that runs itself, against every rule: 365 days, three channels, 400 posts.

    python benchmarks/year.py [--days 365] [--profile]

The queue, the life cycle, the autopilot, the calendar jobs, late rules, pauses and the SQLite file are the product's
own; only the platform is on paper (`benchmarks/paper.py`), because sockets would be waited for, not measured. Holidays,
outages, pauses, dead tokens, lost and refused answers come at hours that the seed gives. At the end the rules are
checked from what the platform holds and from the rows, by code that shares nothing with the product's rules
(`benchmarks/year_rules.py`), and the figures are printed. Ends with status 1 when a rule was broken, a post was lost or
doubled, a minimum of the plan was missed, or the run took longer than a minute.
"""

import argparse
import cProfile
import pstats
import random
import sys
import tempfile
import time as clock_time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path

import requests

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sqlalchemy import Engine
from sqlmodel import select

from benchmarks import paper
from benchmarks.year_rules import Happened, check
from cli.console import say
from cli.database import upgrade
from cli.lasting import settle
from cli.logs import set_up_logs
from cli.settings import CommonSettings, load
from cli.simulate import simulate
from cli.wiring import calendar_jobs
from connectors.base import Connected, Credentials
from content.editorial import content_hash
from content.plan import load_plan, read_plan
from content.store import AssetStore
from content.tables import Editorial, LateRule, Post
from content.vietnamese import LOCAL
from scheduler import pauses
from scheduler.access import Platforms
from scheduler.channels import open_channel, save_channel, set_slots
from scheduler.clock import FrozenClock
from scheduler.db import open_engine, writing
from scheduler.jobs import Job, Timetable, mark_installed
from scheduler.policy import Policy
from scheduler.release import spread
from scheduler.service import Service
from scheduler.tables import Channel
from scheduler.vault import Vault

ROOT = Path(__file__).resolve().parents[1]
PLAN = ROOT / "content" / "plans" / "thua-thien-hue-2023"
YEAR, POSTS, GOAL = 2027, 400, 60.0
FORMS = ("van_ban", "infographic", "lien_ket", "video")
CHANNELS = {
    "fanpage": {day: [7 * 60 + 30, 19 * 60 + 30] for day in range(7)},
    "zalo": {day: [11 * 60 + 30] for day in range(7)},
    "video": {day: [17 * 60] for day in (1, 3, 5)},
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that happens between two moments (aware): outage, pause or dead."""

    kind: str
    since: datetime
    until: datetime
    channel: int = 0


def troubles(rng: random.Random, first: date, days: int) -> list[Trouble]:
    """What goes wrong in the year: it never overlaps with its own kind."""
    found = []
    for kind, a_year, hours in (("outage", 8, (2, 60)), ("pause", 3, (30, 96)), ("dead", 6, (6, 40))):
        count = max(1, a_year * days // 365)
        for place in range(count):
            day = first + timedelta(days=int((place + rng.uniform(0.2, 0.8)) * days / count))
            since = datetime(day.year, day.month, day.day, rng.randrange(24), rng.randrange(60), tzinfo=LOCAL)
            until = since + timedelta(hours=rng.uniform(*hours))
            found.append(Trouble(kind, since, until, rng.randrange(len(CHANNELS)) + 1))
    return sorted(found, key=lambda one: one.since)


def fill_library(engine: Engine, rng: random.Random) -> None:
    """The office's posts: more for the heavier topics, some with a season, an end, or words that say the same."""
    plan = read_plan(PLAN)
    letters = [topic.letter for topic in plan.topics for _ in range(topic.weight)]
    audiences = [one.code for one in plan.audiences]
    now = datetime(YEAR - 1, 12, 1, tzinfo=UTC)
    with writing(engine) as session:
        load_plan(session, plan, now)
        for place in range(POSTS):
            words = " ".join(f"tiếng{rng.randrange(5000)}" for _ in range(40))
            first = date(YEAR, 1, 1) + timedelta(days=rng.randrange(300))
            post = Post(
                key=f"bai-{place:03d}", title=f"Bài số {place}", body=f"{words}.", topic=letters[place % len(letters)],
                form=rng.choice(FORMS), audiences=rng.sample(audiences, 2), source="Cổng Thông tin điện tử",
                legal_refs=[], hashtags=["#CCHC"], platforms=[paper.NAME], variants={}, state=Editorial.APPROVED,
                sensitive=rng.random() < 0.05, evergreen=rng.random() < 0.8, allowed_in_pause=rng.random() < 0.03,
                tags=["thong-bao"] if rng.random() < 0.1 else [],
                valid_from=first if rng.random() < 0.1 else None,
                valid_to=first + timedelta(days=60) if rng.random() < 0.1 else None,
                season="09-01/12-15" if rng.random() < 0.05 else "",
                repeat_days=rng.choice((0, 0, 0, 45, 90)), repeat_most=rng.choice((0, 0, 0, 4)),
                late_rule=rng.choice(list(LateRule)), late_minutes=rng.choice((60, 180, 600)),
                content_hash="", created_at=now, updated_at=now,
            )  # fmt: skip
            post.content_hash = post.approved_hash = content_hash(post, [])
            session.add(post)


def build(folder: Path, clock: FrozenClock, rng: random.Random) -> Service:
    """The house with its three channels, as `cchc run` would have it."""
    engine = open_engine(f"sqlite:///{folder / 'year.sqlite3'}")
    upgrade(engine)
    fill_library(engine, rng)
    vault, http = Vault.at(folder / "year.key"), requests.Session()
    platforms = Platforms({paper.NAME: paper.PaperChannel.Settings()}, lambda _channel: http)
    settings = load(_env_file=None, data_dir=folder, plan_dir=PLAN)
    service = Service(
        engine, clock=clock, vault=vault, platforms=platforms, store=AssetStore(folder / "assets"), rng=rng,
        media_address=lambda name: f"https://media.example/{name}", policy=Policy(plan_dir=PLAN, days_ahead=2),
    )  # fmt: skip
    service.jobs = tuple(_jobs(service, settings))
    with writing(engine) as session:
        for number_, (key, weekly) in enumerate(CHANNELS.items(), 1):
            connected = Connected(paper.account(number_), Credentials({"access_token": "t"}))
            channel = save_channel(session, vault, paper.NAME, connected, key=key, now=clock.now())
            set_slots(session, channel, weekly)
    mark_installed(engine, now=clock.now())
    return service


def _jobs(service: Service, settings: CommonSettings) -> Iterator[Job]:
    """The calendar jobs, without those that make files; the watch looks once a day instead of every half hour, and the
    audit log is verified, whole, once a week instead of every night."""
    for job in calendar_jobs(service, settings):
        if job.name == "watch":
            yield replace(job, timetable=Timetable((time.fromisoformat(settings.empty_day_at),)))
        elif job.name == "audit":
            yield replace(job, timetable=replace(job.timetable, weekday=0))
        elif job.name not in ("backup", "summary", "archive"):
            yield job


def pass_the_year(service: Service, clock: FrozenClock, end: datetime, plan: list[Trouble], rng: random.Random) -> None:
    """Let the time pass from trouble to trouble; in an outage nothing runs."""
    for at, work in _turns(service, plan):
        if at >= end:
            break
        _run_to(service, clock, at, rng)
        work(clock)
    _run_to(service, clock, end, rng)


def _turns(service: Service, plan: list[Trouble]) -> Iterator[tuple[datetime, Callable[[FrozenClock], None]]]:
    turns = []
    for one in plan:
        turns += [(one.since, one, True), (one.until, one, False)]
    for at, one, begins in sorted(turns, key=lambda turn: turn[0]):
        yield at, partial(_turn, service, one, begins)


def _turn(service: Service, one: Trouble, begins: bool, clock: FrozenClock) -> None:
    now = clock.now()
    account = paper.account(one.channel).external_id
    match one.kind, begins:
        case "outage", True:
            clock.set(max(now, one.until.astimezone(UTC)))  # the machine is off: nothing ticks until then
        case "pause", True:
            pauses.begin(service.engine, "thien_tai", "Bão lũ.", now=now, by="Lãnh đạo")
        case "pause", False:
            with writing(service.engine) as session:
                open_ = [pause.id for pause in pauses.standing(session, now=now)]
            for pause_id in open_:
                pauses.end(service.engine, pause_id or 0, now=now, by="Lãnh đạo")
            spread(service.desk, now=now, actor="Biên tập")
        case "dead", True:
            paper.WORLD.dead.add(account)
        case "dead", False:
            paper.WORLD.dead.discard(account)
            with writing(service.engine) as session:
                channel = session.exec(select(Channel).where(Channel.external_id == account)).one()
                open_channel(session, channel.id or 0)


def _run_to(service: Service, clock: FrozenClock, at: datetime, rng: random.Random) -> None:
    until = at.astimezone(UTC)
    if until <= clock.now():
        return
    for number_ in range(1, len(CHANNELS) + 1):
        waiting = paper.WORLD.faults.setdefault(paper.account(number_).external_id, deque())
        if not waiting:
            waiting.extend(rng.choices(("", "lost", "refused"), (94, 3, 3), k=50))
    simulate(service, clock, until, lambda _now: None)


def main() -> None:
    """Run the year and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--profile", action="store_true")
    asked = parser.parse_args()
    set_up_logs("CRITICAL")
    rng = random.Random("cchc")
    first = date(YEAR, 1, 1)
    begin = datetime(YEAR - 1, 12, 31, 15, 30, tzinfo=LOCAL)
    end = datetime(YEAR, 1, 1, tzinfo=LOCAL) + timedelta(days=asked.days)
    plan = troubles(rng, first, asked.days)
    with tempfile.TemporaryDirectory() as folder:
        clock = FrozenClock(begin)
        service = build(Path(folder), clock, rng)
        settle()  # as `cchc run` does before its clock begins
        profile = cProfile.Profile() if asked.profile else None
        began, worked = clock_time.perf_counter(), clock_time.process_time()
        if profile:
            profile.enable()
        pass_the_year(service, clock, end, plan, rng)
        if profile:
            profile.disable()
        seconds, worked = clock_time.perf_counter() - began, clock_time.process_time() - worked
        service.close()
        happened = Happened.read(service.engine, paper.WORLD, plan, first, asked.days)
        wrong = check(happened)
    say(f"A year of {asked.days} days, {len(CHANNELS)} channels, {POSTS} posts: {seconds:.1f} s (goal {GOAL:.0f} s)")
    say(f"  of a processor: {worked:.1f} s")
    for line in happened.figures():
        say(f"  {line}")
    for line in wrong:
        say(f"  BROKEN: {line}")
    if profile:
        pstats.Stats(profile).sort_stats("cumulative").print_stats(45)
    sys.exit(1 if wrong or seconds > GOAL else 0)


if __name__ == "__main__":
    main()
