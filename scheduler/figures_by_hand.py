"""Figures that only a platform's own console shows, entered by a person: checked, stored beside the others, labelled.

Which these are is data of the platform (`Capabilities.by_hand`). An entry is a collection of its own with who entered
it; a correction is a new entry, and the old one stays.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import func, insert
from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from connectors import CONNECTORS, connector_class
from connectors.base import ByHand, Metric
from content.tables import Post
from content.vietnamese import moment, nfc, number
from scheduler.figure_tables import Collection
from scheduler.lifecycle import State
from scheduler.metrics.due import LATE_MOST
from scheduler.rows import one_of
from scheduler.tables import Channel, Publication, Reading

MANUAL = "manual"
"""The source of a collection that a person entered."""
VERSION = "nhập tay"
"""Stands where a platform's version stands."""
RIPE = timedelta(days=1)
"""A console's figures of a broadcast hardly move after a day: then they are waited for."""
WAITED_FOR = timedelta(days=92)
"""What nobody entered for a quarter is not asked for any more; it may be entered all the same."""
VALUE_MOST = 2_000_000_000
NOTE_MOST = 500
_NARROWS = (Metric.SENT, Metric.DELIVERED, Metric.OPENED)
"""Each is of the people of the one before, so it is hardly larger."""


class FigureError(Exception):
    """What was entered cannot be stored: field (a metric, "at", "note" or "") -> one Vietnamese sentence."""

    def __init__(self, wrong: Mapping[str, str]) -> None:
        super().__init__(" ".join(wrong.values()))
        self.wrong = wrong


@dataclass(frozen=True, slots=True)
class Item:
    """A publication whose figures a person may enter."""

    publication: Publication
    channel: Channel
    title: str

    @property
    def by_hand(self) -> tuple[ByHand, ...]:
        """What may be entered."""
        return may_enter(self.channel.platform, self.publication.part)


@dataclass(frozen=True, slots=True)
class Entry:
    """What was entered at one time."""

    collection: Collection
    at: datetime
    """The moment as of which the console showed it."""
    values: Mapping[str, int | None]


@dataclass(frozen=True, slots=True)
class Entered:
    """What came of an entry."""

    entry: Entry
    doubts: tuple[str, ...]
    """What a person should look at once more."""
    is_new: bool = True
    """False: the very same was entered last, so nothing was added."""


def may_enter(platform: str, part: str) -> tuple[ByHand, ...]:
    """The figures of such a part of a post that a person may enter."""
    return tuple(one for one in connector_class(platform).capabilities.by_hand if one.part == part)


# What waits ------------------------------------------------------------------------------------------------


def waiting(session: Session, *, now: datetime, limit: int) -> Sequence[Item]:
    """What went out a day ago or longer and has no figures yet, the newest first."""
    parts = {one.part for name in CONNECTORS for one in connector_class(name).capabilities.by_hand if one.part}
    platforms = [name for name in CONNECTORS if connector_class(name).capabilities.by_hand]
    entered = select(Reading.id).where(Reading.publication_id == col(Publication.id))
    rows = session.exec(
        select(Publication, Channel, Post.title)
        .join(Channel, col(Channel.id) == col(Publication.channel_id))
        .join(Post, col(Post.id) == col(Publication.post_id))
        .where(
            col(Publication.published_at) <= now - RIPE,
            col(Publication.published_at) > now - WAITED_FOR,
            col(Publication.part).in_(parts),
            # said so that the index over a channel's days is used
            col(Publication.due_at) > now - WAITED_FOR - LATE_MOST,
            one_of((State.PUBLISHED,)),
            col(Channel.platform).in_(platforms),
            ~entered.exists(),
        )
        .order_by(col(Publication.published_at).desc(), col(Publication.id).desc())
        .limit(limit)
    )
    return [one for one in (Item(*row) for row in rows) if one.by_hand]


def find_item(session: Session, publication_id: int) -> Item | None:
    """A publication that is out and whose figures a person may enter; None when there is no such one."""
    row = session.exec(
        select(Publication, Channel, Post.title).where(
            Publication.id == publication_id,
            col(Channel.id) == col(Publication.channel_id),
            col(Post.id) == col(Publication.post_id),
        )
    ).first()
    item = Item(*row) if row else None
    return item if item and item.by_hand and item.publication.published_at else None


def entries(session: Session, publication_id: int, *, limit: int = 50) -> list[Entry]:
    """What was entered for a publication, the last entry first: that one counts."""
    rows = session.exec(
        select(Collection, Reading)
        .where(
            Reading.publication_id == publication_id,
            col(Reading.collection_id) == col(Collection.id),
            Collection.source == MANUAL,
        )
        .order_by(col(Collection.id).desc(), col(Reading.id))
        .limit(limit * len(_NARROWS))
    )
    found: dict[int, tuple[Collection, datetime, dict[str, int | None]]] = {}
    for collection, row in rows:
        _, _, values = found.setdefault(collection.id or 0, (collection, row.taken_at, {}))
        values[row.metric] = row.value
    return [Entry(*one) for one in found.values()]


# Entering --------------------------------------------------------------------------------------------------


