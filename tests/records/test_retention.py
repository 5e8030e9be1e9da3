"""What is no record goes when its period is over: in small batches, with an act, never what is under a hold."""

import os
import threading
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session, SQLModel, func, select

from content.tables import Campaign, CampaignPost, Suggestion
from records import retention
from records.errors import RecordsError
from records.holds import Scope, held, holds, lift, place
from records.kinds import KINDS, Kind
from records.retention import carry_out, due, periods, set_period
from records.rules import Rule, TableRule
from scheduler.calendar_tables import Notice, NoticeDelivery
from scheduler.db import reading, writing
from scheduler.figure_tables import Collection
from scheduler.jobs import INSTALLED, Job, Timetable, mark_installed, run_due
from scheduler.tables import JobRun, Publication, Reading
from tests.conftest import NOW
from tests.scheduler.house import House
from web.api.frame import REMEMBERS
from web.guessing import REMEMBERED
from web.retention import acts_of, all_rules
from web.tables import DeskAct, SignInTry

DAY = timedelta(days=1)
LONG_AGO = NOW - 5_000 * DAY


def rules_of(folder: Path) -> tuple[Rule, ...]:
    return all_rules(folder, 400)


def clear(engine: Engine, folder: Path, now: datetime = NOW) -> str:
    return carry_out(engine, rules_of(folder), acts_of("Hệ thống", now), now=now)


def count(engine: Engine, model: type[SQLModel]) -> int:
    with reading(engine) as session:
        return int(session.exec(select(func.count()).select_from(model)).one())


def tries(engine: Engine, *at: datetime) -> None:
    with writing(engine) as session:
        session.add_all(SignInTry(at=one, login="lan", address="10.0.0.1", ok=False) for one in at)


def hold(engine: Engine, scope: Scope, subject: str = "", **facts: Any) -> int:
    with writing(engine) as session:
        return place(session, scope, subject, reason="Thanh tra", by="Sơn", now=NOW, **facts).id or 0


def acts(engine: Engine) -> Sequence[str]:
    with reading(engine) as session:
        return session.exec(select(DeskAct.words).where(DeskAct.act == "retention").order_by(DeskAct.id)).all()


# The rules -------------------------------------------------------------------------------------------------


def test_every_table_whose_rows_expire_has_a_rule_and_no_record_has_one(tmp_path: Path) -> None:
    rules = [one for one in rules_of(tmp_path) if isinstance(one, TableRule)]
    deleted = {str(one.table.__tablename__) for one in rules if not one.emptied}
    assert deleted == {name for name, kind in KINDS.items() if kind is Kind.EXPIRING}
    emptied = {(str(one.table.__tablename__), one.emptied) for one in rules if one.emptied}
    assert emptied == {("collection", ("payload",))}, "a record's row stays, its raw answer alone has a period"


def test_every_rule_has_its_reason_and_a_default_that_is_allowed(tmp_path: Path) -> None:
    rules = rules_of(tmp_path)
    assert len({one.kind for one in rules}) == len(rules)
    assert all(one.label and one.source and 0 < one.least <= one.days <= one.most for one in rules)
    by_kind = {one.kind: one for one in rules}
    assert by_kind["sign_in_try"].least * DAY >= REMEMBERED, "guessing must not become quicker"
    assert by_kind["idempotent_answer"].least * DAY >= REMEMBERS


def test_the_office_sets_a_period_within_its_limits(engine: Engine, tmp_path: Path) -> None:
    rules = rules_of(tmp_path)
    with writing(engine) as session:
        set_period(session, rules, "sign_in_try", 30, by="Sơn", now=NOW)
    tries(engine, NOW - 31 * DAY, NOW - 29 * DAY)
    assert "Lần thử đăng nhập: 1" in clear(engine, tmp_path) and count(engine, SignInTry) == 1
    for kind, days in (("sign_in_try", 0), ("sign_in_try", 10**9), ("reading", 30)):
        with writing(engine) as session, pytest.raises(RecordsError):
            set_period(session, rules, kind, days, by="Sơn", now=NOW)
    with reading(engine) as session:
        [found] = [one for one in periods(session, rules) if one.rule.kind == "sign_in_try"]
    assert (found.days, found.actor) == (30, "Sơn")


