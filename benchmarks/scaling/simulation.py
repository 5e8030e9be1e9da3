"""The queue at large as a discrete-event simulation: one heap of events, no package, the same seed gives the same day.

    due -> claimed (a transaction of n rows) -> a job in a worker's queue -> taken and briefed -> a hand calls the
    platform -> the result waits for the recorder of its process -> recorded: the lane is free, who wrote claims again

A lane of a channel holds one publication; the database is some cores that serve whoever comes first; a worker is one
Python process, so its own work goes through one core, while its calls only wait. The rules are the product's own
functions. What is left out stands in docs/scale.md.
"""

import random
from collections import deque
from collections.abc import Callable, Sequence
from heapq import heapify, heappop, heappush, heapreplace
from typing import Any

from scheduler.briefing import FRESH
from scheduler.claim import LEASES
from scheduler.handover import AT_ONCE, PER_HAND, Room, batches, size_of_job
from scheduler.hands import KEPT_FREE, MANY, ahead
from scheduler.recorder import AT_ONCE as IN_A_RECORD
from scheduler.recorder import GATHER
from scheduler.retry import FIND, PREPARE, PUBLISH

from .costs import Costs
from .day import MINUTE, Day, Platform, Stage
from .setup import BIN, Outcome, Setup

LANE = {Stage.PUBLISH: PUBLISH, Stage.PREPARE: PREPARE, Stage.LOOK: FIND}
LEASE = {stage: LEASES[lane].total_seconds() for stage, lane in LANE.items()}
MOST = 20_000_000
"""Events of one run: a setup that can never be done ends, too."""


class _Gate:
    """The hands of one worker for one platform."""

    __slots__ = ("active", "busy", "preparing", "waiting", "worker")

    def __init__(self, worker: int) -> None:
        self.worker, self.busy, self.preparing, self.active = worker, 0, 0, 0
        self.waiting: deque[tuple[Any, ...]] = deque()


