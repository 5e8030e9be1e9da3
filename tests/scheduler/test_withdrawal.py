"""Taking a public post down: once is enough, twice is fine, and a lost answer is never the last word."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from connectors.errors import ConnectorError, Unavailable, Unconfirmed
from content.tables import Post
from reports.periods import week_named
from reports.queries import published_rows, trouble_rows
from scheduler.db import reading
from scheduler.lifecycle import State
from scheduler.queue import QueueError
from scheduler.tables import PublicationEvent
from tests.conftest import LAN, NOW, Sandbox
from tests.scheduler.house import HOUR, House, Running

REASON = "Sai số điện thoại hỗ trợ."
REMOVAL: dict[str, dict[str, Any]] = {
    "facebook": {"method": "DELETE", "path": r"/v[0-9.]+/\d+_\d+"},
    "zalo": {"method": "POST", "path": "/v2.0/article/remove"},
    "youtube": {"method": "DELETE", "path": "/youtube/v3/videos"},
}


@pytest.fixture
def house(engine: Engine, sandbox: Sandbox, tmp_path: Path, media_host: str) -> Iterator[Running]:
    running = Running(engine, sandbox, tmp_path, media_host, youtube={"chunk_bytes": 256 * 1024})
    yield running
    running.close()


@pytest.fixture(params=REMOVAL)
def platform(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def publish(house: Running, platform: str) -> int:
    """The number of a post that went out."""
    post: Post = house.post(variants={"zalo": {"summary": "Tóm tắt."}})
    house.video(post) if platform == "youtube" else house.picture(post)
    row = house.queue(post, house.connect(platform))
    house.pass_time(NOW + 2 * HOUR)
    assert house.load(row.id).state == State.PUBLISHED
    return row.id or 0


def withdraw(house: Running, number: int) -> State:
    return house.service.desk.withdraw(number, REASON, now=house.clock.now(), actor=LAN)


def outcomes(house: Running, number: int) -> list[str]:
    return [one.outcome for one in house.attempts(number) if one.action == "withdraw"]


def test_a_post_is_taken_down_and_it_is_written_who_did_it_and_why(house: Running, platform: str) -> None:
    number = publish(house, platform)
    assert withdraw(house, number) is State.WITHDRAWN
    assert house.sandbox.public(platform) == []
    row = house.load(number)
    assert (row.state, row.external_id != "", row.published_at is not None) == (State.WITHDRAWN, True, True)
    with reading(house.engine) as session:
        told = session.exec(select(PublicationEvent).where(PublicationEvent.event == "withdrawn")).one()
    assert (told.actor, told.words, told.state_before) == (LAN, REASON, State.PUBLISHED)
    assert outcomes(house, number) == ["ok"]


def test_taking_it_down_again_is_fine(house: Running, platform: str) -> None:
    number = publish(house, platform)
    assert [withdraw(house, number), withdraw(house, number)] == [State.WITHDRAWN] * 2
    assert house.events(number).count("withdrawn") == 1
    assert outcomes(house, number) == ["ok", "ok"]


@pytest.mark.parametrize("effect", [True, False])
def test_after_a_lost_answer_it_is_still_published_says_so_and_the_command_is_repeated(
    house: Running, platform: str, effect: bool
) -> None:
    number = publish(house, platform)
    house.sandbox.fault(platform, "hang_up", effect=effect, **REMOVAL[platform])
    with pytest.raises((Unconfirmed, Unavailable)) as caught:
        withdraw(house, number)
    row = house.load(number)
    assert (row.state, row.problem) == (State.PUBLISHED, caught.value.words)
    assert outcomes(house, number) == [type(caught.value).__name__.lower()]
    assert withdraw(house, number) is State.WITHDRAWN
    assert (house.load(number).problem, house.sandbox.public(platform)) == ("", [])


def test_the_attempt_is_written_down_before_the_platform_is_asked(
    house: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = publish(house, "facebook")
    seen: list[list[str]] = []
    real = house.http.request

    def watched(method: str, url: str, **kwargs: Any) -> Any:
        if method == "DELETE":
            seen.append([one.action for one in house.attempts(number) if not one.outcome])
        return real(method, url, **kwargs)

    monkeypatch.setattr(house.http, "request", watched)
    withdraw(house, number)
    assert seen == [["withdraw"]]


def test_a_token_that_died_is_refreshed_once_and_the_post_is_taken_down(house: Running) -> None:
    number = publish(house, "zalo")
    house.sandbox.fault("zalo", "expired_token", path="/v2.0/article/remove")
    assert withdraw(house, number) is State.WITHDRAWN
    assert house.sandbox.public("zalo") == []


def test_what_the_platform_refuses_leaves_the_post_published(house: Running) -> None:
    number = publish(house, "youtube")
    refused = {"status": 403, "reason": "forbidden"}
    house.sandbox.fault("youtube", "error", values=refused, effect=False, **REMOVAL["youtube"])
    with pytest.raises(ConnectorError):
        withdraw(house, number)
    assert house.load(number).state == State.PUBLISHED
    assert len(house.sandbox.public("youtube")) == 1


@pytest.mark.parametrize("state", [State.SCHEDULED, State.READY, State.UNCONFIRMED, State.CANCELLED, State.FAILED])
def test_what_is_not_public_cannot_be_taken_down(house: Running, state: State) -> None:
    row = house.publication(state=state)
    with pytest.raises(QueueError, match=f"Không gỡ được mục {row.id}"):
        withdraw(house, row.id or 0)
    assert house.attempts(row.id) == []


def test_what_a_person_settled_has_no_id_and_is_taken_down_by_hand(house: Running) -> None:
    row = house.publication(state=State.PUBLISHED, permalink="https://example.vn/1", published_at=NOW)
    with pytest.raises(QueueError, match="gỡ bằng tay"):
        withdraw(house, row.id or 0)


def test_a_reason_is_wanted(house: Running) -> None:
    row = house.publication(state=State.PUBLISHED, external_id="1", published_at=NOW)
    with pytest.raises(QueueError, match="--reason"):
        house.service.desk.withdraw(row.id or 0, "  ", now=NOW, actor=LAN)


def test_the_week_of_a_post_that_was_taken_down_still_counts_it_and_tells_of_it(house: Running) -> None:
    number = publish(house, "facebook")
    withdraw(house, number)
    week = week_named("2026-W48")
    with Session(house.engine) as session:
        assert [row.id for row in published_rows(session, week.since, week.until)] == [number]
        [told] = trouble_rows(session, week.since, week.until)
    assert (told.event, told.words) == ("withdrawn", REASON)


def test_the_queue_does_not_list_what_was_taken_down(engine: Engine, house: Running) -> None:
    House(engine).publication(state=State.WITHDRAWN, external_id="1", published_at=NOW)
    assert house.service.desk.waiting() == []
