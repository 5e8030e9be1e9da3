"""The front page, and the pause that stops everything."""

from fastapi import APIRouter

from web.rooms.today.pages import router as pages
from web.rooms.today.pausing import router as pausing

router = APIRouter()
router.include_router(pages)
router.include_router(pausing)
