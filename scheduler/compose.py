"""Where content meets a connector: one post, fitted to one channel, as the values a connector takes.

Knows no platform by name: it reads the variant under the channel's platform and the connector's limits.
Nothing is cut: what does not fit is a problem that `check` reports before anything is scheduled.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select as SelectOf

from connectors import connector_class
from connectors.base import Capabilities, Connector, Kind, Media, Outgoing, Part, Problem
from content.errors import ContentError
from content.store import AssetStore
from content.tables import Asset, Post, PostAsset
from scheduler.parts import comment_of, public_ids
from scheduler.tables import Channel, Publication

SHARES_A_LINK = "lien_ket"
"""The form of a post that sends its readers to the page it is about."""


Placed = Sequence[tuple[PostAsset, Asset]]
"""A post's files, each with its place in the post, in order. The places need not be stored rows."""
Address = Callable[[str], str]


def placed_in(session: Session, post: Post) -> Placed:
    """The files of a stored post."""
    return session.exec(
        select(PostAsset, Asset)
        .where(col(PostAsset.sha256) == col(Asset.sha256), PostAsset.post_id == post.id)
        .order_by(col(PostAsset.position))
    ).all()


def placed_in_all(session: Session, post_ids: Iterable[int]) -> dict[int, Placed]:
    """The files of many stored posts, by post; one without files has an empty list."""
    wanted = sorted(set(post_ids))
    found: dict[int, list[tuple[PostAsset, Asset]]] = {post_id: [] for post_id in wanted}
    for use, asset in session.exec(_placed(), params={"posts": wanted}):
        found[use.post_id].append((use, asset))
    return dict(found)


@cache
def _placed() -> "SelectOf[PostAsset, Asset]":
    """Put together once: every briefing asks."""
    return (
        select(PostAsset, Asset)
        .where(
            col(PostAsset.sha256) == col(Asset.sha256),
            col(PostAsset.post_id).in_(bindparam("posts", expanding=True)),
        )
        .order_by(col(PostAsset.position))
    )


def compose(session: Session, store: AssetStore, address: Address, post: Post, channel: Channel, key: str) -> Outgoing:
    """The post as this channel will send it. `address` gives the public address of a stored file, or ""."""
    return compose_of(store, address, post, placed_in(session, post), channel, key)


def compose_of(store: AssetStore, address: Address, post: Post, placed: Placed, channel: Channel, key: str) -> Outgoing:
    """The same for a post with these files, stored or not: no database is asked."""
    limits = connector_class(channel.platform).capabilities
    variant: dict[str, Any] = post.variants.get(channel.platform, {})
    text = str(variant.get("text") or post.body).strip()
    tags = tuple(post.hashtags)
    missing = [tag for tag in tags if tag not in text]
    full = text if not missing or Kind.TEXT not in limits.kinds else f"{text}\n\n{' '.join(missing)}"
    media = _media(store, address, placed, channel.platform, limits)
    return Outgoing(
        key=key,
        title=str(variant.get("title") or post.title),
        text=full,
        summary=str(variant.get("summary") or ""),
        link=str(variant.get("link") or (post.source_url if post.form == SHARES_A_LINK else "")),
        images=tuple(item for role, item in media if role == "image"),
        video=next((item for role, item in media if role == "video"), None),
        cover=next((item for role, item in media if role == "cover"), None),
        tags=tuple(tag.lstrip("#") for tag in tags),
        options={**channel.options, **variant.get("options", {})},
    )


def key_of(row: Publication) -> str:
    """What this row of the queue is called where a platform takes a name of ours."""
    return f"cchc-{row.id}"


def compose_part(
    session: Session,
    store: AssetStore,
    address: Callable[[str], str],
    post: Post,
    channel: Channel,
    row: Publication,
    placed: Placed,
) -> Outgoing:
    """What this row of the queue sends: the post with these files, or what follows it.

    Raises `ContentError` when a post that it belongs to is not public any more.
    """
    whole = compose_of(store, address, post, placed, channel, key_of(row))
    if row.part == Part.POST:
        return whole
    articles = row.details.get("articles") or [row.follows_id]
    refs = public_ids(session, articles)
    if len(refs) < len(articles):
        raise ContentError(f"Bài mà mục {row.id} đi theo không còn trên kênh hoặc chưa có mã bài; không gửi được.")
    part = Part(row.part)
    if part is Part.REVISION:
        return replace(whole, part=part, refs=tuple(refs))
    return Outgoing(
        key=whole.key,
        title=whole.title,
        text=comment_of(post, channel.platform) if part is Part.COMMENT else "",
        options=whole.options,
        part=part,
        refs=tuple(refs),
        audience=row.details.get("audience", {}),
    )


