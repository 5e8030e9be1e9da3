"""The web floor: the staff desk, the JSON API, pictures that platforms fetch (zalo 2.1), and a sign of life.

Stateless: any number of processes may serve the same database and data folder.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connectors.media import CHECK_NAME, CHECK_TEXT, PICTURE_NAME
from content.origin import Via, coming_from
from web import statics
from web.api import PREFIX, create_api
from web.away import RETRY, answer_while_away, know_nobody, reached
from web.door import Forbidden, NotSignedIn, client_address, person, way_to_the_door
from web.health import Briefly, Health, put_into
from web.house import House
from web.limits import BodyLimit, TooLarge
from web.page import HEADERS, page
from web.request_ids import HEADER, RequestId, name_of
from web.rooms import rooms

ONLY_HTTPS = {"Strict-Transport-Security": "max-age=31536000"}
"""A browser that came over https once never comes in clear again."""
PICTURE = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
"""A public picture is a picture for anybody, and nothing else, whatever its bytes look like."""
FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}


def create_app(
    assets: Path,
    alive: Callable[[], bool],
    house: House | None = None,
    health: Health | None = None,
    watch: Callable[[], float] = monotonic,
) -> FastAPI:
    """The app over one asset folder; `alive` answers whether the clock has ticked lately.

    Without a house there is no desk: only pictures and the signs of life; without `health` only the simplest of these.
    `watch` tells seconds, for how long an answer of the signs of life is kept.
    """
    living = Briefly(lambda: reached(alive), watch)
    app = FastAPI(title="CCHC Campaign Scheduler", docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/media/{name}")
    def media(name: str) -> Response:
        """A picture by its hash. Only what is in the store; the name cannot lead anywhere else."""
        if name == CHECK_NAME:
            return PlainTextResponse(CHECK_TEXT, headers={"Cache-Control": "no-store"})
        found = PICTURE_NAME.fullmatch(name)
        if not found:
            return Response(status_code=404)
        path = assets / ("fit" if found["fit"] else found["hash"][:2]) / name
        if not path.is_file():
            return Response(status_code=404)
        return FileResponse(path, headers=FOR_EVER)

    @app.get("/healthz")
    def healthz() -> JSONResponse:
        """200 while the clock ticks, else 503; `database` tells whether it could be asked."""
        ok = living()
        told = {"ok": bool(ok), "database": ok is not None}
        return JSONResponse(told, status_code=200 if ok else 503, headers={} if ok else RETRY)

    if health is not None:
        put_into(app, health, watch)
    if house is not None:
        _furnish(app, house)
    secure = house is not None and house.address.startswith("https:")
    app.add_middleware(SafeHeaders, more=ONLY_HTTPS if secure else {})
    app.add_middleware(RequestId)
    return app


def _furnish(app: FastAPI, house: House) -> None:
    """Put the desk into the app."""
    app.state.house = house
    # Pages are packed; pictures are packed already, and scripts and style sheets keep their packed form.
    app.add_middleware(BodyLimit)
    app.add_middleware(GZipMiddleware, minimum_size=1000)
    app.add_middleware(PlainAddress)
    app.add_middleware(TellsOrigin)
    app.add_exception_handler(NotSignedIn, _to_the_door)
    app.add_exception_handler(Forbidden, _forbidden)
    app.add_exception_handler(HTTPException, _not_found)
    answer_while_away(app)
    app.add_exception_handler(Exception, _broken)

    @app.get("/static/{name}")
    def static(request: Request, name: str) -> Response:
        """A style sheet, a script or the font."""
        found = statics.static(name)
        if found is None:
            return Response(status_code=404)
        fresh = request.query_params.get("v") == found.mark
        headers = {**(FOR_EVER if fresh else {"Cache-Control": "no-cache"}), "Vary": "Accept-Encoding"}
        if found.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
            return Response(found.packed, media_type=found.type, headers={**headers, "Content-Encoding": "gzip"})
        return Response(found.body, media_type=found.type, headers=headers)

    app.mount(PREFIX, create_api(house))
    app.router.routes.extend(rooms())


class PlainAddress:
    """A NUL in an address, which PostgreSQL takes in no question, becomes a character that nothing is called by."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; see the class."""
        if scope["type"] == "http":
            scope["path"] = scope["path"].replace("\x00", "\ufffd")
            scope["query_string"] = scope["query_string"].replace(b"%00", b"%EF%BF%BD").replace(b"\x00", b"")
        await self.app(scope, receive, send)


class TellsOrigin:
    """What a request does comes from the desk or from a program, and from this address."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; see the class."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        via = Via.API if scope["path"].startswith(f"{PREFIX}/") else Via.DESK
        with coming_from(via, client_address(Request(scope))):
            await self.app(scope, receive, send)


class SafeHeaders:
    """Puts the headers that keep a browser safe on every answer; public pictures have their own."""

    def __init__(self, app: ASGIApp, more: Mapping[str, str]) -> None:
        self.app = app
        # what says nothing of keeping is for one person alone: no cache between keeps it, nor the browser's history
        self.headers = {**HEADERS, **more, "Cache-Control": "no-store"}
        self.public = {**PICTURE, **more}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; see the class."""

        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        wanted = self.public if scope["path"].startswith("/media/") else self.headers

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in wanted.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, with_headers)


def _wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api/")


def _to_the_door(request: Request, _error: Exception) -> Response:
    if _wants_page(request):
        return RedirectResponse(way_to_the_door(request), status_code=303)
    return JSONResponse({"detail": "Phiên đăng nhập đã hết; hãy đăng nhập lại."}, status_code=401)


def _forbidden(request: Request, error: Exception) -> Response:
    words = error.words if isinstance(error, Forbidden) else ""
    if not _wants_page(request):
        return JSONResponse({"detail": words}, status_code=403)
    _knows_who(request)
    return page(request, "problem.html", status=403, title="Không được phép", words=words)


def _not_found(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    words = (
        "Không có trang này, hoặc bạn không được xem."
        if status in (404, 405)
        else "Máy chủ không đọc được điều trang này gửi lên; hãy tải lại trang rồi gửi lại."
    )
    words = error.detail if isinstance(error, TooLarge) else words
    if not _wants_page(request):
        detail = error.detail if isinstance(error, HTTPException) else words
        return JSONResponse({"detail": detail}, status_code=status)
    _knows_who(request)
    title = "Không tìm thấy" if status in (404, 405) else "Yêu cầu không đúng"
    title = "Quá lớn" if isinstance(error, TooLarge) else title
    return page(request, "problem.html", status=status, title=title, words=words)


def _broken(request: Request, error: Exception) -> Response:
    """What nobody foresaw: the log has the story, the person a sentence and a way on. No database is asked here.

    This answer passes no middleware any more, so it brings its headers itself.
    """
    words = "Hệ thống gặp lỗi khi làm việc này; hãy thử lại sau ít phút. Nếu vẫn lỗi, hãy báo quản trị hệ thống."
    name = name_of(request.scope)
    headers = {**HEADERS, HEADER: name}
    if not _wants_page(request):
        return JSONResponse({"detail": words, "request_id": name}, status_code=500, headers=headers)
    know_nobody(request)
    answer = page(request, "problem.html", status=500, title="Hệ thống gặp lỗi", words=words)
    answer.headers.update(headers)
    return answer


def _knows_who(request: Request) -> None:
    """So that the page of an error has its menu; without a database it has none."""
    try:
        if reached(lambda: person(request)) is None:
            know_nobody(request)
    except NotSignedIn:
        return
