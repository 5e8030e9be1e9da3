"""Campaigns: how each of them stands, what belongs to it, its summary to print."""

from fastapi import APIRouter

from web.rooms.campaigns import listing, one, posts, writing

router = APIRouter()
for module in (listing, writing, posts, one):
    router.include_router(module.router)
