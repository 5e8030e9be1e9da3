"""The library we ship: good for every platform it names, for every topic of the plan, and citing nothing repealed."""

from collections import Counter
from pathlib import Path

import pytest
import requests
from sqlmodel import Session, col, select

from connectors import connector_class
from connectors.base import Account, Credentials
from content.checks import check
from content.drawings import Sketch
from content.library import load_library, read_library
from content.postfile import PostFile
from content.store import AssetStore
from content.tables import Post
from content.vietnamese import TOPIC_ORDER, fold
from scheduler.compose import compose, problems
from scheduler.tables import Channel
from tests.conftest import NOW
from tests.content.shelf import LIBRARY, plan, png, sketch

HUE = Account("1", "UBND thành phố Huế")


@pytest.fixture(scope="module")
def shipped() -> list[PostFile]:
    return read_library(LIBRARY, plan())


TO_FILL = frozenset(
    ("b-mot-phut-cung-lanh-dao", "g-mot-ngay-o-mot-cua", "h-cach-lam-hay", "h-co-quan-tra-loi", "h-guong-dien-hinh")
)
"""What only an office can write: its leader's words, its own film, its own good example."""


def finished(posts: list[PostFile]) -> list[PostFile]:
    """The posts that may go out as they are."""
    return [post for post in posts if post.key not in TO_FILL]


def test_every_shipped_post_passes_and_every_topic_has_two(shipped: list[PostFile]) -> None:
    topics = Counter(post.topic for post in shipped)
    assert len(shipped) >= 40
    assert set(TO_FILL) < {post.key for post in shipped}
    assert {letter: topics[letter] for letter in TOPIC_ORDER if topics[letter] < 2} == {}


def test_shipped_posts_cite_nothing_that_is_repealed_and_link_only_to_official_sites(shipped: list[PostFile]) -> None:
    found = [(post.key, one.words) for post in finished(shipped) for one in check(post, post.places(), plan())]
    assert [one for one in found if "kiểm tra hiệu lực" not in one[1]] == []


def test_posts_that_only_an_office_can_finish_are_told_to_be_filled_and_nothing_else(shipped: list[PostFile]) -> None:
    for post in shipped:
        blanks = [one for one in check(post, post.places(), plan()) if one.to_fill]
        assert bool(blanks) == (post.key in TO_FILL), post.key
        assert not [one for one in check(post, post.places(), plan()) if one.keeps_out], post.key
    assert all(not post.evergreen for post in shipped if post.key in TO_FILL)


def test_shipped_posts_fit_each_platform_with_words_of_its_own(shipped: list[PostFile]) -> None:
    zalo = [post.variants["zalo"] for post in shipped if "zalo" in post.platforms]
    youtube = [post.variants["youtube"] for post in shipped if "youtube" in post.platforms]
    assert len(zalo) >= 25
    assert len(youtube) >= 4
    assert all(0 < len(one["title"]) <= 140 and 0 < len(one["summary"]) <= 250 and one["text"] for one in zalo)
    assert all(0 < len(one["title"]) <= 100 and not set("<>") & set(one["title"] + one["text"]) for one in youtube)


def test_every_shipped_zalo_article_has_a_cover_and_every_video_post_a_video(shipped: list[PostFile]) -> None:
    for post in finished(shipped):
        for platform, role in (("zalo", "cover"), ("youtube", "video")):
            roles = {
                role for line in post.assets for role in line.roles if not line.platforms or platform in line.platforms
            }
            assert platform not in post.platforms or role in roles, post.key


def test_every_shipped_text_names_its_source_in_its_last_line(shipped: list[PostFile]) -> None:
    for post in shipped:
        texts = [post.body, *(str(one["text"]) for one in post.variants.values() if one.get("text"))]
        assert all(fold(text.splitlines()[-1]).startswith("nguon:") for text in texts), post.key


def draw_plain(spec: Path, size: str) -> Sketch:
    """Pictures of the real sizes, without the time it takes to draw them."""
    return sketch(spec, size, png("navy", {"portrait": (1080, 1350), "wide": (1280, 720)}[size]))


def test_every_shipped_post_can_be_sent_to_every_platform_it_names(session: Session, tmp_path: Path) -> None:
    store = AssetStore(tmp_path / "store")
    report = load_library(session, LIBRARY, plan(), store, NOW, draw_plain)
    assert len(report.new) >= 40
    found = []
    for post in session.exec(select(Post).where(col(Post.key).not_in(TO_FILL))):
        for platform in post.platforms:
            channel = Channel(key=platform, platform=platform, external_id="1", name="", options={}, created_at=NOW)
            outgoing = compose(session, store, lambda name: f"https://media.hue.gov.vn/{name}", post, channel, "k")
            kind = connector_class(platform)
            connector = kind(kind.Settings.model_construct(), HUE, Credentials({}), requests.Session())
            found += [(post.key, platform, one.words) for one in problems(outgoing, post, connector, channel)]
    assert found == []


def test_every_shipped_film_goes_out_with_the_captions_that_lie_beside_it(shipped: list[PostFile]) -> None:
    films = [post for post in finished(shipped) if "youtube" in post.platforms]
    assert len(films) >= 5
    for post in films:
        [film] = [line.path for line in post.assets if "video" in line.roles]
        captions = film.with_suffix(".srt").read_text(encoding="utf-8").strip()
        assert post.variants["youtube"]["options"]["captions_text"] == captions, post.key