def test_every_rule_can_be_asked_and_carried_out_on_both_databases_under_every_kind_of_hold(
    engine: Engine, tmp_path: Path
) -> None:
    house = House(engine)
    publication, post = house.publication(), house.post()
    with writing(engine) as session:
        facts = {"first": date(2026, 1, 1), "last": date(2026, 12, 31), "created_by": "Lan", "updated_at": NOW}
        campaign = Campaign(key="c", name="C", channels=[], targets={}, created_at=NOW, **facts)
        session.add(campaign)
        session.flush()
        session.add(CampaignPost(campaign_id=campaign.id or 0, post_id=post.id or 0, added_by="Lan", added_at=NOW))
    hold(engine, Scope.POST, post.key)
    hold(engine, Scope.CAMPAIGN, "c")
    hold(engine, Scope.PUBLICATION, str(publication.id))
    hold(engine, Scope.PERIOD, first=date(2013, 1, 1), last=date(2013, 12, 31))
    with reading(engine) as session:
        found = held(session)
    assert found.posts == {post.id, publication.post_id} and found.publications == {publication.id}
    assert all(one.count == one.kept_back == 0 for one in due(engine, rules_of(tmp_path), now=NOW))
    assert clear(engine, tmp_path) == "Không có gì hết thời hạn." and acts(engine) == []


# Carrying them out -------------------------------------------------------------------------------------------


def test_what_would_go_is_told_before_and_is_what_goes(engine: Engine, tmp_path: Path) -> None:
    tries(engine, *(NOW - days * DAY for days in (1, 6, 8, 9, 400)))
    rules = rules_of(tmp_path)
    told = {one.period.rule.kind: one.count for one in due(engine, rules, now=NOW)}
    assert told["sign_in_try"] == 3 and count(engine, SignInTry) == 5
    clear(engine, tmp_path)
    assert count(engine, SignInTry) == 2
    assert acts(engine) == ["đã xóa theo thời hạn: Lần thử đăng nhập: 3"]


def test_it_goes_in_batches_each_with_its_act_and_goes_on_where_it_was_cut_off(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 4)
    tries(engine, *(LONG_AGO + number * DAY for number in range(10)))
    told: list[str] = []

    def cut_off(session: Session, words: str) -> None:
        if len(told) == 1:
            raise OSError("power")
        acts_of("Hệ thống", NOW)(session, words)
        told.append(words)

    with pytest.raises(OSError, match="power"):
        carry_out(engine, rules_of(tmp_path), cut_off, now=NOW)
    assert count(engine, SignInTry) == 6 and len(acts(engine)) == 1, "a batch without its act did not happen"
    clear(engine, tmp_path)
    assert count(engine, SignInTry) == 0 and len(acts(engine)) == 3


def test_the_newest_run_of_each_job_stays_and_nothing_is_run_again(engine: Engine, tmp_path: Path) -> None:
    mark_installed(engine, now=LONG_AGO)
    ran: list[datetime] = []
    job = Job("backup", Timetable((time(2),)), lambda slot, _now: ran.append(slot) or "")
    for moment in (LONG_AGO + 5 * DAY, LONG_AGO + 6 * DAY):
        run_due(engine, [job], now=moment)
    clear(engine, tmp_path)
    with reading(engine) as session:
        left = session.exec(select(JobRun.job, JobRun.slot).order_by(JobRun.id)).all()
    assert [job for job, _slot in left] == [INSTALLED, "backup"] and left[1][1] == ran[-1]
    assert run_due(engine, [job], now=LONG_AGO + 6 * DAY) == []


def test_an_open_notice_stays_and_a_cleared_one_goes_with_its_mails(engine: Engine, tmp_path: Path) -> None:
    facts = {"kind": "quota", "grade": "news", "words": "x", "raised_at": LONG_AGO, "seen_at": LONG_AGO}
    with writing(engine) as session:
        for subject, cleared in (("open", None), ("over", LONG_AGO + DAY)):
            notice = Notice(subject=subject, cleared_at=cleared, **facts)
            session.add(notice)
            session.flush()
            told = {"way": "mail", "target": "lan@hue.gov.vn", "state": "sent", "started_at": LONG_AGO}
            session.add(NoticeDelivery(notice_id=notice.id or 0, finished_at=LONG_AGO, **told))
    clear(engine, tmp_path)
    with reading(engine) as session:
        assert session.exec(select(Notice.subject)).all() == ["open"]
        assert len(session.exec(select(NoticeDelivery)).all()) == 1


def test_what_was_made_of_a_suggestion_and_what_waits_stays(engine: Engine, tmp_path: Path) -> None:
    with writing(engine) as session:
        for state in ("new", "taken", "dismissed"):
            key = "bai" if state == "taken" else ""
            facts = {"dedupe_key": state, "title": state, "categories": [], "notes": [], "state": state}
            session.add(Suggestion(**facts, post_key=key, seen_at=LONG_AGO, updated_at=LONG_AGO))
    clear(engine, tmp_path)
    with reading(engine) as session:
        assert set(session.exec(select(Suggestion.state))) == {"new", "taken"}


