"""The public pages: everything escaped, everything described, and never mistaken for the real thing."""

from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from sandbox.page import render_page
from sandbox.world import PublicItem, World

PLATFORMS = ("facebook", "zalo", "youtube")
AT = datetime(2026, 11, 22, 17, 30, tzinfo=UTC)


class Tags(HTMLParser):
    """Collects tags with their attributes, and the words between them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data

    def named(self, *names: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag in names]


def page(platform: str, **facts: object) -> Tags:
    world = World(platform)
    world.set_clock(AT)
    values = {"id": "1", "title": "Một cửa", "text": "Mời xem", "url": "https://example.vn/1", "at": AT, **facts}
    return Tags(render_page(world, [PublicItem(**values)]))  # type: ignore[arg-type]  # facts of any field


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_page_says_that_it_is_a_sandbox(platform: str) -> None:
    assert "Sandbox: trang mô phỏng, không phải mạng xã hội thật" in page(platform).words
    assert "Chưa có nội dung công khai" in render_page(World(platform), [])


@pytest.mark.parametrize("platform", PLATFORMS)
def test_hostile_content_stays_text(platform: str) -> None:
    bad = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'
    shown = page(platform, id=bad, title=bad, text=bad, pictures=("javascript:alert(1)", '/a"onerror="x'), link=bad)
    assert shown.named("script") == []
    assert not any(name.startswith("on") for _, attributes in shown.tags for name in attributes)
    assert not any((a.get("href") or a.get("src") or "").startswith("javascript") for _, a in shown.tags)
    assert "<script>alert(1)</script>" in shown.words


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7])
def test_pictures_are_a_grid_that_tells_how_many_more_there_are(count: int) -> None:
    shown = page("facebook", pictures=tuple(f"/pictures/{n}" for n in range(count)))
    pictures = shown.named("img")
    assert [picture["src"] for picture in pictures] == [f"/pictures/{n}" for n in range(min(count, 4))]
    assert all(picture["alt"] for picture in pictures)
    assert ("+3 ảnh" in shown.words) is (count == 7)


def test_a_video_has_a_player_with_its_cover() -> None:
    [player] = page("youtube", video="/media/1/video", pictures=("/media/1/cover",)).named("video")
    assert (player["src"], player["poster"], player["preload"]) == ("/media/1/video", "/media/1/cover", "metadata")
    assert "controls" in player


def test_line_breaks_stay_hashtags_are_marked_and_numbers_are_vietnamese() -> None:
    shown = page("facebook", text="Dòng một\nDòng hai #CảiCách", figures={"Cảm xúc": 12_345})
    assert "Dòng một\nDòng hai" in shown.words
    assert {"class": "tag"} in shown.named("span")
    assert "12.345" in shown.words
    assert "00:30, thứ Hai, 23/11/2026" in shown.words


@pytest.mark.parametrize("platform", PLATFORMS)
def test_titles_lead_nowhere_else(platform: str) -> None:
    assert all((link["href"] or "").startswith("#") for link in page(platform).named("a"))
