"""Posts are found by what staff type, and by nothing else; the index is in step with whoever writes."""

import unicodedata
from collections.abc import Iterator
from typing import Any

import pytest
from alembic import command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlmodel import Session, select

from cli.database import _config, migrate
from content.search import Found, search
from content.searchwords import LONGEST_KEY, order_key
from content.tables import Post, PostSearch
from content.vietnamese import collation_key
from scheduler.db import reading, writing
from tests.conftest import NOW
from tests.records.unguarded import unguarded

SHELF = {
    "a-sau": ("Sáu nội dung cải cách hành chính", "Theo Nghị quyết số 76/NQ-CP, sáu việc phải làm đến năm 2030."),
    "d-hen": ("Giấy hẹn trả kết quả", "Giữ giấy hẹn, theo dõi hồ sơ; Nghị định số 118/2025/NĐ-CP quy định."),
    "dd-an": ("Đề án 06 quanh chiếc căn cước", "Uỷ ban nhân dân tỉnh mời bà con đến Bộ phận Một cửa."),
    "e-so": ("Chính phủ số, kinh tế số", "Cải cách hành chính và chuyển đổi số, kèm một tờ giấy mời."),
    "k-ao": ("Ánh sáng cho trang giả mạo", "Không bấm đường dẫn lạ; hẹn gặp ở bài sau, số 118, năm 2025."),
}
HASHTAGS = {"a-sau": ["#CCHC"], "e-so": ["#ChuyenDoiSo"]}


def post(key: str, title: str, body: str = "", **facts: Any) -> Post:
    values: dict[str, Any] = {
        "topic": {"dd-an": "đ"}.get(key, key[0]),
        "form": "van_ban",
        "source": "Cổng Thông tin điện tử của tỉnh",
        "variants": {},
        **{name: [] for name in ("audiences", "legal_refs", "hashtags", "platforms")},
        **facts,
    }
    return Post(key=key, title=title, body=body, content_hash="", created_at=NOW, updated_at=NOW, **values)


@pytest.fixture
def shelf(engine: Engine) -> Engine:
    with writing(engine) as session:
        for key, (title, body) in SHELF.items():
            session.add(post(key, title, body, hashtags=HASHTAGS.get(key, [])))
    return engine


def find(engine: Engine, words: str, **facts: Any) -> list[str]:
    """The keys that are found, in their order."""
    with reading(engine) as session:
        found = search(session, words, **facts)
    assert found.total == len(found.posts) or facts.keys() & {"limit", "offset"}
    return [one.key for one in found.posts]


@pytest.mark.parametrize(
    ("words", "keys"),
    [
        ("cai cach", ["a-sau", "e-so"]),
        ("CẢI CÁCH", ["a-sau", "e-so"]),
        ("Đề án", ["dd-an"]),
        ("de an", ["dd-an"]),
        ("đề an", ["dd-an"]),
        ("ủy ban", ["dd-an"]),
        ("uỷ ban", ["dd-an"]),
        (unicodedata.normalize("NFD", "căn cước"), ["dd-an"]),
        ("can\u200b cuoc", ["dd-an"]),
    ],
)
def test_without_marks_finds_with_marks_and_the_other_way_round(shelf: Engine, words: str, keys: list[str]) -> None:
    assert find(shelf, words) == keys


def test_words_are_found_in_any_order_wherever_they_stand(shelf: Engine) -> None:
    assert find(shelf, "hanh sau chinh") == ["a-sau"]
    assert find(shelf, "ket ho qua so giay") == ["d-hen"], "some in the title, some in the text"
    assert find(shelf, "giay cuoc") == [], "all of them"


def test_the_last_word_may_be_half_typed_and_only_that(shelf: Engine) -> None:
    assert find(shelf, "chuyen doi s") == find(shelf, "chuy") == ["e-so"]
    assert find(shelf, "chuy doi") == []
    assert find(shelf, "chuy ") == [], "a space ends it"
    assert find(shelf, '"chuy"') == [], "and so does a quotation mark"
    assert find(shelf, '"chuyen do') == ["e-so"], "a phrase may be half typed too"


@pytest.mark.parametrize("phrase", ['"giấy hẹn"', "“giay hen”", "«Giấy hẹn»"])
def test_a_quoted_phrase_stays_together(shelf: Engine, phrase: str) -> None:
    assert find(shelf, "giay hen") == ["d-hen"]
    assert find(shelf, "giay moi") == ["e-so"]
    assert find(shelf, phrase) == ["d-hen"]
    assert find(shelf, '"giay ket"') == find(shelf, '"hen giay"') == []
    assert find(shelf, f"{phrase} ho so") == ["d-hen"]


def test_a_documents_number_is_found_whole(shelf: Engine) -> None:
    assert find(shelf, "76/NQ-CP") == find(shelf, "76/nq-cp") == ["a-sau"]
    assert find(shelf, "118/2025/NĐ-CP") == find(shelf, "118/2025/nd-cp") == find(shelf, "118/2025") == ["d-hen"]
    assert find(shelf, "6/NQ-CP") == find(shelf, "18/2025/NĐ-CP") == find(shelf, "118/NQ-CP") == []


