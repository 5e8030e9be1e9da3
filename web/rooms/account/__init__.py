"""One's own account: who I am, password and second factor, delegation, keys for programs."""

from fastapi import APIRouter

from web.rooms.account import absence, keys, profile, security

router = APIRouter()
for _part in (profile, security, absence, keys):
    router.include_router(_part.router)
