"""A library in use, for the tests of its pages."""

from datetime import timedelta
from typing import Any

from content.tables import Post
from scheduler.db import writing
from scheduler.tables import Publication, Reading
from tests.conftest import NOW
from tests.web.desk import Desk

LONG = (
    "Sở Nội vụ hướng dẫn tổ chức, cá nhân nộp hồ sơ trực tuyến toàn trình đối với các thủ tục hành chính thuộc thẩm "
    "quyền giải quyết của Ủy ban nhân dân cấp xã sau sắp xếp"
)


def shelf(desk: Desk) -> dict[str, Post]:
    """Posts of every kind, by key: with and without pictures, of the office and of an agency, public and waiting."""
    made = {
        key: desk.post(key=key, **facts)
        for key, facts in (
            ("giay-hen", {"title": "Giấy hẹn trả kết quả", "topic": "d"}),
            ("mot-cua", {"title": "Một cửa làm việc thứ Bảy", "topic": "đ", "state": "submitted", "form": "lien_ket"}),
            ("cua-so-noi-vu", {"title": LONG, "topic": "đ", "state": "draft", "agency": "snv", "sensitive": True}),
            ("cua-tu", {"title": "Bài của Tú", "state": "returned", "author": "Tú", "platforms": ["zalo"]}),
            ("cua-tu-phap", {"title": "Bài của Sở Tư pháp", "agency": "stp", "author": "Vy", "evergreen": False}),
        )
    }
    desk.picture(made["giay-hen"])
    channel = desk.channel(name="Fanpage tỉnh")
    went(desk, made["giay-hen"], channel.id, NOW - timedelta(days=3))
    desk.publication(post_id=made["cua-tu-phap"].id, channel_id=channel.id, due_at=NOW + timedelta(days=1))
    return made


def went(desk: Desk, post: Post, channel_id: int | None, at: Any, **figures: int) -> Publication:
    """A public publication with the figures that were read last."""
    row = desk.publication(
        post_id=post.id, channel_id=channel_id, due_at=at, state="published", published_at=at, external_id="1_2",
        permalink="https://www.facebook.com/1_2",
    )  # fmt: skip
    with writing(desk.engine) as session:
        for metric, value in figures.items():
            for seen, told in ((NOW - timedelta(hours=12), value // 2), (NOW, value)):
                session.add(
                    Reading(channel_id=channel_id or 0, publication_id=row.id, metric=metric, value=told, name=metric,
                            version="1", taken_at=seen)
                )  # fmt: skip
            session.add(
                Reading(channel_id=channel_id or 0, publication_id=row.id, metric=metric, value=None, name=metric,
                        version="1", taken_at=NOW + timedelta(hours=1))
            )  # fmt: skip
    return row
