"""Soạn bài: one post, its words per platform, pictures, place in the plan and rules; never lost while it is written."""

from fastapi import APIRouter

from web.rooms.compose import choose, conflict, handing, pictures, schedule, write

router = APIRouter()
for _part in (choose, write, pictures, handing, schedule, conflict):
    router.include_router(_part.router)
