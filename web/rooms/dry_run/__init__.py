"""A month ahead, tried without sending anything: what would go out, what would fail and why, what is missing."""

from fastapi import APIRouter

from web.rooms.dry_run import pages

router = APIRouter()
router.include_router(pages.router)
