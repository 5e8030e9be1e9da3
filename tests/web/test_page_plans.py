"""The main pages read a handful of rows however long the past is and however much waits: on both databases."""

from collections.abc import Iterator

import pytest

from benchmarks import growth_fill
from content.tables import Editorial
from tests.conftest import NOW
from tests.plans import asked
from tests.web.desk import Desk

ROWS = 20_000
MOST = 1_500
"""So many rows may one statement of a page read."""
PAGES = (
    *("/", "/duyet", "/so-lieu", "/so-lieu/do-phu", "/so-lieu/bai", "/nhap-so-lieu", "/nhat-ky", "/bao-cao"),
    *("/kiem-chung", "/thong-bao", "/tam-dung/giu-lai", "/muc/1", "/kenh/{channel}", "/so-lieu/kenh/{channel}"),
    "/hoat-dong",
)
"""Without those that count all that waits or all that a post ever was: calendar, channels, library."""


@pytest.fixture
def old_desk(both: Desk) -> Iterator[Desk]:
    """A desk over a long past: three channels, a library, and little of these weeks."""
    for _ in range(30):
        both.post(platforms=["facebook"])
    both.post(state=Editorial.SUBMITTED)
    for _ in range(3):
        both.channel()
    growth_fill.grow(both.engine, "history", growth_fill.Size(ROWS, 0, 100), NOW)
    yield both


def test_the_main_pages_go_by_indexes(old_desk: Desk) -> None:
    visitor = old_desk.visit(old_desk.lan)
    key = _channel(old_desk)
    wrong: list[str] = []
    # what stands too close together is found out for all that waits, once after each change, and then remembered
    assert visitor.get("/lich").status_code == 200
    for page in PAGES:
        with asked(old_desk.engine) as found:
            assert visitor.get(page.format(channel=key)).status_code == 200, page
        assert found.statements, page
        wrong += [f"{page}: {fault}" for fault in found.faults(MOST)]
    assert not wrong, "\n".join(wrong)


def _channel(desk: Desk) -> str:
    with desk.engine.connect() as connection:
        return str(connection.exec_driver_sql("SELECT min(key) FROM channel").scalar())
