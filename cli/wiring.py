"""The composition root: settings become a running service. Nobody else builds these things."""

import random
from datetime import datetime, time, timedelta
from pathlib import Path

import requests
from sqlalchemy import Engine

from cli import database
from cli.backup import back_up
from cli.settings import CommonSettings
from connectors import CONNECTORS
from connectors.http import new_session
from content.store import AssetStore
from content.vietnamese import local_day
from reports.weekly import make_weekly, week_before
from scheduler.channels import Platforms
from scheduler.clock import Clock, SystemClock
from scheduler.db import open_engine
from scheduler.jobs import Job, Timetable
from scheduler.service import Service
from scheduler.vault import Vault


def open_database(settings: CommonSettings) -> Engine:
    """The engine of a database that is there and up to date. Raises `UserError` when it is not."""
    engine = open_engine(settings.database)
    database.check(engine)
    return engine


def build(settings: CommonSettings, *, clock: Clock | None = None, engine: Engine | None = None) -> Service:
    """The whole service over one database."""
    sessions: dict[int, requests.Session] = {}

    def session(channel_id: int) -> requests.Session:
        return sessions.setdefault(channel_id, new_session(proxy=settings.proxy))

    def media_address(name: str) -> str:
        return f"{settings.media_url}/media/{name}" if settings.media_url else ""

    service = Service(
        engine or open_database(settings),
        clock=clock or SystemClock(),
        vault=Vault.at(settings.data_dir / "cchc.key"),
        platforms=Platforms({name: settings.platform(name) for name in CONNECTORS}, session),
        store=AssetStore(settings.data_dir / "assets"),
        rng=random.Random(),
        media_address=media_address,
    )
    service.jobs = tuple(calendar_jobs(service, settings))
    return service


def calendar_jobs(service: Service, settings: CommonSettings) -> list[Job]:
    """What runs at which hour; `cchc run` and a simulated week have the same ones."""

    def plan(_slot: datetime, now: datetime) -> str:
        return service.fill_days(local_day(now) + timedelta(days=1), settings.days_ahead)

    def tokens(_slot: datetime, _now: datetime) -> str:
        return service.refresh_tokens()

    def collect(_slot: datetime, _now: datetime) -> str:
        collected = service.collect()
        failed = "".join(f" {key}: {words}" for key, words in collected.failed.items())
        return f"Thu {collected.readings} số liệu.{failed}"

    def summary(slot: datetime, now: datetime) -> str:
        week = week_before(slot, settings.week_start)
        make_weekly(service.engine, week.period, now, summaries(settings), first_weekday=settings.week_start)
        return f"Lập tổng hợp tuần {week.period}."

    def backup(slot: datetime, _now: datetime) -> str:
        return back_up(service.engine, settings.data_dir / "backup", local_day(slot))

    return [
        Job("tokens", Timetable((time(0, 30), time(6, 15), time(12, 15), time(18, 15))), tokens),
        Job("collect", Timetable((time(6, 30), time(12, 30), time(18, 30), time(22, 30))), collect),
        Job("summary", Timetable((time(7, 0),), weekday=settings.week_start), summary),
        Job("plan", Timetable((time(16, 0),)), plan),
        Job("backup", Timetable((time(2, 0),)), backup),
    ]


def summaries(settings: CommonSettings) -> Path:
    """Where the weekly summaries are written."""
    return settings.data_dir / "summaries"
