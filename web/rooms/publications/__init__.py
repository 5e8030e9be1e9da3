"""What a person does to one publication: another time, hold, go on, cancel, now, ask again, settle, take down."""

from fastapi import APIRouter

from web.rooms.publications import pages

router = APIRouter()
router.include_router(pages.router)
