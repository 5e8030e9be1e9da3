"""Suggestions as the desk lists them, page by page, and a draft of the desk made of one."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

import content.suggestions
from content.editorial import content_hash
from content.errors import ContentError
from content.store import AssetStore
from content.suggestions import DISMISSED, NEW, TAKEN, counts, dismiss, page_of, record
from content.tables import Asset, Editorial, Post, PostAsset, PostRevision, Review, Suggestion
from content.takeup import ALT_TO_FILL, TEXT_TO_FILL, Choice, stored_picture, take
from scheduler.db import writing
from tests.conftest import LAN, MINH, NOW
from tests.content.portal_case import a_source, item, told
from tests.content.shelf import plan, png

CHOICE = Choice(("facebook", "zalo"))


def fill(session: Session, count: int, **facts: str) -> None:
    """So many suggestions of a feed, one a minute, then one that was pasted."""
    source = a_source(**facts)
    session.add(source)
    session.flush()
    for number in range(count):
        record(session, source, told(item(number)), NOW + timedelta(minutes=number))
    record(
        session, None, told(item(9_999, title="Bài dán vào", link="https://khac.example/1")), NOW - timedelta(days=1)
    )


def walked(session: Session, state: str = NEW, **how: Any) -> list[int]:
    """Every number, page by page."""
    found: list[int] = []
    after: int | None = None
    for _ in range(100):
        page = page_of(session, state, after=after, limit=7, **how)
        found += [row.id or 0 for row in page.rows]
        if page.after is None:
            return found
        after = page.after
    raise AssertionError("the list does not end")


def test_every_suggestion_stands_on_one_page_newest_first(session: Session) -> None:
    fill(session, 23)
    assert walked(session) == [*range(23, 0, -1), 24]
    assert page_of(session, NEW, after=10**9).rows[0].id == 23, "a number that is not there begins from the newest"
    assert counts(session) == {NEW: 24, TAKEN: 0, DISMISSED: 0}


def test_source_topic_and_words_narrow_it(session: Session) -> None:
    fill(session, 5, topic="d")
    assert walked(session, source_id=1) == [5, 4, 3, 2, 1] and walked(session, source_id=0) == [6]
    assert walked(session, topic="d") == [5, 4, 3, 2, 1] and walked(session, topic="e") == []
    assert walked(session, search="dot 3") == [4] and walked(session, search="BÀI DAN vao") == [6]
    assert walked(session, search="lich tiep nhan", source_id=0) == [6], "the summary is searched, too"
    assert walked(session, search="không có ở đâu") == []


def test_what_was_decided_stands_elsewhere(session: Session) -> None:
    fill(session, 2)
    dismiss(session, 1, by=LAN, reason="trùng", now=NOW)
    assert walked(session) == [2, 3] and walked(session, DISMISSED) == [1]
    assert counts(session) == {NEW: 2, TAKEN: 0, DISMISSED: 1}


def test_one_page_looks_at_a_bounded_number_and_says_when_it_stopped(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(content.suggestions, "LOOKED_AT", 10)
    fill(session, 25)
    page = page_of(session, NEW, search="đợt 2", limit=30)
    assert page.searched_on and page.after == 16, "older ones were not looked at"
    assert [row.id for row in page.rows] == [25, 24, 23, 22, 21], "20 to 24"
    assert walked(session, search="đợt 2") == [25, 24, 23, 22, 21, 3]


# A draft of the desk -------------------------------------------------------------------------------------


def made(engine: Engine, number: int = 1, **how: Any) -> Post:
    choice = how.pop("choice", CHOICE)
    with writing(engine) as session:
        return take(session, number, plan(), choice, by=LAN, now=NOW, picture=None, **how)


def test_it_becomes_a_draft_that_the_desk_may_edit(engine: Engine) -> None:
    with writing(engine) as session:
        fill(session, 1, topic="d")
    post = made(engine)
    assert (post.state, post.author, post.file, post.topic, post.evergreen) == (Editorial.DRAFT, LAN, "", "d", False)
    assert post.form == "lien_ket" and post.source_url.endswith("bai-0.htm") and post.platforms == ["facebook", "zalo"]
    assert post.body.startswith("Lịch tiếp nhận hồ sơ") and "\n\nNguồn: Cổng Thông tin điện tử" in post.body
    with writing(engine) as session:
        row = session.get_one(Suggestion, 1)
        assert (row.state, row.post_key, row.decided_by) == (TAKEN, post.key, LAN)
        assert [one.action for one in session.exec(select(Review))] == ["created"]
        assert [one.content_hash for one in session.exec(select(PostRevision))] == [content_hash(post, [])]


def test_what_somebody_else_took_is_refused_and_nothing_is_written(engine: Engine) -> None:
    with writing(engine) as session:
        fill(session, 1, topic="d")
    made(engine)
    with pytest.raises(ContentError, match=f"đã được lấy bởi {LAN}"):
        made(engine)
    with writing(engine) as session:
        dismiss(session, 2, by=MINH, reason="cũ", now=NOW)
    with pytest.raises(ContentError, match=f"đã được bỏ qua bởi {MINH}"):
        made(engine, 2, choice=Choice(("facebook",), "d"))
    with writing(engine) as session:
        assert len(session.exec(select(Post)).all()) == 1


def test_a_choice_that_does_not_fit_leaves_the_suggestion_open(engine: Engine) -> None:
    with writing(engine) as session:
        fill(session, 1, topic="")
    for choice, field in (
        (Choice(("facebook",)), "topic"),
        (Choice(("facebook",), "z"), "topic"),
        (Choice((), "d"), "platforms"),
    ):
        with pytest.raises(ContentError, match=f"^{field}: "):
            made(engine, choice=choice)
    with writing(engine) as session:
        assert session.get_one(Suggestion, 1).state == NEW and session.exec(select(Post)).all() == []


def test_its_key_is_one_that_nothing_has(engine: Engine) -> None:
    same = "Bộ phận Một cửa"
    with writing(engine) as session:
        source = a_source(topic="d")
        session.add(source)
        session.flush()
        record(session, source, told(item(1, title=same), item(2, title=same), item(3, title="🎉")), NOW)
    keys = [made(engine, number).key for number in (1, 2, 3)]
    assert keys == ["d-bo-phan-mot-cua", "d-bo-phan-mot-cua-2", "d-de-xuat-3"]


def test_its_picture_is_a_cover_whose_words_a_person_writes(engine: Engine, tmp_path: Path) -> None:
    store = AssetStore(tmp_path)
    file = stored_picture(store, png(), "anh.png")
    with writing(engine) as session:
        fill(session, 1, topic="d")
        session.flush()
        take(session, 1, plan(), CHOICE, by=LAN, now=NOW, picture=file)
    with writing(engine) as session:
        [use] = session.exec(select(PostAsset))
        assert (use.sha256, use.role, use.alt, use.drawn) == (file.sha256, "cover", ALT_TO_FILL, {})
        assert session.get_one(Asset, file.sha256).size == file.size


def test_an_article_without_words_asks_for_them(engine: Engine) -> None:
    with writing(engine) as session:
        record(session, None, told(item(1, summary="", link=None, key="k")), NOW, topic="d")
    post = made(engine)
    assert post.body.startswith(TEXT_TO_FILL) and post.form == "van_ban"
