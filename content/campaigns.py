"""Campaigns: a named group of posts with its days, its channels and what it wants to reach (domain V.6.a).

Nothing is deleted: a campaign is ended, and may be reopened. Whoever saves says which version they saw, so nobody
overwrites what they have not read. Posts are added and taken out beside that: it changes no version, because it
overwrites nothing.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, delete, func, select, update

from content.campaign_fields import (
    KEY_MOST,
    CampaignError,
    CampaignFields,
    Problem,
    called,
    checked,
    differing,
    fields_of,
)
from content.errors import ContentError
from content.keys import KEY, slug
from content.plan import active_plan
from content.tables import Campaign, CampaignPost, Post
from content.vietnamese import moment, number

AT_ONCE = 500
"""Posts that are added or taken out in one go, at most."""
POSTS_MOST = 2_000
"""Posts of one campaign, at most."""
NAMELESS = "chien-dich"
_SAME_NAME = 200
"""So many campaigns of one name may there be."""


class Phase(StrEnum):
    """Where a campaign stands on a day."""

    RUNNING = "dang-chay"
    COMING = "sap-toi"
    OVER = "da-xong"


PHASE_WORDS = {Phase.RUNNING: "Đang diễn ra", Phase.COMING: "Sắp tới", Phase.OVER: "Đã kết thúc"}


class NoCampaign(ContentError):
    """There is none of that key."""


class CampaignConflict(ContentError):
    """Somebody changed the campaign meanwhile; `standing` is how it is now, `names` the fields that differ."""

    def __init__(self, standing: Campaign, names: Sequence[str]) -> None:
        differ = f"; khác với bản bạn gửi ở: {called(names)}" if names else ""
        who = standing.updated_by or "Người khác"
        super().__init__(
            f"{who} vừa sửa chiến dịch “{standing.name}” lúc {moment(standing.updated_at)}{differ}. "
            "Hãy xem lại rồi lưu lại nếu vẫn cần."
        )
        self.standing = standing
        self.names = list(names)


class Begun(NamedTuple):
    """A campaign, and whether it was made just now."""

    row: Campaign
    new: bool


@dataclass(frozen=True, slots=True)
class Moved:
    """Posts that were added or taken out, and those with which nothing had to be done."""

    done: tuple[str, ...]
    same: tuple[str, ...]


# Looking ---------------------------------------------------------------------------------------------------


def find_campaign(session: Session, key: str) -> Campaign:
    """The campaign of that key as it is now. Raises `NoCampaign`."""
    row = _row(session, key)
    if row is None:
        raise NoCampaign(f"Không có chiến dịch “{key[:KEY_MOST]}”; xem danh sách bằng lệnh: cchc campaign list.")
    return row


def phase(row: Campaign, today: date) -> Phase:
    """Where it stands on a local day; what was ended is over, whatever its days say."""
    if row.ended_at is not None or row.last < today:
        return Phase.OVER
    return Phase.COMING if row.first > today else Phase.RUNNING


def campaigns(
    session: Session,
    *,
    today: date,
    only: Phase | None = None,
    limit: int = 50,
    offset: int = 0,
    before: tuple[date, int] | None = None,
) -> list[Campaign]:
    """Campaigns, the last to begin first. `before`: those behind this first day and id."""
    statement = select(Campaign).where(*_are(only, today))
    if before is not None:
        first, number_ = before
        behind = and_(col(Campaign.first) == first, col(Campaign.id) < number_)
        statement = statement.where(or_(col(Campaign.first) < first, behind))
    ordered = statement.order_by(col(Campaign.first).desc(), col(Campaign.id).desc())
    return list(session.exec(ordered.limit(limit).offset(offset)))


def counts(session: Session, *, today: date) -> dict[Phase, int]:
    """How many campaigns there are in each phase; one statement."""
    told = [func.count(col(Campaign.id)).filter(and_(*_are(one, today))) for one in Phase]
    row: Any = session.connection().execute(select(*told)).one()
    return dict(zip(Phase, row, strict=True))


def _are(only: Phase | None, today: date) -> list[ColumnElement[bool]]:
    first, last, ended = col(Campaign.first), col(Campaign.last), col(Campaign.ended_at)
    if only is Phase.OVER:
        return [or_(ended.is_not(None), last < today)]
    if only is None:
        return []
    return [ended.is_(None), last >= today, first > today if only is Phase.COMING else first <= today]


def of_post(session: Session, post_id: int | None) -> list[Campaign]:
    """The campaigns that a post belongs to, the last to begin first."""
    statement = (
        select(Campaign)
        .join(CampaignPost, col(CampaignPost.campaign_id) == col(Campaign.id))
        .where(CampaignPost.post_id == post_id)
        .order_by(col(Campaign.first).desc(), col(Campaign.id).desc())
        .limit(20)
    )
    return list(session.exec(statement))


def posts_of(campaign_key: str) -> Any:
    """The ids of a campaign's posts, as a question for another statement."""
    return (
        select(CampaignPost.post_id)
        .join(Campaign, col(Campaign.id) == col(CampaignPost.campaign_id))
        .where(Campaign.key == campaign_key)
    )


