"""A post as it is written at the desk: taken apart into its fields, put together again, and saved.

A draft may be incomplete: only what the table needs is enforced here, everything else is a finding of the checks.
Whoever saves says which content they saw; when somebody else saved meanwhile, nothing is written and `Conflict` is
raised, so that no words are ever lost without anybody having read them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, delete, select

from content import seasons, tags
from content.checks.rules import bounds_fault
from content.checks.values import FORMS
from content.editorial import CHANGED_AFTER_APPROVAL, CHANGED_AFTER_SUBMISSION, content_hash, record
from content.errors import ContentError
from content.keys import slug
from content.revisions import keep
from content.series import name_of
from content.tables import Asset, Editorial, LateRule, Post, PostAsset, Review, Suggestion
from content.vietnamese import nfc, number

ROLES = ("image", "cover", "video")
MOST = {"title": 300, "body": 70_000, "source": 1_000, "source_url": 2_000}
"""Characters, at most; a platform's own limits are lower and told by the checks."""
LATE_MOST = 60 * 24 * 7
"""Minutes after its hour in which a post may still be sent, at most: a week."""
NAMELESS = "bai-dang"
"""The key of a title that has no letter in it."""
_AFTER = {Editorial.APPROVED: CHANGED_AFTER_APPROVAL, Editorial.SUBMITTED: CHANGED_AFTER_SUBMISSION}


class Conflict(ContentError):
    """Somebody else saved the post since it was opened; nothing was written."""


@dataclass(frozen=True, slots=True)
class AssetUse:
    """A stored file in its place in a post; the order within a role and platform is that of the list."""

    sha256: str
    role: str
    """image, cover or video."""
    platform: str = ""
    """Empty when every platform uses it."""
    alt: str = ""
    drawn: Mapping[str, Any] | None = field(default=None, compare=False)
    """What a picture that was just drawn says (`content.drawings.Sketch.facts`); None: as it is known already."""


@dataclass(frozen=True, slots=True)
class PostFields:
    """Everything staff may change in a post, under the names of the table `post`."""

    title: str
    form: str = "van_ban"
    body: str = ""
    topic: str = ""
    audiences: tuple[str, ...] = ()
    source: str = ""
    source_url: str = ""
    legal_refs: tuple[str, ...] = ()
    hashtags: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    variants: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    sensitive: bool = False
    evergreen: bool = True
    allowed_in_pause: bool = False
    valid_from: date | None = None
    valid_to: date | None = None
    late_rule: str = LateRule.EXPIRE.value
    late_minutes: int = 180
    tags: tuple[str, ...] = ()
    season: str = ""
    repeat_days: int = 0
    repeat_most: int = 0
    repeat_until: date | None = None
    series: str = ""
    series_part: int = 0
    agency: str = ""
    assets: tuple[AssetUse, ...] = ()


_COLUMNS = tuple(one.name for one in fields(PostFields) if one.name != "assets")
_LISTS = ("audiences", "legal_refs", "hashtags", "platforms", "tags")


def fields_of(session: Session, post: Post) -> PostFields:
    """The post taken apart."""
    values = {name: getattr(post, name) for name in _COLUMNS}
    values |= {name: tuple(values[name]) for name in _LISTS}
    rows = session.exec(
        select(PostAsset)
        .where(PostAsset.post_id == post.id)
        .order_by(col(PostAsset.platform), col(PostAsset.role).desc(), col(PostAsset.position))
    )
    return PostFields(**values, assets=tuple(AssetUse(one.sha256, one.role, one.platform, one.alt) for one in rows))


def as_post(fields: PostFields, key: str) -> Post:
    """The post these fields make, for previews and checks: never stored, without any place with its editors."""
    post = Post(key=key, **_values(fields))
    post.content_hash = content_hash(post, places_of(fields.assets))
    return post


def places_of(assets: Sequence[AssetUse]) -> list[PostAsset]:
    """The assets as rows that belong to no post yet; positions count within a role and platform."""
    counted: dict[tuple[str, str], int] = {}
    found: list[PostAsset] = []
    for one in assets:
        position = counted.get((one.role, one.platform), 0)
        counted[one.role, one.platform] = position + 1
        found.append(
            PostAsset(
                post_id=0, sha256=one.sha256, role=one.role, platform=one.platform, position=position, alt=one.alt
            )
        )
    return found


