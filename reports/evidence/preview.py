"""How much an evidence file will hold, before it is made: a few sums, quick enough for a page."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlmodel import Session, col

from connectors.base import Part
from content.record_tables import Activity, Evidence
from content.tables import Asset, Post, PostAsset
from reports.evidence.gathering import asked_rows
from reports.evidence.values import Asked
from scheduler.tables import Channel, Publication

EACH = 25_000
"""Bytes of lists and pages that one publication takes, about."""


@dataclass(frozen=True, slots=True)
class Inside:
    """What will be inside; `size` is about how many bytes."""

    publications: int = 0
    posts: int = 0
    withdrawn: int = 0
    pictures: int = 0
    videos: int = 0
    activities: int = 0
    papers: int = 0
    size: int = 0

    @property
    def empty(self) -> bool:
        """Whether there is nothing to prove."""
        return not (self.publications or self.activities)


def preview(session: Session, asked: Asked) -> Inside:
    """Counted from the posts as they are now; the file itself tells what was sent."""
    which = _which(asked)
    row = session.connection().execute(_counted(which)).one()
    pictures, videos = _files(session, which)
    activities, papers = _outside(session, asked)
    size = row[0] * EACH + pictures[1] + papers[1] + (videos[1] if asked.videos else 0)
    return Inside(
        row[0], int(row[1] or 0), int(row[2] or 0), pictures[0], videos[0], activities, papers[0], size
    )  # fmt: skip


def _which(asked: Asked) -> list[ColumnElement[bool]]:
    found = asked_rows(asked)
    return [*found, col(Post.topic) == asked.topic] if asked.topic else found


def _joined(statement: Any) -> Any:
    """Publications with their channel and post; SQLAlchemy's types count columns, which differ."""
    return (
        statement.select_from(Publication)
        .join(Channel, col(Channel.id) == col(Publication.channel_id))
        .join(Post, col(Post.id) == col(Publication.post_id))
    )


def _counted(which: list[ColumnElement[bool]]) -> Any:
    posts = func.sum(case((col(Publication.part) == Part.POST.value, 1), else_=0))
    withdrawn = func.sum(case((col(Publication.state) == "withdrawn", 1), else_=0))
    return _joined(select(func.count(), posts, withdrawn)).where(*which)


def _files(session: Session, which: list[ColumnElement[bool]]) -> tuple[tuple[int, int], tuple[int, int]]:
    """(files, bytes) of pictures and of videos, each file once."""
    posts = _joined(select(col(Publication.post_id))).where(*which)
    used = select(col(PostAsset.sha256)).where(col(PostAsset.post_id).in_(posts))
    video = col(Asset.mime).startswith("video/")
    statement = select(video, func.count(), func.sum(col(Asset.size))).where(col(Asset.sha256).in_(used))
    found = {bool(kind): (count, int(size or 0)) for kind, count, size in
             session.connection().execute(statement.group_by(video))}  # fmt: skip
    return found.get(False, (0, 0)), found.get(True, (0, 0))


def _outside(session: Session, asked: Asked) -> tuple[int, tuple[int, int]]:
    if asked.channel:
        return 0, (0, 0)
    which = [
        col(Activity.first) >= asked.first, col(Activity.first) <= asked.last, col(Activity.created_at) <= asked.cutoff,
        col(Activity.withdrawn_at).is_(None),
    ]  # fmt: skip
    which += [col(Activity.topic) == asked.topic] if asked.topic else []
    count = session.connection().execute(select(func.count()).select_from(Activity).where(*which)).scalar_one()
    papers = (
        select(func.count(), func.sum(col(Evidence.size)))
        .join(Activity, col(Activity.id) == col(Evidence.activity_id))
        .where(*which, col(Evidence.withdrawn_at).is_(None), col(Evidence.added_at) <= asked.cutoff)
    )
    row = session.connection().execute(papers).one()
    return count, (row[0], int(row[1] or 0))