# Holds -------------------------------------------------------------------------------------------------------


def answers(engine: Engine) -> tuple[House, list[Publication]]:
    """Two publications, each with figures of its own that came in one collection with its raw answer."""
    house = House(engine)
    made = [house.publication(), house.publication()]
    with writing(engine) as session:
        for one in made:
            collection = Collection(channel_id=one.channel_id, taken_at=LONG_AGO, payload=b"raw", payload_bytes=3)
            session.add(collection)
            session.flush()
            facts = {"metric": "views", "name": "views", "version": "1", "taken_at": LONG_AGO, "value": 1}
            session.add(Reading(channel_id=one.channel_id, publication_id=one.id, collection_id=collection.id, **facts))
    return house, made


def payloads(engine: Engine) -> list[bytes | None]:
    with reading(engine) as session:
        return list(session.exec(select(Collection.payload).order_by(Collection.id)))


def test_a_raw_answer_is_emptied_and_its_row_and_its_figures_stay(engine: Engine, tmp_path: Path) -> None:
    answers(engine)
    clear(engine, tmp_path)
    assert payloads(engine) == [None, None] and count(engine, Reading) == 2
    with reading(engine) as session:
        assert set(session.exec(select(Collection.payload_bytes))) == {3}


@pytest.mark.parametrize("scope", ["publication", "post", "campaign"])
def test_what_belongs_to_a_held_post_stays_until_the_hold_is_lifted(engine: Engine, tmp_path: Path, scope: str) -> None:
    _house, (first, _second) = answers(engine)
    with writing(engine) as session:
        facts = {"first": date(2026, 1, 1), "last": date(2026, 12, 31), "created_by": "Lan", "updated_at": NOW}
        session.add(campaign := Campaign(key="c", name="C", channels=[], targets={}, created_at=NOW, **facts))
        session.flush()
        session.add(CampaignPost(campaign_id=campaign.id or 0, post_id=first.post_id, added_by="Lan", added_at=NOW))
    subject = {"publication": str(first.id), "post": "bai-1", "campaign": "c"}[scope]
    number = hold(engine, Scope(scope), subject)
    told = {one.period.rule.kind: (one.count, one.kept_back) for one in due(engine, rules_of(tmp_path), now=NOW)}
    assert told["raw_answer"] == (1, 1)
    clear(engine, tmp_path)
    assert payloads(engine) == [b"raw", None]
    with writing(engine) as session:
        lift(session, number, reason="Đã kết luận", by="Sơn", now=NOW)
    clear(engine, tmp_path)
    assert payloads(engine) == [None, None]


def test_a_held_period_keeps_all_that_touches_it_to_the_minute(engine: Engine, tmp_path: Path) -> None:
    first = datetime(2025, 2, 28, 17, tzinfo=UTC)  # 1/3/2025 00:00 in Việt Nam
    last = datetime(2025, 3, 31, 16, 59, 59, tzinfo=UTC)
    second = timedelta(seconds=1)
    tries(engine, first - second, first, last, last + second)
    hold(engine, Scope.PERIOD, first=date(2025, 3, 1), last=date(2025, 3, 31))
    clear(engine, tmp_path)
    with reading(engine) as session:
        assert set(session.exec(select(SignInTry.at))) == {first, last}


def test_a_hold_on_everything_stops_the_clearing_of_rows_and_files(engine: Engine, tmp_path: Path) -> None:
    tries(engine, LONG_AGO)
    log = tmp_path / "logs" / "cchc-2013-01-01.log"
    log.parent.mkdir()
    log.write_text("x")
    hold(engine, Scope.EVERYTHING)
    assert clear(engine, tmp_path) == "Không có gì hết thời hạn."
    assert log.exists() and count(engine, SignInTry) == 1
    kept = {one.period.rule.kind: one.kept_back for one in due(engine, rules_of(tmp_path), now=NOW)}
    assert (kept["log"], kept["sign_in_try"]) == (1, 1)


