"""Evidence files and open data: what the office hands to whoever asks for proof."""

from fastapi import APIRouter

from web.rooms.records import data, pages

router = APIRouter()
router.include_router(pages.router)
router.include_router(data.router)
