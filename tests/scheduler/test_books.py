"""What was spent is written down however a piece of work ends, and what is nearly full makes only the rest wait."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlmodel import select

from connectors.meter import Per
from scheduler.channels import BLOCKED, RECONNECT, stop_channel
from scheduler.claim import Claim, claim
from scheduler.db import reading, writing
from scheduler.lifecycle import State
from scheduler.sweep import sweep
from scheduler.tables import Reading, Spending, UsageLevel
from tests.conftest import NOW, Sandbox
from tests.scheduler.house import HOUR, House, Running
from tests.scheduler.test_limits import told
from tests.scheduler.test_parts import publish

MINUTE = timedelta(minutes=1)
SESSIONS = "/upload/youtube/v3/videos"


class Killed(BaseException):
    """The process ends here, and nothing more is written down."""


@pytest.fixture
def house(engine: Engine, sandbox: Sandbox, tmp_path: Path, media_host: str) -> Iterator[Running]:
    running = Running(engine, sandbox, tmp_path, media_host, youtube={"chunk_bytes": 256 * 1024})
    yield running
    running.close()


def spent(house: House) -> dict[str, int]:
    """Units by budget, as the table has them."""
    found: dict[str, int] = {}
    with reading(house.engine) as session:
        for row in session.exec(select(Spending)):
            found[row.budget] = found.get(row.budget, 0) + row.units
    return found


def video_to_prepare(house: Running) -> Claim:
    post = house.post()
    house.video(post)
    house.queue(post, house.connect("youtube"))
    [taken] = claim(house.engine, now=NOW, owner="a", limit=5)
    return taken


# Spending ------------------------------------------------------------------------------------------------


def test_what_a_step_spent_is_written_down_although_the_process_dies_in_the_next_one(
    house: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = video_to_prepare(house)
    real = house.http.request

    def killing(method: str, url: str, **kwargs: Any) -> Any:
        if method == "PUT":  # a piece of the video, after the step that spent an upload
            raise Killed
        return real(method, url, **kwargs)

    monkeypatch.setattr(house.http, "request", killing)
    with pytest.raises(Killed):
        house.service.worker.run(taken)
    assert spent(house)["upload"] == 1


def test_what_a_failed_try_spent_is_written_down(house: Running) -> None:
    taken = video_to_prepare(house)
    house.sandbox.fault("youtube", "status", method="POST", path=SESSIONS, effect=False, values={"status": 503})
    house.service.worker.run(taken)
    assert house.load(taken.id).state == State.RETRY_WAIT
    assert spent(house)["upload"] == 1


def test_every_upload_that_was_begun_is_written_down_once_also_by_a_worker_that_came_late(house: Running) -> None:
    taken = video_to_prepare(house)
    house.pass_time(NOW + 2 * HOUR)
    assert spent(house)["upload"] == 1
    house.service.worker.run(taken)
    begun = [one for one in house.sandbox.requests("youtube") if (one["method"], one["path"]) == ("POST", SESSIONS)]
    assert spent(house)["upload"] == len(begun)


@pytest.mark.parametrize("fails", [False, True])
def test_what_a_collection_spent_is_written_down_however_it_ends(house: Running, fails: bool) -> None:
    oa = house.connect("zalo")
    before = len(house.sandbox.requests("zalo"))
    if fails:
        house.sandbox.fault("zalo", "status", method="GET", path="/v.*", effect=False, values={"status": 503}, times=99)
    collected = house.service.collect()
    asked = len(house.sandbox.requests("zalo")) - before
    assert (oa.key in collected.failed) is fails
    assert asked > 0
    assert spent(house) == {"calls": asked}


def test_the_nightly_tidying_lets_go_of_spending_that_no_window_reaches(house: Running) -> None:
    with writing(house.engine) as session:
        for days in (400, 20, 0):
            at = NOW - timedelta(days=days)
            session.add(Spending(scope="app:youtube", budget="other", at=at, units=1))
    house.service.put_away()
    with reading(house.engine) as session:
        kept = session.exec(select(Spending.at).order_by(Spending.at)).all()  # type: ignore[arg-type]  # a column
    assert kept == [NOW - timedelta(days=20), NOW]


# Waiting for a limit -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("state", "until"), [("", NOW + HOUR), (BLOCKED, NOW + HOUR), (RECONNECT, None)])
def test_what_is_due_on_a_channel_that_waits_says_why_and_what_is_not_due_says_nothing(
    engine: Engine, state: str, until: Any
) -> None:
    house = House(engine)
    limited, free = house.channel(), house.channel()
    rows = [house.publication(channel_id=one.id) for one in (limited, free)]
    later = house.publication(channel_id=limited.id, next_attempt_at=NOW + 2 * MINUTE)
    failed = house.publication(channel_id=limited.id, state=State.RETRY_WAIT, problem="Mạng bị ngắt.")
    with writing(engine) as session:
        stop_channel(session, limited.id or 0, state, "Fanpage đã đạt giới hạn.", until)
    sweep(engine, now=NOW + MINUTE)
    problems = [house.load(one.id).problem for one in (*rows, later, failed)]
    assert limited.key in problems[0] and "Fanpage đã đạt giới hạn." in problems[0]
    assert problems[1:3] == ["", ""]
    assert "Mạng bị ngắt." in problems[3], "what is known already is not covered up"


@pytest.mark.parametrize(
    ("percent", "done"),
    [(94, {"prepare", "find"}), (95.5, {"find"}), (97, set())],
)
def test_close_to_the_limit_a_look_goes_on_longer_than_a_preparation_and_not_as_long_as_a_post(
    engine: Engine, percent: float, done: set[str]
) -> None:
    house = House(engine)
    looking, posting = house.channel(), house.channel()
    sent = {"state": State.UNCONFIRMED, "sent_at": NOW - MINUTE}
    look = house.publication(channel_id=looking.id, **sent)
    house.publication(channel_id=looking.id, due_at=NOW + HOUR)
    post = house.post()
    facts = {"channel_id": posting.id, "post_id": post.id, "prepared_hash": post.content_hash}
    due = house.publication(state=State.READY, **facts)
    for channel in (looking, posting):
        told(engine, channel, Per.CHANNEL, percent)
    taken = {(one.channel.id, one.action) for one in claim(engine, now=NOW, owner="a", limit=9)}
    assert {action for channel, action in taken if channel == looking.id} == done
    assert (posting.id, "publish") in taken
    assert house.load(due.id).state == State.PUBLISHING
    if "find" not in done:
        assert house.load(look.id).next_attempt_at == NOW, "it waits its turn"
        assert {one.action for one in claim(engine, now=NOW + 2 * HOUR, owner="a", limit=9)} >= {"find", "prepare"}


@pytest.mark.parametrize(("percent", "done"), [(95.5, {"prepare", "find"}), (97, {"prepare"})])
def test_a_look_waits_for_a_limit_although_a_post_of_its_channel_that_is_due_does_not(
    engine: Engine, percent: float, done: set[str]
) -> None:
    house = House(engine)
    channel = house.channel()
    house.publication(channel_id=channel.id, state=State.UNCONFIRMED, sent_at=NOW - MINUTE)
    house.publication(channel_id=channel.id, due_at=NOW)
    told(engine, channel, Per.CHANNEL, percent)
    assert {one.action for one in claim(engine, now=NOW, owner="a", limit=9)} == done


def test_what_stops_the_posts_figures_does_not_lose_the_channels_own(house: Running) -> None:
    publish(house, house.connect("zalo"))
    house.sandbox.fault("zalo", "status", path="/v2.0/article/getslice", effect=False, times=9, values={"status": 503})
    assert house.service.collect().failed
    with reading(house.engine) as session:
        assert session.exec(select(Reading).where(Reading.metric == "followers")).all()


def test_an_apps_full_limit_is_asked_for_by_its_platform_however_many_channels_it_has(engine: Engine) -> None:
    house = House(engine)
    for _ in range(80):
        house.publication(channel_id=house.channel(platform="facebook").id, due_at=NOW + HOUR)
    free = house.publication(channel_id=house.channel(platform="zalo").id, due_at=NOW + HOUR)
    with writing(engine) as session:
        session.add(UsageLevel(scope="app:facebook", percent=96.0, at=NOW))
    asked: list[int] = []

    def count(*facts: Any) -> None:
        asked.append(len(facts[3]))

    event.listen(engine, "before_cursor_execute", count)
    taken = [one.id for one in claim(engine, now=NOW, owner="a", limit=50)]
    event.remove(engine, "before_cursor_execute", count)
    assert taken == [free.id]
    assert max(asked) < 60, "no statement names the app's channels one by one"
