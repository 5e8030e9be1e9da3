"""Two who bring the same thing at once, where neither finds it: it is there once, and nobody is told of a database."""

from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from content.activities import create
from content.assets import keep_files
from content.documents import Documents, add_evidence, evidence_of_activities
from content.errors import ContentError
from content.library import LoadReport, ReadyPost, load_library, posts_by_key, prepare_library, write_library
from content.plan import load_plan
from content.sources import add_source, sources
from content.store import AssetFile, AssetStore
from content.suggestions import Recorded, record
from content.tables import Asset, PlanRecord, PortalSource, Post, Suggestion
from portal.values import Item
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


def two_posts(folder: Path) -> dict[str, ReadyPost]:
    """Posts a and b, read and drawn."""
    for key in "ab":
        shelf(folder, key=key)
    return {one.post.key: one for one in prepare_library(folder, plan(), AssetStore(folder / "store"), draw)}


def test_new_posts_that_two_bring_in_another_order_keep_nobody_waiting_for_the_other(
    engine: Engine, tmp_path: Path
) -> None:
    ready = two_posts(tmp_path)
    with writing(engine) as session:
        keep_files(session, [one.file for post in ready.values() for one in post.placed], NOW)

    def bring(session: Session, *keys: str) -> LoadReport:
        return write_library(session, [ready[key] for key in keys], NOW)

    def second() -> object:
        with writing(engine) as session:
            return bring(session, "b", "a")

    answer = while_uncommitted(engine, lambda session: bring(session, "a"), second, lambda session: bring(session, "b"))
    if engine.dialect.name == "postgresql":
        assert isinstance(answer, ContentError) and "hãy nạp lại" in answer.words
    with reading(engine) as session:
        assert {one.key for one in session.exec(select(Post))} == {"a", "b"}


def test_posts_that_two_lock_in_another_order_keep_nobody_waiting_for_the_other(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("content.library._CHUNK", 1)
    with writing(engine) as session:
        write_library(session, list(two_posts(tmp_path).values()), NOW)

    def second() -> object:
        with writing(engine) as session:
            return {*posts_by_key(session, ["b", "a"], locked=True)}

    answer = while_uncommitted(
        engine,
        lambda session: save(session, "a"),
        second,
        lambda session: save(session, "b"),
    )
    assert answer == {"a", "b"}


def save(session: Session, key: str) -> None:
    """As somebody does who saves the post at the desk."""
    [post] = posts_by_key(session, [key], locked=True).values()
    post.title += "."


def test_a_post_that_is_locked_is_as_it_is_now_and_not_as_it_was_looked_at_before(
    engine: Engine, tmp_path: Path
) -> None:
    ready = two_posts(tmp_path)
    with writing(engine) as session:
        write_library(session, list(ready.values()), NOW)

    def second() -> object:
        with writing(engine) as session:
            before = posts_by_key(session, ["a"])["a"]
            return before.title, posts_by_key(session, ["a"], locked=True)["a"].title

    answer = while_uncommitted(engine, lambda session: save(session, "a"), second)
    assert isinstance(answer, tuple) and answer[1].endswith(".")


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


def test_a_feed_that_takes_another_ones_article_over_at_that_moment_is_only_read_again(engine: Engine) -> None:
    with writing(engine) as session:
        session.add_all([a_source("mot"), a_source("hai")])

    def read(session: Session, key: str, *items: Item) -> Recorded:
        source = session.exec(select(PortalSource).where(PortalSource.key == key)).one()
        return record(session, source, told(*items), NOW)

    with writing(engine) as session:
        read(session, "hai", item(1, key="old"))

    def second() -> object:
        with writing(engine) as session:
            return read(session, "hai", item(1, key="new"), item(2))

    answer = while_uncommitted(engine, lambda session: read(session, "mot", item(9, key="new")), second)
    if engine.dialect.name == "postgresql":
        assert isinstance(answer, IntegrityError), "which the intake answers by another reading"
        answer = second()
    assert isinstance(answer, Recorded) and (answer.new, answer.same) == (1, 1)


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
