"""What editors and approvers decide about a post, and what exactly they decided about.

An approval is bound to a hash over everything people will see and when they may see it. Whatever changes
afterwards makes the two hashes differ, and the post is no longer approved. Nobody approves what they
submitted. Every act leaves a `Review` row. The caller commits.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, and_, col, select, update

from content.errors import ContentError
from content.tables import Editorial, Post, PostAsset, Review
from content.vietnamese import fold, nfc

CHANGED_AFTER_APPROVAL = "Bài đã sửa sau khi duyệt nên cần trình duyệt lại."
CHANGED_AFTER_SUBMISSION = "Bài đã sửa sau khi trình nên cần trình duyệt lại."
_CHANGED_MEANWHILE = "{key}: bài vừa được người khác thay đổi; hãy tải lại trang rồi làm lại."

STATE_WORDS = {
    Editorial.DRAFT: "Bản nháp",
    Editorial.SUBMITTED: "Chờ duyệt",
    Editorial.RETURNED: "Trả lại",
    Editorial.APPROVED: "Đã duyệt",
}

ACTION_WORDS = {
    "loaded": "Nạp từ thư viện",
    "created": "Soạn bài mới",
    "proposed": "Gửi đề xuất",
    "changed": "Sửa nội dung",
    "submitted": "Trình duyệt",
    "approved": "Duyệt",
    "returned": "Trả lại",
}

HASHED = (
    *("key", "title", "body", "topic", "form", "audiences", "source", "source_url", "legal_refs", "hashtags"),
    *("platforms", "variants", "sensitive", "evergreen", "allowed_in_pause", "valid_from", "valid_to"),
    *("late_rule", "late_minutes"),
)
"""What an approval is bound to, beside the assets."""


def content_hash(post: Post, assets: Sequence[PostAsset]) -> str:
    """SHA-256 over text, media, platforms and time window; independent of the order of `assets`."""
    pictures = sorted([one.role, one.platform, one.position, one.sha256, one.alt] for one in assets)
    facts: dict[str, Any] = {name: getattr(post, name) for name in HASHED}
    text = json.dumps({**facts, "assets": pictures}, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def is_approved(post: Post) -> bool:
    """Whether the post, as it is now, is what was approved."""
    return post.state == Editorial.APPROVED and post.approved_hash == post.content_hash != ""


def submittable(session: Session, post_key: str) -> Post:
    """The post, when its state lets it be submitted. Raises `ContentError` otherwise. Changes nothing."""
    post = _post(session, post_key)
    _one_of(post, "trình duyệt", Editorial.DRAFT, Editorial.RETURNED)
    return post


def approvable(session: Session, post_key: str, by: str) -> Post:
    """The post, when `by` may approve it as it stands. Changes nothing.

    Raises `ContentError` when it is not submitted, when `by` is who submitted it, or when its text or media
    are not what its hash says.
    """
    post = _post(session, post_key)
    _one_of(post, "duyệt", Editorial.SUBMITTED)
    if fold(_submitter(session, post)) == fold(by):
        raise ContentError(f"{post.key}: người trình không được tự duyệt bài của mình; hãy nhờ người duyệt khác.")
    assets = session.exec(select(PostAsset).where(PostAsset.post_id == post.id)).all()
    if content_hash(post, assets) != post.content_hash:
        raise ContentError(f"{post.key}: nội dung đang lưu không khớp dấu kiểm tra; hãy nạp lại thư viện.")
    return post


def submit(session: Session, post_key: str, by: str, now: datetime, *, reason: str = "", seen: str = "") -> None:
    """Put a draft or a returned post before the approver: the one change of state, without any check of the words.

    Staff come here through `scheduler.submission`, which checks first. `seen` is the content hash that was checked,
    `reason` what to keep about it. Raises `ContentError` for any other state, or when the content changed since.
    """
    post = submittable(session, post_key)
    _as_seen(post, seen)
    _move(session, post, Editorial.SUBMITTED, "submitted", by, now, reason=reason)


def approve(session: Session, post_key: str, by: str, now: datetime, *, reason: str = "", seen: str = "") -> None:
    """Approve exactly what stands in the post now. Raises `ContentError` as `approvable`, or for other than `seen`."""
    post = approvable(session, post_key, by)
    _as_seen(post, seen)
    _move(session, post, Editorial.APPROVED, "approved", by, now, reason=reason, approved_hash=post.content_hash)


def give_back(session: Session, post_key: str, by: str, reason: str, now: datetime) -> None:
    """Return a submitted post, or take back an approval, with a reason the editor can act on."""
    post = _post(session, post_key)
    _one_of(post, "trả lại", Editorial.SUBMITTED, Editorial.APPROVED)
    if not reason.strip():
        raise ContentError(f"{post.key}: hãy ghi lý do trả lại để người soạn biết cần sửa gì.")
    _move(session, post, Editorial.RETURNED, "returned", by, now, reason=nfc(reason.strip()), approved_hash="")


def _post(session: Session, key: str) -> Post:
    post = session.exec(select(Post).where(Post.key == key)).one_or_none()
    if post is None:
        raise ContentError(f"{key}: không có bài đăng này trong thư viện; hãy kiểm tra tên bài.")
    return post


def _one_of(post: Post, act: str, *states: Editorial) -> None:
    if post.state not in states:
        wanted = " hoặc ".join(f"“{STATE_WORDS[state]}”" for state in states)
        raise ContentError(
            f"{post.key}: bài đang ở trạng thái “{STATE_WORDS[Editorial(post.state)]}” nên không {act} được; "
            f"chỉ {act} bài ở trạng thái {wanted}."
        )


def _as_seen(post: Post, seen: str) -> None:
    if seen and seen != post.content_hash:
        raise ContentError(_CHANGED_MEANWHILE.format(key=post.key))


def _submitter(session: Session, post: Post) -> str:
    rows = select(Review).where(Review.post_id == post.id, Review.action == "submitted").order_by(col(Review.id).desc())
    last = session.exec(rows).first()
    return last.actor if last else ""


def _move(
    session: Session,
    post: Post,
    after: Editorial,
    action: str,
    by: str,
    now: datetime,
    *,
    reason: str = "",
    **facts: Any,
) -> None:
    """Compare and swap on state and content, so that nobody decides about words they did not see."""
    if not by.strip():
        raise ContentError(f"{post.key}: thiếu tên người thực hiện.")
    same = and_(col(Post.id) == post.id, col(Post.state) == post.state, col(Post.content_hash) == post.content_hash)
    statement = update(Post).where(same).values(state=after, updated_at=now, **facts)
    if session.exec(statement.execution_options(synchronize_session=False)).rowcount != 1:
        raise ContentError(_CHANGED_MEANWHILE.format(key=post.key))
    record(session, post, action, by, now, reason)
    session.flush()
    session.refresh(post)


def record(session: Session, post: Post, action: str, by: str, now: datetime, reason: str = "") -> None:
    """Leave a row about one editorial act."""
    assert post.id is not None, "a post is stored before anything is decided about it"
    session.add(
        Review(
            post_id=post.id, at=now, action=action, actor=nfc(by.strip()), reason=reason, content_hash=post.content_hash
        )
    )
