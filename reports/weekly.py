"""Making the weekly summary: gather, store, write the documents (domain 3.2).

`build_weekly` is the pure part. What was made once for a cut-off is read back, never computed again, so a
printed figure and its row stay the same for ever.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from connectors import connector_class
from content.errors import ContentError
from content.plan import Topic, active_plan
from content.vietnamese import moment
from reports import queries
from reports.build import build_weekly
from reports.periods import MONDAY, ReportError, Week, parse_week, week_before, week_named
from reports.portal import portal_lag
from reports.render import documents
from reports.summary import WeeklySummary
from reports.tables import Summary, SummaryFigure
from scheduler.db import reading, writing

__all__ = ["Made", "ReportError", "WeeklySummary", "build_weekly", "make_weekly", "parse_week", "week_before"]

KIND = "week"


@dataclass(frozen=True, slots=True)
class Made:
    """A summary and its documents, by file name."""

    summary: WeeklySummary
    folder: Path
    files: dict[str, Path]


def make_weekly(
    engine: Engine,
    week: str,
    now: datetime,
    out_folder: Path,
    cutoff: datetime | None = None,
    *,
    first_weekday: int = MONDAY,
) -> Made:
    """Make the summary of a week such as "2026-W48" and write it into `out_folder`/2026-W48/.

    `now` and `cutoff` (default: `now`) are aware; nothing from the cut-off on is in the figures. The same
    cut-off again gives the same figures and no second row. Raises `ReportError` for a week that does not
    exist or has not begun, a cut-off that has not come, and a folder that cannot be written.
    """
    wanted = week_named(week, first_weekday)
    closed = cutoff or now
    if closed > now:
        raise ReportError(f"Chưa đến thời điểm chốt số liệu {moment(closed)}: hãy chọn thời điểm đã qua.")
    if closed <= wanted.since:
        raise ReportError(f"{wanted.label} chưa bắt đầu: hãy chọn tuần đã qua hoặc tuần này.")
    summary = _stored(engine, wanted, closed) or _store(engine, _gathered(engine, wanted, closed), now)
    folder = out_folder / wanted.period
    return Made(summary, folder, written(folder, documents(summary)))


def _gathered(engine: Engine, week: Week, cutoff: datetime) -> WeeklySummary:
    with reading(engine) as session:
        rows = queries.week_rows(session, week, cutoff)
        topics = _topics(session)
        portal = portal_lag(session, week.since, min(week.until, cutoff), cutoff)
    summary = build_weekly(rows, topics, platform_labels(c.platform for c in rows.channels), week, cutoff)
    return summary.model_copy(update={"portal": portal})


def _topics(session: Session) -> tuple[Topic, ...]:
    try:
        return active_plan(session).topics
    except ContentError:
        return ()


def platform_labels(platforms: Iterable[str]) -> dict[str, str]:
    """Each platform's name, as its connector tells it."""
    return {platform: connector_class(platform).capabilities.label for platform in sorted(set(platforms))}


def _stored(engine: Engine, week: Week, cutoff: datetime) -> WeeklySummary | None:
    statement = select(Summary.data).where(
        col(Summary.kind) == KIND,
        col(Summary.period) == week.period,
        col(Summary.starts_on) == week.starts_on,
        col(Summary.cutoff_at) == cutoff,
    )
    with reading(engine) as session:
        data = session.exec(statement).first()
    return None if data is None else WeeklySummary.model_validate(data)


def _store(engine: Engine, summary: WeeklySummary, now: datetime) -> WeeklySummary:
    """Store it, unless somebody else stored the same cut-off meanwhile: then theirs is the summary."""
    row = Summary(
        kind=KIND,
        period=summary.period,
        starts_on=summary.starts_on,
        ends_on=summary.ends_on,
        cutoff_at=summary.cutoff_at,
        made_at=now,
        data=summary.model_dump(mode="json"),
    )
    try:
        with writing(engine) as session:
            session.add(row)
            session.flush()
            session.add_all(_figures(summary, row.id or 0))
    except IntegrityError:
        with reading(engine) as session:
            same = (col(Summary.kind) == KIND, col(Summary.period) == summary.period)
            data = session.exec(select(Summary.data).where(*same, col(Summary.cutoff_at) == summary.cutoff_at)).one()
        return WeeklySummary.model_validate(data)
    return summary


def _figures(summary: WeeklySummary, summary_id: int) -> list[SummaryFigure]:
    rows = []
    for channel in summary.channels:
        figures = {"published": channel.published, "engagement": channel.engagement, "followers": channel.followers}
        figures |= channel.parts
        if channel.base_metric:
            figures[channel.base_metric] = channel.base
        rows += [
            SummaryFigure(
                summary_id=summary_id, channel_id=channel.id, metric=name, value=figure.value, previous=figure.previous
            )
            for name, figure in figures.items()
        ]
    rows += [
        SummaryFigure(
            summary_id=summary_id, topic=line.letter, metric="posts", value=line.this_week, previous=line.last_week
        )
        for line in summary.coverage
    ]
    return rows


def written(folder: Path, files: dict[str, bytes]) -> dict[str, Path]:
    """Each file is written beside its place and then moved there: a reader never sees half a document."""
    paths = {name: folder / name for name in files}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            new = folder / f".{name}.new"
            new.write_bytes(content)
            new.replace(paths[name])
    except OSError as error:
        raise ReportError(f"Không ghi được vào thư mục {folder} ({error.strerror}): hãy kiểm tra quyền ghi.") from error
    return paths
