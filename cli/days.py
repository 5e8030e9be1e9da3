"""`cchc days 2027`: a year's days off and special days, where each comes from, and what it asks of the queue."""

from typing import Annotated

import typer

from cli import settings as settings_module
from cli.console import table
from cli.errors import UserError
from cli.wiring import open_database
from content.days import ORIGIN_WORDS, days_of_year
from content.holidays import LAST_YEAR
from content.vietnamese import day, local_day, weekday
from scheduler.clock import SystemClock
from scheduler.days import rule_of, rule_words
from scheduler.db import reading

FIRST_YEAR = 2000


def days(year: Annotated[int, typer.Argument(help="Năm, như 2027; bỏ trống: năm nay.")] = 0) -> None:
    """List the special days of a year."""
    settings = settings_module.load()
    chosen = year or local_day(SystemClock().now()).year
    if not FIRST_YEAR <= chosen <= LAST_YEAR:
        raise UserError(f"Không có lịch của năm {chosen}; hãy chọn từ {FIRST_YEAR} đến {LAST_YEAR}.")
    with reading(open_database(settings)) as session:
        found = days_of_year(session, settings.plan_dir, chosen)
    rows = []
    for one in found:
        kind = "nghỉ" if one.holiday.off else "làm bù" if one.holiday.working else "không nghỉ"
        rule = rule_of(one.holiday)
        words = rule_words(rule) if rule else "-"
        rows.append((day(one.on), weekday(one.on, short=True), one.holiday.name, kind, ORIGIN_WORDS[one.origin], words))
    table(f"Năm {chosen}", ("Ngày", "Thứ", "Tên", "Nghỉ", "Nguồn", "Quy tắc"), rows, whole=("Ngày", "Thứ", "Nguồn"))
