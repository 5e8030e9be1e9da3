"""Channels: how each stands, what is chosen for it, and connecting an account."""

from fastapi import APIRouter

from web.rooms.channels import changes, connect, pages

router = APIRouter()
for part in (connect, pages, changes):
    router.include_router(part.router)
