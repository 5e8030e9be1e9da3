"""The composer: what is written is kept, saved once, never over somebody else's words, and handed on."""

import re
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Page, expect
from sqlmodel import Session, col, func, select

from content.editing import PostFields, fields_of
from content.tables import Asset, Editorial, Post, PostAsset, PostRevision, Review
from scheduler.db import reading, writing
from scheduler.tables import Publication, Slot
from tests.conftest import LAN, MINH, NOW
from tests.web.browser import WIDTHS, violations, window
from tests.web.desk import Desk, Visitor, counted
from web.forms import Form
from web.rooms.compose.conflict import marked
from web.rooms.compose.fields import read_fields, start_of
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


# The form ----------------------------------------------------------------------------------------------


def test_smoke(desk: Desk) -> None:
    lan = desk.visit(desk.lan)
    assert lan.get("/soan").status_code == 200
    key = begin(lan)
    page = lan.get(f"/soan/{key}")
    assert page.status_code == 200, page.text
    answer = lan.post(f"/soan/{key}", GOOD)
    assert answer.status_code == 200, answer.text
    assert answer.url.endswith("/soan/nop-ho-so-truc-tuyen-tai-nha-nam-buoc-khong-phai-cho-doi-o"), answer.url
    print(re.sub(r"<[^>]+>|\s+", " ", answer.text))
