"""The front page, the pause that stops everything, and what becomes of what it held."""

from fastapi import APIRouter

from web.rooms.today.held import router as held
from web.rooms.today.pages import router as pages
from web.rooms.today.pausing import router as pausing

router = APIRouter()
for part in (pages, held, pausing):
    router.include_router(part)