def test_a_hold_needs_a_reason_and_something_that_is_there_and_is_lifted_once(engine: Engine) -> None:
    wrong: list[tuple[Scope, str, dict[str, Any]]] = [
        (Scope.POST, "khong-co", {}), (Scope.PUBLICATION, "9" * 30, {}), (Scope.PUBLICATION, "²", {}),
        (Scope.CAMPAIGN, "", {}), (Scope.PERIOD, "", {"first": date(2026, 2, 1), "last": date(2026, 1, 1)}),
        (Scope.EVERYTHING, "", {"reason": " "}), (Scope.EVERYTHING, "", {"reason": "x" * 2000}),
    ]  # fmt: skip
    for scope, subject, facts in wrong:
        with writing(engine) as session, pytest.raises(RecordsError):
            place(session, scope, subject, **{"reason": "r", "by": "Sơn", "now": NOW, **facts})
    number = hold(engine, Scope.EVERYTHING)
    with writing(engine) as session:
        lift(session, number, reason="xong", by="Sơn", now=NOW)
    for again in (number, 0, 2**40, -1):
        with writing(engine) as session, pytest.raises(RecordsError):
            lift(session, again, reason="xong", by="Sơn", now=NOW)
    with reading(engine) as session:
        [row] = holds(session)
    assert (row.lifted_by, row.lifted_words, row.reason) == ("Sơn", "xong", "Thanh tra")


# Files -------------------------------------------------------------------------------------------------------


def test_only_files_that_this_program_made_go_and_no_link_is_followed(engine: Engine, tmp_path: Path) -> None:
    outside = tmp_path / "cua-nguoi-khac"
    outside.mkdir()
    (outside / "quan-trong.txt").write_text("x")
    data = tmp_path / "data"
    gone = ["logs/cchc-2013-01-01.log", "logs/cchc-2013-01-01.2.log", "nhap-bang/1-1300000000-" + "a" * 32 + "/bang/x",
            "demo-20130101-000000-1/cchc.sqlite3"]  # fmt: skip
    stays = ["logs/cchc-2026-11-22.log", "logs/ghi-chu.log", "logs/cchc-2013-99-01.log", "cchc.sqlite3",
             "demo-20261122-000000-1/x", "demo-cua-toi/x", "nhap-bang/a/x", "assets/cchc-2013-01-01.log"]  # fmt: skip
    for name in (*gone, *stays):
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        (data / name).write_text("x")
    (data / "demo-20130101-000000-2").symlink_to(outside)
    (data / "logs" / "cchc-2013-01-02.log").symlink_to(outside / "quan-trong.txt")
    words = clear(engine, data)
    assert [name for name in gone if (data / name).exists()] == []
    assert [name for name in stays if not (data / name).exists()] == []
    assert (outside / "quan-trong.txt").exists() and "Nhật ký kỹ thuật trên đĩa: 2" in words
    assert len(acts(engine)) == 1 and "xóa tệp" in acts(engine)[0]


def test_under_a_hold_on_a_post_logs_and_proofs_stay_and_other_files_go(engine: Engine, tmp_path: Path) -> None:
    house = House(engine)
    kept = [tmp_path / "logs" / "cchc-2013-01-01.log", tmp_path / "proofs" / "kiem-chung-2013-01.zip"]
    gone = tmp_path / "nhap-bang" / ("1-1300000000-" + "a" * 32)
    gone.mkdir(parents=True)
    for one in kept:
        one.parent.mkdir()
        one.write_text("x")
        os.utime(one, (LONG_AGO.timestamp(), LONG_AGO.timestamp()))
    number = hold(engine, Scope.POST, house.post().key)
    clear(engine, tmp_path)
    assert all(one.exists() for one in kept) and not gone.exists()
    with writing(engine) as session:
        lift(session, number, reason="Đã kết luận", by="Sơn", now=NOW)
    clear(engine, tmp_path)
    assert not any(one.exists() for one in kept)


def test_days_are_for_a_hold_on_a_period_alone(engine: Engine) -> None:
    post = House(engine).post()
    with writing(engine) as session, pytest.raises(RecordsError, match="chỉ dùng để giữ một khoảng"):
        place(session, Scope.POST, post.key, first=date(2026, 1, 1), reason="Thanh tra", by="Sơn", now=NOW)


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_two_who_set_the_same_period_at_once_get_a_sentence(engine: Engine, tmp_path: Path) -> None:
    rules, failed = rules_of(tmp_path), list[Exception]()

    def other() -> None:
        try:
            with writing(engine) as session:
                set_period(session, rules, "notice", 60, by="Hà", now=NOW)
        except Exception as error:
            failed.append(error)

    with writing(engine) as session:
        set_period(session, rules, "notice", 90, by="Sơn", now=NOW)
        thread = threading.Thread(target=other)
        thread.start()
        asked = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        with engine.connect() as connection:
            for _ in range(10_000):
                if connection.execute(asked).scalar_one():
                    break
                connection.rollback()
    thread.join()
    assert [type(one) for one in failed] == [RecordsError]
