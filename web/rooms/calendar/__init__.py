"""The calendar: month, week, list and day over the queue; another time for what waits; a post for an empty slot."""

from fastapi import APIRouter

from web.rooms.calendar import pages, single

router = APIRouter()
router.include_router(pages.router)
router.include_router(single.router)
