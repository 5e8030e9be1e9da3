"""The queue as one running thing: a tick that claims and hands out work, and the calendar jobs.

The same object serves `cchc run` (real time, APScheduler rings), `cchc tick` (once) and a simulated week
(a frozen clock that is moved from one due moment to the next).
"""

import os
import random
import socket
from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime, timedelta
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import Engine, bindparam
from sqlmodel import col, select

from connectors.base import Finding
from connectors.errors import Reconnect
from content.store import AssetStore
from content.vietnamese import day
from scheduler.access import Access, Platforms
from scheduler.asking import Portals
from scheduler.astir import look
from scheduler.briefing import NEVER
from scheduler.channels import CONNECTED, RECONNECT, stop_channel
from scheduler.checkup import MediaCheck, look_at, look_at_all
from scheduler.claim import Claim, claim
from scheduler.clock import Clock
from scheduler.db import is_away, looking, reading, writing
from scheduler.handover import Handover
from scheduler.hands import Hands
from scheduler.intake import Intake, Turn
from scheduler.jobs import Job, Known, next_hour, run_due
from scheduler.lanes import due_platforms
from scheduler.limits import forget
from scheduler.metrics import Collected, collect
from scheduler.policy import Policy
from scheduler.recovery import Watch
from scheduler.retry import PREPARE
from scheduler.signs import Who, beat
from scheduler.sweep import sweep
from scheduler.tables import Channel, Credential, Heartbeat
from scheduler.upcoming import next_moment
from scheduler.vault import Vault
from scheduler.worker import Worker

if TYPE_CHECKING:
    from scheduler.queue import Desk
    from scheduler.telling import Telling, Told

TOLD = 10
"""So much of what the plan asks for and will not get is told in a job's row."""
IN_FLIGHT = 50
"""Publications in flight at once on a platform; each waits for an answer most of its time."""

ALL_AGAIN = timedelta(seconds=1)
"""So long at most nobody asks what is due on platforms where nothing was recorded, while anything is."""

log = structlog.get_logger("scheduler.service")


def serve_ourselves(_path: Path, _name: str) -> None:
    """Our own server shows every stored picture by itself: nothing has to be put anywhere."""


def nothing_to_check(_now: datetime) -> list[Finding]:
    """Where pictures are not looked for anywhere else."""
    return []


def _refreshed(count: int) -> str:
    return f"Làm mới {count} mã truy cập."


_TO_REFRESH = select(Channel).where(
    col(Channel.id) == col(Credential.channel_id), Channel.state == CONNECTED,
    col(Credential.refresh_at) <= bindparam("now"),
)  # fmt: skip


