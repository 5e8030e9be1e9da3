"""Settings: the plan in force, agencies, holidays, feeds, the words of a pause, how agencies sign pictures."""

from fastapi import APIRouter

from web.rooms.settings import agencies, brands, feeds, holidays, pauses, plan

router = APIRouter()
for part in (plan, agencies, holidays, feeds, pauses, brands):
    router.include_router(part.router)