class Simulation:
    """One run over one day, or a part of it."""

    def __init__(
        self, setup: Setup, costs: Costs, platforms: Sequence[Platform], answers: Sequence[float], rng: random.Random
    ) -> None:
        self.setup, self.costs, self.platforms, self.answers, self.rng = setup, costs, platforms, answers, rng
        self.out = Outcome()
        self.events: list[tuple[float, int, Callable[..., None], Any]] = []
        self.number = 0
        self.now = 0.0
        many = range(len(platforms))
        self.cores = [0.0] * setup.cores
        self.stretch = setup.cores / max(0.1, setup.cores - setup.beside)
        self.own_core = [0.0] * (setup.workers + setup.clocks)
        # (hour, number, publication, stage): due, in a lane that is free; the hour first, what can wait after it
        self.pool: list[list[list[tuple[float, int, int, Stage]]]] = [[[], []] for _ in many]
        self.behind: dict[int, deque[tuple[float, int, int, Stage]] | None] = {}
        self.due = 0
        self.jobs: list[list[deque[tuple[Any, ...]]]] = [[deque(), deque()] for _ in many]
        self.handed = [[0, 0] for _ in many]
        self.gates = [[_Gate(worker) for worker in range(setup.workers)] for _ in many]
        self.turn = 0
        self.results: list[list[tuple[int, Stage]]] = [[] for _ in range(setup.workers)]
        self.writing = [False] * setup.workers
        self.claiming = [False] * setup.workers
        self.wanted = [False] * setup.workers
        self.coming: list[tuple[float, int, int, Stage]] = []
        self.minute, self.calls = [-1] * len(platforms), [0] * len(platforms)
        self.open = 0
        out = self.out
        out.capacity = {"database": setup.cores, "own": setup.workers}
        out.capacity |= {f"hands {one}": setup.workers * setup.in_flight for one in many}
        out.busy = {name: {} for name in (*out.capacity, "commits")}

    # The frame -----------------------------------------------------------------------------------------------

    def run(self, day: Day, *, prepared_before: float = float("inf"), until: float = float("inf")) -> Outcome:
        """Until everything is out, or `until`. What is due before `prepared_before` was prepared already."""
        self.day = day
        left = 0
        for place, at in enumerate(day.due):
            platform = self.platforms[day.platform[place]]
            if at < prepared_before:
                self.coming.append((at, place, place, Stage.PUBLISH))
            else:
                self.coming.append((at - platform.ahead, place, place, Stage.PREPARE))
            left += 1
        self.left = left
        heapify(self.coming)
        if self.coming:
            self.now = self.coming[0][0]
        self.cores = [self.now] * len(self.cores)
        for clock in range(self.setup.clocks):
            self._at(self.now + clock * self.setup.tick / max(1, self.setup.clocks), self._tick, clock)
        events = self.events
        while events and self.left and self.number < MOST:
            at, _, what, told = heappop(events)
            if at > until:
                break
            self.now = at
            what(told)
        self.out.unsent = self.left
        return self.out

    def _at(self, at: float, what: Callable[..., None], told: Any) -> None:
        self.number += 1
        heappush(self.events, (at, self.number, what, told))

    def _used(self, of: str, seconds: float) -> None:
        bins, place = self.out.busy[of], int(self.now / BIN)
        bins[place] = bins.get(place, 0.0) + seconds

    def _own(self, process: int, seconds: float) -> float:
        """When so much work of a process is done, after all that it has to do already."""
        end = max(self.now, self.own_core[process]) + seconds
        self.own_core[process] = end
        if process < self.setup.workers:
            self._used("own", seconds)
        return end

    def _transaction(self, process: int, ours: float, theirs: float, then: Callable[..., None], told: Any) -> None:
        """Our share first, then the database's as soon as one of its cores is free, then the commit."""
        self._at(self._own(process, ours), self._at_database, (theirs, then, told))

    def _at_database(self, told: tuple[float, Callable[..., None], Any]) -> None:
        seconds, then, more = told
        seconds *= self.stretch
        begin = max(self.now, self.cores[0])
        heapreplace(self.cores, begin + seconds)
        self._used("database", seconds)
        self._used("commits", 1)
        self.out.commits += 1
        self.open += 1
        self.out.transactions = max(self.out.transactions, self.open)
        self._at(begin + seconds + self.costs.commit, self._committed, (then, more))

    def _committed(self, told: tuple[Callable[..., None], Any]) -> None:
        self.open -= 1
        told[0](told[1])

    # What is due ---------------------------------------------------------------------------------------------

    def _advance(self) -> None:
        """What has come due since: into the pool when its lane is free, else behind it."""
        coming = self.coming
        while coming and coming[0][0] <= self.now:
            _, _, place, stage = heappop(coming)
            self.due += 1
            item = (self.day.due[place], place, place, stage)
            lane = self.day.channel[place] * 2 + (stage is Stage.PREPARE)
            if lane not in self.behind:
                self.behind[lane] = None
                self._into_pool(item)
                continue
            line = self.behind[lane]
            if line is None:
                line = self.behind[lane] = deque()
            line.append(item)

    def _into_pool(self, item: tuple[float, int, int, Stage]) -> None:
        heappush(self.pool[self.day.platform[item[2]]][item[3] is Stage.PREPARE], item)

    def _free(self, place: int, stage: Stage) -> None:
        """Recorded: the next of this lane may come."""
        lane = self.day.channel[place] * 2 + (stage is Stage.PREPARE)
        line = self.behind[lane]
        if line:
            self._into_pool(line.popleft())
        else:
            del self.behind[lane]

    # Claiming ------------------------------------------------------------------------------------------------

    def _tick(self, clock: int) -> None:
        """A clock: sweep, look, claim; again after a while, or when something comes due."""
        self._advance()
        process = self.setup.workers + clock
        sweep = self.costs.sweep
        self._transaction(
            process, sweep.ours.at(1, self.due), sweep.database.at(1, self.due), self._look, (process, self._rest)
        )  # fmt: skip

    def _rest(self, process: int) -> None:
        later = self.now + self.setup.tick
        if self.coming:
            later = min(later, max(self.now, self.coming[0][0]))
        self._at(later, self._tick, process - self.setup.workers)

    def _wish(self, worker: int) -> None:
        """Something was recorded: claim, one claim of a process at a time."""
        if self.claiming[worker]:
            self.wanted[worker] = True
            return
        self.claiming[worker], self.wanted[worker] = True, False
        self._look((worker, self._breathe))

    def _breathe(self, worker: int) -> None:
        self._at(self.now + self.setup.breath, self._again, worker)

    def _again(self, worker: int) -> None:
        self.claiming[worker] = False
        if self.wanted[worker]:
            self._wish(worker)

    def _look(self, told: tuple[int, Callable[[int], None]]) -> None:
        """What has room; what is due is asked only where something has."""
        self._advance()
        look, due = self.costs.look, self.due if any(self._rooms()) else 0
        self._transaction(told[0], look.ours.at(1, due), look.database.at(1, due), self._looked, told)

    def _looked(self, told: tuple[int, Callable[[int], None]]) -> None:
        self._claim((*told, self._rooms(), 0))

    def _rooms(self) -> list[Room | None]:
        """Of each platform, by what is committed: who counts at the same moment may overshoot."""
        hands, rooms = self.setup.in_flight * self.setup.workers, []
        for waiting in self.handed:
            if self.setup.full_jobs:
                rooms.append(Room.beside(*waiting, hands=hands))
            else:
                left = min(AT_ONCE, PER_HAND * hands - sum(waiting))
                rooms.append(Room(left, PER_HAND * hands // 2 - waiting[1], False) if left > 0 else None)
        return rooms

    def _claim(self, told: tuple[int, Callable[[int], None], list[Room | None], int]) -> None:
        process, then, rooms, platform = told
        self._advance()
        while platform < len(self.platforms):
            room = rooms[platform]
            if room is not None and (items := self._pick(platform, room)):
                n, cost, told_of = len(items), self.costs, self.setup.told
                ours = cost.claim.ours.at(n, self.due) + cost.defer.ours.at(n) + cost.told.ours.at(told_of)
                claim = cost.claim.database.at(n, self.due) + cost.told.database.at(told_of)
                theirs = claim + cost.defer.database.at(n)
                self.due -= n
                self.out.claims += 1
                self.out.claimed += n
                self._transaction(process, ours, theirs, self._handed, (process, then, rooms, platform, items))
                return
            platform += 1
        then(process)

    def _pick(self, platform: int, room: Room) -> list[tuple[float, int, int, Stage]]:
        first, later = self.pool[platform]
        items: list[tuple[float, int, int, Stage]] = []
        while len(items) < room.most and first and self._may_call(platform, first[0][3]):
            items.append(heappop(first))
        most = min(room.most, len(items) + room.preparing)
        while len(items) < most and later and self._may_call(platform, Stage.PREPARE):
            items.append(heappop(later))
        return items

    def _may_call(self, platform: int, stage: Stage) -> bool:
        """Whether the app's calls of this minute are enough; they are taken at once."""
        told = self.platforms[platform]
        quota = told.app_calls_a_minute * self.setup.apps
        if not quota:
            return True
        minute = int(self.now / MINUTE)
        if self.minute[platform] != minute:
            self.minute[platform], self.calls[platform] = minute, 0
        if self.calls[platform] + told.calls[stage] > quota:
            self.out.held_up += 1
            return False
        self.calls[platform] += told.calls[stage]
        return True

    def _handed(self, told: tuple[int, Callable[[int], None], list[Room | None], int, list[Any]]) -> None:
        """Committed: jobs in the queues, and every worker hears of it."""
        process, then, rooms, platform, items = told
        room, setup = rooms[platform], self.setup
        full = room.full(len(items)) if room is not None and setup.full_jobs else ()
        for stage, lane in LANE.items():
            lot, preparing = [one for one in items if one[3] is stage], stage is Stage.PREPARE
            self.handed[platform][preparing] += len(lot)
            lease = self.now + (setup.lease or LEASE[stage])
            for batch in batches(lot, size_of_job(len(lot), setup.workers, setup.in_flight if lane in full else 0)):
                self.jobs[platform][preparing].append((batch, lease))
        waiting = sum(self.handed[platform]) / (setup.in_flight * setup.workers)
        self.out.waited = max(self.out.waited, waiting)
        gates = self.gates[platform]
        self.turn = (self.turn + 1) % max(1, len(gates))
        for place in range(len(gates)):
            if not any(self.jobs[platform]):
                break
            self._fetch(platform, gates[(self.turn + place) % len(gates)])
        self._claim((process, then, rooms, platform + 1))

    # Workers -------------------------------------------------------------------------------------------------

    def _fetch(self, platform: int, gate: _Gate) -> None:
        """Jobs for hands that are free or will be soon, the hour before what can wait."""
        hands, jobs = self.setup.in_flight, self.jobs[platform]
        while True:
            preparing = min(gate.preparing, max(1, hands - KEPT_FREE))
            if gate.busy - gate.preparing + preparing >= hands + ahead(hands, preparing):
                return
            if jobs[0]:
                batch, lease = jobs[0].popleft()
            elif jobs[1] and preparing < max(1, hands - KEPT_FREE):
                batch, lease = jobs[1].popleft()
                gate.preparing += len(batch)
            else:
                return
            n = len(batch)
            gate.busy += n
            take, brief = self.costs.take, self.costs.brief
            # a job is fetched and deleted, too: two statements, taken for as dear as taking nothing
            ours = 2 * take.ours.fixed + take.ours.at(n) + brief.ours.at(n)
            theirs = 2 * take.database.fixed + take.database.at(n) + brief.database.at(n)
            self._transaction(gate.worker, ours, theirs, self._taken, (platform, gate, batch, lease))

    def _taken(self, told: tuple[int, _Gate, list[Any], float]) -> None:
        platform, gate, batch, lease = told
        preparing = batch[0][3] is Stage.PREPARE
        self.handed[platform][preparing] -= len(batch)
        if self.now > lease:
            self.out.never_taken += len(batch)
            self._let_go(gate, len(batch), preparing)
            for item in batch:  # the sweep gives it back, and it is due again
                self.due += 1
                self._into_pool(item)
            self._fetch(platform, gate)
            return
        for item in batch:
            until = self.now + (self.setup.lease or LEASE[item[3]])
            if gate.active < self.setup.in_flight:
                self._call(platform, gate, item, until)
            else:
                gate.waiting.append((item, until, self.now))

    @staticmethod
    def _let_go(gate: _Gate, many: int, preparing: bool) -> None:
        gate.busy -= many
        if preparing:
            gate.preparing -= many

    def _call(self, platform: int, gate: _Gate, item: Any, until: float, briefed: float = -1.0) -> None:
        gate.active += 1
        stage = item[3]
        calls = self.platforms[platform].calls[stage]
        ours = calls * self.costs.call
        if 0 <= briefed < self.now - FRESH.total_seconds():  # waited for a hand: briefed once more
            ours += self.costs.brief.ours.at(1)
            self._used("database", self.costs.brief.database.at(1))
        begin = self._own(gate.worker, ours)
        answers, many = self.answers, len(self.answers)
        seconds = sum(answers[int(self.rng.random() * many)] for _ in range(calls))
        self._used(f"hands {platform}", seconds)
        self._at(begin + seconds, self._answered, (platform, gate, item, until))

    def _answered(self, told: tuple[int, _Gate, Any, float]) -> None:
        platform, gate, item, until = told
        _, _, place, stage = item
        gate.active -= 1
        self._let_go(gate, 1, stage is Stage.PREPARE)
        self.out.ran_out_in_hand += self.now > until
        if stage is Stage.PUBLISH:
            late = self.now - self.day.due[place]
            self.out.late.append(late)
            self.left -= 1
        if gate.waiting:
            self._call(platform, gate, *gate.waiting.popleft())
        if any(self.jobs[platform]):
            self._fetch(platform, gate)
        self.results[gate.worker].append((place, stage))
        if not self.writing[gate.worker]:
            self._gather(gate.worker)

    def _gather(self, worker: int) -> None:
        """In a rush, what comes within a moment is written together."""
        self.writing[worker] = True
        rushed = any(gates[worker].busy >= MANY for gates in self.gates)
        self._at(self.now + GATHER.total_seconds() * rushed, self._write, worker)

    def _write(self, worker: int) -> None:
        batch, self.results[worker] = self.results[worker][:IN_A_RECORD], self.results[worker][IN_A_RECORD:]
        record, n = self.costs.record, len(batch)
        self._transaction(worker, record.ours.at(n), record.database.at(n), self._written, (worker, batch))

    def _written(self, told: tuple[int, list[tuple[int, Stage]]]) -> None:
        worker, batch = told
        self.writing[worker] = False
        for place, stage in batch:
            self._free(place, stage)
            platform = self.platforms[self.day.platform[place]]
            if stage is Stage.PREPARE:
                heappush(self.coming, (max(self.now, self.day.due[place]), place, place, Stage.PUBLISH))
            elif stage is Stage.PUBLISH and platform.calls[Stage.LOOK]:
                heappush(self.coming, (self.now + platform.look_after, place, place, Stage.LOOK))
        if self.results[worker]:
            self._gather(worker)
        self._wish(worker)