def files_of(session: Session, fields: PostFields, *, post_id: int | None = None) -> list[tuple[PostAsset, Asset]]:
    """The fields' files in their places, with what is known of those that were drawn; a file that is not in the store
    is left out. `post_id`: the stored post, whose own rows are asked first. Writes nothing."""
    wanted = {one.sha256 for one in fields.assets}
    if not wanted:
        return []
    assets = {one.sha256: one for one in session.exec(select(Asset).where(col(Asset.sha256).in_(wanted)))}
    known = _known_words(session, post_id, list(wanted))
    found = []
    for row, use in zip(places_of(fields.assets), fields.assets, strict=True):
        row.drawn = dict(use.drawn) if use.drawn is not None else known.get(use.sha256, {})
        if use.sha256 in assets:
            found.append((row, assets[use.sha256]))
    return found


def new_key(session: Session, title: str) -> str:
    """A key that no post has, made of the title's letters. Two who ask at once may get the same: `save` tells."""
    base = slug(title) or NAMELESS
    posts = session.exec(select(Post.key).where(col(Post.key).startswith(base)))
    taken = {*posts, *session.exec(select(Suggestion.post_key).where(col(Suggestion.post_key).startswith(base)))}
    # one more name than there are posts in the way, so one of them is free
    names = (base if number == 1 else f"{base}-{number}" for number in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)


def save(session: Session, key: str, fields: PostFields, *, by: str, now: datetime, seen: str) -> Post:
    """Save the post, new or changed; the caller commits. `now` is aware UTC.

    `seen` is the content hash of what the person opened, "" for a post that is not there yet. Saving what is there
    already writes nothing, so a second click does no harm. A post that was submitted or approved is a draft again.
    Raises `Conflict` when the post is not what was seen, `ContentError` for what the table cannot take.
    """
    by, fields = nfc(by.strip()), _composed(fields)
    if not by:
        raise ContentError(f"{key}: thiếu tên người thực hiện.")
    _refuse(session, fields)
    # read anew: whoever calls may have read the post before somebody else saved it
    wanted = select(Post).where(Post.key == key).with_for_update().execution_options(populate_existing=True)
    post = session.exec(wanted).one_or_none()
    if post is None:
        return _created(session, key, fields, by=by, now=now, seen=seen)
    digest = as_post(fields, key).content_hash
    if digest == post.content_hash:
        return _agency(session, post, fields.agency, by=by, now=now)
    if post.content_hash != seen:
        raise Conflict(f"{key}: bài vừa được người khác lưu; hãy so hai bản rồi chọn.")
    _keep_what_was(session, post)
    reason = _AFTER.get(Editorial(post.state), "")
    if post.state == Editorial.APPROVED:  # approved before versions were kept: the next approver sees what changed
        keep(session, post, by=post.author or by, now=post.updated_at)
    for name, value in _values(fields).items():
        setattr(post, name, value)
    if reason:
        post.state = Editorial.DRAFT
    post.content_hash, post.approved_hash, post.file, post.updated_at = digest, "", "", now
    session.add(post)
    _write_assets(session, post, fields.assets)
    record(session, post, "changed", by, now, reason)
    keep(session, post, by=by, now=now)
    return post


def _created(session: Session, key: str, fields: PostFields, *, by: str, now: datetime, seen: str) -> Post:
    if seen:
        raise ContentError(f"{key}: không có bài đăng này trong thư viện; hãy kiểm tra tên bài.")
    post = as_post(fields, key)
    post.author, post.created_at, post.updated_at = by, now, now
    try:
        with session.begin_nested():
            session.add(post)
    except IntegrityError as error:
        raise Conflict(f"{key}: tên bài vừa được người khác dùng; hãy lưu lại.") from error
    _write_assets(session, post, fields.assets)
    record(session, post, "created", by, now)
    keep(session, post, by=by, now=now)
    return post


def _keep_what_was(session: Session, post: Post) -> None:
    """Nothing that was ever saved is lost: a file's words, too, are kept before the desk writes over them."""
    acts = select(Review).where(Review.post_id == post.id).order_by(col(Review.id).desc())
    last = session.exec(acts).first()
    keep(session, post, by=last.actor if last else "", now=last.at if last else post.updated_at)


def _agency(session: Session, post: Post, agency: str, *, by: str, now: datetime) -> Post:
    """The content is the same: at most it now belongs to another agency, which no approval is bound to."""
    if post.agency != agency:
        reason = f"Cơ quan, đơn vị: {agency or 'cơ quan chủ quản'}."
        post.agency, post.updated_at = agency, now
        session.add(post)
        record(session, post, "changed", by, now, reason)
        session.flush()
    return post


