"""The JSON API for programs, version 1: it does what the pages do, by the same rules, with a person's own key."""

from functools import cache

from fastapi import APIRouter, FastAPI
from starlette.routing import BaseRoute

from web.api import (
    activities,
    assets,
    autopilot,
    campaigns,
    channels,
    figures,
    notices,
    pauses,
    posts,
    publications,
    reports,
    suggestions,
)
from web.api.frame import answers_of_errors, router_options
from web.house import House

PREFIX = "/api/v1"

DESCRIPTION = """\
The staff desk for programs. Every request carries `Authorization: Bearer <key>`; keys are made on the page
"Tài khoản của tôi" and do at most what their owner may do. Times are RFC 3339 with an offset; answers are in UTC.
Lists have `items` and `next`: ask again with `cursor=<next>` until `next` is null. A POST that creates something takes
an `Idempotency-Key`: the same key with the same request is answered as the first time, and nothing is done again.
Errors are `{"detail": "<one sentence>"}`, with `errors` (field and sentence) where fields are wrong.
"""


def create_api(house: House) -> FastAPI:
    """The API over one house, to be mounted at `PREFIX`."""
    api = FastAPI(
        title="CCHC Campaign Scheduler",
        version="1",
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
    )
    api.state.house = house
    api.router.routes.extend(_routes())
    answers_of_errors(api)
    return api


@cache
def _routes() -> list[BaseRoute]:
    """What every API answers; it knows no house, so any number of them may share it."""
    modules = (
        *(posts, publications, campaigns, channels, figures, reports, suggestions, assets, pauses, notices),
        *(autopilot, activities),
    )
    all_of_them = APIRouter()
    for module in modules:
        all_of_them.include_router(module.router, **router_options())
    return all_of_them.routes