# Changing --------------------------------------------------------------------------------------------------


def create(
    session: Session, fields: CampaignFields, *, channels: Collection[str], by: str, now: datetime, key: str = ""
) -> Begun:
    """A new campaign; without a key it gets one made of its name. The caller commits.

    The same campaign sent again by the same person (a double click) is the one that is there. Raises `CampaignError`.
    """
    key = key.strip()
    if key and (len(key) > KEY_MOST or not KEY.fullmatch(key)):
        words = f"Tên gọi chỉ gồm chữ thường không dấu, số và gạch nối, tối đa {KEY_MOST} ký tự, như tuan-le-so."
        raise CampaignError([Problem("key", words)])
    ready = checked(fields, letters=_letters(session), channels=channels)
    start = key or slug(ready.name) or NAMELESS
    for place in range(1, _SAME_NAME):
        wanted = start if place == 1 else f"{start[: KEY_MOST - 4].rstrip('-')}-{place}"
        made = _put(session, wanted, ready, by, now)
        if isinstance(made, Campaign):
            return Begun(made, True)
        standing = find_campaign(session, wanted)
        if standing.created_by == by and standing.ended_at is None and not differing(fields_of(standing), ready):
            return Begun(standing, False)
        if key:
            break
    raise CampaignError([Problem("key", f"Đã có chiến dịch mang tên gọi “{start}”: hãy chọn tên gọi khác.")])


def _put(session: Session, key: str, ready: CampaignFields, by: str, now: datetime) -> Campaign | None:
    """The row; None when the key is taken."""
    if _row(session, key) is not None:
        return None
    row = Campaign(key=key, **_values(ready), created_by=by, updated_by=by, created_at=now, updated_at=now)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        return None
    return row


def change(
    session: Session,
    key: str,
    fields: CampaignFields,
    *,
    seen: int,
    channels: Collection[str],
    by: str,
    now: datetime,
) -> Campaign:
    """Keep what the campaign shall be; the caller commits. `seen` is the version that `by` had before them.

    Saving what is kept already changes nothing. Raises `CampaignError`, `CampaignConflict`, `NoCampaign`, and
    `ContentError` for one that was ended.
    """
    row = _open_for_change(session, key)
    before = fields_of(row)
    ready = checked(fields, letters=_letters(session), channels=channels, had=before)
    names = differing(before, ready)
    if not names:
        return row
    if row.version != seen:
        raise CampaignConflict(row, names)
    return _written(session, row, by, now, **_values(ready))


def end(session: Session, key: str, *, by: str, now: datetime) -> Campaign:
    """End it: the autopilot no longer minds it. Ending it again changes nothing. The caller commits."""
    row = _locked(session, key)
    if row.ended_at is not None:
        return row
    return _written(session, row, by, now, ended_at=now, ended_by=by)


def reopen(session: Session, key: str, *, by: str, now: datetime) -> Campaign:
    """Let an ended campaign go on within its days. The caller commits."""
    row = _locked(session, key)
    if row.ended_at is None:
        return row
    return _written(session, row, by, now, ended_at=None, ended_by="")


