"""Settings: the plan, agencies, holidays, feeds, the words of a pause, how agencies sign pictures, the level file."""

from fastapi import APIRouter

from web.rooms.settings import agencies, brands, feeds, holidays, level, pauses, plan

router = APIRouter()
for part in (plan, agencies, holidays, feeds, pauses, brands, level):
    router.include_router(part.router)
