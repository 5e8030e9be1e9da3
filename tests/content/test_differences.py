"""What changed since the last approval: every word of it, in bounded work, whatever the words are."""

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, select

from content.differences import WORK, Fate, Kind, Piece, _Work, compared, differences
from content.editing import AssetUse, PostFields, save
from content.editorial import approve, give_back, submit
from content.revisions import since_approval
from content.tables import Asset, Post, PostRevision
from records import guards
from tests.conftest import LAN, MINH, NOW

OLD: dict[str, Any] = {
    "title": "Giữ giấy hẹn", "body": "Bà con giữ giấy hẹn. Nộp hồ sơ trước 07:30.", "topic": "d", "form": "van_ban",
    "hashtags": ["#CCHC"], "variants": {"facebook": {"text": "Lời riêng.", "options": {"place": "Huế"}}},
    "sensitive": False, "valid_to": None, "late_rule": "expire",
    "assets": [{"role": "image", "platform": "", "position": 0, "sha256": "a" * 64, "alt": "Giấy hẹn"}],
}  # fmt: skip


def told(old: str, new: str) -> str:
    """As a person reads it: [-gone-] {+new+}."""
    marks = {Kind.SAME: "{}", Kind.GONE: "[-{}-]", Kind.NEW: "{{+{}+}}"}
    return "".join(marks[piece.kind].format(piece.text) for piece in compared(old, new))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("", "", ""),
        ("", "Lời mới.", "{+Lời mới.+}"),
        ("Lời cũ.", "", "[-Lời cũ.-]"),
        ("Nộp trước 07:30 sáng.", "Nộp trước 08:30 sáng.", "Nộp trước [-07-]{+08+}:30 sáng."),
        ("Một. Hai. Ba.", "Một. Ba.", "Một. [-Hai. -]Ba."),
        ("Nộp hồ sơ giấy ở xã.", "Nộp đơn trực tuyến ở xã.", "Nộp [-hồ sơ giấy-]{+đơn trực tuyến+} ở xã."),
        ("Thuế", "Thuê", "[-Thuế-]{+Thuê+}"),
        ("Dòng một\nDòng hai", "Dòng một\n\nDòng hai", "Dòng một\n{+\n+}Dòng hai"),
    ],
)
def test_the_words_that_went_and_came_stand_in_their_place(old: str, new: str, words: str) -> None:
    assert told(old, new) == words


@given(st.text("ab .\nđ", max_size=60), st.text("ab .\nđ", max_size=60))
def test_both_versions_can_be_read_from_the_pieces(old: str, new: str) -> None:
    pieces = compared(old, new)
    assert "".join(one.text for one in pieces if one.kind is not Kind.NEW) == old
    assert "".join(one.text for one in pieces if one.kind is not Kind.GONE) == new
    assert all(one.text for one in pieces)


def test_a_small_change_in_a_long_text_is_told_as_a_small_change() -> None:
    old = " ".join(f"Câu số {number} nói về thủ tục hành chính." for number in range(1700))
    assert 60_000 < len(old) < 80_000
    pieces = compared(old, old.replace("Câu số 900 nói", "Câu số 900 viết"))
    assert [one for one in pieces if one.kind is not Kind.SAME] == [Piece(Kind.GONE, "nói"), Piece(Kind.NEW, "viết")]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a b " * 17_000, "b a " * 17_000),
        ("a. " * 23_000, "b. " + "a. " * 22_000 + "c"),
        ("a\n" * 35_000, "b\n" * 35_000),
        ("." * 70_000 + "x", "." * 69_000 + "y"),
        (" " * 70_000 + "x", " " * 69_000 + "y"),
    ],
)
def test_no_text_costs_more_than_what_is_allowed(old: str, new: str) -> None:
    work = _Work(WORK)
    pieces = compared(old, new, work)
    assert work.left >= 0
    assert "".join(one.text for one in pieces if one.kind is not Kind.GONE) == new


def test_when_the_work_is_used_up_a_passage_is_replaced_whole() -> None:
    assert told("Một hai ba bốn.", "Một tư ba năm.") == "Một [-hai-]{+tư+} ba [-bốn-]{+năm+}."
    kinds = [(one.kind, one.text) for one in compared("Một hai ba bốn.", "Một tư ba năm.", _Work(0))]
    assert kinds == [(Kind.SAME, "Một "), (Kind.GONE, "hai ba bốn"), (Kind.NEW, "tư ba năm"), (Kind.SAME, ".")]


def test_nothing_differs_between_a_version_and_itself() -> None:
    assert not differences(OLD, OLD)


def test_the_same_letters_written_otherwise_are_the_same() -> None:
    old = {**OLD, "body": unicodedata.normalize("NFD", OLD["body"])}
    assert not differences(old, OLD)


