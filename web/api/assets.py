"""Files: hand one in as the body of a request, and read what is known of one."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response
from starlette.requests import ClientDisconnect

from content.tables import Asset
from scheduler.db import reading
from web.api.frame import Out, missing, needs
from web.door import house_of
from web.files import not_theirs
from web.roles import Permission, Person
from web.rooms.assets.upload import plain_name, take_stream

router = APIRouter(prefix="/assets", tags=["assets"])
Reader = Annotated[Person, Depends(needs(Permission.READ, Permission.PROPOSE))]
Giver = Annotated[Person, Depends(needs(Permission.PROPOSE))]


class AssetOut(Out):
    """A stored file; its bytes are stored once under their hash."""

    sha256: str
    name: str
    mime: str
    size: int
    width: int
    height: int


class StoredOut(AssetOut):
    """A file that was handed in, and what staff should know of what became of it."""

    new: bool
    notes: list[str]


@router.post(
    "",
    response_model=StoredOut,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def hand_in(
    request: Request, someone: Giver, name: Annotated[str, Query(min_length=1, max_length=300)]
) -> Response:
    """A picture or a video as the body of the request. Handing in the same file again gives the same answer."""
    try:
        return await take_stream(request, someone, plain_name(name))
    except ClientDisconnect:
        return Response(status_code=400)  # nobody is there to read it


@router.get("/{sha256}")
def read_asset(request: Request, someone: Reader, sha256: Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]) -> AssetOut:
    """What is known of a file."""
    with reading(house_of(request).engine) as session:
        row = session.get(Asset, sha256)
        foreign = not_theirs(session, someone, [sha256])
    if row is None or foreign:
        raise missing()
    return AssetOut.model_validate(row)
