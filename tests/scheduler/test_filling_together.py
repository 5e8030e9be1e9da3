"""Several channels are filled in one transaction: what one meets is its own."""

from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from structlog.testing import capture_logs

from scheduler import filling
from scheduler.filling import fill
from scheduler.tables import Channel
from tests.conftest import NOW
from tests.scheduler.house import Running
from tests.scheduler.test_filling import TOMORROW, page, queued, running, with_slots
from tests.web.desk import counted

__all__ = ["page", "running"]


def test_a_channel_that_cannot_be_written_keeps_no_other_out_and_leaves_nothing_half_written(
    running: Running, page: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_slots(running, running.connect("zalo"), 600, 700)
    for topic in "abcd":
        running.picture(running.post(topic=topic))
    real, written = filling.insert_row, list[Channel]()

    def insert(session: Any, post: Any, channel: Channel, *rest: Any, **facts: Any) -> Any:
        written.append(channel)
        if channel.id == page.id and [one.id for one in written].count(page.id) == 2:
            raise RuntimeError("the second one of the Page")
        return real(session, post, channel, *rest, **facts)

    def insert_together(*_new: Any, **_facts: Any) -> Any:
        raise RuntimeError("with the second one of the Page among them")

    monkeypatch.setattr(filling, "insert_row", insert)
    monkeypatch.setattr(filling, "insert_rows", insert_together)
    with capture_logs() as logs:
        filled = fill(running.service.desk, [TOMORROW], now=NOW)
    assert {one.channel_key for one in filled.decisions} == {"zalo"} == {channel for channel, _, _ in queued(running)}
    assert len(queued(running)) == 2
    assert filled.problems[-1] == f"{page.key}: RuntimeError"
    assert [one["event"] for one in logs] == ["not_filled_together", "not_filled"], "and nothing is kept quiet"


def test_a_place_that_is_taken_at_the_last_moment_keeps_nothing_else_out_and_is_no_fault(
    running: Running, page: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    for topic in "ab":
        running.post(topic=topic)

    def insert_together(*_new: Any, **_facts: Any) -> Any:
        raise IntegrityError("", None, ValueError("a place is taken"))

    monkeypatch.setattr(filling, "insert_rows", insert_together)
    with capture_logs() as logs:
        filled = fill(running.service.desk, [TOMORROW], now=NOW)
    assert (len(filled.decisions), len(queued(running)), logs) == (2, 2, [])


def test_what_people_say_is_read_again_once_for_all_the_channels_that_are_filled(
    running: Running, page: Channel
) -> None:
    with_slots(running, running.connect("zalo"), 600)
    for topic in "abcd":
        running.picture(running.post(topic=topic))
    with counted(running.engine) as statements:
        filled = fill(running.service.desk, [TOMORROW], now=NOW)
    assert {one.channel_key for one in filled.decisions} == {page.key, "zalo"}
    assert sum("FROM choice" in one for one in statements) == 2, "when it is gathered and when it is written"
