"""Posts before the approvers, submitted through the checks as staff do."""

from datetime import timedelta
from typing import Any

from sqlmodel import Session, col, select

from content.editorial import content_hash, record
from content.revisions import keep
from content.tables import Editorial, Post, PostAsset, Review
from scheduler.db import reading, writing
from tests.conftest import LAN, NOW
from tests.scheduler.house import HOUR
from tests.web.desk import Desk

BODY = """Từ nay bà con nộp hồ sơ tại một nơi và nhận kết quả tại chính nơi đó.
Hãy mang theo giấy tờ gốc để đối chiếu, giữ giấy hẹn và mã hồ sơ cẩn thận.
Nguồn: Cổng Thông tin điện tử tỉnh."""
DOUBTFUL = BODY.replace("Từ nay", "Theo Nghị định 61/2018/NĐ-CP,")
"""Words with one warning."""
OTHER = """Mùa mưa lũ đã đến, hãy bật cảnh báo trên điện thoại để biết sớm hơn.
Sạc đầy pin, chuẩn bị đèn và nước sạch trước khi bão vào bờ.
Nguồn: Cổng Thông tin điện tử tỉnh."""


def submitted(desk: Desk, key: str = "d-mot-cua", by: str = LAN, *, author: str = LAN, **facts: Any) -> Post:
    """A post of Lan's that waits."""
    values = {"title": "Nộp hồ sơ ở một nơi", "body": BODY, "platforms": ["facebook"], **facts}
    post = desk.post(key=key, author=author, state=Editorial.DRAFT, **values)
    desk.house.submissions.submit([key], by, now=desk.clock.now(), accept_warnings=True)
    return post


def submitted_quickly(desk: Desk, count: int, name: str = "cho", **facts: Any) -> list[Post]:
    """Many that wait, without the checks."""
    made = []
    for number in range(count):
        post = desk.post(key=f"{name}-{number}", title=f"Bài {name} số {number}", state=Editorial.SUBMITTED, **facts)
        with writing(desk.engine) as session:
            record(session, post, "submitted", LAN, NOW)
        made.append(post)
    return made


def due(desk: Desk, post: Post, after: timedelta = HOUR, **facts: Any) -> None:
    """The post in the queue of a channel."""
    at = desk.clock.now() + after
    desk.publication(post_id=post.id, due_at=at, state="held", held_by="approval_lost", next_attempt_at=None, **facts)


def change(desk: Desk, key: str, by: str = LAN, **facts: Any) -> None:
    """Somebody saves other words; the post is a draft again."""
    with writing(desk.engine) as session:
        row = post_of(session, key)
        for name, value in facts.items():
            setattr(row, name, value)
        assets = session.exec(select(PostAsset).where(PostAsset.post_id == row.id)).all()
        row.content_hash, row.approved_hash, row.state = content_hash(row, assets), "", Editorial.DRAFT
        record(session, row, "changed", by, desk.clock.now())
        keep(session, row, by=by, now=desk.clock.now())


def post_of(session: Session, key: str) -> Post:
    return session.exec(select(Post).where(Post.key == key)).one()


def state(desk: Desk, key: str = "d-mot-cua") -> str:
    with reading(desk.engine) as session:
        return post_of(session, key).state


def acts(desk: Desk, key: str = "d-mot-cua") -> list[tuple[str, str, str]]:
    with reading(desk.engine) as session:
        rows = select(Review).where(Review.post_id == post_of(session, key).id).order_by(col(Review.id))
        return [(row.action, row.actor, row.reason) for row in session.exec(rows)]
