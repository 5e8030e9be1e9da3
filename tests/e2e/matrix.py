"""The crash matrix: one changing call of one kind of post, struck by one fault, and what becomes of the post.

A cell is a whole life: an empty platform, one queued post, simulated time, real HTTP. The fault is ordered
just before the call it is meant for, so nothing depends on counting requests at the platform.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from sqlalchemy import Engine, event
from sqlmodel import select
from urllib3.exceptions import HTTPError

from connectors import connector_class
from content.tables import Post
from scheduler.db import reading
from scheduler.lifecycle import WAITING, WORKING
from scheduler.tables import Channel, Publication, PublicationEvent
from tests.conftest import NOW, Sandbox
from tests.e2e.tally import Cell
from tests.scheduler.house import HOUR, Running

CHANGING = ("POST", "PUT", "DELETE", "PATCH")
PATIENCE = timedelta(hours=72)
"""Longer than any limit a sandbox tells: what is not decided by then is lost."""
SHORT = 0.05
"""The read time-out in seconds of the one call that is to time out; the sandbox holds its answer six times longer."""
CHUNK = {"youtube": {"chunk_bytes": 256 * 1024}}


class Died(BaseException):
    """The process is gone: nothing in the product may catch this."""


@dataclass(frozen=True)
class Strike:
    """What happens to one call: a fault ordered at the sandbox, or the moment at which the process dies."""

    name: str
    order: Mapping[str, Any] | None = None
    death: str = ""

    @property
    def is_refusal(self) -> bool:
        """Whether the platform's own routes answer it, and not the wire: token endpoints do not know these."""
        return self.order is not None and self.order["kind"] not in ("hang_up", "delay", "status", "html")


def _wire(kind: str, effect: bool, **values: Any) -> dict[str, Any]:
    return {"kind": kind, "effect": effect, "values": values}


STRIKES = (
    *(
        Strike(f"{name}, {'done' if effect else 'not done'}", _wire(kind, effect, **values))
        for name, kind, values in (
            ("answer lost", "hang_up", {}),
            ("time-out", "delay", {"seconds": 6 * SHORT}),
            ("503", "status", {"status": 503, "body": "{}"}),
            ("HTML", "html", {}),
        )
        for effect in (True, False)
    ),
    Strike("token dead", {"kind": "expired_token"}),
    Strike("rate limit", {"kind": "rate_limit"}),
    Strike("killed before the call", death="call"),
    Strike("killed before the answer", death="answer"),
    Strike("killed before the record", death="record"),
)
QUOTA = Strike("quota used up", {"kind": "quota"})
"""Only YouTube has one beside its rate limit (youtube 5)."""


class Wire:
    """Notes the changing calls of one life, and strikes the one at `place` (from 0)."""

    def __init__(self, sandbox: Sandbox, platform: str, strike: Strike | None = None, place: int = -1) -> None:
        self.sandbox = sandbox
        self.platform = platform
        self.strike = strike
        self.place = place
        self.calls: list[tuple[str, str]] = []
        self.is_armed = False
        self.was_struck = False
        self.dies_at_next_begin = False

    def lay(self, http: requests.Session) -> None:
        """From now on this session speaks through it."""
        self._real = http.request
        vars(http)["request"] = self.request  # the one way into a session

    def request(self, method: str, url: str, **content: Any) -> requests.Response:
        """One request; a changing one is noted, and struck when its place has come."""
        if method not in CHANGING:
            return self._real(method, url, **content)
        self.calls.append((method, urlsplit(url).path))
        if self.strike is None or not self.is_armed or len(self.calls) - 1 != self.place:
            return self._real(method, url, **content)
        if self.strike.death == "call":
            self.was_struck = True
            raise Died
        if self.strike.order is not None:
            self._order(self.strike.order)
            if self.strike.order["kind"] == "delay":
                content["timeout"] = (5, SHORT)
        try:
            answer = self._real(method, url, **content)
            told = answer.text
        except (requests.RequestException, HTTPError):
            self.was_struck = True
            self._let_it_act()
            raise
        self._judge(answer, told)
        return answer

    def arm(self) -> None:
        """The flow begins: count from here."""
        self.calls.clear()
        self.is_armed = True

    def begun(self, _connection: object) -> None:
        """A transaction begins: the first one after the struck answer is the record of it."""
        if self.dies_at_next_begin:
            self.dies_at_next_begin = False
            raise Died

    def _order(self, order: Mapping[str, Any]) -> None:
        method, path = self.calls[-1]
        self.sandbox.fault(self.platform, method=method, path=re.escape(path), **order)

    def _judge(self, answer: requests.Response, told: str) -> None:
        assert self.strike is not None
        if self.strike.death:
            self.was_struck = True
            if self.strike.death == "answer":
                raise Died
            self.dies_at_next_begin = True
        else:
            is_error = re.search(r'"error"\s*:\s*(?!0\b)', told) is not None
            self.was_struck = answer.status_code >= 400 or is_error or "<html" in told

    def _let_it_act(self) -> None:
        """A call that timed out is still at work over there: go on only when its effect, if any, is complete."""
        for _ in range(2_000):
            struck = self.sandbox.requests(self.platform)[-1]
            if struck["acted"]:
                return
        raise AssertionError("the sandbox does not get on with a call that was given up")


