"""The article routes of the imitated OA API, under /v2.0/article (sheet 2)."""

from typing import Any

from fastapi import Body, FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from sandbox.page import render_page
from sandbox.world import World
from sandbox.zalo_articles import Articles, addresses, download
from sandbox.zalo_oa import ARTICLE
from sandbox.zalo_videos import Videos
from sandbox.zalo_wire import Wire, failure, success

PAGE_MAX = 10


def add_article_routes(app: FastAPI, world: World, wire: Wire, articles: Articles, videos: Videos) -> None:
    """Give the app everything about articles, and the pages a visitor opens."""
    _add_changes(app, world, wire, articles)
    _add_reads(app, world, wire, articles)
    _add_counters(app, world, articles)
    _add_pages(app, world, articles, videos)


def _add_changes(app: FastAPI, world: World, wire: Wire, articles: Articles) -> None:
    def take(request: Request, payload: Any, *, update: bool) -> Response:
        path = request.url.path
        with world.lock:
            articles.settle()
            refused = wire.refuse(request, ARTICLE)
            if refused:
                return refused
            found = articles.refusal(payload, is_update=update)
            if found:
                return wire.answer(failure(*found))
        article_id = str(payload["id"]) if update else ""
        # Zalo's own servers fetch the pictures; nothing waits for them here.
        downloaded = {address: download(address) for address in addresses(payload)}
        with world.lock:
            token = articles.begin(payload, downloaded, path=path, article_id=article_id)
            return wire.answer(success({"token": token}))

    @app.post("/v2.0/article/create", response_model=None)
    def create(request: Request, payload: Any = Body(None)) -> Response:
        return take(request, payload, update=False)

    @app.post("/v2.0/article/update", response_model=None)
    def update(request: Request, payload: Any = Body(None)) -> Response:
        return take(request, payload, update=True)

    @app.post("/v2.0/article/remove", response_model=None)
    def remove(request: Request, payload: Any = Body(None)) -> Response:
        with world.lock:
            articles.settle()
            refused = wire.refuse(request, ARTICLE)
            if refused:
                return refused
            article_id = str(payload.get("id", "")) if isinstance(payload, dict) else ""
            if articles.all.pop(article_id, None) is None:
                return wire.answer(failure(-201, "id is invalid"))
            return wire.answer(success())


def _add_reads(app: FastAPI, world: World, wire: Wire, articles: Articles) -> None:
    @app.post("/v2.0/article/verify", response_model=None)
    def verify(request: Request, payload: Any = Body(None)) -> Response:
        with world.lock:
            articles.settle()
            refused = wire.refuse(request, ARTICLE)
            if refused:
                return refused
            job = articles.job_of(str(payload.get("token", ""))) if isinstance(payload, dict) else None
            if job is None:
                return wire.answer(failure(-201, "token is invalid"))
            if not job.done:
                return wire.answer(failure(-214, "Article is being processed"))
            if job.failed:
                return wire.answer(failure(-200, "Upload media failed"))
            return wire.answer(success({"id": job.article_id}))

    @app.get("/v2.0/article/getdetail", response_model=None)
    def getdetail(request: Request, id: str = "") -> Response:
        with world.lock:
            articles.settle()
            refused = wire.refuse(request, ARTICLE)
            if refused:
                return refused
            article = articles.all.get(id)
            return wire.answer(success(articles.detail(article)) if article else failure(-201, "id is invalid"))

    @app.get("/v2.0/article/getslice", response_model=None)
    def getslice(request: Request, offset: int = 0, limit: int = PAGE_MAX, type: str = "") -> Response:
        with world.lock:
            refused = wire.refuse(request, ARTICLE)
            if refused:
                return refused
            if type not in ("normal", "video"):
                return wire.answer(failure(-201, "type accept only 2 value normal and video."))
            if not 1 <= limit <= PAGE_MAX:
                return wire.answer(failure(-201, f"maximum limit is {PAGE_MAX}"))
            rows = [articles.row(article) for article in articles.newest(type)]
            return wire.answer(success({"medias": rows[offset : offset + limit], "total": len(rows)}))


def _add_counters(app: FastAPI, world: World, articles: Articles) -> None:
    @app.post("/_sandbox/counters")
    def set_counters(
        id: str = Body(...), total_view: int = Body(...), total_share: int = Body(...)
    ) -> dict[str, tuple[int, int]]:
        with world.lock:
            articles.counted[id] = total_view, total_share
        return articles.counted


def _add_pages(app: FastAPI, world: World, articles: Articles, videos: Videos) -> None:
    @app.get("/media/{number}", response_model=None)
    def media(number: str) -> Response:
        with world.lock:
            picture = articles.media.get(f"/media/{number}")
        if picture is None:
            return JSONResponse(failure(-201, "no such picture"), 404)
        return Response(picture.data, media_type=picture.mime)

    @app.get("/video/{video_id}", response_model=None)
    def video(video_id: str) -> Response:
        with world.lock:
            found = videos.usable(video_id)
        if found is None:
            return JSONResponse(failure(-201, "no such video"), 404)
        return Response(found.data, media_type=found.mime)

    @app.get("/detail/{oa_id}", response_class=HTMLResponse)
    def visit(oa_id: str, id: str = "") -> str:
        with world.lock:
            return render_page(world, [item for item in articles.public() if item.id == id])
