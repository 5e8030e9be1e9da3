"""The autopilot's pages: what it decided and will decide, each with its sentence; pin, swap, refuse, run now."""

from fastapi import APIRouter

from web.rooms.autopilot import ahead, pages, verbs, wishes

router = APIRouter()
for part in (pages, ahead, verbs, wishes):
    router.include_router(part.router)
