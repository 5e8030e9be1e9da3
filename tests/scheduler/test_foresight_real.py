"""What was foreseen is held against what really happened: the real queue, the real decision, the sandbox."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func
from sqlmodel import col, select

from connectors.base import Part
from content.office import HOLIDAYS, save
from content.plan import load_plan, read_plan
from content.vietnamese import LOCAL, local_day
from scheduler.channels import set_slots
from scheduler.db import reading, writing
from scheduler.foresight import foresee
from scheduler.foresight.snapshot import ForesightError, month_days, take
from scheduler.foresight.values import Cause, Forecast, Grade
from scheduler.jobs import Job, Timetable
from scheduler.lifecycle import Event, State
from scheduler.pauses import begin
from scheduler.recurring import AHEAD, queue_coming
from scheduler.recurring import begin as repeat
from scheduler.tables import Channel, Credential, Publication, Spending
from tests.conftest import NOW, Sandbox
from tests.scheduler.house import Running
from tests.web.desk import PLAN, counted

LAST = date(2026, 11, 30)
END = datetime(2026, 12, 1, tzinfo=LOCAL)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=LOCAL).astimezone(UTC)


class Month(Running):
    """A week and a bit of an office whose calendar runs itself."""

    def __init__(self, engine: Engine, sandbox: Sandbox, folder: Path) -> None:
        super().__init__(engine, sandbox, folder)
        with writing(engine) as session:
            load_plan(session, read_plan(PLAN), NOW)
        policy = self.service.policy
        plan = Timetable((policy.plan_at,))

        def fill(_slot: datetime, now: datetime) -> str:
            queue_coming(self.service.desk, policy.days_ahead + AHEAD, now=now)
            return self.service.fill_days(local_day(now) + timedelta(days=1), policy.days_ahead)

        self.service.jobs = (Job("plan", plan, fill),)

    def slots(self, channel: Channel, *minutes: int) -> None:
        with writing(self.engine) as session:
            set_slots(session, channel, {weekday: list(minutes) for weekday in range(7)})

    def foresee(self) -> Forecast:
        return foresee(take(self.service.desk, date(2026, 11, 1), LAST, now=self.clock.now()))

    def pass_month(self) -> None:
        """Everything that comes due until the month ends, the calendar job included."""
        until = datetime(2026, 12, 1, tzinfo=LOCAL).astimezone(UTC)
        for _ in range(2_000):
            now = self.clock.now()
            self.sandbox.at(now)
            self.service.run_jobs()
            self.service.settle()
            if now >= until:
                return
            due = self.service.next_moment() or until
            self.clock.set(min(until, due if due > now else now + timedelta(minutes=1)))
        raise AssertionError("the month does not end")

    def happened(self) -> dict[tuple[str, str, datetime], bool]:
        """(post, channel, hour) of everything that was in the queue -> whether it is public."""
        with reading(self.engine) as session:
            rows = session.exec(
                select(Publication, Channel).where(
                    col(Publication.channel_id) == col(Channel.id),
                    Publication.part == Part.POST,
                    col(Publication.due_at) < END,
                )
            ).all()
        return {(row.post_id, channel.key, row.due_at): row.state == State.PUBLISHED for row, channel in rows}  # type: ignore[return-value,misc]  # post ids are numbers


def foreseen(forecast: Forecast) -> dict[tuple[Any, str, datetime], bool]:
    return {
        (one.post_id, one.channel_key, one.at.astimezone(UTC)): one.grade is not Grade.FAILS
        for one in forecast.items
        if one.part == Part.POST
    }


@pytest.fixture
def month(engine: Engine, sandbox: Sandbox, tmp_path: Path) -> Any:
    made = Month(engine, sandbox, tmp_path)
    yield made
    made.close()


def test_a_month_comes_out_as_it_was_foreseen(month: Month) -> None:
    page = month.connect("facebook")
    month.slots(page, 7 * 60 + 30, 17 * 60)
    for number in range(1, 26):
        month.post(key=f"thu-vien-{number}", topic="abcdđeghikl"[number % 11], platforms=["facebook"])
    month.post(key="thong-bao", topic="a", tags=["thong-bao"], platforms=["facebook"])
    draft = month.post(key="nhap", state="draft", platforms=["facebook"])
    month.service.desk.add("nhap", page.key, at(24, 9), now=NOW, actor="Lan", unapproved=True)
    fine = month.post(key="binh-thuong", topic="h", platforms=["facebook"])
    month.queue(fine, page, at(24, 10))
    paused = month.post(key="bi-dung", topic="h", platforms=["facebook"])
    month.queue(paused, page, at(26, 10))
    warning = month.post(key="canh-bao", topic="h", allowed_in_pause=True, platforms=["facebook"])
    month.queue(warning, page, at(26, 11))
    ends = month.post(key="het-han", topic="h", valid_to=date(2026, 11, 25), platforms=["facebook"])
    month.publication(post_id=ends.id, channel_id=page.id, due_at=at(27, 9), next_attempt_at=at(27, 3))
    weekly = month.post(key="hang-tuan", topic="g", platforms=["facebook"])
    repeat(
        month.service.desk, weekly.key, page.key, every="week", on=4, minute=12 * 60, since=date(2026, 11, 24),
        until=date(2026, 12, 31), now=NOW, actor="Lan",
    )  # fmt: skip
    begin(month.engine, "quoc_tang", since=at(26, 0), until=at(27, 0), now=NOW, by="Hà")
    with writing(month.engine) as session:
        save(session, HOLIDAYS, [{"on": "2026-11-29", "name": "Ngày nghỉ thử"}], seen=0, by="Sơn", now=NOW)

    told = month.foresee()
    month.pass_month()

    assert foreseen(told) == month.happened()
    failing = {one.post_key: one.troubles[0].cause for one in told.failing}
    assert failing == {"nhap": Cause.APPROVAL, "bi-dung": Cause.PAUSE, "het-han": Cause.VALIDITY}
    assert draft.id in {one.post_id for one in told.failing}
    assert sum(one.planned for one in told.items) >= 8
    assert [one.origin for one in told.items if one.post_key == "hang-tuan"] == ["recurrence"]
    off = next(one for one in told.days if one.on == date(2026, 11, 29))
    assert off.name == "Ngày nghỉ thử" and len(off.items) == 1, "a day off is lighter"
    assert [one for one in told.gaps if local_day(one.at) == date(2026, 11, 26)], "a pause leaves slots empty"


WORDS = " ".join(f"Người dân mang theo giấy tờ số {number} khi đến bộ phận một cửa." for number in range(12))


@pytest.mark.parametrize("days", [10, 40])
@pytest.mark.parametrize("recurs", [False, True])
def test_nearly_the_same_as_what_will_never_be_chosen_again_is_told_on_every_channel(
    month: Month, recurs: bool, days: int
) -> None:
    """What went out once on the Page, and by hand on a channel without slots; a sensitive post says it again."""
    page = month.connect("facebook")
    month.slots(page, 450)
    other = month.channel()
    with writing(month.engine) as session:
        session.add(Credential(channel_id=other.id or 0, secret=b"x", updated_at=NOW))
    once = month.post(key="mot-lan", title="Giấy tờ cần mang", body=WORDS, evergreen=False, platforms=["facebook"])
    for channel in (page, other):
        month.publication(
            post_id=once.id, channel_id=channel.id, due_at=NOW - timedelta(days=days), state=State.PUBLISHED,
            next_attempt_at=None,
        )  # fmt: skip
    again = month.post(key="nhu-vay", body=f"{WORDS} Xin mời.", sensitive=True, platforms=["facebook"])
    for channel in (page, other):
        if recurs:
            repeat(
                month.service.desk, again.key, channel.key, every="month", on=28, minute=600, since=date(2026, 11, 24),
                until=date(2026, 12, 31), now=NOW, actor="Lan",
            )  # fmt: skip
        else:
            month.publication(post_id=again.id, channel_id=channel.id, due_at=at(28, 10), next_attempt_at=at(28, 4))
    for _ in range(2):
        told = {
            one.channel_key: trouble.words
            for one in month.foresee().items if one.post_id == again.id
            for trouble in one.troubles if trouble.cause is Cause.ALIKE
        }  # fmt: skip
        assert set(told) == {page.key, other.key}, "whatever is known of it by now"
        assert all("gần giống bài “Giấy tờ cần mang”" in words for words in told.values())


def test_a_dead_access_stops_what_comes_after_it_and_nothing_before(month: Month) -> None:
    page = month.connect("facebook")
    posts = [month.post(platforms=["facebook"]) for _ in range(3)]
    for post, hour in zip(posts, (at(24, 8), at(25, 8), at(26, 8)), strict=True):
        month.queue(post, page, hour)
    with writing(month.engine) as session:
        access = session.get_one(Credential, page.id)
        access.expires_at, access.refresh_at = at(24, 20), None
        session.add(access)
    told = month.foresee()
    month.pass_time(at(24, 20))
    month.sandbox.fault("facebook", "expired_token", times=100)
    month.pass_month()
    assert foreseen(told) == month.happened()
    assert [one.grade for one in told.items] == [Grade.GOES, Grade.FAILS, Grade.FAILS]
    [need] = told.needs
    assert need.by == at(24, 20) and need.path == "/kenh/facebook"


def test_a_month_shows_what_went_wrong_but_not_what_was_taken_out(month: Month) -> None:
    channel, post = month.channel(), month.post()
    states = {
        month.publication(channel_id=channel.id, post_id=post.id, due_at=at(24, 0, minute), state=state).id: state
        for minute, state in enumerate(State)
    }
    shown = {states[one.number] for one in month.foresee().items}
    assert shown == set(State) - {State.CANCELLED, State.EXPIRED, State.WITHDRAWN}


def test_looking_ahead_writes_nothing_and_asks_no_platform(month: Month) -> None:
    page = month.connect("facebook")
    month.slots(page, 450, 690, 1020)
    for number in range(30):
        month.post(topic="abcdđeghikl"[number % 11])
    month.queue(month.post(), page, at(25, 9))
    before, asked = _rows(month.engine), len(month.sandbox.requests("facebook"))
    with counted(month.engine) as statements:
        for year, number in ((2026, 11), (2026, 12)):
            foresee(take(month.service.desk, *month_days(year, number, now=NOW), now=NOW))
    assert _rows(month.engine) == before
    assert len(month.sandbox.requests("facebook")) == asked
    assert [one for one in statements if not one.lstrip().upper().startswith(("SELECT", "WITH"))] == []
    assert len(statements) <= 60, "no statement for each post"


def _rows(engine: Engine) -> dict[str, int]:
    from sqlmodel import SQLModel

    with reading(engine) as session:
        return {
            name: session.connection().execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in SQLModel.metadata.tables.items()
        }


@pytest.mark.parametrize(
    ("platform", "options"), [("facebook", {}), ("facebook", {"reel": True}), ("zalo", {}), ("youtube", {})]
)
def test_a_publication_spends_what_its_connector_said_it_would(
    engine: Engine, sandbox: Sandbox, tmp_path: Path, media_host: str, platform: str, options: dict[str, Any]
) -> None:
    house = Running(engine, sandbox, tmp_path, media_host)
    with writing(engine) as session:
        load_plan(session, read_plan(PLAN), NOW)
    channel = house.connect(platform)
    post = house.post(platforms=[platform], variants={platform: {"summary": "Tóm tắt.", "options": options}})
    house.video(post) if platform == "youtube" or options else house.picture(post)
    house.queue(post, channel, at(24, 8))
    snapshot = take(house.service.desk, date(2026, 11, 1), LAST, now=NOW)
    told = snapshot.costs.get((post.id or 0, channel.id or 0), {})
    house.pass_time(at(24, 9))
    with reading(engine) as session:
        rows = session.exec(select(Spending.budget, func.sum(Spending.units)).group_by(col(Spending.budget))).all()
        public = session.exec(select(Publication.state)).one() == State.PUBLISHED
    house.close()
    spent = {budget: units for budget, units in rows if budget != "calls"}
    assert public and set(told) == set(spent)
    assert all(abs(told[name] - units) <= 5 for name, units in spent.items()), (told, spent)


@pytest.mark.parametrize(
    ("year", "number", "says"), [(2026, 10, "đã qua"), (2028, 1, "còn xa quá"), (2026, 13, "không có")]
)
def test_a_month_that_nobody_can_foresee_is_refused_in_words(year: int, number: int, says: str) -> None:
    with pytest.raises(ForesightError, match=says):
        month_days(year, number, now=NOW)


@pytest.mark.parametrize("rule", [{"gap_minutes": 60}, {"daily_most": 1}, {}])
def test_the_occurrences_that_are_foreseen_are_those_that_the_job_queues(month: Month, rule: dict[str, int]) -> None:
    """Two rules of one post and one of another, beside what people have put there."""
    page = month.connect("facebook")
    with writing(month.engine) as session:
        held = session.get_one(Channel, page.id)
        held.gap_minutes, held.daily_most = rule.get("gap_minutes", 0), rule.get("daily_most", 0)
    one, other = (month.post(key=key, platforms=["facebook"]) for key in ("mot", "hai"))
    month.queue(month.post(key="tay", platforms=["facebook"]), page, at(25, 8, 50))
    over = month.queue(other, page, at(30, 7, 30))
    month.service.desk.act(over.id or 0, Event.CANCELLED, now=NOW, actor="Lan")
    for key, on, minute in (
        (one.key, 2, 480),
        (one.key, 3, 480),
        (other.key, 3, 450),
        (one.key, 3, 510),
        (other.key, 0, 450),
    ):
        repeat(
            month.service.desk, key, page.key, every="week", on=on, minute=minute, since=date(2026, 11, 24),
            until=LAST, now=NOW, actor="Lan",
        )  # fmt: skip
    told = [item for item in month.foresee().items if item.origin == "recurrence"]
    queued = queue_coming(month.service.desk, 9, now=month.clock.now())
    going = {(item.post_id, item.at) for item in told if item.grade is not Grade.FAILS}
    assert going == {(row.post_id, row.due_at) for row in queued.made}
    assert 0 < len(queued.left_out) == len(told) - len(going)
