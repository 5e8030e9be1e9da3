"""A month's plan: what is queued on which day, and the two files it is handed round as.

Rows are read as plain columns; the sheet (`reports.month_sheet`) and the calendar (`reports.month_calendar`)
are pure functions from them to bytes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select
from sqlmodel import Session, col

from connectors.base import Part
from content.holidays import Holiday
from content.store import write_whole
from content.tables import Post, Review
from content.vietnamese import local_day
from reports.periods import midnight
from scheduler.tables import Channel, Publication, PublicationEvent


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month in Asia/Ho_Chi_Minh."""

    year: int
    number: int

    @property
    def days(self) -> tuple[date, ...]:
        """Its days in order."""
        first = date(self.year, self.number, 1)
        span = (first + timedelta(days=n) for n in range(31))
        return tuple(one for one in span if one.month == self.number)

    @property
    def since(self) -> datetime:
        """The first moment, aware UTC."""
        return midnight(self.days[0])

    @property
    def until(self) -> datetime:
        """The first moment that no longer belongs to it, aware UTC."""
        return midnight(self.days[-1] + timedelta(days=1))

    @property
    def label(self) -> str:
        """As leaders write it: "tháng 12 năm 2026"; only months 1 and 2 are padded (NĐ 30/2020/NĐ-CP)."""
        return f"tháng {self.number:02} năm {self.year}" if self.number <= 2 else f"tháng {self.number} năm {self.year}"

    @property
    def title(self) -> str:
        """What stands at the head of the sheet and names the calendar."""
        return f"Lịch đăng {self.label}"


@dataclass(frozen=True, slots=True)
class MonthRow:
    """One publication of the month. Times are aware UTC."""

    id: int
    due_at: datetime
    platform: str
    account: str
    """The platform's own id of the channel; public."""
    channel: str
    post_key: str
    topic: str
    title: str
    form: str
    state: str
    permalink: str
    created_at: datetime
    changed_at: datetime
    """When it was moved last."""
    moves: int
    """How often it was moved: the calendar's sequence number."""
    person: str
    """Who put the post before the approver last; "" when nobody has."""

    @property
    def day(self) -> date:
        """The local day it is due on."""
        return local_day(self.due_at)


def month_rows(session: Session, month: Month) -> list[MonthRow]:
    """Every publication of a post due in the month, by time and channel; nothing is left out by its state."""
    moves = (
        select(
            col(PublicationEvent.publication_id).label("publication"),
            func.count().label("moves"),
            func.max(col(PublicationEvent.id)).label("last"),
        )
        .group_by(col(PublicationEvent.publication_id))
        .subquery()
    )
    submitted = (
        select(col(Review.post_id).label("post"), func.max(col(Review.id)).label("last"))
        .where(col(Review.action) == "submitted")
        .group_by(col(Review.post_id))
        .subquery()
    )
    columns = (
        *(Publication.id, Publication.due_at, Channel.platform, Channel.external_id, Channel.name),
        *(Post.key, Post.topic, Post.title, Post.form, Publication.state, Publication.permalink),
        *(Publication.created_at, PublicationEvent.at),
    )
    statement = (
        select(*(col(one) for one in columns), func.coalesce(moves.c.moves, 0), col(Review.actor))
        .select_from(Publication)
        .join(Channel, col(Channel.id) == col(Publication.channel_id))
        .join(Post, col(Post.id) == col(Publication.post_id))
        .outerjoin(moves, moves.c.publication == col(Publication.id))
        .outerjoin(PublicationEvent, col(PublicationEvent.id) == moves.c.last)
        .outerjoin(submitted, submitted.c.post == col(Post.id))
        .outerjoin(Review, col(Review.id) == submitted.c.last)
        .where(
            col(Publication.part) == Part.POST.value,
            col(Publication.due_at) >= month.since,
            col(Publication.due_at) < month.until,
        )
        .order_by(col(Publication.due_at), col(Channel.id), col(Publication.id))
    )
    return [
        MonthRow(*(*first, made, moved or made, count, person or ""))
        for *first, made, moved, count, person in session.connection().execute(statement)
    ]


def write_month(
    folder: Path,
    month: Month,
    rows: Sequence[MonthRow],
    holidays: Mapping[date, Holiday],
    platforms: Mapping[str, str],
    now: datetime,
) -> list[Path]:
    """Write the sheet and the calendar, each whole; older ones of the same month are replaced.

    `platforms` are names with the labels people know, `now` (aware) is when the plan was taken.
    """
    # slow to import, and most commands write no month
    from reports.month_calendar import month_calendar
    from reports.month_sheet import month_sheet

    name = f"lich-dang-{month.year}-{month.number:02}"
    files = {
        folder / f"{name}.xlsx": month_sheet(month, rows, holidays, platforms, now),
        folder / f"{name}.ics": month_calendar(month, rows, platforms, now.astimezone(UTC)),
    }
    for path, data in files.items():
        write_whole(path, data)
    return list(files)
