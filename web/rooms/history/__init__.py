"""What was done, and what became of each publication, in words."""

from fastapi import APIRouter

from web.rooms.history import chain, life, stream

router = APIRouter()
router.include_router(stream.router)
router.include_router(life.router)
router.include_router(chain.router)
