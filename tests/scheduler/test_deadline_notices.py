"""Before a deadline people are told, once for each reminder, while somebody has not handed in."""

from datetime import date, datetime, time, timedelta

from sqlmodel import select

from content.plan import load_plan
from content.submissions import SubmissionFields, hand_in
from content.vietnamese import LOCAL
from scheduler.alarms import watch
from scheduler.calendar_tables import Notice
from scheduler.db import reading, writing
from tests.conftest import LAN, NOW
from tests.content.shelf import plan
from tests.scheduler.house import Running

LAST = date(2023, 10, 31)


def told(running: Running, days: int) -> list[tuple[str, bool]]:
    """What stands in the table of deadlines' notices after a look so many days before the last day."""
    now = datetime.combine(LAST - timedelta(days), time(9), LOCAL)
    running.clock.set(now)
    service = running.service
    watch(running.engine, service.platforms, service.policy, {}, empty_day_at=time(16, 30), now=now)
    with reading(running.engine) as session:
        rows = session.exec(select(Notice).where(Notice.kind == "deadline").order_by(Notice.id))  # type: ignore[arg-type]  # a column
        return [(one.subject.rpartition(":")[2], one.cleared_at is None) for one in rows]


def test_each_reminder_is_told_once_and_goes_when_everything_is_in(running: Running) -> None:
    assert told(running, 14) == [], "no plan, nothing to tell"
    with writing(running.engine) as session:
        load_plan(session, plan(), NOW)
    assert told(running, 15) == []
    assert told(running, 14) == told(running, 10) == [("14", True)]
    assert told(running, 7) == told(running, 3) == [("14", False), ("7", True)]
    assert told(running, 1) == [("14", False), ("7", False), ("1", True)]
    with writing(running.engine) as session:
        for agency in ("vpubnd", "snv", "stp"):
            fields = SubmissionFields("bao_cao_nam", agency, LAST - timedelta(1))
            hand_in(session, plan(), fields, seen=0, by=LAN, now=NOW)
    assert told(running, 0) == [("14", False), ("7", False), ("1", False)]


def test_the_notice_names_who_is_missing_and_leads_to_the_page(running: Running) -> None:
    with writing(running.engine) as session:
        load_plan(session, plan(), NOW)
    told(running, 7)
    with reading(running.engine) as session:
        (row,) = session.exec(select(Notice).where(Notice.kind == "deadline"))
    assert "Chưa nộp 3/3 cơ quan" in row.words and "Sở Nội vụ" in row.words and "còn 7 ngày" in row.words
    assert row.path == "/hoat-dong/nop-bao-cao?han=bao_cao_nam"
