"""What machines watch: ready or why not, figures that every process tells alike, and who may read them."""

import asyncio
import re
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlmodel import Session, select

from cli.revisions import newest_revision, revision
from cli.web import beating, is_alive
from scheduler.access import renews
from scheduler.db import reading, writing
from scheduler.lifecycle import State
from scheduler.signs import Who, alive, beat
from scheduler.tables import Attempt, Credential, Heartbeat, JobRun
from tests.conftest import NOW
from tests.served import Served
from tests.web.desk import Desk, Visitor, counted
from web.app import create_app
from web.health import Briefly, Health

TOKEN = "a-token-that-nobody-guesses-1"
MINUTE = timedelta(minutes=1)


def health(desk: Desk, **facts: Any) -> Health:
    newest = newest_revision()
    return Health(desk.service, lambda: revision(desk.engine) == newest, desk.folder, **facts)


@pytest.fixture
def watched(both: Desk) -> Iterator[Visitor]:
    """The desk with its signs of health, a clock of its own, on each kind of database."""
    with Served(
        create_app(both.service.store.folder, lambda: True, both.house, health(both, own_clock=True), count().__next__)
    ) as served:
        yield Visitor(served.address)


def figures(text: str) -> Mapping[tuple[str, str], float]:
    """(name, labels in their order) -> value."""
    return {
        (one.name, " ".join(one.labels.values())): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


def ask(
    desk: Desk, path: str, *, whence: str = "127.0.0.1", host: str = "127.0.0.1:8480", **options: Any
) -> httpx.Response:
    """Ask as somebody at another address: no machine of a test has one, so this goes without a network."""

    async def get() -> httpx.Response:
        app = create_app(desk.service.store.folder, lambda: True, desk.house, health(desk, **options.pop("facts", {})))
        way = httpx.ASGITransport(app=app, client=(whence, 40_000))
        async with httpx.AsyncClient(transport=way, base_url=f"http://{host}") as client:
            return await client.get(path, **options)

    # in a thread of its own: the browser of other tests has a loop that runs in this one
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(asyncio.run, get()).result()


def test_a_process_is_ready_while_its_clock_beats_and_the_tables_are_its_own(both: Desk, watched: Visitor) -> None:
    both.service.beat()
    assert watched.get("/readyz").json() == {"ready": True, "reason": ""}
    both.clock.set(NOW + 3 * MINUTE)
    answer = watched.get("/readyz")
    assert (answer.status_code, answer.json()["reason"]) == (503, "clock")
    with writing(both.engine) as session:
        beat(session, "another-machine:7", Who.CLOCK, now=both.clock.now())
    assert watched.get("/readyz").json()["reason"] == "clock", "another clock is no sign of life of this one"
    both.service.beat()
    with both.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'ffffffffffff'")
    answer = watched.get("/readyz")
    with both.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{newest_revision()}'")
    assert (answer.status_code, answer.json()["reason"]) == (503, "revision")
    assert watched.get("/readyz").status_code == 200


def test_a_desk_without_a_clock_of_its_own_is_ready_without_one(desk: Desk) -> None:
    assert ask(desk, "/readyz").json() == {"ready": True, "reason": ""}


def test_without_a_database_nothing_is_ready_and_nothing_breaks(desk: Desk) -> None:
    with desk.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE heartbeat RENAME TO gone")
    told = ask(desk, "/readyz", facts={"own_clock": True})
    answer = ask(desk, "/metrics")
    with desk.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE gone RENAME TO heartbeat")
    assert (told.status_code, told.json()["reason"]) == (503, "database")
    assert answer.status_code == 503 and "heartbeat" not in answer.text


def test_the_figures_are_those_of_the_database(both: Desk, watched: Visitor) -> None:
    channel = both.channel(key="fanpage")
    for late in (0, 4, 400):
        both.publication(
            channel_id=channel.id, state=State.PUBLISHED, due_at=NOW - timedelta(hours=2),
            published_at=NOW - timedelta(hours=2) + timedelta(seconds=late),
        )  # fmt: skip
    both.publication(channel_id=channel.id, state=State.SCHEDULED, due_at=NOW, next_attempt_at=NOW - 5 * MINUTE)
    waiting = both.publication(channel_id=channel.id, state=State.NEEDS_PERSON, due_at=NOW - MINUTE)
    with writing(both.engine) as session:
        _tried(session, waiting.id or 0, "unavailable", 3)
        _tried(session, waiting.id or 0, "ok", 1)
        _tried(session, waiting.id or 0, "", 1)
        for outcome, ago in (("ok", 26), ("ok", 2), ("failed", 1)):
            at = NOW - timedelta(hours=ago)
            session.add(JobRun(job="backup", slot=at, started_at=at, finished_at=at, outcome=outcome))
        beat(session, "clock:1", Who.CLOCK, now=NOW - timedelta(seconds=40))
        beat(session, "worker:1", Who.WORKER, now=NOW)
        beat(session, "worker:2", Who.WORKER, now=NOW - timedelta(hours=1))
    object.__setattr__(both.service, "jobs", _jobs("backup", "collect"))
    told = figures(watched.get("/metrics").text)
    assert told["cchc_lateness_seconds_bucket", "1.0"] == 1
    assert told["cchc_lateness_seconds_bucket", "5.0"] == 2
    assert told["cchc_lateness_seconds_bucket", "+Inf"] == 3
    assert told["cchc_queue_items", "fanpage scheduled"] == 1
    assert told["cchc_queue_items", "fanpage needs_person"] == 1
    assert ("cchc_queue_items", "fanpage published") not in told, "what is at its end only grows"
    assert told["cchc_overdue_seconds", ""] == 300
    assert told["cchc_attempts_24h", "publish unavailable"] == 3
    assert told["cchc_attempts_24h", "publish ok"] == 1
    assert told["cchc_clock_heartbeat_age_seconds", ""] == 40
    assert (told["cchc_clocks", ""], told["cchc_workers", ""]) == (1, 1)
    assert told["cchc_backup_age_seconds", ""] == 7200, "the last one that ended well"
    assert told["cchc_job_last_success_timestamp_seconds", "backup"] == (NOW - timedelta(hours=2)).timestamp()
    assert ("cchc_job_last_success_timestamp_seconds", "collect") not in told, "never is not a time"
    assert told["cchc_disk_free_bytes", ""] > 0


def test_who_asks_for_signs_of_life_all_the_time_asks_the_database_once_a_second(desk: Desk) -> None:
    passed = [0.0]
    app = create_app(
        desk.folder, lambda: is_alive(desk.service), desk.house, health(desk, own_clock=True), lambda: passed[0]
    )
    with Served(app) as served, counted(desk.engine) as asked:
        visitor = Visitor(served.address)

        def twenty() -> tuple[int, set[int]]:
            before = len(asked)
            seen = {visitor.get(path).status_code for path in ("/healthz", "/readyz") for _ in range(10)}
            return len(asked) - before, seen

        assert twenty()[1] == {503}, "no clock has ever beaten"
        desk.service.beat()
        assert twenty() == (0, {503})
        passed[0] += 1
        told = twenty()
        assert told[1] == {200} and 0 < told[0] <= 6


def test_one_who_asks_waits_for_nobody_else_who_does() -> None:
    asked: list[str] = []

    def ask() -> str:
        asked.append("inner" if not asked else briefly())
        return f"answer {len(asked)}"

    briefly = Briefly(ask, count().__next__)
    assert briefly() == "answer 1"
    assert briefly() == "answer 2" and asked == ["inner", "answer 1"], "meanwhile the last answer is given"


def test_the_figures_are_told_when_the_data_folder_is_gone(desk: Desk) -> None:
    app = Health(desk.service, lambda: True, Path("/nowhere/at/all"))
    told = figures(app.figures().decode())
    assert ("cchc_disk_free_bytes", "") not in told and ("cchc_clocks", "") in told


def test_what_waits_on_a_channel_that_is_stopped_is_not_overdue(both: Desk, watched: Visitor) -> None:
    for state in ("off", "reconnect"):
        stopped = both.channel(key=f"kenh-{state}", state=state)
        both.publication(channel_id=stopped.id, due_at=NOW - 99 * MINUTE, next_attempt_at=NOW - 99 * MINUTE)
    resting = both.channel(key="nghi", not_before=NOW + MINUTE)
    both.publication(channel_id=resting.id, due_at=NOW - 9 * MINUTE, next_attempt_at=NOW - 9 * MINUTE)
    assert figures(watched.get("/metrics").text)["cchc_overdue_seconds", ""] == 0
    both.clock.set(NOW + 2 * MINUTE)
    assert figures(watched.get("/metrics").text)["cchc_overdue_seconds", ""] == 11 * 60


def _tried(session: Session, publication: int, outcome: str, count: int) -> None:
    session.add_all(
        Attempt(publication_id=publication, fence=1, action="publish", started_at=NOW - MINUTE, outcome=outcome)
        for _ in range(count)
    )


def _jobs(*names: str) -> tuple[Any, ...]:
    from scheduler.jobs import Job, Timetable

    return tuple(Job(name, Timetable(()), lambda _slot, _now: "") for name in names)


def test_an_access_and_a_quota_that_end_are_told_per_channel(desk: Desk) -> None:
    for platform in desk.service.platforms.settings:
        desk.connect(platform)
    with writing(desk.engine) as session:
        for access in session.exec(select(Credential)).all():
            access.expires_at = NOW + timedelta(days=9)
    told = figures(ask(desk, "/metrics").text)
    ends = {labels: days for (name, labels), days in told.items() if name == "cchc_token_days_left"}
    lasting = {one for one in desk.service.platforms.settings if not renews(one)}
    assert lasting and ends == {f"{one} {one}": 9 for one in lasting}, "what renews itself has no end to be told"
    left = [labels for name, labels in told if name == "cchc_quota_left"]
    assert left and all(told["cchc_quota_left", one] > 0 for one in left)


def test_no_person_no_text_and_no_secret_is_a_label(desk: Desk) -> None:
    post = desk.post(title="Tiêu đề riêng")
    desk.publication(post=post, channel_id=desk.connect("facebook").id)
    desk.visit(desk.lan)
    text = ask(desk, "/metrics").text
    assert set(re.findall(r'(\w+)="', text)) <= {
        "state",
        "channel",
        "platform",
        "budget",
        "action",
        "outcome",
        "job",
        "le",
    }
    for secret in ("Tiêu đề", desk.lan.name, desk.lan.login + '"', "EAA"):
        assert secret not in text


def test_the_figures_take_few_questions_however_many_channels_there_are(desk: Desk) -> None:
    def questions() -> int:
        with counted(desk.engine) as asked:
            ask(desk, "/metrics")
        return len(asked)

    desk.channel(key="one")
    few = questions()
    for number in range(40):
        desk.channel(key=f"kenh-{number}")
    assert questions() == few <= 12


@pytest.mark.parametrize(
    ("whence", "host", "headers", "facts", "status"),
    [
        ("127.0.0.1", "127.0.0.1:8480", {}, {}, 200),
        ("::1", "localhost:8480", {}, {}, 200),
        ("::ffff:127.0.0.1", "[::1]:8480", {}, {}, 200),
        ("10.0.0.9", "127.0.0.1:8480", {}, {}, 403),
        ("203.0.113.9", "cchc.hue.gov.vn", {"X-Forwarded-For": "127.0.0.1"}, {}, 403),
        # a proxy on this machine, which brings the whole world from 127.0.0.1
        ("127.0.0.1", "127.0.0.1:8480", {}, {"behind_proxy": True}, 403),
        ("127.0.0.1", "127.0.0.1:8480", {"X-Forwarded-For": "203.0.113.9"}, {}, 403),
        ("127.0.0.1", "127.0.0.1:8480", {"Via": "1.1 caddy"}, {}, 403),
        # a page in a browser on this machine, whose name was turned to this machine
        ("127.0.0.1", "rebound.example:8480", {}, {}, 403),
        ("10.0.0.9", "cchc.hue.gov.vn", {"Authorization": f"Bearer {TOKEN}"}, {"token": TOKEN}, 200),
        (
            "127.0.0.1",
            "cchc.hue.gov.vn",
            {"Authorization": f"Bearer {TOKEN}"},
            {"token": TOKEN, "behind_proxy": True},
            200,
        ),
        ("10.0.0.9", "cchc.hue.gov.vn", {"Authorization": f"Bearer {TOKEN}x"}, {"token": TOKEN}, 403),
        ("10.0.0.9", "cchc.hue.gov.vn", {"Authorization": "Bearer "}, {}, 403),
    ],
)
def test_only_this_machine_or_who_has_the_token_reads_the_figures(
    desk: Desk, whence: str, host: str, headers: dict[str, str], facts: dict[str, Any], status: int
) -> None:
    answer = ask(desk, "/metrics", whence=whence, host=host, headers=headers, facts=facts)
    assert answer.status_code == status
    assert ("cchc_" in answer.text) == (status == 200)


def test_a_desk_of_its_own_gives_a_sign_of_life_that_is_no_clocks(both: Desk) -> None:
    """By it `cchc keys rotate` sees that another machine goes on with a key file of its own."""
    stop, long_ago = threading.Event(), NOW - timedelta(days=2)
    stop.set()  # one sign, and the end
    with writing(both.engine) as session:
        beat(session, "died:1", Who.DESK, now=long_ago)
        beat(session, "clock:1", Who.CLOCK, now=long_ago)
    both.service.kind = Who.DESK
    beating(both.service, stop)
    with reading(both.engine) as session:
        assert [one.owner for one in alive(session, Who.DESK, now=NOW)] == [both.service.owner]
        assert not alive(session, Who.CLOCK, now=NOW) and not is_alive(both.service)
        assert set(session.exec(select(Heartbeat.owner))) == {"clock:1", both.service.owner}, "the dead one is let go"
