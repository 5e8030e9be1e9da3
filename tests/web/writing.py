"""What the tests of the composer share: a post's form, what it sends, and what came of it."""

import re
from typing import Any

import requests
from sqlmodel import col, func, select

from content.editing import fields_of
from content.tables import Asset, Editorial, Post, Review
from scheduler.db import reading, writing
from scheduler.tables import Publication, Slot
from tests.conftest import NOW
from tests.web.desk import Desk, Visitor
from web.rooms.compose.fields import start_of
from web.tables import WorkCopy

TITLE = "Nộp hồ sơ trực tuyến tại nhà: năm bước, không phải chờ đợi ở bộ phận một cửa"
BODY = "Bà con nộp hồ sơ tại nhà trong năm bước.\n\nNguồn: Cổng Thông tin điện tử."
GOOD: dict[str, Any] = {
    "title": TITLE,
    "body": BODY,
    "topic": "đ",
    "form": "van_ban",
    "audiences": ["nguoi_dan"],
    "source": "Cổng Thông tin điện tử",
    "hashtags": "CCHC MotCua",
    "platforms": ["facebook"],
    "evergreen": "1",
    "late_rule": "expire",
    "late_minutes": "180",
}


def post_of(desk: Desk, key: str) -> Post:
    with reading(desk.engine) as session:
        return session.exec(select(Post).where(Post.key == key)).one()


def posts(desk: Desk) -> int:
    with reading(desk.engine) as session:
        return session.exec(select(func.count()).select_from(Post)).one()


def copies(desk: Desk) -> list[WorkCopy]:
    with reading(desk.engine) as session:
        return list(session.exec(select(WorkCopy).order_by(col(WorkCopy.id))))


def acts(desk: Desk, key: str) -> list[tuple[str, str]]:
    with reading(desk.engine) as session:
        rows = select(Review).where(Review.post_id == post_of(desk, key).id).order_by(col(Review.id))
        return [(one.action, one.actor) for one in session.exec(rows)]


def draft(desk: Desk, **facts: Any) -> Post:
    return desk.post(state=Editorial.DRAFT, platforms=["facebook"], **facts)


def begin(visitor: Visitor) -> str:
    """The key of a new post's copy."""
    answer = visitor.post("/soan/moi", allow_redirects=False)
    assert answer.status_code == 303
    return answer.headers["Location"].removeprefix("/soan/")


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, name
    return found[1]


def sent(desk: Desk, post: Post, **changes: Any) -> dict[str, Any]:
    """What the form of this post sends, with these fields changed."""
    with reading(desk.engine) as session:
        row = session.get_one(Post, post.id)
        start = start_of(fields_of(session, row))
    plain = {name: value for name, value in start.items() if value not in ("", None, (), [])}
    return {**plain, "seen": row.content_hash, **changes}


def keep(visitor: Visitor, key: str, data: dict[str, Any]) -> requests.Response:
    return visitor.post(f"/soan/{key}/tu-luu", data, headers={"Accept": "application/json"})


def stored(desk: Desk, *hashes: str, mime: str = "image/png") -> list[str]:
    found = [one * 64 for one in hashes]
    with writing(desk.engine) as session:
        session.add_all(Asset(sha256=one, mime=mime, size=1, name=f"{one[0]}.png", created_at=NOW) for one in found)
    return found


def queued(desk: Desk) -> list[Publication]:
    with reading(desk.engine) as session:
        return list(session.exec(select(Publication).order_by(col(Publication.due_at), col(Publication.id))))


def ready(desk: Desk) -> tuple[Post, Visitor, dict[str, Any]]:
    """An approved post, a channel with slots at 11:30 and 19:30 every day, and what the panel sends."""
    channel = desk.connect("facebook")
    with writing(desk.engine) as session:
        session.add_all(Slot(channel_id=channel.id or 0, weekday=d, minute=m) for d in range(7) for m in (690, 1170))
    post = desk.post(platforms=["facebook"])
    lan = desk.visit(desk.lan)
    mark = hidden(lan.get(f"/soan/{post.key}").text, "hang_cho")
    return post, lan, {"kenh": ["facebook"], "hang_cho": mark}
