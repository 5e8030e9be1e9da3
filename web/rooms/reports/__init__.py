"""Official reports: begun for a period, written on, renewed, checked, finished, handed out."""

from fastapi import APIRouter

from web.rooms.reports import files, heading, listing, making, one, renewing, writing

router = APIRouter()
for module in (listing, making, one, writing, heading, renewing, files):
    router.include_router(module.router)
