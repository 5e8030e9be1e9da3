"""The infographic templates to choose from: a picture of each, and what it is for."""

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import FileResponse, Response

from content.brand import UNSIGNED, Brand
from content.errors import ContentError
from content.infographic.gallery import TEMPLATE_NAMES
from content.infographic.samples import MIME, USES, WIDTH, find_sample, picture_of, samples
from content.palette import DEFAULT, PALETTES
from content.postfile import PROJECT
from scheduler.db import reading
from web.door import Someone, house_of
from web.house import House
from web.page import page
from web.plans import plan_words

router = APIRouter()
SPECS = PROJECT / "assets" / "infographics"
FOR_EVER = {"Cache-Control": "private, max-age=31536000, immutable"}


def _brand(house: House) -> Brand:
    """Who signs the examples: the plan's first brand, nobody where there is no plan."""
    with reading(house.engine) as session:
        plan = plan_words(session).plan
    return plan.brand() if plan else UNSIGNED


@router.get("/thu-vien/mau")
def gallery(request: Request, _person: Someone, mau: str = DEFAULT) -> Response:
    """Every template in one palette. The page waits for no picture: each is drawn when the browser asks for it."""
    palette = mau if mau in PALETTES else DEFAULT
    try:
        shown = samples(SPECS, palette, _brand(house_of(request)))
    except ContentError:
        shown = []
    return page(
        request,
        "library/templates.html",
        samples=shown,
        palette=palette,
        palettes=PALETTES,
        names=TEMPLATE_NAMES,
        uses=USES,
        width=WIDTH,
    )


@router.get("/thu-vien/mau/{template}/{palette}")
def picture(request: Request, template: str, palette: str, _person: Someone, v: str = "") -> Response:
    """One picture; `v` is its mark, so that a browser keeps it until the example or the brand changes."""
    house = house_of(request)
    try:
        sample = find_sample(SPECS, template, palette, _brand(house))
    except ContentError:
        sample = None
    if sample is None:
        raise HTTPException(404)
    path = picture_of(sample, house.data_dir / "cache" / "mau")
    if path is None:
        return Response(status_code=503, headers={"Retry-After": "10"})
    return FileResponse(path, media_type=MIME, headers=FOR_EVER if v == sample.mark else {"Cache-Control": "no-cache"})
