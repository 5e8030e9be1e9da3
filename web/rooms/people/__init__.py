"""The people of the office: who they are, what they may do, who approves in whose name."""

from fastapi import APIRouter

from web.rooms.people import absences, list_of_people, one_person

router = APIRouter()
for _part in (list_of_people, absences, one_person):
    router.include_router(_part.router)