def test_a_number_that_stands_only_among_the_references_is_found(engine: Engine) -> None:
    with writing(engine) as session:
        session.add(post("a-can-cu", "Căn cứ", legal_refs=["23/CT-TTg"]))
    assert find(engine, "23/CT-TTg") == ["a-can-cu"]


def test_hashtags_keys_and_the_words_for_one_platform_are_found(shelf: Engine) -> None:
    with writing(shelf) as session:
        session.add(post("l-rieng", "Bài", variants={"x": {"text": "Mưa lũ", "options": {"a": "bí mật"}}, "y": {}}))
    assert find(shelf, "#CCHC") == find(shelf, "cchc") == ["a-sau"]
    assert find(shelf, "#chuyendoiso") == ["e-so"]
    assert find(shelf, "dd-an") == ["dd-an"]
    assert find(shelf, "mua lu") == ["l-rieng"]
    assert find(shelf, "bi mat") == [], "options are no words"


@pytest.mark.parametrize(
    ("words", "keys"),
    [
        *((words, ["d-hen", "k-ao"]) for words in ("hen*", "*hen", "(hen", "hen)", "!hen", "hen:*", "^hen", "hen\\",
                                                   "-hen", "+hen", "$$hen$$", "%hen", "hen_%", "hen " * 5_000,
                                                   '"' * 300 + "hen")),
        *((words, ["d-hen"]) for words in ("hen & giay", "hen\x00 giay", "giay||' '||hen")),
        *((words, []) for words in ("hen' OR '1'='1", "hen NEAR giay", "hen AND giay", "hen OR nothing", "NOT hen",
                                    "title_key:hen", "{search_key}:hen", "hen:A", "hen'); DROP TABLE post;--",
                                    'gi"ay" hen')),
        *((words, []) for words in ('"', '""', "%", "_", "*", "()", "\ud800", ":", "'", "\x00")),
    ],
)  # fmt: skip
def test_signs_of_query_languages_are_plain_text(shelf: Engine, words: str, keys: list[str]) -> None:
    assert find(shelf, words) == keys


def test_a_wild_card_stands_for_nothing(shelf: Engine) -> None:
    assert find(shelf, "%") == find(shelf, "***") == find(shelf, '"') == []
    assert find(shelf, "g%y") == find(shelf, "gi_y") == find(shelf, "*ay ") == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.text(max_size=60))
def test_nothing_that_can_be_typed_is_an_error(shelf: Engine, words: str) -> None:
    find(shelf, words)


def test_no_words_list_everything_topic_by_topic(shelf: Engine) -> None:
    with writing(shelf) as session:
        session.add(post("d-am", "Âm thanh một cửa"))
        session.add(post("z-la", "Nội dung lạ"))
    listed = ["a-sau", "d-am", "d-hen", "dd-an", "e-so", "k-ao", "z-la"]
    assert find(shelf, "") == find(shelf, "  \n") == listed


def test_title_hits_come_first_and_ties_stand_in_vietnamese_order(engine: Engine) -> None:
    titles = ["Zalo", "Ưu đãi", "Ủy ban", "Ơn", "Ô tô", "Đề án", "Du lịch", "Cải cách", "Ấn phẩm", "Âm", "Ăn", "Ánh"]
    with writing(engine) as session:
        for number, title in enumerate(titles):
            session.add(post(f"bai-{number}", title, "Về một cửa"))
            session.add(post(f"muc-{number}", f"{title} ở Một cửa"))
    with reading(engine) as session:
        found = [one.title for one in search(session, "mot cua").posts]
    assert found == [*(f"{title} ở Một cửa" for title in reversed(titles)), *reversed(titles)]


@given(first=st.text(max_size=12), second=st.text(max_size=12))
def test_the_stored_order_is_the_vietnamese_order(first: str, second: str) -> None:
    assert (order_key(first) < order_key(second)) == (collation_key(first) < collation_key(second))


def test_pages_show_every_hit_once_and_tell_how_many_there_are(engine: Engine) -> None:
    with writing(engine) as session:
        for number in range(23):
            in_title = number % 3 == 0
            session.add(post(f"bai-{number}", f"Bài {number}" + " giấy hẹn" * in_title, "Giấy hẹn" * (not in_title)))

    def page(offset: int) -> Found:
        with reading(engine) as session:
            return search(session, "giay hen", limit=5, offset=offset)

    pages = [page(offset) for offset in range(0, 30, 5)]
    assert {one.total for one in pages} == {23}
    keys = [found.key for one in pages for found in one.posts]
    assert len(keys) == len(set(keys)) == 23 and pages[5].posts == []
    assert all("hẹn" in found.title for found in [*pages[0].posts, *pages[1].posts][:8])


