"""Two years in a few seconds: logs, rows and files stay within their bounds, records are all there, a hold holds."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session, SQLModel, col, func, select

from cli.logfile import DailyFile
from content.tables import Review, Suggestion
from content.vietnamese import local_day
from records.holds import Scope, lift, place
from records.retention import carry_out, set_period
from scheduler.calendar_tables import Notice, NoticeDelivery
from scheduler.clock import FrozenClock
from scheduler.db import reading, writing
from scheduler.figure_tables import Collection
from scheduler.tables import JobRun, PublicationEvent, Reading, TokenRefresh
from tests.scheduler.house import House
from web.retention import acts_of, all_rules
from web.tables import ApiToken, DeskAct, Invitation, SignInTry, Staff, StaffSession

BEGIN = datetime(2026, 1, 1, 20, 15, tzinfo=UTC)
"""03:15 in Việt Nam, the hour of the nightly job."""
DAY = timedelta(days=1)
DAYS, NIGHT = 730, 14
"""Two years; the job runs each fourteenth night here, which makes no difference to what is left in the end."""
HELD = (date(2026, 3, 10), date(2026, 3, 19))
LOG_MOST, LOG_PARTS = 200, 2
EXPIRING: dict[type[SQLModel], int] = {
    SignInTry: 7, StaffSession: 90, Invitation: 30, JobRun: 400, Notice: 60, NoticeDelivery: 60, TokenRefresh: 400,
}  # fmt: skip
"""Table -> the days of its period here; one row comes a day."""
KEPT: tuple[type[SQLModel], ...] = (Review, PublicationEvent, Reading, Collection)


def one_day(session: Session, number: int, now: datetime, ids: dict[str, int]) -> None:
    """What a small office writes in a day: one row of each kind, numbered so that a fortnight goes in at once."""
    mark = now.isoformat()
    stamped = {"started_at": now, "finished_at": now}
    session.add(SignInTry(at=now, login="lan", address="10.0.0.1", ok=True))
    session.add(StaffSession(token_hash=mark, staff_id=ids["staff"], created_at=now, seen_at=now, expires_at=now + DAY,
                             ended_at=now, flash=[]))  # fmt: skip
    session.add(Invitation(token_hash=mark, staff_id=ids["staff"], created_at=now, expires_at=now, used_at=now))
    session.add(JobRun(job="backup", slot=now, outcome="ok", **stamped))
    session.add(TokenRefresh(channel_id=ids["channel"], credential_version=1, outcome="done", **stamped))
    words = {"kind": "quota", "subject": mark, "grade": "news", "words": "x", "cleared_at": now}
    session.add(Notice(id=number, raised_at=now, seen_at=now, **words))
    session.add(Collection(id=number, channel_id=ids["channel"], taken_at=now, payload=b"x" * 200, payload_bytes=9))
    session.add(NoticeDelivery(notice_id=number, way="mail", target="a@b.vn", state="sent", **stamped))
    session.add(Reading(channel_id=ids["channel"], publication_id=ids["publication"], metric="views", value=1,
                        name="v", version="1", taken_at=now, collection_id=number))  # fmt: skip
    session.add(Review(post_id=ids["post"], at=now, action="approved", actor="Minh", content_hash=mark))
    session.add(PublicationEvent(publication_id=ids["publication"], at=now, event="moved", state_before="scheduled",
                                 state_after="scheduled", fence=0))  # fmt: skip


def furnished(engine: Engine) -> dict[str, int]:
    house = House(engine)
    publication = house.publication()
    with writing(engine) as session:
        facts = {"login": "lan", "name": "Lan", "name_key": "lan", "roles": ["editor"]}
        session.add(staff := Staff(created_at=BEGIN, updated_at=BEGIN, **facts))
        session.flush()
        session.add(ApiToken(staff_id=staff.id or 0, name="x", token_hash="x", scopes=[], created_at=BEGIN))
        session.add(Suggestion(dedupe_key="x", title="x", categories=[], notes=[], seen_at=BEGIN, updated_at=BEGIN))
    return {
        "staff": staff.id or 0, "channel": publication.channel_id, "post": publication.post_id,
        "publication": publication.id or 0,
    }  # fmt: skip


def count(engine: Engine, model: type[SQLModel]) -> int:
    with reading(engine) as session:
        return int(session.exec(select(func.count()).select_from(model)).one())


def test_two_years_stay_within_their_bounds(engine: Engine, tmp_path: Path) -> None:
    ids, clock, rules = furnished(engine), FrozenClock(BEGIN), all_rules(tmp_path, 30)
    log = DailyFile(tmp_path / "logs", clock.now, most=LOG_MOST, parts=LOG_PARTS)
    with writing(engine) as session:
        set_period(session, rules, "notice", 60, by="Sơn", now=BEGIN)
        set_period(session, rules, "notice_delivery", 60, by="Sơn", now=BEGIN)
    for number in range(0, DAYS, NIGHT):
        with writing(engine) as session:
            for offset in range(min(NIGHT, DAYS - number)):
                now = BEGIN + (number + offset) * DAY
                clock.set(now)
                one_day(session, number + offset + 1, now, ids)
                for _ in range(10):  # a fault that repeats all day
                    log.write('{"event": "database_away", "level": "warning"}\n')
        if number == 5 * NIGHT:
            with writing(engine) as session:
                place(session, Scope.PERIOD, first=HELD[0], last=HELD[1], reason="Thanh tra", by="Sơn", now=clock.now())
        carry_out(engine, rules, acts_of("Hệ thống", clock.now()), now=clock.now())

    # what has a period is no more than the period, what is held, and what waits for its night
    held_days = (HELD[1] - HELD[0]).days + 1
    for model, period in EXPIRING.items():
        assert period <= count(engine, model) <= period + held_days + NIGHT, model
    logs = sorted((tmp_path / "logs").iterdir())
    assert sum(one.stat().st_size for one in logs) <= (400 + NIGHT + held_days) * LOG_MOST * LOG_PARTS
    assert {one.stat().st_size <= LOG_MOST for one in logs} == {True}
    with reading(engine) as session:
        raw = session.exec(select(func.count()).where(col(Collection.payload).is_not(None))).one()
    assert 30 <= raw <= 30 + held_days + NIGHT

    # records are all there
    assert {model: count(engine, model) for model in KEPT} == dict.fromkeys(KEPT, DAYS)

    # the hold held, of rows and of files
    kept_logs = {one.name[5:15] for one in logs}
    for offset in range(held_days):
        on = HELD[0] + offset * DAY
        assert on.isoformat() in kept_logs
    with reading(engine) as session:
        tries = session.exec(select(SignInTry.at)).all()
        jobs = session.exec(select(JobRun.slot)).all()
    for moments in (tries, jobs):
        assert {HELD[0] + offset * DAY for offset in range(held_days)} <= {local_day(one) for one in moments}

    # every row that went stands in an act
    with reading(engine) as session:
        words = session.exec(select(DeskAct.words).where(DeskAct.act == "retention")).all()
    told = sum(int(found.replace(".", "")) for one in words for found in re.findall(r"thử đăng nhập: ([\d.]+)", one))
    assert told == DAYS - len(tries)

    with writing(engine) as session:
        lift(session, 1, reason="Đã kết luận", by="Sơn", now=clock.now())
    carry_out(engine, rules, acts_of("Hệ thống", clock.now()), now=clock.now())
    assert count(engine, SignInTry) <= 7 + 1
    assert HELD[0].isoformat() not in {one.name[5:15] for one in (tmp_path / "logs").iterdir()}


def test_a_log_that_cannot_be_written_stops_nobody(tmp_path: Path) -> None:
    file = DailyFile(tmp_path / "logs", lambda: BEGIN)
    (tmp_path / "logs" / "cchc-2026-01-02.log").mkdir()
    file.write("x\n")
    assert [one for one in (tmp_path / "logs").iterdir() if one.is_file()] == []
