"""Weeks for papers: an ordinary one, an empty one, and an awkward one."""

import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from sqlmodel import Session

from content.plan import Plan, load_plan, read_plan
from reports.summary import WeeklySummary
from reports.weekly import make_weekly
from scheduler.db import open_engine
from tests.reports.campaign import CUTOFF, Campaign, at, ordinary_week

PLAN_DIR = Path(__file__).parents[2] / "content" / "plans" / "thua-thien-hue-2023"
FORMULAS = ("=1+1", "+84 234", "-1 điểm", '@SUM(A1) *đậm* #set text(size: 99pt) $x$ <b>"&')


@cache
def the_plan() -> Plan:
    return read_plan(PLAN_DIR)


@pytest.fixture(scope="module")
def summed(
    _sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Callable[[Session], None]], WeeklySummary]:
    """The summary of week 48 in an office with these rows. Papers are made of values: one database is enough."""

    def make(fill: Callable[[Session], None]) -> WeeklySummary:
        folder = tmp_path_factory.mktemp("week")
        shutil.copy(_sqlite_template, folder / "cchc.sqlite3")
        engine = open_engine(f"sqlite:///{folder / 'cchc.sqlite3'}")
        with Session(engine) as session:
            fill(session)
        made = make_weekly(engine, "2026-W48", CUTOFF, folder).summary
        engine.dispose()
        return made

    return make


Summed = Callable[[Callable[[Session], None]], WeeklySummary]


@pytest.fixture(scope="module")
def normal(summed: Summed) -> WeeklySummary:
    def fill(session: Session) -> None:
        ordinary_week(session)
        load_plan(session, the_plan(), at(2))
        session.commit()

    return summed(fill)


@pytest.fixture(scope="module")
def empty(summed: Summed) -> WeeklySummary:
    return summed(lambda _session: None)


@pytest.fixture(scope="module")
def awkward(summed: Summed) -> WeeklySummary:
    """Formulas and markup in titles, words no line holds, a silent channel, many channels."""

    def fill(session: Session) -> None:
        campaign = Campaign(session)
        channels = [campaign.channel(name=f"Trung tâm Phục vụ hành chính công số {n}") for n in range(5)]
        for place, title in enumerate((*FORMULAS, "Nghiêngngả" * 20)):
            post = campaign.post(title, "d")
            for channel in channels[:-1]:
                publication = campaign.published(channel, at(23 + place, 8), post, permalink="javascript:alert(1)")
                campaign.read(channel, publication, at(28), reach=1_000 + place, reactions=90 - place, comments=None)
            campaign.post(title, "h", state="submitted")
        session.commit()

    return summed(fill)
