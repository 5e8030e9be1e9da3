"""What of which table stands in a month's archive, column by column.

The columns are named one by one: what a table gets later is in no archive before somebody decided it. Nothing of
sessions, passwords, tokens, sealed secrets, addresses of mails or of browsers is named here; of followers and
commenters nothing is stored in the first place. A row that is only ever added belongs to the month in which it was
written; what became of it afterwards belongs to the month in which that happened.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlmodel import Session, SQLModel, col

from content.record_tables import ActRecord, Submission
from content.tables import Campaign, Post, Review
from reports.evidence.gathering import contents_of
from reports.evidence.values import BASIS_WORDS, Asked
from reports.tables import Report, Summary, SummaryFigure
from scheduler.calendar_tables import Choice, Recurrence
from scheduler.figure_tables import Collection
from scheduler.tables import Attempt, Channel, Pause, Publication, PublicationEvent, Reading

FOLDER = "du-lieu"
PIECE = 1_000
Facts = dict[str, Any]
Clauses = list[ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Table:
    """One file of data: the rows that belong to the month, in the order of their numbers."""

    name: str
    about: str
    rows: Callable[[Session, Asked], Iterator[Facts]]

    @property
    def path(self) -> str:
        """Its place in the package."""
        return f"{FOLDER}/{self.name}.jsonl"


def plain(value: Any) -> Any:
    """As JSON has it; a moment keeps its offset."""
    return value.isoformat() if isinstance(value, date | datetime) else value


def _facts(row: SQLModel, names: Sequence[str]) -> Facts:
    return {name: plain(getattr(row, name)) for name in names}


def _of(model: type[SQLModel], names: str, clauses: Callable[[Asked], Clauses]) -> Callable[..., Iterator[Facts]]:
    columns = names.split()

    def rows(session: Session, asked: Asked) -> Iterator[Facts]:
        order: Any = getattr(model, columns[0])
        wanted = select(model).where(*clauses(asked)).order_by(order)
        for row in session.execute(wanted.execution_options(yield_per=PIECE)).scalars():
            yield _facts(row, columns)

    return rows


def _within(at: Any, asked: Asked) -> ColumnElement[bool]:
    return and_(col(at) >= asked.since, col(at) < asked.until)


def publication_ids(asked: Asked) -> Select[Any]:
    """What was meant for the month, went out in it, or was moved by somebody in it."""
    moved = select(col(PublicationEvent.publication_id)).where(_within(PublicationEvent.at, asked))
    meant = or_(_within(Publication.due_at, asked), _within(Publication.published_at, asked))
    return select(col(Publication.id)).where(
        or_(meant, col(Publication.id).in_(moved)), col(Publication.created_at) < asked.until
    )


_PUBLICATION = (
    *("id", "post_id", "channel_id", "part", "follows_id", "due_at", "origin", "reason", "created_at"),
    *("sent_at", "published_at", "external_id", "permalink", "prepared_hash"),
)
_LATER = ("sent_at", "published_at", "external_id", "permalink", "prepared_hash")
"""What a publication got when it went out; in a month before that nobody knew."""


def _publications(session: Session, asked: Asked) -> Iterator[Facts]:
    wanted = select(Publication).where(col(Publication.id).in_(publication_ids(asked))).order_by(col(Publication.id))
    for some in session.execute(wanted.execution_options(yield_per=PIECE)).scalars().partitions(PIECE):
        states = _states(session, [row.id or 0 for row in some], asked)
        for row in some:
            out = row.published_at is not None and row.published_at < asked.until
            facts = _facts(row, _PUBLICATION)
            facts |= {} if out else dict.fromkeys(_LATER)
            yield facts | {"state": states.get(row.id or 0, "")}


def _states(session: Session, ids: Sequence[int], asked: Asked) -> dict[int, str]:
    """Where each stood when the month was over."""
    event = PublicationEvent
    told = select(col(event.publication_id), col(event.state_after)).where(col(event.publication_id).in_(ids))
    before = told.where(col(event.at) < asked.until).order_by(col(event.id))
    return dict(session.execute(before).all())


def _posts(session: Session, asked: Asked) -> Iterator[Facts]:
    """What posts said: every content that was decided about, or sent, in the month, whole, with its files' hashes."""
    decided = select(col(Review.post_id), col(Review.content_hash)).where(_within(Review.at, asked))
    sent = select(col(Publication.post_id), col(Publication.prepared_hash)).where(
        col(Publication.id).in_(publication_ids(asked)), col(Publication.published_at) < asked.until
    )
    pairs = sorted({(post, digest) for post, digest in session.execute(decided.union(sent)) if digest})
    for start in range(0, len(pairs), 200):
        some = pairs[start : start + 200]
        posts = session.execute(select(Post).where(col(Post.id).in_({post for post, _ in some}))).scalars()
        by_id = {post.id or 0: post for post in posts}
        found = contents_of(session, [(by_id[post], digest) for post, digest in some])
        for post, digest in some:
            content, basis = found.get((post, digest), (None, None))
            yield {
                "post_id": post,
                "key": by_id[post].key,
                "content_hash": digest,
                "basis": BASIS_WORDS[basis] if basis else "",
                "content": _said(content.facts) if content else None,
                "files": [dict(one) for one in content.assets] if content else [],
            }


_SAID = (
    *("key", "title", "body", "topic", "form", "audiences", "source", "source_url", "legal_refs", "hashtags"),
    *("platforms", "variants", "sensitive", "evergreen", "allowed_in_pause", "valid_from", "valid_to", "late_rule"),
    *("late_minutes", "tags", "season", "repeat_days", "repeat_most", "repeat_until", "series", "series_part"),
)


