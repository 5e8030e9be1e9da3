"""Where approvers decide: what waits for them, one post with all it takes to say yes or no, many plain ones at once."""

from fastapi import APIRouter

from web.rooms.approvals import deciding, listing

router = APIRouter()
router.include_router(listing.router)
router.include_router(deciding.router)