def _write_assets(session: Session, post: Post, assets: Sequence[AssetUse]) -> None:
    """Replace the post's assets by these; what is known of a picture that was drawn stays with it."""
    known = _known_words(session, post.id, [one.sha256 for one in assets])
    session.flush()
    session.exec(delete(PostAsset).where(col(PostAsset.post_id) == post.id))
    for row, use in zip(places_of(assets), assets, strict=True):
        assert post.id is not None, "the post was stored just before"
        row.post_id = post.id
        row.drawn = dict(use.drawn) if use.drawn is not None else known.get(use.sha256, {})
        session.add(row)
    session.flush()


def _known_words(session: Session, post_id: int | None, hashes: Sequence[str]) -> dict[str, dict[str, Any] | None]:
    """What these files say as any post knows it, by hash; where none knows, what this post's own row tells."""
    if not hashes:
        return {}
    rows = session.exec(select(PostAsset).where(col(PostAsset.sha256).in_(set(hashes))))
    found: dict[str, dict[str, Any] | None] = {}
    for row in sorted(rows, key=lambda row: (row.post_id != post_id, row.id)):
        if row.sha256 not in found or (row.drawn and not found[row.sha256]):
            found[row.sha256] = row.drawn
    return found


def _values(fields: PostFields) -> dict[str, Any]:
    """The columns of the table."""
    values: dict[str, Any] = {name: getattr(fields, name) for name in _COLUMNS}
    values |= {name: list(values[name]) for name in _LISTS}
    values["variants"] = {platform: dict(variant) for platform, variant in fields.variants.items()}
    return values


def _composed(fields: PostFields) -> PostFields:
    """The same in NFC, everywhere, with tags, season and series in the one form that they are kept in.

    Raises `ContentError` for a tag or a season that is none.
    """
    values = {name: _nfc(getattr(fields, name)) for name in _COLUMNS}
    values |= {"tags": tuple(tags.clean(values["tags"])), "series": name_of(values["series"])}
    try:
        values["season"] = seasons.parse(values["season"])
    except ContentError as error:
        raise ContentError(f"season: {error.words}") from error
    assets = tuple(
        replace(one, sha256=nfc(one.sha256), role=nfc(one.role), platform=nfc(one.platform), alt=nfc(one.alt))
        for one in fields.assets
    )
    return PostFields(**values, assets=assets)


def _nfc(value: Any) -> Any:
    if isinstance(value, str):
        return nfc(value)
    if isinstance(value, Mapping):
        return {_nfc(name): _nfc(one) for name, one in value.items()}
    return type(value)(map(_nfc, value)) if isinstance(value, list | tuple) else value


def _refuse(session: Session, fields: PostFields) -> None:
    """Raises `ContentError` for what the table cannot take or nothing could show."""
    if not fields.title.strip():
        raise ContentError("title: bài chưa có tiêu đề; hãy đặt tiêu đề rồi lưu.")
    for name, most in MOST.items():
        if len(getattr(fields, name)) > most:
            raise ContentError(f"{name}: dài hơn {number(most)} ký tự; hãy viết ngắn lại rồi lưu.")
    if fields.form not in FORMS:
        raise ContentError(f"form: không có hình thức “{fields.form}”; hãy chọn một trong: {', '.join(FORMS)}.")
    if fields.late_rule not in set(LateRule) or not 1 <= fields.late_minutes <= LATE_MOST:
        raise ContentError(f"late_rule: cách xử lý khi quá giờ không đúng; số phút từ 1 đến {LATE_MOST}.")
    if fault := bounds_fault(fields.repeat_days, fields.repeat_most, fields.series, fields.series_part):
        raise ContentError(f"{fault.field}: {fault.words}")
    if wrong := next((one for one in fields.assets if one.role not in ROLES), None):
        raise ContentError(f"assets: không có vai trò “{wrong.role}”; hãy chọn một trong: {', '.join(ROLES)}.")
    wanted = {one.sha256 for one in fields.assets}
    have = set(session.exec(select(Asset.sha256).where(col(Asset.sha256).in_(wanted)))) if wanted else set()
    if lost := sorted(wanted - have):
        raise ContentError(f"assets: kho tư liệu không có tệp “{lost[0][:12]}”; hãy chọn lại ảnh hoặc video.")
