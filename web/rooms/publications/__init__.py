"""What a person does to one publication: another time, hold, go on, cancel, now, ask again, settle, take down."""

from fastapi import APIRouter

from web.rooms.publications.pages import router as pages

router = APIRouter()
router.include_router(pages)
