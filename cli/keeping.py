"""What the nightly jobs do for the records: let go of what has no reason to stay, seal the archive of the month."""

from datetime import date, datetime

from sqlalchemy import Engine

from cli.settings import CommonSettings
from records.chain import head
from records.retention import carry_out
from records.rules import Rule
from records.seals import of_month
from reports.archive.making import asked_for, month_before
from scheduler.db import reading
from scheduler.jobs import installed_at
from web.archiving import archive
from web.retention import acts_of, all_rules

ARCHIVED_FROM = 2
"""The day of the month on which the month before is sealed."""
BY_ITSELF = "Hệ thống"


def let_go(engine: Engine, settings: CommonSettings, now: datetime) -> str:
    """Carry out the periods of this office; a sentence for the job."""
    return carry_out(engine, keeping_rules(settings), acts_of(BY_ITSELF, now), now=now)


def keeping_rules(settings: CommonSettings) -> tuple[Rule, ...]:
    """How long what is no record stays in this office, before what it set itself."""
    return all_rules(settings.data_dir, settings.raw_days)


def sealed_by_itself(engine: Engine, settings: CommonSettings, on: date, now: datetime) -> str:
    """Seal the month before, unless it is sealed or was over before this house was opened; a sentence for the job."""
    month = month_before(on)
    if on.day < ARCHIVED_FROM:
        return f"Chưa đến ngày {ARCHIVED_FROM} của tháng."
    with reading(engine) as session:
        there, began = of_month(session, month), installed_at(session)
        link = head(session).kept
    if there:
        return f"Gói lưu trữ tháng {month} đã niêm phong."
    if began is None or began >= asked_for(month, now).until:
        return f"Chưa vận hành trong tháng {month}."
    made = archive(engine, settings.data_dir, month, by=BY_ITSELF, now=now, chain_head=link)
    return f"Đã niêm phong {made.seal.name}."
