"""What machines watch: alive (/healthz), ready (/readyz) and the figures (/metrics) in Prometheus' text.

Figures come from the database, so every process tells the same; only the disk is this machine's own. Labels are keys of
channels, states, names of jobs: no person, no text of a post, no secret. Without a token only programs on this machine
read the figures, and nobody does where a proxy stands in front, because then everybody seems to be on this machine.
"""

import hmac
import ipaddress
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar
from urllib.parse import urlsplit

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeHistogramMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlmodel import Session

from scheduler.db import reading
from scheduler.pulse import ChannelPulse, Pulse, last_clock, pulse
from scheduler.service import Service
from scheduler.signs import ALIVE

T = TypeVar("T")

BUCKETS = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 86400.0)
"""Seconds after the hour."""
KEPT_SECONDS = 1.0
PATIENCE_MS = 5_000
"""A look that takes PostgreSQL longer is given up."""
TEXT = "text/plain; version=0.0.4; charset=utf-8"
FORWARDED = ("x-forwarded-for", "forwarded", "x-real-ip", "x-forwarded-host", "via")
UNCACHED = {"Cache-Control": "no-store"}
REFUSED = "Only this machine may read this, or who brings CCHC_METRICS_TOKEN as a Bearer token.\n"


@dataclass(frozen=True)
class Health:
    """How this process is asked."""

    service: Service
    revision: Callable[[], bool]
    """Whether the tables have the form that this program needs. Raises what the database raises."""
    data_dir: Path
    own_clock: bool = False
    """Whether a clock beats in this process, and must."""
    behind_proxy: bool = False
    token: str = ""

    def unready(self) -> str:
        """Why this process cannot serve just now, in one word; "" when it can."""
        try:
            if not self.revision():
                return "revision"
            with reading(self.service.engine) as session:
                at = last_clock(session, self.service.owner) if self.own_clock else None
        except (DBAPIError, NoConnectionFree):
            return "database"
        return "clock" if self.own_clock and (at is None or self._now() - at > ALIVE) else ""

    def figures(self) -> bytes:
        """Everything that is told, in Prometheus' text. Raises what the database raises."""
        now = self._now()
        with reading(self.service.engine) as session:
            _hurry(session)
            seen = pulse(session, self.service.platforms, [job.name for job in self.service.jobs], now=now)
        registry = CollectorRegistry(auto_describe=False)
        registry.register(
            _Told([*_of_work(seen), *_of_channels(seen.channels, now), *_of_house(seen, now), *self._disk()])
        )
        return generate_latest(registry)

    def may_read(self, request: Request) -> bool:
        """Whether the figures are for whoever asks."""
        given = request.headers.get("authorization", "")
        if self.token and hmac.compare_digest(given.encode(), f"Bearer {self.token}".encode()):
            return True
        near = request.client is not None and _is_loopback(request.client.host)
        # a page in a browser on this machine could come by a name of its own that leads here
        named = _is_loopback(urlsplit(f"//{request.headers.get('host', '')}").hostname or "")
        return near and named and not self.behind_proxy and not any(name in request.headers for name in FORWARDED)

    def _disk(self) -> Iterator[Metric]:
        with suppress(OSError):  # a folder that is gone has no figure, and all others are told
            free = shutil.disk_usage(self.data_dir).free
            yield _one("cchc_disk_free_bytes", "Free bytes where the data folder lies, on this machine.", free)

    def _now(self) -> datetime:
        return self.service.clock.now()


class Briefly(Generic[T]):
    """An answer of the database that is kept for a second: whoever asks much takes no connection from who publishes."""

    def __init__(self, ask: Callable[[], T], watch: Callable[[], float]) -> None:
        """`watch`: seconds, from any beginning, that only go forward."""
        self._ask, self._watch = ask, watch
        self._lock, self._kept, self._until = Lock(), list[T](), 0.0

    def __call__(self) -> T:
        """Ask, or what was answered less than a second ago, or last while somebody asks. Raises what `ask` raises."""
        if not self._lock.acquire(blocking=not self._kept):
            return self._kept[0]
        try:
            if not self._kept or self._watch() >= self._until:
                self._kept = [self._ask()]
                self._until = self._watch() + KEPT_SECONDS
            return self._kept[0]
        finally:
            self._lock.release()


