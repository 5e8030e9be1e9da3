"""The rooms of the desk: each is one module or package with a `router`; they do not know each other."""

from functools import cache
from importlib import import_module

from fastapi import APIRouter, Depends
from starlette.routing import BaseRoute

from web.door import checked

ROOMS = (
    *("sign_in", "account", "today", "calendar", "publications", "compose", "assets", "approvals", "library"),
    *("suggestions", "channels", "figures", "history", "settings", "people"),
    *("autopilot", "campaigns", "dry_run", "notices"),
    *("activities", "reports", "records", "keeping", "readings"),
)


def routers() -> list[APIRouter]:
    """Every room behind the check that changes come from our own pages."""
    found = []
    for name in ROOMS:
        outer = APIRouter(dependencies=[Depends(checked)])
        outer.include_router(import_module(f"web.rooms.{name}").router)
        found.append(outer)
    return found


@cache
def rooms() -> list[BaseRoute]:
    """What all rooms answer. They know no house, so any number of apps may share them; FastAPI works long on each."""
    floor = APIRouter()
    for router in routers():
        floor.include_router(router)
    return floor.routes
