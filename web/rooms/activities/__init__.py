"""What was done outside the networks, with its evidence; results of indices; what agencies handed in."""

from fastapi import APIRouter

from web.rooms.activities import deadlines, files, indices, listing, one, submissions, tables, writing

router = APIRouter()
for module in (listing, writing, one, files, tables, indices, submissions, deadlines):
    router.include_router(module.router)
