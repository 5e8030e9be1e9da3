"""What of the calendar a browser asks for: which time, seen how, and what is left out."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from urllib.parse import urlencode

from content.plan import Plan
from content.vietnamese import nfc
from reports.monthly import Month
from scheduler.agenda import GROUP_WORDS, GROUPS, USUAL, Group, Wanted
from scheduler.tables import Channel
from web.campaigns import Offer
from web.words import Say, say

FIRST, LAST = date(2000, 1, 1), date(2100, 12, 31)
"""The days that the calendar knows."""
OFFICE = "van-phong"
"""In the filter of agencies: what no agency proposed."""


class View(StrEnum):
    """How a time is looked at."""

    MONTH = "thang"
    WEEK = "tuan"
    LIST = "danh-sach"
    DAY = "ngay"


@dataclass(frozen=True, slots=True)
class Filters:
    """What is left out, as the address says it; "" leaves out nothing."""

    kenh: str = ""
    diem: str = ""
    trang_thai: str = ""
    don_vi: str = ""
    chien_dich: str = ""

    @property
    def pairs(self) -> dict[str, str]:
        """As parts of an address."""
        return {name: value for name in self.__slots__ if (value := getattr(self, name))}


@dataclass(frozen=True, slots=True)
class Asked:
    """A time, a way of looking at it, and filters. `on` is any day of that time; `today` is today."""

    view: View
    on: date
    today: date
    filters: Filters = Filters()
    problem: Say | None = None
    """What in the address was not understood, and what is shown instead."""

    @property
    def month(self) -> Month:
        """The month of the day."""
        return Month(self.on.year, self.on.month)

    @property
    def monday(self) -> date:
        """The first day of the day's ISO week."""
        return self.on - timedelta(days=self.on.weekday())

    @property
    def days(self) -> tuple[date, ...]:
        """Every day that is shown; a month's table has whole weeks."""
        if self.view is View.DAY:
            return (self.on,)
        if self.view is View.LIST:
            return self.month.days
        first, last = self.monday, self.monday
        if self.view is View.MONTH:
            first = self.month.days[0] - timedelta(days=self.month.days[0].weekday())
            last = self.month.days[-1] - timedelta(days=self.month.days[-1].weekday())
        return tuple(first + timedelta(days=n) for n in range((last - first).days + 7))

    @property
    def title(self) -> Say:
        """What stands at the head of the page."""
        if self.view is View.DAY:
            return say("Lịch đăng ngày {day}", day=f"{self.on:%d/%m/%Y}")
        if self.view is View.WEEK:
            year, week, _ = self.on.isocalendar()
            return say("Lịch đăng tuần {week} năm {year}", week=week, year=year)
        return say("Lịch đăng tháng {month} năm {year}", month=f"{self.on.month}", year=self.on.year)

    def step(self, by: int) -> str:
        """The address of the time before (-1) or after (1); "" at the end of what the calendar knows."""
        if self.view is View.DAY:
            on = self.on + timedelta(days=by)
        elif self.view is View.WEEK:
            on = self.monday + timedelta(days=7 * by)
        else:
            months = self.on.year * 12 + self.on.month - 1 + by
            on = date(months // 12, months % 12 + 1, 1)
        return self.address(on=on) if FIRST <= on <= LAST else ""

    def address(self, view: str = "", on: date | None = None, filters: Filters | None = None) -> str:
        """The address of this page with something changed."""
        shown, day = View(view or self.view), on or self.on
        year, week, _ = day.isocalendar()
        time = {
            View.MONTH: {"thang": f"{day:%Y-%m}"},
            View.LIST: {"thang": f"{day:%Y-%m}", "xem": View.LIST.value},
            View.WEEK: {"tuan": f"{year}-W{week:02}"},
            View.DAY: {"ngay": f"{day:%Y-%m-%d}"},
        }[shown]
        return "/lich?" + urlencode({**time, **(self.filters if filters is None else filters).pairs})

    @property
    def has_today(self) -> bool:
        """Whether it is a month that has begun and is not over: on a phone it then begins today."""
        return self.view in (View.MONTH, View.LIST) and _same_month(self.on, self.today) and self.today.day > 1

    @property
    def unfiltered(self) -> str:
        """The address of the same time with nothing left out."""
        return self.address(filters=Filters())

    @property
    def month_name(self) -> str:
        """The month as files are named: 2026-12."""
        return f"{self.on:%Y-%m}"

    @property
    def month_words(self) -> str:
        """The month as people write it: 12/2026."""
        return f"{self.on:%m/%Y}"

    @property
    def time_fields(self) -> dict[str, str]:
        """What the form of the filters carries on."""
        pairs = self.unfiltered.partition("?")[2].split("&")
        return dict(pair.split("=", 1) for pair in pairs)


def asked(query: Mapping[str, str], today: date) -> Asked:
    """What the address asks for; what it asks wrongly is said, and today's time shown instead."""
    filters = Filters(**{name: nfc(query.get(name, ""))[:80] for name in Filters.__slots__})
    read = (("ngay", View.DAY, _day), ("tuan", View.WEEK, _week), ("thang", View.MONTH, _month))
    for name, view, reader in read:
        text = query.get(name, "").strip()
        if not text:
            continue
        shown = View.LIST if view is View.MONTH and query.get("xem") == View.LIST else view
        on = reader(text)
        if on is None or not FIRST <= on <= LAST:
            words = say("Lịch không có “{text}”; đang xem thời gian hiện tại.", text=nfc(text)[:40])
            return Asked(shown, today, today, filters, words)
        # a month that is now is seen from today, so that its week is this week
        return Asked(shown, today if view is View.MONTH and _same_month(on, today) else on, today, filters)
    return Asked(View.LIST if query.get("xem") == View.LIST else View.MONTH, today, today, filters)


def wanted(
    filters: Filters, channels: Sequence[Channel], plan: Plan | None, campaigns: Sequence[Offer] = ()
) -> tuple[Wanted, Filters, Say | None]:
    """What to ask the queue for, the filters that are known, and a sentence about one that is not."""
    keys = {channel.key: channel.id for channel in channels}
    topics = plan.letters if plan else ()
    agencies = [OFFICE, *(agency.code for agency in plan.agencies)] if plan else [OFFICE]
    ids = {one.key: one.id for one in campaigns}
    known = {"kenh": keys, "diem": topics, "trang_thai": list(Group), "don_vi": agencies, "chien_dich": ids}
    wrong = [name for name, value in filters.pairs.items() if value not in known[name]]
    kept = replace(filters, **dict.fromkeys(wrong, ""))
    group = Group(kept.trang_thai) if kept.trang_thai else None
    found = Wanted(
        states=GROUPS[group] if group else USUAL,
        channel_id=keys.get(kept.kenh),
        topic=kept.diem or None,
        agency=("" if kept.don_vi == OFFICE else kept.don_vi) if kept.don_vi else None,
        campaign_id=ids.get(kept.chien_dich),
    )
    value = getattr(filters, wrong[0]) if wrong else ""
    words = say("Bộ lọc “{value}” không còn trong danh sách nên được bỏ qua.", value=value[:40]) if wrong else None
    return found, kept, words


STATE_OPTIONS = tuple((group.value, words) for group, words in GROUP_WORDS.items())


def _same_month(one: date, other: date) -> bool:
    return (one.year, one.month) == (other.year, other.month)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII) else None
    except ValueError:
        return None


def _week(text: str) -> date | None:
    match = re.fullmatch(r"(\d{4})-W(\d{2})", text, re.ASCII)
    try:
        return date.fromisocalendar(int(match[1]), int(match[2]), 1) if match else None
    except ValueError:
        return None


def _month(text: str) -> date | None:
    return _day(f"{text}-01")