def _said(facts: Any) -> Facts:
    return {name: plain(facts[name]) for name in _SAID if name in facts}


def _attempts(session: Session, asked: Asked) -> Iterator[Facts]:
    names = ["id", "publication_id", "action", "started_at", "finished_at", "outcome", "code", "section", "words"]
    wanted = select(Attempt).where(_within(Attempt.started_at, asked)).order_by(col(Attempt.id))
    for row in session.execute(wanted.execution_options(yield_per=PIECE)).scalars():
        ended = row.finished_at is not None and row.finished_at < asked.until
        later = {} if ended else {"finished_at": None, "outcome": "", "code": "", "section": "", "words": ""}
        yield _facts(row, names) | later


def _channels(session: Session, asked: Asked) -> Iterator[Facts]:
    names = ["id", "key", "platform", "external_id", "name", "agency", "created_at"]
    known = select(Channel).where(col(Channel.created_at) < asked.until).order_by(col(Channel.id))
    for row in session.execute(known).scalars():
        yield _facts(row, names)


def _pauses(session: Session, asked: Asked) -> Iterator[Facts]:
    names = ("id", "channel_id", "agency", "tag", "reason", "words", "since", "until", "at_once", "started_by")
    stood = (col(Pause.since) < asked.until, or_(col(Pause.ended_at).is_(None), col(Pause.ended_at) >= asked.since))
    for row in session.execute(select(Pause).where(*stood).order_by(col(Pause.id))).scalars():
        ended = row.ended_at is not None and row.ended_at < asked.until
        end = _facts(row, ("ended_at", "ended_by"))
        yield _facts(row, names) | (end if ended else {"ended_at": None, "ended_by": ""})


TABLES = (
    Table("kenh", "các kênh", _channels),
    Table("luot-dang", "lượt đăng của tháng và tình trạng lúc hết tháng", _publications),
    Table("noi-dung", "nội dung các bài được duyệt hoặc đã gửi trong tháng", _posts),
    Table(
        "duyet", "soạn, trình, duyệt, trả lại",
        _of(Review, "id post_id at action actor reason content_hash", lambda asked: [_within(Review.at, asked)]),
    ),
    Table(
        "dien-bien", "diễn biến của các lượt đăng",
        _of(
            PublicationEvent, "id publication_id at event state_before state_after words actor",
            lambda asked: [_within(PublicationEvent.at, asked)],
        ),
    ),
    Table("lan-gui", "các lần gửi lên nền tảng", _attempts),
    Table(
        "so-lieu", "mọi số liệu đã đọc trong tháng",
        _of(
            Reading,
            "id channel_id publication_id metric value name version definition day taken_at collection_id",
            lambda asked: [_within(Reading.taken_at, asked)],
        ),
    ),
    Table(
        "lan-thu", "các lần thu số liệu",
        _of(
            Collection, "id channel_id source taken_at actor words asked calls readings payload_bytes",
            lambda asked: [_within(Collection.taken_at, asked)],
        ),
    ),
    Table(
        "hoat-dong", "ghi, sửa, rút hoạt động, tài liệu, việc nộp báo cáo",
        _of(ActRecord, "id at actor subject subject_id action data", lambda asked: [_within(ActRecord.at, asked)]),
    ),
    Table(
        "nop-bao-cao", "việc nộp báo cáo của đơn vị",
        _of(
            Submission,
            "id plan deadline agency received_on document words recorded_by recorded_at withdrawn_at withdrawn_by",
            lambda asked: [_within(Submission.recorded_at, asked)],
        ),
    ),
    Table(
        "chien-dich", "chiến dịch diễn ra trong tháng",
        _of(
            Campaign, "id key name purpose first last channels targets created_by created_at ended_at ended_by",
            lambda asked: [col(Campaign.first) <= asked.last, col(Campaign.last) >= asked.first,
                           col(Campaign.created_at) < asked.until],
        ),
    ),
    Table(
        "tong-hop", "tổng hợp tuần lập trong tháng",
        _of(
            Summary, "id kind period starts_on ends_on cutoff_at made_at data texts edited_by edited_at",
            lambda asked: [_within(Summary.made_at, asked)],
        ),
    ),
    Table(
        "tong-hop-so-lieu", "con số của các tổng hợp đó",
        _of(
            SummaryFigure, "id summary_id channel_id topic metric value previous",
            lambda asked: [
                col(SummaryFigure.summary_id).in_(select(col(Summary.id)).where(_within(Summary.made_at, asked)))
            ],
        ),
    ),
    Table(
        "bao-cao", "báo cáo lập hoặc sửa trong tháng",
        _of(
            Report,
            "id preset title first last cutoff_at plan state heading texts data version made_by made_at updated_by "
            "updated_at withdrawn_at withdrawn_by",
            lambda asked: [or_(_within(Report.made_at, asked), _within(Report.updated_at, asked))],
        ),
    ),
    Table("tam-dung", "lệnh tạm dừng có hiệu lực trong tháng", _pauses),
    Table(
        "ghim-loai", "yêu cầu ghim, loại bài",
        _of(
            Choice, "id kind post_id channel_id since until reason actor created_at",
            lambda asked: [_within(Choice.created_at, asked)],
        ),
    ),
    Table(
        "lap-lai", "lịch đăng lặp lại",
        _of(
            Recurrence, "id post_id channel_id every step day minute since until most actor created_at",
            lambda asked: [_within(Recurrence.created_at, asked)],
        ),
    ),
)  # fmt: skip
"""Every file of data of a month."""
