"""What editors and approvers decide about a post, and what exactly they decided about.

An approval is bound to a hash over everything people will see and when they may see it. Whatever changes
afterwards makes the two hashes differ, and the post is no longer approved. Nobody approves what they wrote, and
sensitive posts need two people (`content.standing`). Every act leaves a `Review` row, and what was submitted or
approved is kept whole. The caller commits.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, and_, col, select, update

from content.errors import ContentError
from content.revisions import keep
from content.standing import ACTION, Approver, Standing, Step, standing_of, why_not, why_not_return
from content.tables import HASHED, HASHED_WHEN_SET, Editorial, Post, PostAsset, Review
from content.vietnamese import nfc

CHANGED_AFTER_APPROVAL = "Bài đã sửa sau khi duyệt nên cần trình duyệt lại."
CHANGED_AFTER_SUBMISSION = "Bài đã sửa sau khi trình nên cần trình duyệt lại."
_CHANGED_MEANWHILE = "{key}: bài vừa được người khác thay đổi; hãy tải lại trang rồi làm lại."
_STEP_TAKEN = "{key}: {name} vừa duyệt cấp 1 bài này; hãy tải lại trang rồi quyết định."
_STEP_GONE = "{key}: bài không còn ở bước duyệt mà trang đang hiển thị; hãy tải lại trang rồi quyết định."

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
    "endorsed": "Duyệt cấp 1",
    "approved": "Duyệt",
    "approved_urgently": "Duyệt khẩn",
    "returned": "Trả lại",
}


def content_hash(post: Post, assets: Sequence[PostAsset]) -> str:
    """SHA-256 over text, media, platforms and time window; independent of the order of `assets`."""
    pictures = sorted([one.role, one.platform, one.position, one.sha256, one.alt] for one in assets)
    facts: dict[str, Any] = {name: getattr(post, name) for name in HASHED}
    facts = {
        name: value for name, value in facts.items() if name not in HASHED_WHEN_SET or value != HASHED_WHEN_SET[name]
    }
    return hashlib.sha256(_AS_HASHED.encode({**facts, "assets": pictures}).encode()).hexdigest()


_AS_HASHED = json.JSONEncoder(sort_keys=True, ensure_ascii=False, default=str)
"""Made once: to make it takes longer than to write a post with it."""


def is_approved(post: Post) -> bool:
    """Whether the post, as it is now, is what was approved."""
    return post.state == Editorial.APPROVED and post.approved_hash == post.content_hash != ""


def submittable(session: Session, post_key: str) -> Post:
    """The post, when its state lets it be submitted. Raises `ContentError` otherwise. Changes nothing."""
    post = _post(session, post_key)
    _one_of(post, "trình duyệt", Editorial.DRAFT, Editorial.RETURNED)
    return post


def standing(session: Session, post: Post) -> Standing:
    """Who wrote the post, who has looked at it, and what comes next."""
    return standing_of(post, session.exec(select(Review).where(Review.post_id == post.id)).all())


def approvable(
    session: Session, post_key: str, by: str, *, level: int = 2, behalf: str = "", urgent: bool = False, seen: str = ""
) -> Post:
    """The post, when `by` may say yes to it as it stands. Changes nothing.

    `level` is how far their rights go, `behalf` in whose name they act. Raises `ContentError` when it is not
    submitted, when they or whom they stand for wrote it, when another level or another person is needed, when
    its text or media are not what its hash says, or its hash is not the one that was `seen`.
    """
    post = _post(session, post_key)
    _one_of(post, "duyệt", Editorial.SUBMITTED)
    _as_seen(post, seen)
    if refusal := why_not(standing(session, post), Approver(by, level, behalf), urgent=urgent):
        raise ContentError(f"{post.key}: {refusal}")
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


def approve(
    session: Session,
    post_key: str,
    by: str,
    now: datetime,
    *,
    level: int = 2,
    behalf: str = "",
    urgent: str = "",
    reason: str = "",
    seen: str = "",
    expected: Step | None = None,
) -> Step:
    """Say yes to exactly what stands in the post now; returns what that meant.

    The first yes to a sensitive post endorses it; another person's, of level 2, approves it. `urgent` is why one
    person of level 2 approves alone. `seen` and `expected` are the content and the step that the person decided
    about. Raises `ContentError` as `approvable`, and for other than what was seen.
    """
    # Two who endorse at once would both find nothing in the history; on PostgreSQL the second one waits here.
    session.exec(select(Post.id).where(Post.key == post_key).with_for_update()).first()
    urgent = nfc(urgent.strip())
    post = approvable(session, post_key, by, level=level, behalf=behalf, urgent=bool(urgent), seen=seen)
    known = standing(session, post)
    step = Step.URGENT if urgent else known.step
    if expected is not None and step is not expected:
        taken = known.endorsed if expected is Step.FIRST else None
        words = _STEP_TAKEN.format(key=post.key, name=taken.actor) if taken else _STEP_GONE.format(key=post.key)
        raise ContentError(words)
    told = (f"Khẩn: {urgent}" if urgent else "", f"Thay mặt {behalf}." if behalf else "", reason)
    facts = {} if step is Step.FIRST else {"approved_hash": post.content_hash}
    after = Editorial.SUBMITTED if step is Step.FIRST else Editorial.APPROVED
    _move(session, post, after, ACTION[step], by, now, reason=" ".join(filter(None, told)), **facts)
    return step


def give_back(
    session: Session,
    post_key: str,
    by: str,
    reason: str,
    now: datetime,
    *,
    behalf: str = "",
    seen: str = "",
    expected: Editorial | None = None,
) -> None:
    """Return a submitted post, or take back an approval, with a reason the editor can act on.

    `seen` and `expected` are the content and the state that the person decided about. Raises `ContentError` without a
    reason, for a submitted post whose words are `by`'s own (or those of whom they stand for), for any other state,
    and for other than what was seen.
    """
    post = _post(session, post_key)
    if expected is not None and post.state != expected:
        raise ContentError(_STEP_GONE.format(key=post.key))
    _one_of(post, "trả lại", Editorial.SUBMITTED, Editorial.APPROVED)
    if not reason.strip():
        raise ContentError(f"{post.key}: hãy ghi lý do trả lại để người soạn biết cần sửa gì.")
    if post.state == Editorial.SUBMITTED and (
        refusal := why_not_return(standing(session, post), Approver(by, behalf=behalf))
    ):
        raise ContentError(f"{post.key}: {refusal}")
    _as_seen(post, seen)
    told = (f"Thay mặt {behalf}: " if behalf else "") + nfc(reason.strip())
    _move(session, post, Editorial.RETURNED, "returned", by, now, reason=told, approved_hash="")


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
    if after is not Editorial.RETURNED:
        keep(session, post, by=by, now=now)


def record(session: Session, post: Post, action: str, by: str, now: datetime, reason: str = "") -> None:
    """Leave a row about one editorial act."""
    assert post.id is not None, "a post is stored before anything is decided about it"
    session.add(
        Review(
            post_id=post.id, at=now, action=action, actor=nfc(by.strip()), reason=reason, content_hash=post.content_hash
        )
    )
