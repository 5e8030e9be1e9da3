"""Everything the page of one post tells, read in few statements."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select as columns_of
from sqlmodel import Session, and_, col, func, select

from content.checks import Finding, Grade, by_grade
from content.tables import Asset, Post, PostAsset, Review
from reports.phrases import METRIC_WORDS
from scheduler.lifecycle import WORDS, State
from scheduler.parts import PART_WORDS
from scheduler.tables import Channel, Publication, Reading
from web.options import options_of, shown
from web.plans import Words
from web.words import Say, say

MOST = 50
"""Publications and acts that are shown; the history has all of them."""
GRADES = (
    (Grade.ERROR, "Cần sửa"),
    (Grade.TO_FILL, "Cần điền"),
    (Grade.WARNING, "Cần xem lại"),
)
FIELD_WORDS = {
    "title": "Tiêu đề",
    "body": "Nội dung",
    "topic": "Nội dung tuyên truyền",
    "form": "Hình thức",
    "audiences": "Đối tượng",
    "source": "Nguồn",
    "source_url": "Địa chỉ nguồn",
    "legal_refs": "Căn cứ pháp lý",
    "hashtags": "Hashtag",
    "platforms": "Nền tảng",
    "assets": "Ảnh, video",
    "valid_from": "Dùng từ ngày",
    "valid_to": "Dùng đến ngày",
    "summary": "Tóm tắt",
    "text": "Lời riêng",
    "link": "Liên kết",
    "first_comment": "Bình luận đầu tiên",
    "tags": "Nhãn",
    "season": "Mùa trong năm",
    "repeat": "Đăng lại",
    "series": "Loạt bài",
}
VARIANT_FIELDS = ("title", "summary", "text", "link", "first_comment")


class Told(NamedTuple):
    """One fact: what it is, and what it says."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Own:
    """What one platform gets that the others do not."""

    label: str
    texts: tuple[Told, ...]
    options: tuple[Told, ...]
    files: tuple[tuple[PostAsset, Asset], ...]


@dataclass(slots=True)
class Gone:
    """One publication of the post."""

    row: Publication
    channel: Channel
    state: str
    """In words."""
    part: str
    figures: list[tuple[str, int]] = field(default_factory=list)
    figures_at: datetime | None = None


def files_of(session: Session, post: Post) -> list[tuple[PostAsset, Asset]]:
    """The post's files in their places: pictures, films, then covers."""
    order = {"image": 0, "video": 1, "cover": 2}
    rows = session.exec(
        select(PostAsset, Asset).where(col(PostAsset.sha256) == col(Asset.sha256), PostAsset.post_id == post.id)
    )
    return sorted(rows, key=lambda one: (one[0].platform, order.get(one[0].role, 3), one[0].position))


def shared_files(files: Sequence[tuple[PostAsset, Asset]]) -> list[tuple[PostAsset, Asset]]:
    """What every platform uses; a cover that is one of the pictures is not shown twice."""
    found: dict[str, tuple[PostAsset, Asset]] = {}
    for use, asset in files:
        if not use.platform:
            found.setdefault(use.sha256, (use, asset))
    return list(found.values())


def own_of(post: Post, files: Sequence[tuple[PostAsset, Asset]], words: Words) -> Iterator[Own]:
    """What differs per platform."""
    for platform in dict.fromkeys(
        (*post.platforms, *post.variants, *(use.platform for use, _ in files if use.platform))
    ):
        variant = post.variants.get(platform, {})
        texts = tuple(Told(FIELD_WORDS[name], str(variant[name])) for name in VARIANT_FIELDS if variant.get(name))
        options = tuple(_options(platform, variant.get("options") or {}, words))
        own_files = tuple(one for one in files if one[0].platform == platform)
        if texts or options or own_files:
            yield Own(words.platforms.get(platform, platform), texts, options, own_files)


def _options(platform: str, chosen: Mapping[str, Any], words: Words) -> Iterator[Told]:
    known = {one.name: one for one in options_of(platform)} if platform in words.platforms else {}
    for name, value in chosen.items():
        option = known.get(name)
        told = shown(option, value) if option else str(value)
        yield Told(option.label if option else name, dict(option.choices).get(told, told) if option else told)


def gone_of(session: Session, post: Post) -> list[Gone]:
    """Where the post was and will be, the newest first, with the last figures of each."""
    rows = session.exec(
        select(Publication, Channel)
        .where(col(Publication.channel_id) == col(Channel.id), Publication.post_id == post.id)
        .order_by(col(Publication.due_at).desc(), col(Publication.id).desc())
        .limit(MOST)
    )
    found = [Gone(row, channel, WORDS[State(row.state)], PART_WORDS[row.part]) for row, channel in rows]
    by_id = {one.row.id: one for one in found}
    for number, metric, value, at in _figures(session, [one.row.id for one in found if one.row.published_at]):
        one = by_id[number]
        one.figures.append((METRIC_WORDS.get(metric, metric), value))
        one.figures_at = max(one.figures_at or at, at)
    return found


def _figures(session: Session, numbers: Sequence[int | None]) -> list[tuple[int, str, int, datetime]]:
    """The last value that was told of each metric of these publications."""
    if not numbers:
        return []
    own = (col(Reading.publication_id), col(Reading.metric))
    told = and_(own[0].in_(numbers), col(Reading.value).is_not(None))
    last = columns_of(*own, func.max(col(Reading.taken_at)).label("at")).where(told).group_by(*own).subquery()
    rows = session.execute(
        columns_of(*own, func.max(col(Reading.value)), col(Reading.taken_at))
        .join(last, and_(own[0] == last.c.publication_id, own[1] == last.c.metric, Reading.taken_at == last.c.at))
        .where(told)
        .group_by(*own, col(Reading.taken_at))
    )
    order = {str(metric): place for place, metric in enumerate(METRIC_WORDS)}
    return sorted((tuple(row) for row in rows), key=lambda row: order.get(row[1], 99))


def acts_of(session: Session, post: Post) -> list[Review]:
    """What was done with the post, the latest first."""
    rows = select(Review).where(Review.post_id == post.id).order_by(col(Review.id).desc()).limit(MOST)
    return list(session.exec(rows))


def grades_of(findings: Sequence[Finding], words: Words) -> list[tuple[str, Grade, list[tuple[Say, str]]]]:
    """What to mend, to fill in and to think about, each with the name of its field."""
    found = [(told, grade, by_grade(findings, grade)) for grade, told in GRADES]
    return [
        (told, grade, [(_field(one.field, words), f"{one.words[:1].upper()}{one.words[1:]}") for one in some])
        for told, grade, some in found
        if some
    ]


def _field(name: str, words: Words) -> Say:
    first, _, rest = name.partition(".")
    if first != "variants":
        return say(FIELD_WORDS.get(first, first))
    platform, _, own = rest.partition(".")
    label = words.platforms.get(platform, platform)
    last = own.rpartition(".")[2]
    return say("{field}, {platform}", field=FIELD_WORDS.get(last, last), platform=label)
