"""A power cut at the file level: the files as they lie at any moment open clean, with every committed answer."""

import multiprocessing
import os
import random
import shutil
import signal
import sqlite3
import sys
from contextlib import closing
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from sqlalchemy import func
from sqlmodel import select

from scheduler.db import open_engine, reading, writing
from scheduler.tables import JobRun
from tests.conftest import NOW

CUTS = 40


def _work(file: str, told: Connection) -> None:
    """Another process: commit one answer after the other; each is told only after its commit."""
    engine, number = open_engine(f"sqlite:///{file}"), 0
    log = Path(f"{file}-wal")
    while True:
        number += 1
        with writing(engine) as session:
            words = "x" * (number * 37 % 9_000)
            session.add(JobRun(job=f"answer {number}", slot=NOW, started_at=NOW, outcome="ok", words=words))
        told.send((number, log.stat().st_size))


@pytest.mark.skipif(sys.platform == "win32", reason="the writer is held still by SIGSTOP")
def test_the_files_at_any_moment_open_clean_and_no_committed_answer_is_lost(
    tmp_path: Path, _sqlite_template: Path
) -> None:
    file, rng = tmp_path / "cchc.sqlite3", random.Random(20261127)
    shutil.copy(_sqlite_template, file)
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(str(file), there), daemon=True)
    process.start()
    number, torn = 0, 0
    try:
        for cut in range(CUTS):
            number, logged = here.recv()
            for _ in range(rng.randint(0, 6)):  # at another place of its work each time
                number, logged = here.recv()
            os.kill(process.pid or 0, signal.SIGSTOP)
            while here.poll():  # what it had told before it stood still was promised
                number, logged = here.recv()
            folder = tmp_path / f"cut-{cut}"
            folder.mkdir()
            for name in (file.name, f"{file.name}-wal"):
                shutil.copy(tmp_path / name, folder / name)
            log = folder / f"{file.name}-wal"
            if log.stat().st_size > logged:  # what was not promised yet may have reached the disk in part
                os.truncate(log, rng.randint(logged, log.stat().st_size))
                torn += 1
            os.kill(process.pid or 0, signal.SIGCONT)
            _opens_clean(folder / file.name, number)
            shutil.rmtree(folder)
    finally:
        os.kill(process.pid or 0, signal.SIGCONT)
        process.kill()
        process.join(30)
    assert number > CUTS


def _opens_clean(file: Path, told: int) -> None:
    engine = open_engine(f"sqlite:///{file}")
    with reading(engine) as session:
        found = session.exec(select(func.count()).select_from(JobRun).where(JobRun.outcome == "ok")).one()
        last = session.exec(select(JobRun.job).where(JobRun.job == f"answer {told}")).first()
    engine.dispose()
    assert last is not None and found >= told, f"answer {told} was promised, {found} are there"
    with closing(sqlite3.connect(file)) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
