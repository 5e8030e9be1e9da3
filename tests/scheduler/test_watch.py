"""The watch over a real database: what is wrong is found, what is mended is cleared, and little is read."""

from datetime import datetime, time
from typing import Any

from sqlalchemy import Engine, event
from sqlmodel import Session

from content.tables import PortalSource
from content.vietnamese import LOCAL
from scheduler.alarms import watch
from scheduler.calendar_tables import Notice
from scheduler.channels import set_slots
from scheduler.db import reading, writing
from scheduler.lifecycle import Event, State
from scheduler.notices import Kind, open_notices
from scheduler.pauses import begin, end
from scheduler.signs import Who, beat
from scheduler.tables import Channel, Credential, JobRun, Publication, Reading, TokenRefresh
from tests.conftest import NOW
from tests.scheduler.house import Running
from tests.scheduler.test_alarms import AFTERNOON, DAY, HOUR, MINUTE


def looked(running: Running, now: datetime = AFTERNOON) -> set[str]:
    """What stands open after the watch has looked."""
    running.clock.set(now)
    service = running.service
    jobs = {"backup": "sao lưu"}
    watch(running.engine, service.platforms, service.policy, jobs, empty_day_at=time(16, 30), now=now)
    with reading(running.engine) as session:
        return {
            one.subject.rpartition(":")[0] if ":20" in one.subject else one.subject for one in open_notices(session)
        }


def notices(engine: Engine) -> dict[str, Notice]:
    with reading(engine) as session:
        return {one.kind: one for one in open_notices(session)}


def test_everything_that_is_wrong_is_found_and_clears_when_it_is_mended(running: Running) -> None:
    page = running.channel(key="fanpage", name="Fanpage")
    down = running.channel("zalo", key="oa", name="Zalo OA", state="reconnect", state_words="Mã đã chết.")
    with writing(running.engine) as session:
        session.get_one(Channel, page.id).created_at = NOW - 90 * DAY
        set_slots(session, page, {weekday: [450] for weekday in range(7)})
        session.add(Credential(channel_id=page.id or 0, secret=b"x", expires_at=AFTERNOON + 2 * DAY, updated_at=NOW))
        session.add(JobRun(job="backup", slot=NOW, started_at=NOW, finished_at=NOW, outcome="failed", words="đĩa đầy"))
        session.add(
            PortalSource(
                key="cong",
                name="Cổng",
                address="https://cong.example/rss",
                failures=4,
                words="Hỏng.",
                created_at=NOW - 9 * DAY,
            )
        )
    lost = running.publication(channel_id=page.id, state=State.FAILED, due_at=NOW, problem="Ảnh quá lớn.")
    waits = running.publication(channel_id=down.id, state=State.READY, due_at=NOW)
    late_one = running.publication(
        channel_id=page.id, state=State.HELD, held_by=Event.APPROVAL_LOST, due_at=AFTERNOON + 20 * HOUR
    )
    running.publication(channel_id=page.id, state=State.SCHEDULED, due_at=AFTERNOON + 3 * DAY)
    running.publication(channel_id=page.id, state=State.HELD, held_by=Event.PAUSED, due_at=NOW)
    looked(running)
    found = notices(running.engine)
    assert set(found) == {
        *(
            "not_sent",
            "late",
            "channel_stopped",
            "token_expiry",
            "approval",
            "held",
            "quiet",
            "job",
            "portal",
            "figures",
        )
    }
    assert found["token_expiry"].grade == "alarm" and found["late"].path == f"/muc/{waits.id}"
    with writing(running.engine) as session:
        for row in (lost, waits, late_one):
            mended = session.get_one(Publication, row.id)
            mended.state, mended.published_at = State.PUBLISHED, AFTERNOON
            session.add(mended)
        session.add(
            Reading(channel_id=page.id or 0, metric="followers", value=5, name="n", version="v", taken_at=AFTERNOON)
        )
    looked(running, AFTERNOON + 30 * MINUTE)
    assert set(notices(running.engine)) == {"channel_stopped", "token_expiry", "held", "job", "portal"}


def test_the_empty_day_is_told_in_the_afternoon_and_clears_when_it_is_filled(running: Running) -> None:
    page = running.channel(key="fanpage")
    assert "empty_day" not in looked(running, AFTERNOON - HOUR)
    looked(running)
    assert notices(running.engine)["empty_day"].grade == "alarm"
    running.publication(channel_id=page.id, due_at=AFTERNOON + 15 * HOUR)
    looked(running, AFTERNOON + 30 * MINUTE)
    assert "empty_day" not in notices(running.engine)


def test_a_pause_is_told_and_what_it_held_after_its_end(running: Running) -> None:
    page = running.channel(key="fanpage")
    pause = begin(running.engine, "quoc_tang", now=NOW, by="Hà")
    running.publication(channel_id=page.id, state=State.HELD, held_by=Event.PAUSED, due_at=NOW)
    looked(running)
    assert set(notices(running.engine)) == {"pause"}
    end(running.engine, pause.id or 0, now=AFTERNOON, by="Hà")
    looked(running, AFTERNOON + 30 * MINUTE)
    assert {"pause", "held"} <= set(notices(running.engine))