class Service:
    """Everything the queue does, over one database."""

    def __init__(
        self,
        engine: Engine,
        *,
        clock: Clock,
        vault: Vault,
        platforms: Platforms,
        store: AssetStore,
        rng: random.Random,
        media_address: Callable[[str], str],
        offer_media: Callable[[Path, str], None] = serve_ourselves,
        check_media: MediaCheck = nothing_to_check,
        jobs: Sequence[Job] = (),
        portals: Portals | None = None,
        intake: Intake | None = None,
        telling: "Telling | None" = None,
        handover: Handover | None = None,
        in_flight: int = IN_FLIGHT,
        policy: Policy = Policy(),
    ) -> None:
        self.engine = engine
        self.clock = clock
        self.vault = vault
        self.platforms = platforms
        self.store = store
        self.jobs = tuple(jobs)
        self._known = Known()
        self.portals = portals
        self.intake = intake
        self.telling = telling
        self.handover = handover
        self.kind = Who.CLOCK
        self.check_media = check_media
        self.seal: Callable[[], None] | None = None
        """Puts what was done into the audit log's chain, from a floor above."""
        self.access = Access(engine, vault, platforms)
        self.policy = policy
        self._media_address = media_address
        self.worker = Worker(engine, self.access, store, clock, rng, media_address, offer_media)
        self.owner = f"{socket.gethostname()}:{os.getpid()}"
        self.hands = Hands(in_flight)
        self._freed: set[str] = set()
        """Platforms where a lane has become free and nothing was claimed since."""
        self._refilled = NEVER
        """When every platform was asked last."""
        self.watch = Watch(engine, policy)
        """Notices that the database is an older copy: then nothing is sent before its channel was asked."""

    @cached_property
    def desk(self) -> "Desk":
        """The queue's verbs. Loaded when somebody uses one: publishing needs none of them."""
        from scheduler.queue import Desk

        return Desk(self.engine, self.store, self.platforms, self._media_address, self.access, self.policy)

    # The tick ------------------------------------------------------------------------------------------

    def tick(self) -> int:
        """Sweep, claim what is due and hand it out; how many were claimed. Does not wait for them."""
        now = self._refilled = self.clock.now()
        seen = look(self.engine, now=now)
        if not seen.sweep:
            return self._claim_on(seen.platforms, now)
        sweep(self.engine, now=now, policy=self.policy)
        return self.refill()

    def refill(self) -> int:
        """Claim what is due for hands that are free, or for workers of other processes; how many were claimed."""
        now = self._refilled = self.clock.now()
        if self.handover is not None:
            return self._claim_on(tuple(self.platforms.settings), now)
        free = [platform for platform in self.platforms.settings if self.hands.room(platform)]
        if not free:
            return 0
        with looking(self.engine) as connection:
            due = connection.execute(due_platforms(), {"now": now}).scalars().all()
        return self._claim_on([platform for platform in due if platform in free], now)

    def go_on(self, platforms: Collection[str]) -> int:
        """Something was recorded on these platforms: claim what comes next there; how many.

        What has come due elsewhere is asked for once a second: it costs the more, the more is due. A platform that has
        no hand free yet has its turn with the next record.
        """
        now = self.clock.now()
        self._freed.update(platforms)
        if abs(now - self._refilled) >= ALL_AGAIN:
            return self.refill()
        free = [platform for platform in self._freed if self.hands.room(platform)]
        claimed = self._claim_on(free, now)
        self._freed.difference_update(free)
        return claimed

    def _claim_on(self, platforms: Sequence[str], now: datetime) -> int:
        if not platforms:
            return 0
        self.watch.look_first(now=now)
        if self.handover is not None:
            return self.handover.turn(platforms, now=now, policy=self.policy)
        return sum(self._claim(platform, now) for platform in platforms)

    def _claim(self, platform: str, now: datetime) -> int:
        room = self.hands.room(platform)
        if not room:
            return 0
        claims = claim(
            self.engine, now=now, owner=self.owner, limit=room, policy=self.policy, platform=platform,
            preparing=self.hands.room_to_prepare(platform),
        )  # fmt: skip
        if claims:
            self.carry_out(claims, claimed=now)
        return len(claims)

    def carry_out(self, claims: Sequence[Claim], *, claimed: datetime | None = None) -> None:
        """Brief the hands and let them go; does not wait for them. `claimed`: when this process claimed them."""
        for brief in self.worker.brief(claims, claimed=claimed):
            one = brief.claim
            self.hands.give(one.channel.platform, partial(self.worker.carry_out, brief), prepares=one.action == PREPARE)

    def settle(self) -> int:
        """Tick until nothing is due any more, waiting for the hands each time; how many were claimed."""
        total = 0
        for _ in range(10_000):
            claimed = self.tick()
            self.wait()
            total += claimed
            if not claimed:
                return total
        raise RuntimeError("the queue does not come to rest")

    def wait(self) -> None:
        """Until the work in flight is done; raises what a hand could not record."""
        self.hands.rest()

    def run_jobs(self) -> list[str]:
        """Run the calendar jobs whose hour has come."""
        if self.handover is not None:
            self.handover.tidy_now_and_then(now=self.clock.now())
        return run_due(self.engine, self.jobs, now=self.clock.now(), known=self._known)

    def read_portals(self) -> list[Turn]:
        """Read the portals' feeds that are due, side by side; what came of each."""
        return self.intake.run() if self.intake is not None else []

    def tell(self) -> "list[Told]":
        """Carry the open notices out, by mail and to other programs; what came of each sending."""
        return self.telling.run() if self.telling is not None else []

    def recover(self) -> None:
        """Give up every lease. Only for the one process that holds the data folder's lock, at its start."""
        sweep(self.engine, now=self.clock.now(), everything=True, policy=self.policy)

    def beat(self) -> None:
        """Leave a sign of life."""
        with writing(self.engine) as session:
            beat(session, self.owner, self.kind, now=self.clock.now())
        self.count()

    def count(self, now: datetime | None = None) -> None:
        """Raise the number by which an older copy of the database is noticed."""
        try:
            self.watch.count(now=now or self.clock.now())
        except OSError as error:  # a full disk stops nothing that goes out
            log.warning("number_not_kept", error=str(error))

    def next_moment(self) -> datetime | None:
        """When something comes due next, after now: a publication, a lease that runs out, a calendar job."""
        now = self.clock.now()
        with looking(self.engine) as connection:
            told = next_moment(connection, now=now)
        return min((at for at in (told, next_hour(self.jobs, now=now)) if at is not None), default=None)

    def close(self) -> None:
        """Let each piece of work in flight end at its next step, stop the workers, and leave no sign of life."""
        self.worker.stop()
        self.hands.close()
        self.worker.recorder.end()
        try:
            with writing(self.engine) as session:
                row = session.get(Heartbeat, self.owner)
                if row is not None:
                    session.delete(row)
        except Exception as error:  # it grows old by itself
            if not is_away(error):
                raise
            log.warning("sign_of_life_left", error=type(error).__name__)

    # What the calendar jobs do -------------------------------------------------------------------------

    def fill_days(self, first: date, days: int) -> str:
        """Fill the free slots of `days` days from the local day `first`; a sentence for the job's row."""
        from scheduler.autopilot import by_topic  # once a day
        from scheduler.filling import fill

        filled = fill(self.desk, [first + timedelta(days=offset) for offset in range(days)], now=self.clock.now())
        last = first + timedelta(days=days - 1)
        words = (
            f"Xếp {len(filled.decisions)} bài từ ngày {day(first)} đến ngày {day(last)}; "
            f"còn {len(filled.gaps)} khung giờ trống."
        )
        short = [one.reason for one in by_topic(filled.shortfalls)]
        more = [f"Còn {len(short) - TOLD} chỗ thiếu khác."] if len(short) > TOLD else []
        return " ".join([words, *filled.problems, *short[:TOLD], *more])

    def collect(self, *, everything: bool = False) -> Collected:
        """Read the figures that are due, or `everything`."""
        now, policy = self.clock.now(), self.policy
        keep = policy.raw_days > 0
        return collect(self.engine, self.access, now=now, cadence=policy.cadence, keep_raw=keep, everything=everything)

    def put_away(self) -> None:
        """Let go of what no budget reaches back to any more."""
        with writing(self.engine) as session:
            forget(session, now=self.clock.now())

    def look_at(self, channel: Channel) -> tuple[Channel, list[Finding]]:
        """How one channel's access stands; it is opened or stopped accordingly."""
        return look_at(self.engine, self.access, channel, self.check_media, now=self.clock.now())

    def check_channels(self) -> str:
        """Look at every channel before the day's first hour; a sentence for the job's row."""
        return look_at_all(self.engine, self.access, self.check_media, now=self.clock.now())

    def refresh_tokens(self) -> str:
        """Refresh every access that is due, before publishing needs it; a sentence for the job's row."""
        now = self.clock.now()
        with reading(self.engine) as session:
            channels = session.exec(_TO_REFRESH, params={"now": now}).all()
        done, failed = 0, []
        for channel in channels:
            try:
                done += self.access.refresh_if_due(channel, now=now) is not None
            except Exception as error:
                failed.append(f"{channel.key}: {error}")
                log.warning("not_refreshed", channel=channel.key, error=str(error))
                self._stop_if_refused(channel, error)
        return " ".join([_refreshed(done), *failed])

    def nothing_to_refresh(self, now: datetime) -> str:
        """The sentence for the job's row when no access is due at `now` (aware); "" when one is."""
        with looking(self.engine) as connection:
            is_due = connection.execute(_TO_REFRESH, {"now": now}).first() is not None
        return "" if is_due else _refreshed(0)

    def _stop_if_refused(self, channel: Channel, error: Exception) -> None:
        if isinstance(error, Reconnect) and channel.id is not None:
            with writing(self.engine) as session:
                stop_channel(session, channel.id, RECONNECT, error.words, None)
