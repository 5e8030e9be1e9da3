"""Best times: at which hours the office's own posts were answered most, and how sure that is."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from content.vietnamese import WEEKDAYS_SHORT
from reports.best_times import BANDS, LEAST, BestTimes, Stats, band_words
from reports.summary import BASES, PARTS
from reports.weekly import platform_labels
from scheduler.db import reading
from scheduler.tables import Channel
from web.door import house_of, may
from web.known import known_times
from web.page import page
from web.roles import Permission, Person
from web.rooms.figures import charts
from web.rooms.figures.asked import asked

router = APIRouter()
Reader = Annotated[Person, Depends(may(Permission.READ))]
USUAL = "12-thang-qua"
SHOWN = 8
"""So many channels on one page; the others by choosing them."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One channel's hours, ready to be shown."""

    channel: Channel
    label: str
    times: BestTimes
    bands: Markup
    weekdays: Markup

    @property
    def measure(self) -> str:
        """What is compared, in words."""
        parts = " + ".join(PARTS[part] for part in self.times.parts if part in PARTS)
        return f"lượt tương tác ({parts})" if parts else BASES.get(self.times.measure, "lượt tương tác").lower()

    @property
    def grid(self) -> list[tuple[str, list[Stats]]]:
        """Weekdays down, bands across."""
        return [
            (name, [self.times.cell(weekday, band) for band in range(len(BANDS))])
            for weekday, name in enumerate(WEEKDAYS_SHORT)
        ]


@router.get("/so-lieu/gio-dang")
def hours(request: Request, _reader: Reader) -> HTMLResponse:
    """Each channel by itself: hour bands, weekdays, and one sentence that says no more than the sample allows."""
    house = house_of(request)
    now = house.now()
    with reading(house.engine) as session:
        question = asked(request, session, now, house.week_start, USUAL)
        wanted = [one for one in question.channels if question.only.channel in ("", one.key)]
        labels = platform_labels(one.platform for one in wanted)
        shown = []
        for one in wanted[:SHOWN]:
            found = known_times(session, house, one, question.span, question.only, now)
            bands = charts.intervals(found.bands, f"Khung giờ đăng của {one.name}")
            weekdays = charts.intervals(found.weekdays, f"Thứ trong tuần của {one.name}")
            shown.append(Shown(one, labels[one.platform], found, bands, weekdays))
    return page(
        request,
        "figures/hours.html",
        question=question,
        shown=shown,
        more=len(wanted) > SHOWN,
        bands=[band_words(one) for one in BANDS],
        least=LEAST,
    )
