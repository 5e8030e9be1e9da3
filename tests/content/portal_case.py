"""Articles as a portal tells them, for the tests of suggestions."""

from datetime import datetime
from typing import Any

from content.articles import Article, articles
from content.tables import PortalSource
from content.vietnamese import LOCAL
from portal.values import Item, Reading
from tests.conftest import NOW

PUBLISHED = datetime(2026, 11, 23, 7, 30, tzinfo=LOCAL)
"""Half an hour before NOW."""
ADDRESS = "https://cong.tinhvidu.example/rss/cai-cach.rss"


def item(number: int = 1, **facts: Any) -> Item:
    """The article of that number, as a tidy feed tells it."""
    link = facts.pop("link", f"https://cong.tinhvidu.example/bai-{number}.htm")
    values: dict[str, Any] = {
        "title": f"Bộ phận Một cửa làm việc cả sáng thứ Bảy, đợt {number}",
        "published": PUBLISHED,
        "summary": "Lịch tiếp nhận hồ sơ áp dụng từ tuần tới.",
        "guid": f"guid-{number}",
        "key": link or "",
        **facts,
    }
    return Item(link=link, **values)


def told(*items: Item) -> list[Article]:
    """The articles of a reading that worked."""
    return articles(Reading(items=items, title="Cổng Thông tin điện tử tỉnh Ví Dụ"))


def a_source(key: str = "cong-cchc", **facts: Any) -> PortalSource:
    """A source as a row, not stored yet."""
    values: dict[str, Any] = {
        "name": "Cổng Thông tin điện tử tỉnh Ví Dụ",
        "address": f"https://cong.tinhvidu.example/rss/{key}.rss",
        "topic": "d",
        **facts,
    }
    return PortalSource(key=key, created_at=NOW, **values)
