"""Legal holds: what an inspection, a complaint or a court wants kept stays, whatever its period says.

A hold is on one post, one publication, one campaign, a period of days, or everything. It names a reason and who placed
it; it is lifted by a person with a reason, and both stay on record.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from sqlmodel import Session, col, select

from content.errors import ContentError
from content.tables import Campaign, CampaignPost, Post
from content.vietnamese import LOCAL, day, nfc
from records.errors import RecordsError
from records.keeping_tables import LegalHold
from scheduler.tables import Publication

REASON_MOST = 1_000
LARGEST_ID = 2**31


class Scope(StrEnum):
    """What a hold is on."""

    POST = "post"
    PUBLICATION = "publication"
    CAMPAIGN = "campaign"
    PERIOD = "period"
    EVERYTHING = "everything"


SCOPE_WORDS = {
    Scope.POST: "một bài",
    Scope.PUBLICATION: "một lượt đăng",
    Scope.CAMPAIGN: "một chiến dịch",
    Scope.PERIOD: "một khoảng thời gian",
    Scope.EVERYTHING: "tất cả",
}


@dataclass(frozen=True, slots=True)
class Held:
    """All holds in force together, as the rules ask them."""

    everything: bool = False
    periods: tuple[tuple[datetime, datetime], ...] = ()
    """(since, until), aware: a moment at `until` is outside."""
    posts: frozenset[int] = field(default_factory=frozenset)
    publications: frozenset[int] = field(default_factory=frozenset)
    is_on_things: bool = False
    """Whether one is on a post, a publication or a campaign."""

    def on(self, at: datetime) -> bool:
        """Whether something of this moment (aware) stays."""
        return self.everything or any(since <= at < until for since, until in self.periods)


# Placing and lifting -------------------------------------------------------------------------------------


def place(
    session: Session, scope: Scope, subject: str = "", *, first: date | None = None, last: date | None = None,
    reason: str, by: str, now: datetime,
) -> LegalHold:  # fmt: skip
    """A new hold; the caller commits. `subject`: a post's key, a publication's number, a campaign's key.

    Raises `RecordsError` for what is not there, a period that ends before it begins, or a missing reason.
    """
    words = _reason(reason)
    row = LegalHold(scope=scope, reason=words, placed_by=by, placed_at=now)
    if scope == Scope.PERIOD:
        if first is None or last is None or last < first:
            raise RecordsError("Khoảng thời gian cần có ngày đầu và ngày cuối, ngày cuối không trước ngày đầu.", "tu")
        row.first, row.last = first, last
    elif first is not None or last is not None:
        raise RecordsError("Ngày đầu và ngày cuối chỉ dùng để giữ một khoảng thời gian; hãy bỏ ngày.", "tu")
    elif scope != Scope.EVERYTHING:
        row.subject_id = _subject(session, scope, nfc(subject).strip())
    session.add(row)
    session.flush()
    return row


def lift(session: Session, number: int, *, reason: str, by: str, now: datetime) -> LegalHold:
    """End a hold; the row stays. The caller commits. Raises `RecordsError` when it is none, or lifted already."""
    words = _reason(reason)
    wanted = select(LegalHold).where(LegalHold.id == number, col(LegalHold.lifted_at).is_(None)).with_for_update()
    row = session.exec(wanted).first() if 0 < number < LARGEST_ID else None
    if row is None:
        raise RecordsError(f"Không có lệnh giữ số {number} đang có hiệu lực; xem bằng lệnh: cchc records holds.")
    row.lifted_at, row.lifted_by, row.lifted_words = now, by, words
    session.add(row)
    return row


def _reason(text: str) -> str:
    words = " ".join(nfc(text).split())
    if not words or len(words) > REASON_MOST or not words.isprintable():
        raise RecordsError(f"Hãy ghi lý do, tối đa {REASON_MOST} ký tự, như số văn bản yêu cầu giữ hồ sơ.", "ly_do")
    return words


def _subject(session: Session, scope: Scope, subject: str) -> int:
    if scope == Scope.POST:
        found = session.exec(select(Post.id).where(Post.key == subject)).first()
    elif scope == Scope.CAMPAIGN:
        found = session.exec(select(Campaign.id).where(Campaign.key == subject)).first()
    else:
        number = int(subject) if subject.isascii() and subject.isdigit() and len(subject) < 10 else 0
        found = session.exec(select(Publication.id).where(Publication.id == number)).first()
    if found is None:
        raise RecordsError(f"Không có {SCOPE_WORDS[scope]} nào là “{subject[:80]}”; hãy kiểm tra lại mã.", "doi_tuong")
    return found


# Asking --------------------------------------------------------------------------------------------------


def holds(session: Session, *, lifted: bool = True) -> Sequence[LegalHold]:
    """Those in force first, the newest first; with the lifted ones unless they are not wanted."""
    return session.exec(_HOLDS if lifted else _IN_FORCE).all()


_HOLDS = select(LegalHold).order_by(col(LegalHold.lifted_at).is_not(None), col(LegalHold.id).desc())
_IN_FORCE = _HOLDS.where(col(LegalHold.lifted_at).is_(None))


def held(session: Session) -> Held:
    """What all holds in force keep together."""
    rows = holds(session, lifted=False)
    posts = {one.subject_id or 0 for one in rows if one.scope == Scope.POST}
    campaigns = [one.subject_id or 0 for one in rows if one.scope == Scope.CAMPAIGN]
    if campaigns:
        theirs = select(CampaignPost.post_id).where(col(CampaignPost.campaign_id).in_(campaigns))
        posts |= set(session.exec(theirs))
    publications = {one.subject_id or 0 for one in rows if one.scope == Scope.PUBLICATION}
    if publications:
        of_them = select(Publication.post_id).where(col(Publication.id).in_(publications))
        posts |= set(session.exec(of_them))
    if posts:
        sent = select(Publication.id).where(col(Publication.post_id).in_(posts))
        publications |= {one or 0 for one in session.exec(sent)}
    periods = tuple(
        (_midnight(one.first), _midnight(one.last + timedelta(days=1))) for one in rows if one.first and one.last
    )
    on_things = any(one.subject_id is not None for one in rows)
    everything = any(one.scope == Scope.EVERYTHING for one in rows)
    return Held(everything, periods, frozenset(posts), frozenset(publications), on_things)


def check_whole(session: Session, campaign_id: int) -> None:
    """A hold on a campaign keeps the posts that are in it: none is taken out while it stands. Raises `ContentError`."""
    mine = (LegalHold.scope == Scope.CAMPAIGN, LegalHold.subject_id == campaign_id, col(LegalHold.lifted_at).is_(None))
    row = session.exec(select(LegalHold).where(*mine)).first()
    if row is not None:
        raise ContentError(
            f"Chiến dịch đang có lệnh giữ hồ sơ số {row.id} nên không bỏ bài ra được; phải dỡ lệnh đó trước."
        )


def _midnight(on: date) -> datetime:
    return datetime.combine(on, time(), LOCAL)


def subject_words(session: Session, row: LegalHold) -> str:
    """What the hold is on, as people call it."""
    if row.scope == Scope.PERIOD:
        return f"từ {day(row.first)} đến {day(row.last)}"
    if row.scope == Scope.EVERYTHING:
        return "tất cả"
    if row.scope == Scope.POST:
        return f"bài {session.get_one(Post, row.subject_id).key}"
    if row.scope == Scope.CAMPAIGN:
        return f"chiến dịch {session.get_one(Campaign, row.subject_id).key}"
    return f"lượt đăng số {row.subject_id}"
