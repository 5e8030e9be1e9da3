"""A new office: everything that makes it, and everything that works in it, starts in the very same second."""

import signal
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import Engine
from sqlmodel import func, select

from cli.database import upgrade
from cli.revisions import newest_revision, revision
from content.tables import PlanRecord, Post
from scheduler.db import open_engine, reading
from scheduler.jobs import INSTALLED
from scheduler.recovery_tables import Lineage
from scheduler.tables import Heartbeat, JobRun
from scheduler.vault import read_keys
from tests.cli.conftest import LIBRARY, POST
from tests.cli.test_run import free_port
from tests.many.province import Province
from tests.many.test_workers import BROKEN
from tests.postgres import own_database

TOGETHER = ("run", "worker", "worker", "web", "run")


POSTGRES = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)


@POSTGRES
def test_tables_that_several_make_at_once_are_made_once(engine: Engine) -> None:
    together = Barrier(3)

    def make(address: str) -> str | None:
        mine = open_engine(address)
        together.wait()
        upgrade(mine)
        found = revision(mine)
        mine.dispose()
        return found

    here = engine.url.render_as_string(hide_password=False)
    with own_database(here, f"{engine.url.database}_new") as address, ThreadPoolExecutor(3) as pool:
        assert set(pool.map(make, [address] * 3)) == {newest_revision()}


@POSTGRES
def test_a_new_office_is_made_once_and_all_that_start_together_begin(province: Province, engine: Engine) -> None:
    library = province.folder / "library"
    library.mkdir()
    for key, (topic, title) in LIBRARY.items():
        (library / f"{key}.md").write_text(POST.format(title=title, topic=topic), encoding="utf-8")
    here = engine.url.render_as_string(hide_password=False)
    with own_database(here, f"{engine.url.database}_new") as address:
        province.env |= {
            "CCHC_DATABASE_URL": address, "CCHC_DATA_DIR": "new", "CCHC_LIBRARY_DIR": "library",
            "CCHC_HANDS": "workers",
        }  # fmt: skip
        for process in [province.launch("init") for _ in range(3)]:
            code, said = process.end()
            assert code == 0 and "Đã nạp kế hoạch" in said and not BROKEN.search(said), said
        assert len(read_keys(province.folder / "new" / "cchc.key")) == 1
        several = [
            province.launch(one, *(("--port", str(free_port())) if one == "web" else ()))
            for one in TOGETHER
        ]  # fmt: skip
        for process, one in zip(several, TOGETHER, strict=True):
            province.begun(process, one)
        office = open_engine(address)
        try:
            with reading(office) as session:
                count = func.count
                made = (session.exec(select(count()).select_from(one)).one() for one in (PlanRecord, Post, Lineage))
                assert tuple(made) == (1, len(LIBRARY), 1)
                installed = select(count()).select_from(JobRun).where(JobRun.job == INSTALLED)
                assert session.exec(installed).one() == 1

            def signs() -> int:
                with reading(office) as session:
                    return session.exec(select(count()).select_from(Heartbeat)).one()

            province.until(lambda: signs() == len(TOGETHER), "every process leaves a sign of life")
        finally:
            office.dispose()
        for process in several:
            code, said = process.end(signal.SIGTERM)
            assert code == 0 and "Đã dừng." in said and not BROKEN.search(said), said