def _public(sandbox: Sandbox, platform: str) -> int:
    return len(sandbox.public(platform))


@dataclass(frozen=True)
class Flow:
    """One kind of post on one platform; `furnish` makes the post.

    `then` queues what follows the post once it is public, and the strikes are meant for that; `seen` counts it
    among what the people see. `by_person`: there are strikes after which only a person can decide.
    """

    platform: str
    kind: str
    furnish: Callable[[Running], Post]
    then: Callable[[Running, Publication], int] | None = None
    seen: Callable[[Sandbox, str], int] = _public
    by_person: bool = False
    tuning: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.platform} {self.kind}"


@dataclass(frozen=True)
class Stage:
    """Where cells are played: a database, a data folder, the platforms, and the address of our pictures."""

    engine: Engine
    folder: Path
    sandbox: Sandbox
    media: str

    def furnish(self, flow: Flow) -> int:
        """Connect a channel and queue one post on it; the publication's id."""
        _restart(self.sandbox, flow.platform)
        with self._life(flow, Wire(self.sandbox, flow.platform)) as house:
            channel = house.connect(flow.platform)
            for option in connector_class(flow.platform).capabilities.proven_options:
                house.prove(channel, option)
            return house.queue(flow.furnish(house), channel).id or 0

    def play(self, flow: Flow, publication_id: int, wire: Wire, name: str) -> Cell:
        """One cell: a life with the strike and, when the process died of it, another without."""
        _restart(self.sandbox, flow.platform)
        with self._life(flow, wire) as house:
            house.connect(flow.platform)
            if flow.platform == "facebook":
                # nothing promises that it refuses a repeated post (facebook 3.1), so that check must not do our work
                self.sandbox.fault("facebook", "no_twin_check", times=1_000)
            if flow.then:
                _concluded("", house, flow, publication_id)
                publication_id = flow.then(house, house.load(publication_id))
            wire.arm()
            try:
                return _concluded(f"{flow}: {name}", house, flow, publication_id, wire)
            except Died:
                now = house.clock.now()
        self.engine.dispose()
        with self._life(flow, Wire(self.sandbox, flow.platform)) as house:
            house.clock.set(now)
            return _concluded(f"{flow}: {name}", house, flow, publication_id, wire)

    @contextmanager
    def _life(self, flow: Flow, wire: Wire) -> Iterator[Running]:
        """A service of its own that speaks through `wire`."""
        tuning = {**CHUNK, flow.platform: {**CHUNK.get(flow.platform, {}), **flow.tuning}}
        house = Running(self.engine, self.sandbox, self.folder, self.media, **tuning)
        wire.lay(house.http)
        event.listen(self.engine, "begin", wire.begun)
        try:
            yield house
        finally:
            event.remove(self.engine, "begin", wire.begun)
            house.close()


def _concluded(name: str, house: Running, flow: Flow, publication_id: int, wire: Wire | None = None) -> Cell:
    """Let time pass until nothing more happens by itself, and look at what the people see a day later."""
    until = house.clock.now() + PATIENCE
    while True:
        now = house.clock.now()
        _set_clock(house.sandbox, flow.platform, now)
        claimed = house.service.tick()
        house.service.wait()
        row = house.load(publication_id)
        if now >= until or row.state not in (*WAITING, *WORKING):
            break
        if _renewed_access(house, flow.platform):
            house.clock.set(now + timedelta(minutes=1))
        elif not claimed or row.next_attempt_at is None or row.next_attempt_at > now:
            house.clock.set(min(house.service.next_moment() or until, until))
    if wire is not None:
        _set_clock(house.sandbox, flow.platform, now + 24 * HOUR)
    seen = flow.seen(house.sandbox, flow.platform)
    words = row.problem or _last_words(house, publication_id)
    return Cell(name, row.state, words, seen, wire is not None and wire.was_struck)


def _renewed_access(house: Running, platform: str) -> bool:
    """Do as a person who is told that the access is gone."""
    with reading(house.engine) as session:
        is_gone = session.exec(select(Channel.state)).one() == "reconnect"
    if is_gone:
        house.connect(platform)
    return is_gone


def _last_words(house: Running, publication_id: int) -> str:
    with reading(house.engine) as session:
        rows = session.exec(select(PublicationEvent).where(PublicationEvent.publication_id == publication_id)).all()
    return max(rows, key=lambda row: row.id or 0).words


def _restart(sandbox: Sandbox, platform: str) -> None:
    sandbox.http.post(f"{sandbox.url(platform)}/_sandbox/reset", timeout=10).raise_for_status()
    _set_clock(sandbox, platform, NOW)


def _set_clock(sandbox: Sandbox, platform: str, now: datetime) -> None:
    form = {"now": now.isoformat()}
    sandbox.http.post(f"{sandbox.url(platform)}/_sandbox/clock", json=form, timeout=10).raise_for_status()
