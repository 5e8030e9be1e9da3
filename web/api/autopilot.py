"""What the autopilot decided and will decide; pin, veto, swap; a month tried beforehand."""

from datetime import date, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request
from pydantic import Field
from sqlmodel import col, select

from content.tables import Post
from content.vietnamese import local_day
from scheduler.autopilot import Shortfall
from scheduler.choices import open_choices, pin, refuse, swap, take_back, veto
from scheduler.db import reading
from scheduler.foresight import foresee
from scheduler.foresight.plain import plain
from scheduler.foresight.snapshot import month_days, take
from scheduler.foresight.values import Forecast, Item
from scheduler.tables import Channel
from web.api.frame import In, OnceKey, Out, Page, Told, Words, needs, once
from web.api.publications import PublicationOut, publication_told
from web.asking import NUMBER_MOST
from web.door import house_of
from web.roles import Permission, Person

router = APIRouter(prefix="/autopilot", tags=["autopilot"])
Reader = Annotated[Person, Depends(needs(Permission.READ))]
Scheduler = Annotated[Person, Depends(needs(Permission.SCHEDULE))]
Number = Annotated[int, Path(ge=1, le=NUMBER_MOST)]
Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2100, 12, 31))]
Key = Annotated[Words, Field(min_length=1, max_length=300)]
Reason = Annotated[Words, Field(max_length=500)]
SEEN = 10
"""Coming days that are looked at, at most."""
