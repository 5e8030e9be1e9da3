"""Two who bring the same thing at once, where neither finds it: it is there once, and nobody is told of a database."""

from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session, select

from content.activities import create
from content.assets import keep_files
from content.documents import Documents, add_evidence, evidence_of_activities
from content.errors import ContentError
from content.library import LoadReport, load_library
from content.plan import load_plan
from content.sources import add_source, sources
from content.store import AssetFile, AssetStore
from content.suggestions import Recorded, record
from content.tables import Asset, PlanRecord, PortalSource, Post, Suggestion
from scheduler.db import reading, writing
from tests.conftest import LAN, NOW
from tests.content.portal_case import ADDRESS, a_source, item, told
from tests.content.shelf import draw, plan, png, shelf
from tests.content.test_activities import TALK
from tests.together import while_uncommitted


def test_a_plan_that_two_load_at_once_is_there_once_and_in_force(engine: Engine) -> None:
    def second() -> object:
        with writing(engine) as session:
            return load_plan(session, plan(), NOW).active

    assert while_uncommitted(engine, lambda session: load_plan(session, plan(), NOW), second) is True
    with reading(engine) as session:
        assert [(row.code, row.active) for row in session.exec(select(PlanRecord))] == [(plan().code, True)]


def test_of_two_who_load_the_same_new_posts_at_once_the_second_is_told(engine: Engine, tmp_path: Path) -> None:
    shelf(tmp_path)

    def load(session: Session) -> LoadReport:
        return load_library(session, tmp_path, plan(), AssetStore(tmp_path / "store"), NOW, draw)

    def second() -> object:
        with writing(engine) as session:
            return load(session)

    answer = while_uncommitted(engine, load, second)
    if engine.dialect.name == "postgresql":
        assert isinstance(answer, ContentError) and "hãy nạp lại" in answer.words
        answer = second()
    assert isinstance(answer, LoadReport) and answer.same == ["d-giay-hen"]
    with reading(engine) as session:
        assert len(session.exec(select(Post)).all()) == 1


def test_files_that_two_bring_in_another_order_keep_nobody_waiting_for_the_other(engine: Engine) -> None:
    a, b = (AssetFile(letter * 64, "image/png", 10, 40, 50, name=f"{letter}.png") for letter in "ab")

    def second() -> object:
        with writing(engine) as session:
            return keep_files(session, [b, a], NOW)

    answer = while_uncommitted(
        engine,
        lambda session: keep_files(session, [a], NOW),
        second,
        lambda session: keep_files(session, [b], NOW),
    )
    assert answer == {a.sha256: False, b.sha256: False}
    with reading(engine) as session:
        assert len(session.exec(select(Asset)).all()) == 2


def test_of_two_who_add_the_same_feed_at_once_the_second_is_told(engine: Engine) -> None:
    def add(session: Session) -> PortalSource:
        return add_source(session, plan(), key="cong-cchc", address=ADDRESS, now=NOW)

    def second() -> object:
        with writing(engine) as session:
            return add(session)

    answer = while_uncommitted(engine, add, second)
    assert isinstance(answer, ContentError) and answer.words.startswith("key: ")
    with reading(engine) as session:
        assert [one.key for one in sources(session)] == ["cong-cchc"]


def test_an_article_that_two_feeds_tell_at_once_is_suggested_once(engine: Engine) -> None:
    with writing(engine) as session:
        session.add_all([a_source("mot"), a_source("hai")])

    def read(session: Session, key: str, *numbers: int) -> Recorded:
        source = session.exec(select(PortalSource).where(PortalSource.key == key)).one()
        return record(session, source, told(*map(item, numbers)), NOW)

    def second() -> object:
        with writing(engine) as session:
            return read(session, "hai", 1, 2, 3)

    answer = while_uncommitted(engine, lambda session: read(session, "mot", 2), second)
    assert isinstance(answer, Recorded) and (answer.new, answer.same) == (2, 1)
    with reading(engine) as session:
        assert len(session.exec(select(Suggestion)).all()) == 3


def test_a_file_handed_in_twice_at_once_is_evidence_once(engine: Engine, tmp_path: Path) -> None:
    with (tmp_path / "a.png").open("w+b") as file:
        file.write(png())
        file.seek(0)
        kept = Documents(tmp_path / "evidence").put(file, "a.png")
    with writing(engine) as session:
        load_plan(session, plan(), NOW)
        subject = create(session, TALK, by=LAN, now=NOW).row

    def second() -> object:
        with writing(engine) as session:
            return add_evidence(session, kept, subject, by=LAN, now=NOW).id

    answer = while_uncommitted(engine, lambda session: add_evidence(session, kept, subject, by=LAN, now=NOW), second)
    with reading(engine) as session:
        assert [one.id for one in evidence_of_activities(session, [subject.id])] == [answer]