def used_on(placed: Placed, platform: str) -> Placed:
    """Those of the files that this platform uses."""
    return [(use, asset) for use, asset in placed if use.platform in ("", platform)]


def _media(
    store: AssetStore, address: Address, placed: Placed, platform: str, limits: Capabilities
) -> list[tuple[str, Media]]:
    found = []
    for use, asset in used_on(placed, platform):
        item = _as_media(store, use, asset)
        if use.role != "video" and item.mime.startswith("image/"):
            item = _fitted(store, item, limits)
            item = replace(item, url=address(item.path.name))
        found.append((use.role, item))
    return found


def _as_media(store: AssetStore, use: PostAsset, asset: Asset) -> Media:
    return Media(
        path=store.path(asset.sha256, asset.mime),
        mime=asset.mime,
        size=asset.size,
        sha256=asset.sha256,
        alt=use.alt,
        width=asset.width,
        height=asset.height,
        seconds=asset.seconds,
    )


def _fitted(store: AssetStore, item: Media, limits: Capabilities) -> Media:
    """The picture as this platform takes it: the same file when it fits, else a smaller JPEG of it."""
    if not limits.image_bytes_max or (item.size <= limits.image_bytes_max and item.mime in limits.image_types):
        return item
    fitted = store.fit(item.sha256, item.mime, limits.image_bytes_max, limits.image_types)
    return replace(
        item,
        path=fitted.path,
        mime=fitted.mime,
        size=fitted.size,
        sha256=fitted.sha256,
        width=fitted.width,
        height=fitted.height,
    )


def problems(outgoing: Outgoing, post: Post, connector: Connector, channel: Channel) -> list[Problem]:
    """Everything that would stop this post on this channel: not meant for it, not able to, over a limit, unproved."""
    limits = connector.capabilities
    if channel.platform not in post.platforms:
        return [Problem("platforms", f"Bài “{post.key}” không dành cho {limits.label}.")]
    if outgoing.kind not in limits.kinds:
        return [Problem("form", f"{limits.label} không đăng được loại bài này: bỏ kênh này hoặc đổi hình thức.")]
    return [
        *_unproved(outgoing, limits, channel),
        *connector.check(outgoing),
        *_comment_problems(comment_of(post, channel.platform), outgoing, connector),
    ]


def _unproved(outgoing: Outgoing, limits: Capabilities, channel: Channel) -> Iterator[Problem]:
    for option in sorted(limits.proven_options):
        if outgoing.options.get(option) and option not in channel.proofs:
            words = (
                f"Lựa chọn “{option}” chưa được kiểm chứng trên kênh này; hãy chạy: "
                f"cchc channels prove {channel.key} {option}, hoặc bỏ lựa chọn."
            )
            yield Problem("options", words)


def _comment_problems(text: str, outgoing: Outgoing, connector: Connector) -> Iterator[Problem]:
    if not text:
        return
    limits = connector.capabilities
    if Part.COMMENT not in limits.parts:
        words = f"{limits.label} không gửi được bình luận đầu tiên; phần này sẽ không được đăng."
        yield Problem("first_comment", words, blocks=False)
        return
    comment = Outgoing(key=outgoing.key, title=outgoing.title, text=text, part=Part.COMMENT)
    for problem in connector.check(comment):
        yield replace(problem, field="first_comment")


def blocking(found: Sequence[Problem]) -> list[Problem]:
    """Only the problems that stop a publication."""
    return [problem for problem in found if problem.blocks]


def valid_on(post: Post, day: date) -> bool:
    """Whether the post's validity window contains this local day."""
    return (post.valid_from is None or post.valid_from <= day) and (post.valid_to is None or day <= post.valid_to)
