"""Pictures and videos of the office: looked at, handed in, chosen for a post."""

from fastapi import APIRouter

from web.rooms.assets import files, pages, upload

router = APIRouter()
router.include_router(upload.router)
router.include_router(pages.router)
router.include_router(files.router)
