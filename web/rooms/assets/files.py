"""The files themselves, for whoever is signed in: whole, in pieces, or small."""

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, Response

from content.store import ENDINGS
from content.thumbnails import MIME, Thumbnails
from scheduler.db import reading
from web.door import Someone, house_of
from web.house import House
from web.rooms.assets.shelf import find

router = APIRouter()
KEPT = {"Cache-Control": "private, max-age=31536000, immutable"}


def thumbnails(house: House) -> Thumbnails:
    """Where this house keeps its small pictures."""
    return Thumbnails(house.data_dir / "cache" / "nho", house.service.store)


@router.get("/tu-lieu/{sha256}")
def whole(request: Request, sha256: str, person: Someone, tai: str = "") -> Response:
    """The file; `?tai=1` hands it over to be saved. Of videos browsers ask for the pieces they play."""
    house = house_of(request)
    with reading(house.engine) as session:
        asset = find(house, session, person, sha256)
    shown = asset.mime in ENDINGS and not tai
    return FileResponse(
        house.service.store.path(asset.sha256, asset.mime),
        media_type=asset.mime if asset.mime in ENDINGS else "application/octet-stream",
        filename=asset.name or f"{sha256[:12]}{ENDINGS.get(asset.mime, '')}",
        content_disposition_type="inline" if shown else "attachment",
        headers=KEPT,
    )


@router.get("/tu-lieu/{sha256}/nho")
def small(request: Request, sha256: str, person: Someone) -> Response:
    """The picture as lists show it; the picture itself where there is no small one. A video has none: 404."""
    house = house_of(request)
    with reading(house.engine) as session:
        asset = find(house, session, person, sha256)
    if not asset.mime.startswith("image/"):
        return Response(status_code=404)
    path = thumbnails(house).of(asset.sha256, asset.mime)
    if path is None:
        return FileResponse(
            house.service.store.path(asset.sha256, asset.mime), media_type=asset.mime,
            headers={"Cache-Control": "private, max-age=60"},
        )  # fmt: skip
    return FileResponse(path, media_type=MIME, headers=KEPT)
