"""The watch: what people have to know before it is too late, found from one look and told as notices.

Each check is a pure function from a `Snapshot` to findings; `watch` looks, decides and then writes what is new and
what is gone. Running it again changes nothing but the time at which a notice was seen last.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time

from sqlalchemy import Engine

from content.vietnamese import number
from scheduler.access import Platforms
from scheduler.alarms import access, days, house, items
from scheduler.alarms.snapshot import look
from scheduler.alarms.values import Snapshot
from scheduler.db import reading, writing
from scheduler.notices import Finding, Kind, keep_up
from scheduler.policy import Policy

CHECKS = (
    *(items.not_sent, items.late, access.stopped_channels, access.ending_accesses, access.failing_refreshes),
    *(days.empty_days, items.late_approvals, items.held, access.short_quotas, days.silent_channels),
    *(access.missing_figures, house.failed_jobs, house.unheard, house.unread_portals, house.pauses, house.deadlines),
    house.no_workers,
)


def find(snapshot: Snapshot) -> Iterator[Finding]:
    """Everything that should be told, from these values alone."""
    for check in CHECKS:
        yield from check(snapshot)


def watch(
    engine: Engine,
    platforms: Platforms,
    policy: Policy,
    jobs: Mapping[str, str],
    *,
    empty_day_at: time,
    now: datetime,
    by_workers: bool = False,
    more: Sequence[Finding] = (),
) -> str:
    """Look, decide, then write what came and what went; a sentence for the job's row.

    `jobs`: the calendar jobs and what staff call them; `empty_day_at`: the local hour from which on tomorrow counts;
    `by_workers`: the clocks hand over what is due; `more`: what higher floors found.
    """
    with reading(engine) as session:
        snapshot = look(session, platforms, policy, jobs, empty_day_at=empty_day_at, by_workers=by_workers, now=now)
    findings = [*find(snapshot), *more]
    with writing(engine) as session:
        raised, cleared = keep_up(session, findings, Kind, now=now)
    return f"{number(len(findings))} thông báo đang mở: {number(raised)} mới; {number(cleared)} đã hết nguyên nhân."
