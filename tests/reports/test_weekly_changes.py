"""A later cut-off is a summary beside the first and tells what moved; a person writes over words, never figures."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from reports.changes import changes
from reports.edits import MOST, EditConflict, of_row, rewrite
from reports.periods import ReportError, week_named
from reports.portal import LagLine, PortalLag
from reports.summary import WeeklySummary
from reports.tables import Summary
from reports.weekly import make_weekly
from scheduler.lifecycle import Event, State
from tests.reports.campaign import CUTOFF, Campaign, at, ordinary_week

WEEK = week_named("2026-W48")
LATER = at(2, month=12)
OWN = ("Tuần này đăng đều.", "", "")


@pytest.fixture
def campaign(session: Session) -> Campaign:
    return Campaign(session)


def made(engine: Engine, folder: Path, cutoff: datetime = CUTOFF) -> WeeklySummary:
    return make_weekly(engine, WEEK.period, LATER, folder, cutoff).summary


def stored(engine: Engine) -> list[Summary]:
    with Session(engine) as session:
        return list(session.exec(select(Summary).order_by(col(Summary.cutoff_at).desc())))


def test_a_later_cut_off_is_stored_beside_the_first_and_tells_what_moved(
    engine: Engine, campaign: Campaign, tmp_path: Path
) -> None:
    campaign.plan(d=1)
    page = campaign.channel()
    first, second = campaign.published(page, at(24), campaign.post("Bài một")), campaign.published(page, at(25))
    campaign.read(page, first, at(26), reach=100, reactions=10)
    campaign.read(page, second, at(26), reach=50, reactions=4)
    campaign.read(page, None, at(29), followers=1_000)
    campaign.session.commit()
    before = made(engine, tmp_path)
    # what came in late: a reading of Sunday, a follower correction of Sunday, and a post taken down on Tuesday
    campaign.read(page, first, at(29), reach=130, reactions=12)
    campaign.read(page, None, at(29, 20), followers=990)
    campaign.event(second, Event.WITHDRAWN, at(1, month=12), State.WITHDRAWN, "Sai số liệu")
    campaign.take_down(second)
    campaign.session.commit()
    after = made(engine, tmp_path, LATER)
    told = {change.place: (change.before, change.after) for change in changes(before, after)}
    assert told == {
        "channel/facebook-1/withdrawn": ("0", "1"),
        "channel/facebook-1/reach": ("150", "180"),
        "channel/facebook-1/engagement": ("14", "16"),
        "channel/facebook-1/reactions": ("14", "16"),
        "channel/facebook-1/rate": ("9,33%", "8,89%"),
        "channel/facebook-1/followers": ("1.000", "990"),
        f"top/{first}/engagement": ("10", "12"),
        f"top/{first}/base": ("100", "130"),
        f"top/{second}/withdrawn": ("đang hiển thị", "đã gỡ"),
        "notes": ("-", "Facebook: 1 bài đăng trong tuần đã gỡ, vẫn tính trong số bài đăng."),
    }
    assert next(iter(changes(before, after))).words == "Facebook: số bài đã gỡ"
    rows = stored(engine)
    assert [of_row(row) for row in rows] == [after, before]


def test_a_minimum_of_the_year_and_the_way_from_the_portal_are_compared_too(
    engine: Engine, session: Session, tmp_path: Path
) -> None:
    ordinary_week(session)
    before = made(engine, tmp_path)
    line = before.coverage[0].model_copy(update={"year_minimum": 99, "last_week": 7})
    total = LagLine(name="Tất cả", suggested=3, shared=2, measured=2, median_minutes=95, p90_minutes=100)
    after = before.model_copy(
        update={"coverage": (line, *before.coverage[1:]), "portal": PortalLag(total=total, sources=())}
    )
    told = {change.place: (change.before, change.after) for change in changes(before, after)}
    assert told == {
        "topic/a/last_week": (f"{before.coverage[0].last_week} lượt đăng", "7 lượt đăng"),
        "topic/a/year_minimum": (f"{before.coverage[0].year_minimum} lượt đăng", "99 lượt đăng"),
        "portal/suggested": ("-", "3"),
        "portal/shared": ("-", "2"),
        "portal/median_minutes": ("-", "95"),
        "portal/p90_minutes": ("-", "100"),
    }


def test_nothing_moved_is_no_change_and_two_weeks_are_never_compared(
    engine: Engine, session: Session, tmp_path: Path
) -> None:
    ordinary_week(session)
    first = made(engine, tmp_path)
    assert changes(first, made(engine, tmp_path, CUTOFF + timedelta(hours=1))) == ()
    other = make_weekly(engine, "2026-W47", LATER, tmp_path).summary
    with pytest.raises(ValueError, match="not one week"):
        changes(first, other)


def test_a_summary_from_before_keeps_its_unit_and_is_told_in_its_own_words(
    engine: Engine, session: Session, tmp_path: Path
) -> None:
    ordinary_week(session)
    now = made(engine, tmp_path)
    data = now.model_dump(mode="json")
    for line in data["coverage"]:
        del line["unit"], line["year_minimum"]
        line["this_week"] = min(line["this_week"], 1)
    for gone in ("breaks", "by_hand", "edited"):
        del data[gone]
    old = WeeklySummary.model_validate(data)
    assert {line.unit_words for line in old.coverage} == {"bài"}
    assert ("topic/a/this_week", "1 bài", "2 lượt đăng") in [
        (change.place, change.before, change.after) for change in changes(old, now)
    ]


def test_a_person_s_words_lie_over_the_sentences_and_never_over_the_figures(
    engine: Engine, session: Session, tmp_path: Path
) -> None:
    ordinary_week(session)
    first = made(engine, tmp_path)
    [row] = stored(engine)
    with Session(engine) as writer:
        shown = rewrite(writer, row.id or 0, ("  Tuần   này\nđăng đều. ", "", ""), seen=None, by="Lan", now=LATER)
        writer.commit()
    assert shown.lead == ("Tuần này đăng đều.", *first.sentences[1:])
    assert shown.edited is not None
    assert (shown.edited.by, shown.edited.at) == ("Lan", LATER)
    assert shown.sentences == first.sentences
    assert shown.model_copy(update={"edited": None}) == first
    [after] = stored(engine)
    assert (after.data, after.cutoff_at) == (row.data, row.cutoff_at)
    # made again: the same figures, with her words
    assert made(engine, tmp_path) == shown
    with Session(engine) as session:
        assert session.exec(select(func.count()).select_from(Summary)).one() == 1


def test_the_generated_words_can_be_had_again(engine: Engine, session: Session, tmp_path: Path) -> None:
    ordinary_week(session)
    first = made(engine, tmp_path)
    [row] = stored(engine)
    with Session(engine) as writer:
        rewrite(writer, row.id or 0, OWN, seen=None, by="Lan", now=LATER)
        own = rewrite(writer, row.id or 0, first.sentences, seen=LATER, by="Minh", now=LATER)
        writer.commit()
    assert own == first
    [after] = stored(engine)
    assert (after.texts, after.edited_by) == ({}, "Minh")


def test_who_did_not_see_the_last_words_does_not_write_over_them(
    engine: Engine, session: Session, tmp_path: Path
) -> None:
    ordinary_week(session)
    made(engine, tmp_path)
    [row] = stored(engine)
    with Session(engine) as lan, Session(engine) as minh:
        rewrite(lan, row.id or 0, OWN, seen=None, by="Lan", now=LATER)
        lan.commit()
        with pytest.raises(EditConflict, match="Người khác vừa sửa"):
            rewrite(minh, row.id or 0, ("Của Minh.", "", ""), seen=None, by="Minh", now=LATER)
        # a second edit in the same moment is a later one
        rewrite(minh, row.id or 0, ("Của Minh.", "", ""), seen=LATER, by="Minh", now=LATER)
        minh.commit()
        with pytest.raises(EditConflict):
            rewrite(lan, row.id or 0, OWN, seen=LATER, by="Lan", now=LATER)
    [after] = stored(engine)
    assert (after.texts, after.edited_by) == ({"sentence-1": "Của Minh."}, "Minh")


@pytest.mark.parametrize(
    ("sentences", "words"),
    [
        (("a" * (MOST + 1), "", ""), f"Câu 1 dài {MOST + 1} ký tự"),
        (("", ""), "đúng ba câu"),
    ],
)
def test_words_that_cannot_stand_are_refused_in_one_sentence(
    engine: Engine, session: Session, tmp_path: Path, sentences: tuple[str, ...], words: str
) -> None:
    ordinary_week(session)
    made(engine, tmp_path)
    [row] = stored(engine)
    with Session(engine) as writer, pytest.raises(ReportError, match=words):
        rewrite(writer, row.id or 0, sentences, seen=None, by="Lan", now=LATER)
    with Session(engine) as writer, pytest.raises(ReportError, match="Không có bản tổng hợp này"):
        rewrite(writer, 404, OWN, seen=None, by="Lan", now=LATER)
