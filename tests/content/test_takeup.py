"""A suggestion becomes a post's file: whole, once, over nobody's work, and never by itself."""

import errno
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import func, select

from content.articles import CAPITALS
from content.checks import check
from content.errors import ContentError, LibraryError
from content.library import load_library, read_library
from content.postfile import PostFile, read_post
from content.store import AssetStore
from content.suggestions import TAKEN, dismiss, find_suggestion, record
from content.tables import Post, Suggestion
from content.takeup import ALT_TO_FILL, FOUND, TEXT_TO_FILL, Choice, Draft, Picture, as_picture, draft, mark_taken
from scheduler.db import reading, writing
from scheduler.tables import Publication
from tests.conftest import CHARLIE, LAN, NOW
from tests.content.portal_case import a_source, item, told
from tests.content.shelf import draw, noise, plan, png

BOTH = Choice(platforms=("facebook", "zalo"))


class Shelf:
    """A folder of posts and suggestions to take into it."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine = engine
        self.folder = folder / "library"
        self.folder.mkdir()
        self.store = AssetStore(folder / "assets")

    def suggest(self, number: int = 1, **facts: Any) -> int:
        source = a_source(f"nguon-{number}", agency="vpubnd")
        with writing(self.engine) as session:
            session.add(source)
            session.flush()
            return record(session, source, told(item(number, **facts)), NOW).ids[0]

    def take(self, number: int, choice: Choice = BOTH, by: str = LAN, picture: Picture | None = None) -> Draft:
        made = self.draft(number, choice, by, picture)
        with writing(self.engine) as session:
            mark_taken(session, made, NOW)
        return made

    def draft(self, number: int, choice: Choice = BOTH, by: str = LAN, picture: Picture | None = None) -> Draft:
        """The file alone, as it is there when the process dies before the row is marked."""
        with reading(self.engine) as session:
            return draft(session, number, self.folder, plan(), choice, by=by, picture=picture)

    def row(self, number: int) -> Suggestion:
        with reading(self.engine) as session:
            return find_suggestion(session, number)

    def post(self, taken: Draft) -> PostFile:
        return read_post(taken.file, plan())

    def to_mend(self, taken: Draft) -> list[str]:
        """What keeps the post from being submitted, whether it may be loaded or not."""
        try:
            post = self.post(taken)
        except LibraryError as error:
            return error.problems
        return [f"{one.field}: {one.words}" for one in check(post, post.places(), plan()) if one.blocks]

    def files(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())


@pytest.fixture
def shelf(engine: Engine, tmp_path: Path) -> Shelf:
    return Shelf(engine, tmp_path)


# The file ------------------------------------------------------------------------------------------------


def test_a_link_post_says_what_the_portal_said_and_where_it_is_from(shelf: Shelf) -> None:
    taken = shelf.take(shelf.suggest(title="Bộ phận Một cửa: làm việc #sáng thứ Bảy"))
    post = shelf.post(taken)
    assert taken.key == "d-bo-phan-mot-cua-lam-viec-sang-thu-bay"
    assert (post.title, post.form, post.topic) == ("Bộ phận Một cửa: làm việc #sáng thứ Bảy", "lien_ket", "d")
    assert post.source_url == "https://cong.tinhvidu.example/bai-1.htm"
    assert post.source.startswith("Cổng Thông tin điện tử tỉnh Ví Dụ, Văn phòng Ủy ban nhân dân tỉnh, ngày 23/11/2026")
    assert post.body == f"Lịch tiếp nhận hồ sơ áp dụng từ tuần tới.\n\nNguồn: {post.source}."
    assert (post.audiences, post.platforms, post.evergreen) == (["nguoi_dan"], ["facebook", "zalo"], False)


def test_the_row_knows_its_post_and_who_took_it(shelf: Shelf) -> None:
    number = shelf.suggest()
    taken = shelf.take(number)
    row = shelf.row(number)
    assert (row.state, row.post_key, row.decided_by) == (TAKEN, taken.key, LAN)


def test_an_article_without_a_link_becomes_a_text_post(shelf: Shelf) -> None:
    post = shelf.post(shelf.take(shelf.suggest(link=None)))
    assert (post.form, post.source_url) == ("van_ban", "")


def test_a_title_in_capitals_is_kept_and_told(shelf: Shelf) -> None:
    taken = shelf.take(shelf.suggest(title="THÔNG BÁO NGHỈ LỄ QUỐC KHÁNH", shouting=True))
    assert shelf.post(taken).title == "THÔNG BÁO NGHỈ LỄ QUỐC KHÁNH"
    assert taken.notes == (CAPITALS,)


def test_an_article_without_a_summary_waits_for_a_person_s_words(shelf: Shelf) -> None:
    taken = shelf.take(shelf.suggest(summary=""))
    assert any(TEXT_TO_FILL in line for line in shelf.to_mend(taken))


@pytest.mark.parametrize(
    "title",
    [
        "---",
        "{{ 7*7 }} là gì?",
        "- một: hai",
        "'\"` %@&*!|>",
        "no",
        "12",
        "Ấn phẩm “Đề án 06” 🇻🇳",
        "# không phải chú thích",
        "[x]",
        "a\u2028b\x85c",
    ],
)
def test_no_title_breaks_the_head(shelf: Shelf, title: str) -> None:
    text = shelf.take(shelf.suggest(title=title)).file.read_text(encoding="utf-8")
    try:
        assert read_post(next(shelf.folder.glob("*.md")), plan()).title == " ".join(title.split())
    except LibraryError as error:
        assert all(": title: còn chỗ chưa điền" in line for line in error.problems), text


def test_what_was_chosen_stands_in_the_file(shelf: Shelf) -> None:
    choice = Choice(platforms=("zalo",), topic="đ", audiences=("doanh_nghiep", "noi_bo"), key="dd-tu-chon")
    post = shelf.post(shelf.take(shelf.suggest(), choice))
    assert (post.key, post.topic, post.audiences, post.platforms) == (
        "dd-tu-chon",
        "đ",
        ["doanh_nghiep", "noi_bo"],
        ["zalo"],
    )


def test_the_key_has_the_letter_before_it_and_đ_is_written_dd(shelf: Shelf) -> None:
    assert shelf.take(shelf.suggest(1, title="Đề án 06"), Choice(("zalo",), topic="đ")).key == "dd-de-an-06"
    assert shelf.take(shelf.suggest(2, title="北京"), Choice(("zalo",))).key == "d-de-xuat-2"
    long = shelf.take(shelf.suggest(3, title="thủ tục " * 40)).key
    assert len(long) <= 62 and long.endswith("-tuc-thu")


@pytest.mark.parametrize(
    ("choice", "field"),
    [
        (Choice(platforms=()), "platforms"),
        (Choice(platforms=("zalo",), topic="z"), "topic"),
        (Choice(platforms=("zalo",), audiences=("moi_nguoi",)), "audiences"),
        (Choice(platforms=("zalo",), key="../../x"), "key"),
        (Choice(platforms=("zalo",), key="Bài một"), "key"),
    ],
)
def test_a_choice_that_does_not_fit_is_named_and_nothing_is_written(shelf: Shelf, choice: Choice, field: str) -> None:
    number = shelf.suggest()
    with pytest.raises(ContentError, match=f"^{field}: "):
        shelf.take(number, choice)
    assert (shelf.files(), shelf.row(number).state) == ([], "new")


def test_a_suggestion_without_a_topic_asks_for_one(shelf: Shelf) -> None:
    with writing(shelf.engine) as session:
        [number] = record(session, None, told(item(1)), NOW).ids
    with pytest.raises(ContentError, match=r"^topic: "):
        shelf.take(number)
    assert shelf.post(shelf.take(number, Choice(("zalo",), topic="h"))).source.startswith("cong.tinhvidu.example, ngày")


# Once, and over nobody's work ----------------------------------------------------------------------------


def test_taking_twice_says_which_post_there_is(shelf: Shelf) -> None:
    number = shelf.suggest()
    taken = shelf.take(number)
    with pytest.raises(ContentError, match=f"bởi {LAN} thành bài “{taken.key}”"):
        shelf.take(number, by=CHARLIE)
    assert shelf.files() == [f"{taken.key}.md"]


def test_a_dismissed_suggestion_is_not_taken(shelf: Shelf) -> None:
    number = shelf.suggest()
    with writing(shelf.engine) as session:
        dismiss(session, number, by=LAN, reason="Cũ", now=NOW)
    with pytest.raises(ContentError, match="bỏ qua"):
        shelf.take(number)
    assert shelf.files() == []


def test_no_file_of_anybody_is_written_over(shelf: Shelf) -> None:
    mine = shelf.folder / "d-mot-cua.md"
    mine.write_text("của tôi", encoding="utf-8")
    assert shelf.take(shelf.suggest(1, title="Một cửa")).key == "d-mot-cua-2"
    assert shelf.take(shelf.suggest(2, title="Một cửa")).key == "d-mot-cua-3"
    number = shelf.suggest(3, title="Một cửa")
    with pytest.raises(ContentError, match=r"^key: .*d-mot-cua"):
        shelf.take(number, Choice(("zalo",), key="d-mot-cua"))
    assert mine.read_text(encoding="utf-8") == "của tôi"


def test_a_loaded_post_whose_file_is_gone_keeps_its_name(shelf: Shelf) -> None:
    first = shelf.take(shelf.suggest(1, title="Một cửa"))
    with writing(shelf.engine) as session:
        load_library(session, shelf.folder, plan(), shelf.store, NOW, draw)
    first.file.unlink()
    assert shelf.take(shelf.suggest(2, title="Một cửa")).key == "d-mot-cua-2"


def test_two_people_at_the_same_moment_make_one_post(shelf: Shelf) -> None:
    number = shelf.suggest()

    def one(by: str) -> str:
        try:
            return shelf.take(number, by=by).key
        except ContentError as error:
            return error.words

    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(one, ("Lan", "Minh", "Hoa", "Tuấn")))
    key = shelf.row(number).post_key
    assert told.count(key) == 1
    assert sum(f"thành bài “{key}”" in words for words in told) == 3
    assert shelf.files() == [f"{key}.md"]


def test_two_articles_of_one_title_at_the_same_moment_are_two_posts(shelf: Shelf) -> None:
    numbers = [shelf.suggest(n, title="Một cửa", summary=f"Bài số {n}.") for n in range(4)]
    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(shelf.take, numbers))
    assert len({one.key for one in taken}) == 4
    for number, one in zip(numbers, taken, strict=True):
        assert shelf.post(one).source_url == shelf.row(number).link


# Killed in the middle ------------------------------------------------------------------------------------


def test_killed_between_file_and_row_the_next_try_finds_the_file(shelf: Shelf) -> None:
    number = shelf.suggest()
    lost = shelf.draft(number)
    assert shelf.row(number).state == "new" and lost.file.is_file()
    lost.file.write_text(lost.file.read_text(encoding="utf-8") + "Đã sửa tay.\n", encoding="utf-8")
    again = shelf.take(number, by=CHARLIE)
    assert (again.key, again.found) == (lost.key, True)
    assert "Đã sửa tay." in shelf.post(again).body
    assert shelf.files() == [f"{lost.key}.md"] and shelf.row(number).post_key == lost.key


@pytest.mark.parametrize("choice", [BOTH, Choice(("zalo",), topic="h"), Choice(("zalo",), key="d-ten-khac")])
def test_the_next_try_finds_the_file_whatever_was_changed_meanwhile(shelf: Shelf, choice: Choice) -> None:
    number = shelf.suggest(title="Tiêu đề cũ", link=None)
    lost = shelf.draft(number)
    with writing(shelf.engine) as session:
        find_suggestion(session, number).title = "Tiêu đề mới"
    again = shelf.take(number, choice)
    assert (again.key, again.found) == (lost.key, True) and FOUND in again.notes
    assert shelf.files() == [f"{lost.key}.md"] and shelf.row(number).post_key == lost.key


def test_a_number_that_only_begins_alike_is_another_suggestion(shelf: Shelf) -> None:
    numbers = [shelf.suggest(n, title="Một cửa") for n in range(11)]
    lost = shelf.draft(numbers[10])
    assert lost.key == "d-mot-cua"
    first = shelf.take(numbers[0])
    assert (first.key, first.found) == ("d-mot-cua-2", False)


def test_whoever_decided_too_late_leaves_nothing_behind(shelf: Shelf) -> None:
    number = shelf.suggest()
    picture = as_picture(shelf.store, png(), "anh")
    late = shelf.draft(number, Choice(("zalo",), key="d-muon"), picture=picture)
    with writing(shelf.engine) as session:
        dismiss(session, number, by=CHARLIE, reason="Cũ", now=NOW)
    assert shelf.files() == ["d-muon.md", "d-muon.png"]
    with pytest.raises(ContentError, match=f"bỏ qua bởi {CHARLIE}"), writing(shelf.engine) as session:
        mark_taken(session, late, NOW)
    assert shelf.files() == []


def test_whoever_was_too_late_leaves_the_post_that_was_taken(shelf: Shelf) -> None:
    number = shelf.suggest()
    late = shelf.draft(number)
    taken = shelf.take(number, by=CHARLIE)
    with pytest.raises(ContentError, match=f"bởi {CHARLIE} thành bài"), writing(shelf.engine) as session:
        mark_taken(session, late, NOW)
    assert shelf.files() == [f"{taken.key}.md"]


@pytest.mark.parametrize("number", [errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP])
def test_a_folder_without_hard_links_keeps_the_same_promises(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    mine = shelf.folder / "d-mot-cua.md"
    mine.write_text("của tôi", encoding="utf-8")
    numbers = [shelf.suggest(n, title="Một cửa") for n in range(4)]
    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(shelf.take, numbers))
    assert len({one.key for one in taken}) == 4
    for which, one in zip(numbers, taken, strict=True):
        assert shelf.post(one).source_url == shelf.row(which).link
    assert mine.read_text(encoding="utf-8") == "của tôi"
    assert len(shelf.files()) == 5


def test_killed_between_picture_and_file_the_next_try_uses_the_picture(shelf: Shelf) -> None:
    number = shelf.suggest()
    picture = as_picture(shelf.store, png(), "anh")
    (shelf.folder / f"{shelf_key(shelf, number)}.png").write_bytes(picture.data)
    taken = shelf.take(number, picture=picture)
    assert shelf.files() == [f"{taken.key}.md", f"{taken.key}.png"]


def shelf_key(shelf: Shelf, number: int) -> str:
    """The key the suggestion would get."""
    taken = shelf.draft(number)
    taken.file.unlink()
    return taken.key


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="an administrator may write anywhere")
def test_a_folder_that_cannot_be_written_leaves_the_suggestion_new(shelf: Shelf) -> None:
    number = shelf.suggest()
    shelf.folder.chmod(0o500)
    try:
        with pytest.raises(ContentError, match="không ghi được"):
            shelf.take(number)
    finally:
        shelf.folder.chmod(0o700)
    assert shelf.row(number).state == "new"


def test_a_library_folder_that_is_a_file_is_one_sentence(shelf: Shelf) -> None:
    number = shelf.suggest()
    shelf.folder.rmdir()
    shelf.folder.write_text("", encoding="utf-8")
    with pytest.raises(ContentError, match="không ghi được"):
        shelf.take(number)
    assert shelf.row(number).state == "new"


# Pictures ------------------------------------------------------------------------------------------------


def test_the_picture_lies_beside_the_post_and_asks_for_a_description(shelf: Shelf) -> None:
    picture = as_picture(shelf.store, noise((300, 200)), "https://cong.tinhvidu.example/a")
    taken = shelf.take(shelf.suggest(), picture=picture)
    assert (shelf.folder / f"{taken.key}.png").read_bytes() == picture.data
    assert [line for line in shelf.to_mend(taken) if "assets" in line and ALT_TO_FILL in line]
    text = taken.file.read_text(encoding="utf-8")
    taken.file.write_text(text.replace(ALT_TO_FILL, "Người dân nộp hồ sơ tại Bộ phận Một cửa"), encoding="utf-8")
    [line] = shelf.post(taken).assets
    assert (line.roles, line.alt) == (("cover",), "Người dân nộp hồ sơ tại Bộ phận Một cửa")
    assert shelf.to_mend(taken) == []


def test_another_picture_of_that_name_is_not_written_over(shelf: Shelf) -> None:
    number = shelf.suggest(title="Một cửa")
    (shelf.folder / "d-mot-cua.png").write_bytes(b"mine")
    taken = shelf.take(number, picture=as_picture(shelf.store, png(), "anh"))
    assert taken.key == "d-mot-cua-2"
    assert (shelf.folder / "d-mot-cua.png").read_bytes() == b"mine"


@pytest.mark.parametrize("data", [b"<html>", b"\xff\xd8\xff broken", b"\0\0\0\x18ftypmp42" + b"\0" * 100, b""])
def test_what_is_no_picture_is_refused(shelf: Shelf, data: bytes) -> None:
    with pytest.raises(ContentError):
        as_picture(shelf.store, data, "anh")


# Never by itself -----------------------------------------------------------------------------------------


def test_a_taken_suggestion_is_neither_a_post_nor_queued_until_people_make_it_so(shelf: Shelf) -> None:
    shelf.take(shelf.suggest())
    assert len(read_library(shelf.folder, plan())) == 1
    with reading(shelf.engine) as session:
        for table in (Post, Publication):
            assert session.exec(select(func.count()).select_from(table)).one() == 0
