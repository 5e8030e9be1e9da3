"""The calendar: month, week, list and day over the queue; another time for what waits; a post for an empty slot;
posts that recur."""

from fastapi import APIRouter

from web.rooms.calendar.pages import router as pages
from web.rooms.calendar.repeats import router as repeats
from web.rooms.calendar.single import router as single

router = APIRouter()
router.include_router(pages)
router.include_router(single)
router.include_router(repeats)
