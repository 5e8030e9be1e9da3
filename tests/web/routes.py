"""Every address of the desk with its methods and the permissions that its dependencies ask for."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fastapi.routing import APIRoute

from web.roles import Permission
from web.rooms import routers


@dataclass(frozen=True, slots=True)
class Address:
    """One route. `needs`: the permissions a person must have, as far as dependencies say so."""

    path: str
    methods: frozenset[str]
    needs: frozenset[Permission]


def addresses() -> list[Address]:
    """All rooms' routes. FastAPI keeps an included router as one object, so `app.routes` alone names none of them."""
    return [
        Address(one.path, frozenset(one.methods or ()), frozenset(_asked(one.dependant)))
        for router in routers()
        for one in _flat(router)
    ]


def _flat(router: Any) -> Iterator[APIRoute]:
    for one in router.routes:
        if isinstance(one, APIRoute):
            yield one
        else:
            yield from _flat(one.original_router)


def _asked(dependant: Any) -> Iterator[Permission]:
    for one in dependant.dependencies:
        if getattr(one.call, "__name__", "") == "one_who_may":
            yield from (cell.cell_contents for cell in one.call.__closure__)
        yield from _asked(one)
