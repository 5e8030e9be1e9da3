"""One row for one event, however often and by however many it is seen."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import Engine
from sqlmodel import Session, select

from scheduler.calendar_tables import Notice
from scheduler.db import reading, writing
from scheduler.notices import (
    COMES_BACK,
    KINDS,
    Finding,
    Grade,
    Kind,
    clear,
    count_alarms,
    keep_up,
    open_notices,
    raise_notice,
)
from tests.conftest import NOW

MINUTE = timedelta(minutes=1)


def found(subject: str, grade: Grade = Grade.ALARM, words: str = "Kênh đang dừng.") -> Finding:
    return Finding(Kind.CHANNEL_STOPPED, subject, grade, words, "/kenh/a")


def rows(engine: Engine) -> list[Notice]:
    with reading(engine) as session:
        return list(session.exec(select(Notice).order_by(Notice.id)))  # type: ignore[arg-type]  # a column


def look(engine: Engine, *findings: Finding, after: timedelta = timedelta()) -> tuple[int, int]:
    with writing(engine) as session:
        return keep_up(session, findings, Kind, now=NOW + after)


def test_the_same_event_is_one_row_and_remembers_when_it_was_seen_last(engine: Engine) -> None:
    assert look(engine, found("a")) == (1, 0)
    assert look(engine, found("a"), after=30 * MINUTE) == (0, 0)
    (row,) = rows(engine)
    assert (row.raised_at, row.seen_at, row.cleared_at) == (NOW, NOW + 30 * MINUTE, None)


def test_a_notice_clears_itself_when_its_cause_is_gone(engine: Engine) -> None:
    look(engine, found("a"), found("b"))
    assert look(engine, found("b"), after=MINUTE) == (0, 1)
    assert [one.cleared_at for one in rows(engine)] == [NOW + MINUTE, None]


def test_what_flickers_is_one_event_and_what_comes_back_later_is_a_new_one(engine: Engine) -> None:
    look(engine, found("a"))
    look(engine, after=MINUTE)
    look(engine, found("a"), after=10 * MINUTE)
    assert len(rows(engine)) == 1
    for turn in (1, 2, 3):
        at = turn * 3 * COMES_BACK
        look(engine, after=at)
        look(engine, found("a"), after=at + 2 * COMES_BACK)
    assert [one.subject for one in rows(engine)] == ["a", "a#2", "a#3", "a#4"]
    with reading(engine) as session:
        assert [one.subject for one in open_notices(session)] == ["a#4"]


def test_words_that_change_are_the_same_event(engine: Engine) -> None:
    look(engine, found("a", words="Còn 3 mục."))
    look(engine, found("a", words="Còn 4 mục."), after=MINUTE)
    (row,) = rows(engine)
    assert row.words == "Còn 4 mục." and row.raised_at == NOW


def test_six_clocks_that_find_it_at_once_make_one_row(engine: Engine) -> None:
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: look(engine, found("a"), found("b")), range(6)))
    assert [one.subject for one in rows(engine)] == ["a", "b"]


def test_who_raises_a_notice_of_another_kind_clears_it_too(engine: Engine) -> None:
    with writing(engine) as session:
        raise_notice(session, "campaign", "campaign:1", "warning", "Chiến dịch chậm.", "/chien-dich/1", now=NOW)
    look(engine)
    assert rows(engine)[0].cleared_at is None
    with writing(engine) as session:
        assert clear(session, ["campaign:1"], now=NOW + MINUTE) == 1


def test_alarms_come_first_and_are_counted(session: Session) -> None:
    for place, grade in enumerate((Grade.NEWS, Grade.ALARM, Grade.WARNING, Grade.ALARM)):
        raise_notice(session, Kind.LATE, f"{place}", grade, "Lời.", now=NOW + place * MINUTE)
    assert [one.subject for one in open_notices(session)] == ["3", "1", "2", "0"]
    assert count_alarms(session) == 2


def test_every_kind_has_its_word_for_staff() -> None:
    assert set(KINDS) == set(Kind) and all(KINDS.values())
