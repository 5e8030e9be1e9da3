"""How long each kind of thing stays that is no record: the rules as values, and those of the tables below this floor.

The law fixes what a record is and that it is not deleted (Luật Lưu trữ 33/2024/QH15); for working data and for what
names a person it asks for a period that the office sets and keeps (Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15; domain.md
section 4: "retention period per kind"). So every rule has a default, the least and the most that an office may set, and
the reason. Tables of higher floors give rules of their own (`web.retention`); who runs the house puts them together.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, exists, func, select
from sqlmodel import SQLModel, col

from content.tables import Suggestion
from records.holds import Held
from scheduler.calendar_tables import Notice, NoticeDelivery
from scheduler.figure_tables import Collection
from scheduler.jobs import INSTALLED
from scheduler.tables import JobRun, Reading, TokenRefresh

PERSONAL = "Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15: chỉ giữ trong thời hạn cần cho mục đích"
WORKING = "dữ liệu vận hành, không phải hồ sơ theo Luật Lưu trữ 33/2024/QH15; thời hạn do cơ quan đặt"
SECURITY = "nhật ký kỹ thuật theo cấp độ an toàn thông tin (NĐ 85/2016/NĐ-CP); thời hạn do cơ quan đặt"
Clauses = Sequence[ColumnElement[bool]]


def _nothing(_held: Held) -> Clauses:
    return ()


@dataclass(frozen=True, eq=False)
class TableRule:
    """Rows of one table that go when their period is over. Times are columns of aware moments."""

    kind: str
    label: str
    """What staff call it."""
    source: str
    """Why it has a period."""
    days: int
    """The default period."""
    least: int
    most: int
    """What an office may set, in days."""
    table: type[SQLModel]
    key: Any
    """The column that names a row."""
    since: Any
    """When the row begins; with `at` the time that a hold on a period is held against."""
    at: Any
    """From when on the period counts; a row without it stays."""
    which: Clauses = ()
    """What else has to be so before a row may go."""
    held: Callable[[Held], Clauses] = _nothing
    """Which rows a hold on posts and publications keeps."""
    emptied: tuple[str, ...] = ()
    """Columns that are emptied instead of the row being deleted."""

    def over(self, before: datetime | BindParameter[datetime], hold: Held) -> list[ColumnElement[bool]]:
        """The clauses of what goes: over before `before`, and under no hold."""
        periods = [(self.since >= until) | (self.at < since) for since, until in hold.periods]
        still_there = [col(getattr(self.table, name)).is_not(None) for name in self.emptied]
        return [self.at < before, *self.which, *still_there, *periods, *(~one for one in self.held(hold))]


@dataclass(frozen=True, slots=True)
class Thing:
    """A file or a folder that may go, with the moment it is of (aware)."""

    path: Path
    at: datetime
    size: int = 0


@dataclass(frozen=True)
class FileRule:
    """Files that go when their period is over. `find` lists ours alone: what it does not know is not touched."""

    kind: str
    label: str
    source: str
    days: int
    least: int
    most: int
    find: Callable[[], Iterable[Thing]] = field(repr=False)
    keep_newest: int = 0
    """So many of the newest stay however old they are."""
    tells_of_things: bool = False
    """A hold on a post, a publication or a campaign keeps all of them: each may tell of it, and no name says so."""

    def stays(self, thing: Thing, hold: Held) -> bool:
        """Whether a hold keeps this file."""
        return hold.on(thing.at) or (self.tells_of_things and hold.is_on_things)


Rule = TableRule | FileRule


def _raw_of(hold: Held) -> Clauses:
    """The answers from which figures of a held publication were read."""
    if not hold.publications:
        return ()
    read = exists().where(
        col(Reading.collection_id) == col(Collection.id), col(Reading.publication_id).in_(hold.publications)
    )
    return (read,)


def _notices_of(hold: Held) -> Clauses:
    places = [f"/muc/{number}" for number in sorted(hold.publications)]
    return (col(Notice.path).in_(places),) if places else ()


def _deliveries_of(hold: Held) -> Clauses:
    of_them = _notices_of(hold)
    return (col(NoticeDelivery.notice_id).in_(select(col(Notice.id)).where(*of_them)),) if of_them else ()


_newest_runs = select(func.max(JobRun.id)).group_by(col(JobRun.job)).scalar_subquery()
_newest_refreshes = select(func.max(TokenRefresh.id)).group_by(col(TokenRefresh.channel_id)).scalar_subquery()


@cache
def below(*, raw_days: int) -> tuple[TableRule, ...]:
    """The rules of the tables of content and scheduler. `raw_days`: the default for raw answers, a setting."""
    return (
        TableRule(
            "raw_answer", "Nguyên văn trả lời của nền tảng khi thu số liệu", WORKING,
            days=raw_days, least=1, most=3_650, table=Collection, key=col(Collection.id),
            since=col(Collection.taken_at), at=col(Collection.taken_at), held=_raw_of, emptied=("payload",),
        ),
        TableRule(
            "job_run", "Lần chạy của việc định kỳ", SECURITY,
            days=400, least=60, most=3_650, table=JobRun, key=col(JobRun.id),
            since=col(JobRun.slot), at=col(JobRun.started_at),
            # the newest of each job says what need not be made up for
            which=(col(JobRun.job) != INSTALLED, col(JobRun.id).not_in(_newest_runs)),
        ),
        TableRule(
            "notice_delivery", "Việc gửi thông báo qua thư, webhook", PERSONAL,
            days=400, least=30, most=3_650, table=NoticeDelivery, key=col(NoticeDelivery.id),
            since=col(NoticeDelivery.started_at), at=col(NoticeDelivery.finished_at), held=_deliveries_of,
            which=(col(NoticeDelivery.notice_id).in_(select(col(Notice.id)).where(col(Notice.cleared_at).is_not(None))),),
        ),
        TableRule(
            "notice", "Thông báo đã hết nguyên nhân", WORKING,
            days=400, least=30, most=3_650, table=Notice, key=col(Notice.id),
            since=col(Notice.raised_at), at=col(Notice.cleared_at), held=_notices_of,
            which=(~exists().where(col(NoticeDelivery.notice_id) == col(Notice.id)),),
        ),
        TableRule(
            "token_refresh", "Lần làm mới mã truy cập kênh", SECURITY,
            days=400, least=60, most=3_650, table=TokenRefresh, key=col(TokenRefresh.id),
            since=col(TokenRefresh.started_at), at=col(TokenRefresh.finished_at),
            which=(col(TokenRefresh.id).not_in(_newest_refreshes),),
        ),
        TableRule(
            "suggestion", "Tin gợi ý đã bỏ qua", WORKING,
            days=730, least=180, most=3_650, table=Suggestion, key=col(Suggestion.id),
            since=col(Suggestion.seen_at), at=col(Suggestion.updated_at),
            which=(col(Suggestion.state) == "dismissed", col(Suggestion.post_key) == ""),
        ),
    )  # fmt: skip
