"""Making the weekly summary: gather, store, write the documents (domain 3.2).

`build_weekly` is the pure part. What was made once for a cut-off is read back, never computed again, so a
printed figure and its row stay the same for ever.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from connectors import connector_class
from content import office
from content.errors import why
from content.vietnamese import moment
from reports import queries
from reports.build import PlatformFacts, build_weekly
from reports.edits import of_row
from reports.periods import MONDAY, ReportError, Week, parse_week, week_before, week_named
from reports.plans import plan_of
from reports.portal import portal_lag
from reports.render import documents
from reports.summary import WeeklySummary
from reports.tables import Summary, SummaryFigure
from scheduler.db import reading, writing
from scheduler.tables import Channel

__all__ = [
    "Made",
    "ReportError",
    "WeeklySummary",
    "build_weekly",
    "make_weekly",
    "parse_week",
    "week_before",
]

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
    plan_dir: Path | None = None,
    platforms: Mapping[str, PlatformFacts] | None = None,
) -> Made:
    """Make the summary of a week such as "2026-W48" and write it into `out_folder`/2026-W48/.

    `now` and `cutoff` (default: `now`) are aware; nothing from the cut-off on is in the figures. The same
    cut-off again gives the same figures and no second row. `plan_dir` holds the plan's file of special days;
    `platforms` is what their connectors declare, unless it is handed in. Raises `ReportError` for a week that does not
    exist or has not begun, a cut-off that has not come, and a folder that cannot be written.
    """
    wanted = week_named(week, first_weekday)
    closed = cutoff or now
    if closed > now:
        raise ReportError(f"Chưa đến thời điểm chốt số liệu {moment(closed)}: hãy chọn thời điểm đã qua.")
    if closed <= wanted.since:
        raise ReportError(f"{wanted.label} chưa bắt đầu: hãy chọn tuần đã qua hoặc tuần này.")
    summary = stored(engine, wanted, closed)
    if summary is None:
        summary = _store(engine, _gathered(engine, wanted, closed, plan_dir, platforms), now)
    folder = out_folder / wanted.period
    return Made(summary, folder, written(folder, documents(summary)))


def _gathered(
    engine: Engine,
    week: Week,
    cutoff: datetime,
    plan_dir: Path | None,
    platforms: Mapping[str, PlatformFacts] | None,
) -> WeeklySummary:
    after = [day + timedelta(days=7) for day in week.days]
    with reading(_one_moment(engine)) as session:
        if platforms is None:
            platforms = platform_facts(session.exec(select(Channel.platform)))
        channels = session.exec(select(Channel.id, Channel.platform).order_by(col(Channel.id))).all()
        breaks = {id or 0: platforms[platform].breaks for id, platform in channels if platform in platforms}
        rows = queries.week_rows(session, week, cutoff, breaks)
        plan = plan_of(session, week.year)
        special, _whole = office.holidays_anyway(session, plan_dir, after)
        portal = portal_lag(session, week.since, min(week.until, cutoff), cutoff)
    off = {on: one.name for on, one in special.items() if one.off}
    summary = build_weekly(rows, plan.topics if plan else (), platforms, week, cutoff, off)
    return summary.model_copy(update={"portal": portal})


def _one_moment(engine: Engine) -> Engine:
    """All statements of one summary see the same rows: SQLite's readers always do, PostgreSQL's when asked to."""
    return engine if engine.dialect.name == "sqlite" else engine.execution_options(isolation_level="REPEATABLE READ")


def platform_labels(platforms: Iterable[str]) -> dict[str, str]:
    """Each platform's name, as its connector tells it."""
    return {platform: connector_class(platform).capabilities.label for platform in sorted(set(platforms))}


def platform_facts(platforms: Iterable[str]) -> dict[str, PlatformFacts]:
    """What a summary has to know of each platform, as its connector declares it."""
    known = {platform: connector_class(platform).capabilities for platform in sorted(set(platforms))}
    return {name: PlatformFacts(one.label, tuple(one.breaks), tuple(one.by_hand)) for name, one in known.items()}


def stored(engine: Engine, week: Week, cutoff: datetime) -> WeeklySummary | None:
    """The summary of a week with this very cut-off, with the words a person wrote over its sentences."""
    with reading(engine) as session:
        row = session.exec(_same(week.period, week.starts_on, cutoff)).first()
    return None if row is None else of_row(row)


def _same(period: str, starts_on: date, cutoff: datetime) -> SelectOfScalar[Summary]:
    return select(Summary).where(
        Summary.kind == KIND, Summary.period == period, Summary.starts_on == starts_on, Summary.cutoff_at == cutoff
    )


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
            theirs = session.exec(_same(summary.period, summary.starts_on, summary.cutoff_at)).first()
        if theirs is None:  # the same cut-off of a week that began on another day, before the setting was changed
            raise ReportError(
                "Tuần này đã được lập với ngày bắt đầu khác ở cùng thời điểm chốt; hãy chốt số liệu lúc khác."
            ) from None
        return of_row(theirs)
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
            summary_id=summary_id, topic=line.letter, metric=line.unit, value=line.this_week, previous=line.last_week
        )
        for line in summary.coverage
    ]
    return rows


def written(folder: Path, files: dict[str, bytes]) -> dict[str, Path]:
    """All of the files, or none: each is written beside its place, and then they move there. A reader never sees half a
    document. Raises `ReportError` when they cannot be written."""
    paths = {name: folder / name for name in files}
    beside = {name: folder / f".{name}.new" for name in files}
    new = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            beside[name].write_bytes(content)
        for name, path in paths.items():
            beside[name].replace(path)
    except OSError as error:
        with suppress(OSError):  # there may be no folder to begin with
            for part in beside.values():
                part.unlink(missing_ok=True)
            if new:
                folder.rmdir()
        raise ReportError(
            f"Không ghi được vào thư mục {folder} ({why(error)}): hãy kiểm tra chỗ trống và quyền ghi."
        ) from error
    return paths