def put_into(app: FastAPI, health: Health, watch: Callable[[], float]) -> None:
    """Answer /readyz and /metrics in `app`."""
    unready = Briefly(health.unready, watch)

    @app.get("/readyz")
    def readyz() -> JSONResponse:
        """200 when this process can serve, else 503 with the reason: database, revision or clock."""
        reason = unready()
        told = {"ready": not reason, "reason": reason}
        return JSONResponse(told, status_code=503 if reason else 200, headers=UNCACHED)

    @app.get("/metrics")
    def metrics(request: Request) -> Response:
        """The figures, for this machine or who has the token."""
        if not health.may_read(request):
            return PlainTextResponse(REFUSED, status_code=403, headers=UNCACHED)
        try:
            return Response(health.figures(), media_type=TEXT, headers=UNCACHED)
        except (DBAPIError, NoConnectionFree):
            return PlainTextResponse("The database cannot be asked.\n", status_code=503, headers=UNCACHED)


class _Told(Collector):
    """What was gathered already, as the library wants it."""

    def __init__(self, told: Iterable[Metric]) -> None:
        self.told = list(told)

    def collect(self) -> list[Metric]:
        return self.told


def _of_work(seen: Pulse) -> Iterator[Metric]:
    late = GaugeHistogramMetricFamily(
        "cchc_lateness_seconds", "Seconds after their hour, of the posts that became public in the last 24 hours."
    )
    counts = [(str(bound), float(sum(one <= bound for one in seen.lateness))) for bound in BUCKETS]
    late.add_metric([], [*counts, ("+Inf", float(len(seen.lateness)))], sum(seen.lateness))
    yield late
    depth = GaugeMetricFamily("cchc_queue_items", "Items that are not at their end.", labels=("state", "channel"))
    for (state, channel), count in sorted(seen.depth.items()):
        depth.add_metric([state, channel], count)
    yield depth
    ended = GaugeMetricFamily(
        "cchc_attempts_24h", "Tries of the last 24 hours by how they ended.", labels=("action", "outcome")
    )
    for (action, outcome), count in sorted(seen.outcomes.items()):
        ended.add_metric([action, outcome], count)
    yield ended
    yield _one("cchc_overdue_seconds", "Seconds since the oldest item that waits came due.", seen.overdue)


def _of_channels(channels: Iterable[ChannelPulse], now: datetime) -> Iterator[Metric]:
    names = ("channel", "platform")
    up = GaugeMetricFamily("cchc_channel_connected", "1 while the channel may be written to.", labels=names)
    days = GaugeMetricFamily("cchc_token_days_left", "Days until the access ends, where that is told.", labels=names)
    left = GaugeMetricFamily("cchc_quota_left", "Units left of a budget.", labels=(*names, "budget"))
    for one in channels:
        up.add_metric([one.key, one.platform], float(one.connected))
        if one.access_ends_at is not None:
            days.add_metric([one.key, one.platform], round((one.access_ends_at - now).total_seconds() / 86400, 3))
        for budget, units in sorted(one.left.items()):
            left.add_metric([one.key, one.platform, budget], units)
    yield from (up, days, left)


def _of_house(seen: Pulse, now: datetime) -> Iterator[Metric]:
    if seen.clock_at is not None:
        age = (now - seen.clock_at).total_seconds()
        yield _one("cchc_clock_heartbeat_age_seconds", "Seconds since a clock last gave a sign of life.", age)
    yield _one("cchc_clocks", "Clocks that are alive.", seen.clocks)
    yield _one("cchc_workers", "Workers that are alive.", seen.workers)
    done = GaugeMetricFamily(
        "cchc_job_last_success_timestamp_seconds", "When a calendar job last ended well.", labels=["job"]
    )
    for job, at in sorted(seen.jobs.items()):
        if at is not None:
            done.add_metric([job], at.timestamp())
    yield done
    if (at := seen.jobs.get("backup")) is not None:
        yield _one("cchc_backup_age_seconds", "Seconds since the last backup ended well.", (now - at).total_seconds())


def _one(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(name, words, value=value)


def _hurry(session: Session) -> None:
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(text(f"SET LOCAL statement_timeout = {PATIENCE_MS}"))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        found = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return (getattr(found, "ipv4_mapped", None) or found).is_loopback
