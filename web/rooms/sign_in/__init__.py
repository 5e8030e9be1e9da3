"""The door: sign in, the second step, the invitation, sign out, the language."""

from fastapi import APIRouter

from web.rooms.sign_in import door, invitation, second

router = APIRouter()
for _part in (door, second, invitation):
    router.include_router(_part.router)