def add_posts(session: Session, key: str, posts: Iterable[str], *, by: str, now: datetime) -> Moved:
    """Put posts into the campaign, by their keys: all of them or, when one is not there, none. The caller commits."""
    row = _open_for_change(session, key)
    wanted, ids = _posts(session, posts)
    there = set(session.exec(select(CampaignPost.post_id).where(CampaignPost.campaign_id == row.id)))
    new = [one for one in wanted if ids[one] not in there]
    if len(there) + len(new) > POSTS_MOST:
        raise ContentError(f"Chiến dịch đã có {number(len(there))} bài; tối đa {number(POSTS_MOST)} bài.")
    session.add_all(CampaignPost(campaign_id=row.id or 0, post_id=ids[one], added_by=by, added_at=now) for one in new)
    session.flush()
    return Moved(tuple(new), tuple(one for one in wanted if one not in new))


def remove_posts(session: Session, key: str, posts: Iterable[str]) -> Moved:
    """Take posts out of the campaign; their publications stay as they are. The caller commits."""
    row = _open_for_change(session, key)
    wanted, ids = _posts(session, posts)
    mine = col(CampaignPost.campaign_id) == row.id
    asked = col(CampaignPost.post_id).in_(ids.values())
    there = set(session.exec(select(CampaignPost.post_id).where(mine, asked)))
    session.exec(delete(CampaignPost).where(mine, asked))
    gone = [one for one in wanted if ids[one] in there]
    return Moved(tuple(gone), tuple(one for one in wanted if one not in gone))


def _row(session: Session, key: str, *, locked: bool = False) -> Campaign | None:
    if len(key) > KEY_MOST or not KEY.fullmatch(key):
        return None
    statement = select(Campaign).where(Campaign.key == key).execution_options(populate_existing=True)
    return session.exec(statement.with_for_update() if locked else statement).one_or_none()


def _locked(session: Session, key: str) -> Campaign:
    """The campaign, held until the transaction ends: what is done to it is done one after the other."""
    return _row(session, key, locked=True) or find_campaign(session, key)


def _open_for_change(session: Session, key: str) -> Campaign:
    row = _locked(session, key)
    if row.ended_at is not None:
        raise ContentError(f"Chiến dịch “{row.name}” đã kết thúc: hãy mở lại trước khi sửa.")
    return row


def _written(session: Session, row: Campaign, by: str, now: datetime, **values: Any) -> Campaign:
    values |= {"version": row.version + 1, "updated_by": by, "updated_at": now}
    same = (col(Campaign.id) == row.id, col(Campaign.version) == row.version)
    if session.exec(update(Campaign).where(*same).values(**values)).rowcount != 1:
        raise CampaignConflict(find_campaign(session, row.key), [])
    session.refresh(row)
    return row


def _values(ready: CampaignFields) -> dict[str, Any]:
    return {
        **{"name": ready.name, "purpose": ready.purpose, "first": ready.first, "last": ready.last},
        "channels": list(ready.channels),
        "targets": {"total": ready.total, "topics": dict(ready.topics), "channels": dict(ready.per_channel)},
    }


def _letters(session: Session) -> tuple[str, ...]:
    """The topics of the active plan; without a plan there is none to set a target for."""
    try:
        return active_plan(session).letters
    except ContentError:
        return ()


def _posts(session: Session, keys: Iterable[str]) -> tuple[list[str], dict[str, int]]:
    """The keys, each once, and the ids behind them. Raises `ContentError` for one that is not there."""
    wanted = list(dict.fromkeys(key.strip() for key in keys if key.strip()))
    if not wanted:
        raise ContentError("Chưa chọn bài nào: hãy chọn ít nhất một bài.")
    if len(wanted) > AT_ONCE:
        raise ContentError(f"Mỗi lần chỉ thêm hoặc bỏ được tối đa {AT_ONCE} bài: hãy làm nhiều lần.")
    fine = [key for key in wanted if len(key) <= 200 and "\0" not in key]
    rows = session.exec(select(Post.key, Post.id).where(col(Post.key).in_(fine)))
    ids = {key: found for key, found in rows if found is not None}
    lost = [key for key in wanted if key not in ids]
    if lost:
        raise ContentError(f"Thư viện không có bài “{lost[0][:80]}”: hãy kiểm tra lại tên bài.")
    return wanted, ids
