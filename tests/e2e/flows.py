"""The kinds of post that the crash matrix plays, and what follows a post."""

from collections.abc import Callable
from functools import partial
from typing import Any

from sqlmodel import select

from connectors.base import Part
from content.tables import Asset, Post, PostAsset
from sandbox.youtube_state import PLAYLIST_ID
from scheduler.db import reading, writing
from scheduler.queue_parts import broadcast, revise
from scheduler.tables import Publication
from tests.conftest import LAN, NOW, Sandbox
from tests.content.films import mp4
from tests.e2e.matrix import Flow
from tests.scheduler.house import Running


def _post(house: Running, **facts: Any) -> Post:
    return house.post(late_rule="any_time", **facts)


def _with_pictures(*colours: str, **facts: Any) -> Callable[[Running], Post]:
    def furnish(house: Running) -> Post:
        post = _post(house, **facts)
        for place, colour in enumerate(colours, 1):
            house.picture(post, colour)
            _change_uses(house, post, partial(_put_in_place, place))
        return post

    return furnish


def _put_in_place(place: int, use: PostAsset) -> None:
    use.position = use.position or place


def _video(house: Running, post: Post) -> None:
    """Give a post a film that goes up in two pieces."""
    path = house.store.folder.parent / "film.mp4"
    path.write_bytes(mp4(b"film" * 75_000))
    stored = house.store.put(path)
    with writing(house.engine) as session:
        session.merge(Asset(sha256=stored.sha256, mime=stored.mime, size=stored.size, created_at=NOW))
        session.flush()
        session.add(PostAsset(post_id=post.id or 0, sha256=stored.sha256, role="video"))


def _with_video(*, cover: str = "", **facts: Any) -> Callable[[Running], Post]:
    def furnish(house: Running) -> Post:
        post = _post(house, **facts)
        _video(house, post)
        if cover:
            house.picture(post, cover)
        # only the cover is meant
        _change_uses(house, post, lambda use: setattr(use, "platform", "none" if use.role == "image" else ""))
        return post

    return furnish


def _change_uses(house: Running, post: Post, change: Callable[[PostAsset], None]) -> None:
    with writing(house.engine) as session:
        for use in session.exec(select(PostAsset).where(PostAsset.post_id == post.id)):
            change(use)
            session.add(use)
    house.approve_again(post)


def _for(platform: str, **variant: Any) -> dict[str, Any]:
    return {"variants": {platform: variant}}


# What follows a post -----------------------------------------------------------------------------------

NEW_WORDS = "Lời đã sửa."
SRT = "1\n00:00:00,000 --> 00:00:02,000\nXin chào bà con.\n"


def _comment(house: Running, parent: Publication) -> int:
    """The row that was queued when the post became public; it has not been sent yet."""
    with reading(house.engine) as session:
        rows = session.exec(select(Publication).where(Publication.follows_id == parent.id)).all()
    [row] = [one for one in rows if one.part == Part.COMMENT]
    return row.id or 0


def _revision(house: Running, parent: Publication) -> int:
    with reading(house.engine) as session:
        post = session.get_one(Post, parent.post_id)
    house.approve_again(post, body=NEW_WORDS)
    return revise(house.service.desk, parent.id or 0, now=house.clock.now(), actor=LAN).id or 0


def _broadcast(house: Running, parent: Publication) -> int:
    now = house.clock.now()
    return broadcast(house.service.desk, [parent.id or 0], {}, now, now=now, actor=LAN).id or 0


def _comments(sandbox: Sandbox, _platform: str) -> int:
    return len(sandbox.comments())


def _broadcasts(sandbox: Sandbox, _platform: str) -> int:
    return len(sandbox.broadcasts())


def _revised(sandbox: Sandbox, platform: str) -> int:
    """1 when the one post there is says the new words."""
    posts = sandbox.public(platform)
    return sum(NEW_WORDS in post["text"] for post in posts) if len(posts) == 1 else len(posts)


SUMMARY = _for("zalo", summary="Tóm tắt.")
FLOWS = (
    Flow("facebook", "text", _post),
    Flow("facebook", "link", partial(_post, **_for("facebook", link="https://dichvucong.gov.vn/huong-dan"))),
    Flow("facebook", "photo", _with_pictures("purple")),
    Flow("facebook", "album", _with_pictures("purple", "teal")),
    Flow("facebook", "hidden", _with_pictures("purple", **_for("facebook", options={"hidden_first": True}))),
    Flow("facebook", "video", _with_video(cover="purple")),
    Flow("facebook", "reel", _with_video(**_for("facebook", options={"reel": True}))),
    Flow("zalo", "article", _with_pictures("purple", **SUMMARY)),
    Flow("zalo", "video", _with_video(cover="purple", **SUMMARY)),
    Flow("youtube", "video", _with_video(cover="purple")),
    Flow(
        "youtube",
        "captions and playlist",
        _with_video(**_for("youtube", options={"captions_text": SRT, "playlist_id": PLAYLIST_ID})),
    ),
    Flow("zalo", "shown at once", _with_pictures("purple", **SUMMARY), tuning={"two_phase_publish": False}),
    Flow(
        "facebook", "comment", partial(_post, **_for("facebook", first_comment="Hỏi đáp ở đây.")), _comment, _comments
    ),
    Flow("facebook", "revision", _post, _revision, _revised),
    Flow("zalo", "revision", _with_pictures("purple", **SUMMARY), _revision, _revised),
    Flow("zalo", "broadcast", _with_pictures("purple", **SUMMARY), _broadcast, _broadcasts, by_person=True),
    Flow("youtube", "revision", _with_video(), _revision, _revised),
)
