"""Several `cchc run` on one PostgreSQL: they share the work, do no job twice, and one goes on when another dies."""

import json
import re
import shutil
import signal
from collections import Counter
from datetime import timedelta

import pytest
from sqlmodel import col, select, update

from scheduler.db import reading, writing
from scheduler.jobs import INSTALLED
from scheduler.lifecycle import State
from scheduler.tables import JobRun
from tests.many.province import Province

POSTGRES = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
BROKEN = re.compile(r"tick_failed|not_recorded|job_failed|unclassified|Traceback")


@POSTGRES
@pytest.mark.parametrize("folders", ["shared", "separate"])
def test_two_clocks_publish_everything_once_and_run_every_job_once(province: Province, folders: str) -> None:
    with writing(province.engine) as session:  # installed yesterday: every job has an hour to make up for
        begun = province.now() - timedelta(days=1)
        session.exec(update(JobRun).where(col(JobRun.job) == INSTALLED).values(slot=begun))
    own = {}
    if folders == "separate":
        shutil.copytree(province.folder / "data", province.folder / "other")  # with the key, as on another machine
        own = {"CCHC_DATA_DIR": "other"}
    pages = province.pages(4)
    clocks = [province.launch("run"), province.launch("run", **own)]
    for clock in clocks:
        province.begun(clock, "run")
    ids = province.queue(pages, each=3)
    province.until_published(ids)
    province.until(lambda: not unfinished(province), "every job has run")
    said = [clock.end(signal.SIGTERM) for clock in clocks]
    assert [code for code, _ in said] == [0, 0], said
    province.assert_once(ids)
    for page in pages:
        province.assert_in_order(page, ids)
    ran = Counter(name for _, words in said for name in jobs_in(words))
    with reading(province.engine) as session:
        runs = session.exec(select(JobRun).where(JobRun.job != INSTALLED)).all()
    assert ran == Counter(run.job for run in runs), "each was run by one of them"
    assert {run.job: run.outcome for run in runs} == dict.fromkeys(ran, "ok"), [run.words for run in runs]
    assert len(ran) >= 6
    assert not BROKEN.findall("".join(words for _, words in said))


def unfinished(province: Province) -> list[str]:
    """Jobs that have not come to their end; none is there before the first has begun."""
    with reading(province.engine) as session:
        runs = session.exec(select(JobRun).where(JobRun.job != INSTALLED)).all()
    return [run.job for run in runs if not run.outcome] if len(runs) > 5 else ["not begun"]


def jobs_in(words: str) -> list[str]:
    """The jobs that a clock says it has run."""
    told = re.findall(r'"ran": (\[[^]]*\]), "event": "jobs"', words)
    return [name for one in told for name in json.loads(one)]


@POSTGRES
def test_when_one_clock_is_killed_in_the_middle_the_other_goes_on_and_nothing_is_lost_or_doubled(
    province: Province,
) -> None:
    pages = province.pages(4)
    killed = province.start("run")
    province.hold()
    ids = province.queue(pages, each=2)
    province.until(lambda: len(province.writes()) == len(pages), "a public call of every channel is on its way")
    other = province.start("run")
    killed.end(signal.SIGKILL)
    province.release()
    more = province.queue(pages[:2], since=timedelta(minutes=1))
    assert province.states()[State.PUBLISHING] == len(pages), "what the dead one held is nobody else's yet"
    assert province.run_out(killed) == len(pages)
    province.until_published(ids + more)
    assert other.end(signal.SIGTERM)[0] == 0
    province.assert_once(ids + more)
    for page in pages:
        province.assert_in_order(page, ids + more)
