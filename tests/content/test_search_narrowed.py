"""What narrows a search: facts of the posts themselves, whose they are, and lists that others ask for."""

from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session, col, select

from cli.database import migrate
from content.search import search
from content.tables import Post, PostSearch
from scheduler.db import reading, writing
from tests.content.test_search import _down, post

SHELF: tuple[dict[str, Any], ...] = (
    {"agency": "snv", "author": "Tú", "platforms": ["facebook", "zalo"]},
    {"agency": "snv", "author": "Lan", "platforms": ["zalo"], "sensitive": True},
    {"agency": "stc", "author": "Tú", "platforms": ["zalo_khac"], "evergreen": False},
    {"author": "Lan", "state": "approved"},
)


@pytest.fixture
def shelf(engine: Engine) -> Engine:
    with writing(engine) as session:
        for number, facts in enumerate(SHELF):
            session.add(post(f"d-{number}", f"Giấy hẹn số {number}", **facts))
    return engine


def numbers(engine: Engine, words: str = "giay hen", **facts: Any) -> list[int]:
    """Which posts are found; the number that is told agrees, and no words at all find the same."""
    with reading(engine) as session:
        found, listed = search(session, words, **facts), search(session, "", **facts)
    assert found.total == len(found.posts) == listed.total and found.posts == listed.posts
    return [int(one.key[2:]) for one in found.posts]


def test_every_fact_narrows_and_all_of_them_together(shelf: Engine) -> None:
    assert numbers(shelf, agency="snv") == [0, 1]
    assert numbers(shelf, agency="") == [3]
    assert numbers(shelf, sensitive=True) == [1] and numbers(shelf, sensitive=False) == [0, 2, 3]
    assert numbers(shelf, evergreen=False) == [2] and numbers(shelf, evergreen=True) == [0, 1, 3]
    assert numbers(shelf, agency="snv", sensitive=True, state="draft", platform="zalo") == [1]
    assert numbers(shelf, agency=None, platform=None, theirs=None, among=None, beyond=None) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("platform", "found"), [("zalo", [0, 1]), ("facebook", [0]), ("zalo_", []), ("%", []), ('"', []), ("al", [])]
)
def test_a_platform_is_found_by_its_whole_name_only(shelf: Engine, platform: str, found: list[int]) -> None:
    assert numbers(shelf, platform=platform) == found


def test_whoever_may_see_only_their_own_finds_only_these(shelf: Engine) -> None:
    assert numbers(shelf, theirs=("Tú", "snv")) == [0, 1, 2], "written by them, or proposed by their agency"
    assert numbers(shelf, theirs=("Tú", "")) == [0, 2], "no agency is no key to the office's own posts"
    assert numbers(shelf, theirs=("", "")) == [] and numbers(shelf, theirs=("' OR 1=1", "")) == []


def test_others_may_name_the_posts_that_are_wanted_or_not(shelf: Engine) -> None:
    two = select(Post.id).where(col(Post.key).in_(["d-1", "d-2"]))
    assert numbers(shelf, among=two) == [1, 2]
    assert numbers(shelf, beyond=two) == [0, 3]
    assert numbers(shelf, among=two, beyond=select(Post.id).where(Post.key == "d-1")) == [2]


def test_a_change_is_found_whoever_writes_it(shelf: Engine) -> None:
    with writing(shelf) as session:
        row = session.exec(select(Post).where(Post.key == "d-0")).one()
        row.sensitive, row.platforms = True, ["youtube"]
        session.add(row)
    with shelf.begin() as connection:
        connection.execute(text("UPDATE post SET agency = 'syt', author = 'Hà', evergreen = false WHERE key = 'd-0'"))
    assert numbers(shelf, agency="syt", sensitive=True, evergreen=False, platform="youtube", theirs=("Hà", "")) == [0]
    assert numbers(shelf, platform="facebook") == []


def test_an_upgrade_learns_it_of_the_posts_that_are_there_and_a_downgrade_forgets_it(shelf: Engine) -> None:
    _down(shelf, "0006")
    with shelf.begin() as connection:
        connection.execute(text("UPDATE post SET title_order = title_order, topic = 'e' WHERE key = 'd-3'"))
        assert connection.execute(text("SELECT count(*) FROM post_search WHERE topic = 'e'")).scalar_one() == 1
    migrate(shelf, "head")
    assert numbers(shelf, agency="snv", sensitive=True, platform="zalo") == [1]
    assert numbers(shelf, topic="e") == [3]
    with writing(shelf) as session:
        session.add(post("d-4", "Giấy hẹn mới", agency="snv"))
    assert numbers(shelf, agency="snv", sensitive=False) == [4, 0], "in Vietnamese order"


def test_the_narrow_rows_say_what_the_posts_say(shelf: Engine) -> None:
    with Session(shelf) as session:
        for row, found in session.exec(select(Post, PostSearch).where(col(Post.id) == PostSearch.post_id)):
            for name in ("topic", "form", "state", "agency", "author", "sensitive", "evergreen"):
                assert getattr(row, name) == getattr(found, name), name
