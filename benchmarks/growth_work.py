"""What `benchmarks/growth.py` measures besides pages: the clock's work and the calendar jobs, each to be repeated."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import Engine, delete, func, update
from sqlmodel import col, select

from benchmarks import paper
from benchmarks.growth_fill import DUE
from cli.wiring import JOB_WORDS
from connectors.base import Connected, Credentials, Part
from content.editorial import content_hash
from content.tables import Post
from content.vietnamese import local_day
from records import guards
from scheduler import claim as claiming
from scheduler.alarms import watch
from scheduler.channels import save_channel
from scheduler.clock import FrozenClock
from scheduler.db import reading, writing
from scheduler.filling import fill
from scheduler.jobs import mark_installed
from scheduler.lifecycle import WAITING, State
from scheduler.metrics.due import Asked, due_on
from scheduler.service import Service
from scheduler.sweep import sweep
from scheduler.tables import Attempt, Channel, JobRun, Publication, PublicationEvent, Spending
from scheduler.vault import Vault

CLAIMED = 50
DUE_IN = timedelta(hours=1)


def add_due(engine: Engine, vault: Vault, now: datetime) -> list[int]:
    """Channels on paper, each with one post that is ready and due at `now + DUE_IN`; the publications' ids."""
    at, made = now + DUE_IN, []
    with writing(engine) as session:
        quiet = update(Publication).where(
            col(Publication.state).in_(WAITING), col(Publication.next_attempt_at) <= now + 3 * DUE_IN
        )
        session.execute(quiet.values(state=State.CANCELLED, next_attempt_at=None))
        zalo = select(func.min(col(Channel.id))).where(col(Channel.platform) == "zalo").scalar_subquery()
        newest = select(func.max(col(Publication.id))).where(col(Publication.state) == State.PUBLISHED)
        pushed = col(Publication.id) == session.execute(newest).scalar_one()
        session.execute(update(Publication).where(pushed).values(part=Part.BROADCAST, channel_id=zalo))
        for number in range(DUE):
            connected = Connected(paper.account(number), Credentials({"access_token": "t"}))
            channel = save_channel(session, vault, paper.NAME, connected, key=f"giay-{number}", now=now)
            post = Post(
                key=f"den-gio-{number}", title=f"Bài đến giờ số {number}", body=f"Nội dung số {number}.", topic="d",
                form="van_ban", audiences=["nguoi_dan"], source="Cổng Thông tin điện tử", legal_refs=[],
                hashtags=["#CCHC"], platforms=[paper.NAME], variants={}, state="approved", evergreen=False,
                content_hash="", created_at=now, updated_at=now,
            )  # fmt: skip
            post.content_hash = post.approved_hash = content_hash(post, [])
            session.add(post)
            session.flush()
            row = Publication(
                post_id=post.id or 0, channel_id=channel.id or 0, due_at=at, next_attempt_at=at, state=State.READY,
                saved={"prepared": post.key}, prepared_hash=post.content_hash, late_until=at + timedelta(hours=3),
                created_at=now,
            )  # fmt: skip
            session.add(row)
            session.flush()
            made.append(row.id or 0)
    return made


@dataclass(frozen=True, slots=True)
class Work:
    """One thing to measure; `after` makes everything as it was before."""

    name: str
    run: Callable[[], object]
    after: Callable[[], object] | None = None


def works(service: Service, clock: FrozenClock, now: datetime, hour: datetime, due: list[int]) -> Iterator[Work]:
    """Everything, in order. At `now` nothing is due; at `hour` the publications `due` are."""
    engine, policy = service.engine, service.policy
    again = _Again(service, due)
    _mark_jobs_run(service, now)

    def at(moment: datetime, run: Callable[[], object]) -> Callable[[], object]:
        def run_then() -> object:
            clock.set(moment)
            return run()

        return run_then

    def claim() -> None:
        taken = claiming.claim(engine, now=hour, owner="growth", limit=CLAIMED, policy=policy)
        if len(taken) != CLAIMED:
            raise SystemExit(f"{len(taken)} claimed instead of {CLAIMED}")

    def drain() -> None:
        if service.settle() != len(due):
            raise SystemExit("not everything that was due went out")

    def look() -> None:
        watch(engine, service.platforms, policy, JOB_WORDS, empty_day_at=time(15), now=now)

    def due_figures() -> None:
        with reading(engine) as session:
            due_on(session.connection(), [Asked(1, None, None, None)], policy.cadence, now=now)

    def fill_day() -> None:
        fill(service.desk, [local_day(now) + timedelta(days=1)], now=now)

    yield Work("tick, nothing due", at(now, service.tick))
    yield Work("sweep", at(now, lambda: sweep(engine, now=now, policy=policy)))
    yield Work("next moment", at(now, service.next_moment))
    yield Work("calendar jobs, none due", at(now, service.run_jobs))
    yield Work(f"claim {CLAIMED} of {len(due)} due", claim, again.put_back)
    yield Work(f"publish {len(due)}, from tick to record", at(hour, drain), again.put_back)
    yield Work("figures due on one channel", due_figures)
    yield Work("watch (alarms)", look)
    yield Work("fill a day", fill_day, again.empty)


class _Again:
    """Makes undone what a round did."""

    def __init__(self, service: Service, due: list[int]) -> None:
        self.engine, self.due = service.engine, due
        with self.engine.begin() as connection:
            guards.drop(connection)  # this copy's records may be deleted
        tables = (PublicationEvent, Attempt, Publication, Spending)
        with reading(self.engine) as session:
            last = [session.exec(select(func.max(one.id))).one() or 0 for one in tables]
        self.event, self.attempt, self.publication, self.spending = last

    def put_back(self) -> None:
        """What was due is due again."""
        with writing(self.engine) as session:
            session.execute(delete(PublicationEvent).where(col(PublicationEvent.id) > self.event))
            session.execute(delete(Attempt).where(col(Attempt.id) > self.attempt))
            session.execute(delete(Spending).where(col(Spending.id) > self.spending))
            facts = {
                "state": State.READY, "next_attempt_at": Publication.due_at, "lease_until": None, "lease_owner": "",
                "sent_at": None, "published_at": None, "external_id": "", "permalink": "", "problem": "",
            }  # fmt: skip
            session.execute(update(Publication).where(col(Publication.id).in_(self.due)).values(**facts))

    def empty(self) -> None:
        """What the autopilot queued goes."""
        with writing(self.engine) as session:
            session.execute(delete(PublicationEvent).where(col(PublicationEvent.id) > self.event))
            session.execute(delete(Publication).where(col(Publication.id) > self.publication))


def _mark_jobs_run(service: Service, now: datetime) -> None:
    """Every calendar job has been run for its newest hour."""
    mark_installed(service.engine, now=now - timedelta(days=9))
    with writing(service.engine) as session:
        session.add_all(
            JobRun(job=job.name, slot=job.timetable.latest(now), started_at=now, finished_at=now, outcome="ok")
            for job in service.jobs
        )
