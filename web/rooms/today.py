"""The front page."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from web.door import Someone
from web.page import page

router = APIRouter()


@router.get("/")
def today(request: Request, _someone: Someone) -> HTMLResponse:
    """What goes out today, and what needs this person."""
    return page(request, "today/index.html")