def test_topic_form_and_state_narrow_what_is_found(shelf: Engine) -> None:
    with writing(shelf) as session:
        session.add(post("a-hinh", "Cải cách trong một hình", form="infographic", state="approved"))
    assert find(shelf, "cai cach", topic="a") == ["a-hinh", "a-sau"]
    assert find(shelf, "cai cach", form="infographic") == find(shelf, "", state="approved") == ["a-hinh"]
    assert find(shelf, "cai cach", topic="đ") == find(shelf, "", topic="' OR 1=1") == []


# In step with whoever writes -----------------------------------------------------------------------------


def test_a_changed_post_is_found_by_its_new_words_only(shelf: Engine) -> None:
    with writing(shelf) as session:
        row = session.exec(select(Post).where(Post.key == "d-hen")).one()
        row.title, row.body, row.topic = "Biên nhận", "Nội dung khác hẳn", "e"
        session.add(row)
    assert find(shelf, "ket qua") == []
    assert find(shelf, "bien nhan") == find(shelf, "noi dung khac", topic="e") == ["d-hen"]


def test_a_state_that_is_set_past_the_models_is_seen(shelf: Engine) -> None:
    with shelf.begin() as connection:
        connection.execute(text("UPDATE post SET state = 'submitted' WHERE key = 'd-hen'"))
    assert find(shelf, "", state="submitted") == find(shelf, "hen", state="submitted") == ["d-hen"]


def test_a_deleted_post_is_gone_from_the_index(shelf: Engine) -> None:
    with unguarded(shelf), writing(shelf) as session:
        session.delete(session.exec(select(Post).where(Post.key == "d-hen")).one())
    assert find(shelf, "ket qua") == []
    with reading(shelf) as session:
        assert len(session.exec(select(PostSearch)).all()) == len(SHELF) - 1


def test_what_is_rolled_back_is_not_found(shelf: Engine) -> None:
    with pytest.raises(RuntimeError), writing(shelf) as session:
        session.add(post("x-mat", "Không bao giờ có"))
        session.flush()
        assert [one.key for one in search(session, "bao gio").posts] == ["x-mat"], "its own transaction sees it"
        raise RuntimeError
    assert find(shelf, "bao gio") == []


def test_a_very_long_text_is_stored_and_found_by_its_beginning(shelf: Engine) -> None:
    words = " ".join(f"{number:x}" for number in range(LONGEST_KEY // 3))
    with writing(shelf) as session:
        session.add(post("x-dai", "Bài dài", f"Mở đầu {words} {'a' * 5_000}"))
    assert find(shelf, "mo dau 1f") == ["x-dai"]


def test_a_search_leaves_the_connection_as_it_was(shelf: Engine) -> None:
    if shelf.dialect.name == "sqlite":
        pytest.skip("only PostgreSQL is told how to read")
    with reading(shelf) as session:
        search(session, "cai cach")
        assert session.execute(text("SHOW enable_seqscan")).scalar_one() == "on"


# Older databases -----------------------------------------------------------------------------------------


_NAMES = {
    "sqlite": [("sqlite_master", "name")],
    "postgresql": [("pg_class", "relname"), ("pg_trigger", "tgname"), ("pg_proc", "proname")],
}


def _down(engine: Engine, revision: str) -> None:
    config = _config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)


@pytest.fixture
def lower(shelf: Engine) -> Iterator[Engine]:
    """The shelf as a database without an index has it."""
    _down(shelf, "0003")
    yield shelf
    migrate(shelf, "head")


def test_an_upgrade_indexes_the_posts_that_are_there_and_a_downgrade_leaves_nothing(lower: Engine) -> None:
    with lower.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM post")).scalar_one() == len(SHELF)
        connection.execute(text("UPDATE post SET search_key = '', title = 'Cải tiến' WHERE key = 'a-sau'"))
        for kind, name in _NAMES[lower.dialect.name]:
            left = connection.execute(text(f"SELECT {name} FROM {kind} WHERE {name} LIKE '%post\\_%words%' ESCAPE '\\' "
                                           f"OR {name} LIKE '%post\\_search%' ESCAPE '\\'"))  # fmt: skip
            assert left.all() == []
    migrate(lower, "head")
    assert find(lower, "cai tien") == find(lower, "76/NQ-CP") == ["a-sau"]
    assert find(lower, "") == list(SHELF)
    with writing(lower) as session:
        session.add(post("x-moi", "Bài mới toanh"))
    assert find(lower, "moi toanh") == ["x-moi"]


def test_the_index_agrees_with_itself(shelf: Engine) -> None:
    with Session(shelf) as session:
        if shelf.dialect.name == "sqlite":
            session.execute(text("INSERT INTO post_words (post_words, rank) VALUES ('integrity-check', 1)"))
        ids = session.exec(select(Post.id)).all()
        assert sorted(session.exec(select(PostSearch.post_id)).all()) == sorted(ids)
