from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from content.editorial import approve, content_hash, give_back, is_approved, submit
from content.errors import ContentError
from content.library import load_library
from content.store import AssetStore
from content.tables import Editorial, Post, PostAsset, Review
from tests.conftest import LAN, MINH, NOW
from tests.content.shelf import draw, plan, shelf

KEY = "d-giay-hen"


@pytest.fixture
def desk(session: Session, tmp_path: Path) -> Session:
    """A database with one draft."""
    shelf(tmp_path)
    load_library(session, tmp_path, plan(), AssetStore(tmp_path / "store"), NOW, draw)
    session.commit()
    return session


def post(session: Session) -> Post:
    session.expire_all()
    return session.exec(select(Post).where(Post.key == KEY)).one()


def test_an_approval_is_bound_to_the_content_it_saw(desk: Session) -> None:
    submit(desk, KEY, LAN, NOW)
    approve(desk, KEY, MINH, NOW)
    assert is_approved(post(desk))
    assert post(desk).approved_hash == post(desk).content_hash
    changed = post(desk)
    changed.content_hash = "0" * 64
    assert not is_approved(changed)


@pytest.mark.parametrize("same", [LAN, "lan", " LAN "])
def test_nobody_approves_what_they_submitted(desk: Session, same: str) -> None:
    submit(desk, KEY, LAN, NOW)
    with pytest.raises(ContentError, match="không được tự duyệt"):
        approve(desk, KEY, same, NOW)
    assert post(desk).state == Editorial.SUBMITTED


def test_only_a_submitted_post_is_approved(desk: Session) -> None:
    with pytest.raises(ContentError, match="“Bản nháp” nên không duyệt được"):
        approve(desk, KEY, MINH, NOW)
    submit(desk, KEY, LAN, NOW)
    approve(desk, KEY, MINH, NOW)
    with pytest.raises(ContentError, match="“Đã duyệt” nên không duyệt được"):
        approve(desk, KEY, MINH, NOW)


def test_a_returned_post_keeps_the_reason_and_may_be_submitted_again(desk: Session) -> None:
    submit(desk, KEY, LAN, NOW)
    with pytest.raises(ContentError, match="lý do trả lại"):
        give_back(desk, KEY, MINH, "  ", NOW)
    give_back(desk, KEY, MINH, "Thiếu ngày trả kết quả.", NOW)
    assert post(desk).state == Editorial.RETURNED
    submit(desk, KEY, LAN, NOW)
    assert post(desk).state == Editorial.SUBMITTED


def test_an_approval_can_be_taken_back(desk: Session) -> None:
    submit(desk, KEY, LAN, NOW)
    approve(desk, KEY, MINH, NOW)
    give_back(desk, KEY, MINH, "Văn bản vừa bị thay thế.", NOW)
    assert not is_approved(post(desk))
    assert post(desk).approved_hash == ""


def test_every_act_leaves_a_row(desk: Session) -> None:
    submit(desk, KEY, LAN, NOW)
    give_back(desk, KEY, MINH, "Sửa tiêu đề.", NOW)
    submit(desk, KEY, LAN, NOW)
    approve(desk, KEY, MINH, NOW)
    desk.commit()
    acts = [(row.action, row.actor, row.reason) for row in desk.exec(select(Review).order_by(col(Review.id)))]
    assert acts == [
        ("loaded", "Thư viện", ""),
        ("submitted", LAN, ""),
        ("returned", MINH, "Sửa tiêu đề."),
        ("submitted", LAN, ""),
        ("approved", MINH, ""),
    ]


def test_words_changed_behind_the_approver_are_noticed(desk: Session) -> None:
    submit(desk, KEY, LAN, NOW)
    post(desk).body = "Lời khác"
    desk.flush()
    with pytest.raises(ContentError, match="không khớp dấu kiểm tra"):
        approve(desk, KEY, MINH, NOW)


def test_a_picture_changed_behind_the_approver_is_noticed(desk: Session) -> None:
    submit(desk, KEY, LAN, NOW)
    desk.exec(select(PostAsset)).one().alt = "Lời khác"
    desk.flush()
    with pytest.raises(ContentError, match="không khớp dấu kiểm tra"):
        approve(desk, KEY, MINH, NOW)


def test_an_approver_who_read_an_older_version_decides_nothing(desk: Session) -> None:
    submit(desk, KEY, LAN, NOW)
    desk.commit()
    stale = post(desk)
    desk.connection().exec_driver_sql("UPDATE post SET state = 'draft'")
    assert stale.state == Editorial.SUBMITTED
    with pytest.raises(ContentError, match="vừa được người khác thay đổi"):
        approve(desk, KEY, MINH, NOW)


def test_an_unknown_post_and_a_nameless_person_are_refused(desk: Session) -> None:
    with pytest.raises(ContentError, match="khong-co: không có bài đăng này"):
        submit(desk, "khong-co", LAN, NOW)
    with pytest.raises(ContentError, match="thiếu tên người thực hiện"):
        submit(desk, KEY, " ", NOW)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "Khác"),
        ("body", "Khác"),
        ("platforms", ["facebook"]),
        ("variants", {}),
        ("hashtags", []),
        ("late_minutes", 5),
        ("allowed_in_pause", True),
        ("source_url", "https://chinhphu.vn"),
    ],
)
def test_the_hash_covers_what_people_see_and_when(desk: Session, field: str, value: object) -> None:
    found = post(desk)
    before = content_hash(found, [])
    assert content_hash(found, []) == before
    with desk.no_autoflush:
        setattr(found, field, value)
        assert content_hash(found, []) != before
        desk.expire(found)
