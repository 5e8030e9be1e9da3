"""Soạn bài: one post, its words per platform, pictures, place in the plan and rules; never lost while it is written."""

from fastapi import APIRouter

from web.rooms.compose import live

router = APIRouter()
router.include_router(live.router)