def enter(
    session: Session, item: Item, told: Mapping[str, int], *, at: datetime, note: str = "", actor: str, now: datetime
) -> Entered:
    """Store what the console showed at `at` (aware); the caller commits. Raises `FigureError` and stores nothing.

    The very same entry again, as by a button pressed twice, adds nothing.
    """
    note = nfc(note).strip()
    wrong = faults(item, told, at=at, note=note, now=now)
    if wrong:
        raise FigureError(wrong)
    # one entry of a publication at a time: a button pressed twice must find what the first press stored
    publication = session.exec(select(Publication).where(Publication.id == item.publication.id).with_for_update()).one()
    doubts = tuple(_doubts(item, told))
    last = next(iter(entries(session, publication.id or 0, limit=1)), None)
    if last and (last.at, dict(last.values), last.collection.words) == (at, dict(told), note):
        return Entered(last, doubts, is_new=False)
    row = Collection(
        channel_id=publication.channel_id, source=MANUAL, taken_at=now, actor=actor, words=note, asked=1,
        readings=len(told),
    )  # fmt: skip
    session.add(row)
    session.flush()
    rows = [
        {
            "channel_id": publication.channel_id,
            "publication_id": publication.id,
            "metric": str(one.metric),
            "value": told[one.metric],
            "name": one.label,
            "version": VERSION,
            "definition": one.where,
            "day": None,
            "taken_at": at,
            "collection_id": row.id,
        }
        for one in item.by_hand
        if one.metric in told
    ]
    session.connection().execute(insert(Reading), rows)
    return Entered(Entry(row, at, dict(told)), doubts)


def faults(item: Item, told: Mapping[str, int], *, at: datetime, note: str, now: datetime) -> dict[str, str]:
    """What stands against storing it: field -> sentence. Pure."""
    wrong: dict[str, str] = {}
    known = {one.metric: one.label for one in item.by_hand}
    out = item.publication.published_at
    if not told:
        wrong[""] = "Hãy điền ít nhất một số liệu; số nào trang quản trị không cho xem thì để trống."
    for metric, value in told.items():
        if metric not in known:
            wrong[""] = "Có số liệu không được nhập tay trên kênh này; hãy mở lại trang và nhập lại."
        elif isinstance(value, bool) or not 0 <= value <= VALUE_MOST:
            wrong[metric] = f"“{known[Metric(metric)]}” phải là số nguyên từ 0 đến {number(VALUE_MOST)}."
    if at > now:
        wrong["at"] = "Thời điểm xem số liệu không được ở tương lai."
    elif out is None:
        wrong["at"] = "Tin này chưa được đăng nên chưa có số liệu."
    elif at < out.replace(second=0, microsecond=0):  # people write minutes
        wrong["at"] = f"Thời điểm xem số liệu không được trước lúc tin được gửi ({moment(out)})."
    if len(note) > NOTE_MOST:
        wrong["note"] = f"Ghi chú dài {number(len(note))} ký tự; tối đa {number(NOTE_MOST)} ký tự."
    return wrong


def _doubts(item: Item, told: Mapping[str, int]) -> list[str]:
    labels = {one.metric: one.label for one in item.by_hand}
    known = [metric for metric in _NARROWS if metric in told]
    return [
        f"“{labels[less]}” ({number(told[less])}) lớn hơn “{labels[more]}” ({number(told[more])}); hãy xem lại trên "
        "trang quản trị, nếu sai thì nhập lại."
        for more, less in pairwise(known)
        if told[less] > told[more]
    ]


# The log of collections ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """One collection as staff look at it."""

    collection: Collection
    channel: Channel
    answered: int
    """Publications that it brought figures of."""
    untold: int
    """Values for which the platform told nothing."""
    has_raw: bool
    """Whether the platform's answers are still kept."""

    @property
    def missing(self) -> int:
        """Publications that were asked for and brought nothing."""
        return max(0, self.collection.asked - self.answered)


def collections(
    session: Session, *, channel_id: int | None = None, before: int | None = None, limit: int
) -> list[Line]:
    """The last collections (of a channel; with a number below `before`), the newest first."""
    kept = col(Collection.payload)
    statement = (
        select(Collection, Channel, kept.is_not(None))
        .where(col(Channel.id) == col(Collection.channel_id))
        .options(defer(Collection.payload))  # type: ignore[arg-type]  # a column: SQLModel types it as its value
    )
    if channel_id is not None:
        statement = statement.where(Collection.channel_id == channel_id)
    if before is not None:
        statement = statement.where(col(Collection.id) < before)
    rows = session.exec(statement.order_by(col(Collection.id).desc()).limit(limit)).all()
    ids = [one.id for one, _, _ in rows]
    # by the index on the moment: a collection's number has none
    counted = session.exec(
        select(
            Reading.collection_id,
            func.count(func.distinct(Reading.publication_id)),
            func.count() - func.count(col(Reading.value)),
        )
        .where(
            col(Reading.taken_at).in_({one.taken_at for one, _, _ in rows if one.source != MANUAL}),
            col(Reading.collection_id).in_(ids),
        )
        .group_by(col(Reading.collection_id))
    ).all() if rows else []  # fmt: skip
    told = {number: (answered, untold) for number, answered, untold in counted}
    return [
        Line(one, channel, *((1, 0) if one.source == MANUAL else told.get(one.id, (0, 0))), has_raw)
        for one, channel, has_raw in rows
    ]