def test_every_field_is_told_in_words() -> None:
    new = {
        **OLD, "form": "video", "sensitive": True, "hashtags": ["#CCHC", "#Hue"], "valid_to": "2026-12-31",
        "late_rule": "any_time", "variants": {"zalo": {"summary": "Tóm tắt"}},
    }  # fmt: skip
    found = {one.field: (one.before, one.after) for one in differences(OLD, new).changes}
    assert found == {
        "form": ("Văn bản", "Video"),
        "hashtags": ("#CCHC", "#CCHC; #Hue"),
        "sensitive": ("không", "có"),
        "valid_to": ("", "31/12/2026"),
        "late_rule": ("bỏ qua", "vẫn đăng"),
        "variants.zalo.summary": ("", "Tóm tắt"),
        "variants.facebook.text": ("Lời riêng.", ""),
        "variants.facebook.options.place": ("Huế", ""),
    }


def picture(name: str, position: int, alt: str, **facts: str) -> dict[str, Any]:
    return {"role": "image", "platform": "", "position": position, "sha256": name * 64, "alt": alt, **facts}


@pytest.mark.parametrize(
    ("assets", "fates"),
    [
        ([], [(Fate.REMOVED, "a", "Giấy hẹn", "")]),
        ([picture("a", 0, "Tờ giấy hẹn")], [(Fate.ALT, "a", "Giấy hẹn", "Tờ giấy hẹn")]),
        (
            [picture("b", 0, "Ảnh mới"), picture("a", 1, "Giấy hẹn")],
            [(Fate.ADDED, "b", "", "Ảnh mới"), (Fate.MOVED, "a", "Giấy hẹn", "Giấy hẹn")],
        ),
        (
            [picture("a", 0, "Giấy hẹn", platform="zalo")],
            [(Fate.ADDED, "a", "", "Giấy hẹn"), (Fate.REMOVED, "a", "Giấy hẹn", "")],
        ),
        ([picture("a", 0, "Giấy hẹn"), picture("a", 1, "Giấy hẹn")], [(Fate.ADDED, "a", "", "Giấy hẹn")]),
    ],
)
def test_pictures_that_came_went_moved_or_are_told_otherwise(assets: list[dict[str, Any]], fates: list[Any]) -> None:
    found = differences(OLD, {**OLD, "assets": assets}).assets
    assert [(one.fate, one.sha256[0], one.before, one.after) for one in found] == fates


# Since the last approval ---------------------------------------------------------------------------------


def written(session: Session, body: str, seen: str = "") -> Post:
    fields = PostFields(title="Giữ giấy hẹn", body=body, topic="d", assets=(AssetUse("a" * 64, "image", alt=body),))
    if session.get(Asset, "a" * 64) is None:
        session.add(Asset(sha256="a" * 64, mime="image/png", size=1, created_at=NOW))
        session.flush()
    return save(session, "giay-hen", fields, by=LAN, now=NOW, seen=seen)


def test_a_post_that_was_never_approved_has_nothing_to_be_held_against(session: Session) -> None:
    post = written(session, "Lời đầu.")
    submit(session, post.key, LAN, NOW)
    assert since_approval(session, post) is None


def test_what_changed_since_the_approval_is_told_with_who_approved(session: Session) -> None:
    post = written(session, "Lời đầu.")
    submit(session, post.key, LAN, NOW)
    approve(session, post.key, MINH, NOW)
    since = since_approval(session, post)
    assert since is not None and since.differences is not None and not since.differences
    written(session, "Lời sau.", post.content_hash)
    since = since_approval(session, post)
    assert since is not None and since.differences is not None and (since.actor, since.at) == (MINH, NOW)
    assert [(one.field, one.before, one.after) for one in since.differences.changes] == [
        ("body", "Lời đầu.", "Lời sau.")
    ]
    assert [one.fate for one in since.differences.assets] == [Fate.ALT]


def test_an_approval_that_was_taken_back_is_still_what_one_compares_with(session: Session) -> None:
    post = written(session, "Lời đầu.")
    submit(session, post.key, LAN, NOW)
    approve(session, post.key, MINH, NOW)
    give_back(session, post.key, MINH, "Chờ.", NOW)
    since = since_approval(session, post)
    assert since is not None and not since.differences


def test_an_approval_from_before_versions_were_kept_says_so(session: Session) -> None:
    post = written(session, "Lời đầu.")
    submit(session, post.key, LAN, NOW)
    approve(session, post.key, MINH, NOW)
    guards.drop(session.connection())  # until the test rolls back
    for row in session.exec(select(PostRevision)):
        session.delete(row)
    session.flush()
    since = since_approval(session, post)
    assert since is not None and since.differences is None


def test_a_post_that_was_approved_before_versions_were_kept_is_kept_when_it_is_first_changed(session: Session) -> None:
    post = written(session, "Lời đầu.")
    submit(session, post.key, LAN, NOW)
    approve(session, post.key, MINH, NOW)
    guards.drop(session.connection())  # until the test rolls back
    for row in session.exec(select(PostRevision)):
        session.delete(row)
    session.flush()
    written(session, "Lời sau.", post.content_hash)
    since = since_approval(session, post)
    assert since is not None and since.differences is not None
    assert [(one.before, one.after) for one in since.differences.changes] == [("Lời đầu.", "Lời sau.")]
