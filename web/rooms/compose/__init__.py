"""Soạn bài: one post, its words per platform, pictures, place in the plan and rules; never lost while it is written."""

from fastapi import APIRouter

from web.rooms.compose import choose, conflict, drawing, handing, live, pictures, schedule, write

router = APIRouter()
# the paths of `live` and `choose` would else be taken for keys of posts
for _part in (live, choose, drawing, write, pictures, handing, schedule, conflict):
    router.include_router(_part.router)