def test_a_renewal_that_failed_twice_is_told_until_one_works(running: Running) -> None:
    oa = running.channel("zalo", key="oa")
    with writing(running.engine) as session:
        session.add(
            Credential(channel_id=oa.id or 0, secret=b"x", version=4, expires_at=AFTERNOON + HOUR, updated_at=NOW)
        )
        for outcome, version in (("not_sent", 4), ("unknown", 4), ("refused", 3), ("done", 4)):
            session.add(
                TokenRefresh(channel_id=oa.id or 0, credential_version=version, started_at=NOW, outcome=outcome)
            )
    looked(running)
    assert "Đã 2 lần" in notices(running.engine)["token_refresh"].words
    with writing(running.engine) as session:
        row = session.get_one(Credential, oa.id)
        row.version = 5
        session.add(row)
    looked(running, AFTERNOON + 30 * MINUTE)
    assert "token_refresh" not in notices(running.engine)


def test_more_videos_in_a_day_than_the_platform_takes_is_told_before_that_day(running: Running) -> None:
    video = running.connect("youtube")
    budgets = running.service.platforms.settings["youtube"]
    amount = budgets.model_copy(update={"daily_uploads": 2})
    running.service.platforms.settings["youtube"] = amount  # type: ignore[index]  # a dict in this house
    post = running.post()
    running.video(post)
    noon = datetime(2026, 11, 25, 12, 0, tzinfo=LOCAL)
    for minute in range(3):
        running.publication(post_id=post.id, channel_id=video.id, due_at=noon + minute * MINUTE)
    looked(running)
    told = notices(running.engine)["quota"].words
    assert "cần 3 lượt tải video lên" in told and "chỉ còn 2" in told


def fill(engine: Engine, running: Running, count: int) -> None:
    """A busy office's years: most of it published long ago, a little ahead."""
    page, post = running.channel(key="fanpage"), running.post()
    rows = [
        {
            "post_id": post.id, "channel_id": page.id, "part": "post", "details": {}, "saved": {}, "created_at": NOW,
            "due_at": NOW - number * HOUR, "published_at": NOW - number * HOUR, "state": State.PUBLISHED.value,
        }
        for number in range(count)
    ]  # fmt: skip
    rows += [
        {**rows[0], "due_at": NOW + number * HOUR, "published_at": None, "state": State.SCHEDULED.value}
        for number in range(1, 200)
    ]
    with writing(engine) as session:
        session.connection().execute(Publication.__table__.insert(), rows)  # type: ignore[attr-defined]  # a table


def plans(session: Session, statements: list[tuple[str, Any]]) -> list[str]:
    """How SQLite would run them: the lines that read a table from one end to the other."""
    connection = session.connection()
    return [
        f"{line[3]}: {statement[:120]}"
        for statement, parameters in statements
        if statement.lstrip().upper().startswith("SELECT")
        for line in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
        if line[3].startswith("SCAN") and "publication" in line[3]
    ]


def test_with_twenty_thousand_publications_the_watch_reads_by_indexes(running: Running) -> None:
    fill(running.engine, running, 20_000)
    found: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            found.append((statement, parameters))

    event.listen(running.engine, "before_cursor_execute", note)
    try:
        looked(running)
        first = len(found)
        looked(running, AFTERNOON + 30 * MINUTE)
    finally:
        event.remove(running.engine, "before_cursor_execute", note)
    assert len(found) - first <= 24, [statement for statement, _ in found[first:]]
    if running.engine.dialect.name == "sqlite":
        with reading(running.engine) as session:
            assert plans(session, found[first:]) == []


def test_nobody_to_take_what_is_handed_over_is_an_alarm_until_somebody_is_there(running: Running) -> None:
    service, heard = running.service, []

    def look(now: datetime, *, by_workers: bool = True) -> bool:
        watch(
            running.engine, service.platforms, service.policy, {}, empty_day_at=time(16, 30), by_workers=by_workers,
            now=now,
        )  # fmt: skip
        with reading(running.engine) as session:
            heard[:] = [one.words for one in open_notices(session) if one.kind == Kind.WORKERS]
        return bool(heard)

    def sign(kind: Who, now: datetime) -> None:
        with writing(running.engine) as session:
            beat(session, kind, kind, now=now)

    sign(Who.CLOCK, NOW)
    assert not look(NOW + MINUTE), "the workers may still be starting"
    sign(Who.CLOCK, NOW + HOUR)
    assert not look(NOW + HOUR, by_workers=False)
    assert look(NOW + HOUR) and "cchc worker" in heard[0]
    sign(Who.WORKER, NOW + HOUR)
    assert not look(NOW + HOUR)
