"""The imitated Facebook: one Page, or more when asked, on the Graph API, with its login dialog and its public page.

The faults it knows beside those on the wire stand in `KINDS`, here and in its other modules.
"""

import json
import re
from datetime import timedelta
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel
from starlette.datastructures import UploadFile

from sandbox.control import add_control
from sandbox.facebook_errors import GraphError
from sandbox.facebook_graph import Call, Graph
from sandbox.facebook_login import APP_ID, APP_SECRET, PAGE_ID
from sandbox.facebook_posts import Post
from sandbox.facebook_video import NamedError
from sandbox.world import PublicItem, World

KINDS = {
    "error": "an error object of {code}, {subcode}, {type}, {message}, {is_transient}, {error_data}, {error_user_msg} "
    "with {status}; `effect` says whether the platform acts first",
    "empty": "200 and nothing; `effect` as above",
    "javascript": "the answer calls itself text/javascript, names no charset and escapes nothing",
    "expired_token": "a dead token: 190 with {subcode} (463) and {status} (400)",
    "no_permission": "200, a permission is missing, with {status} (403)",
    "blocked": "368 with {subcode} (1390008)",
    "require_proof": "a call without appsecret_proof is refused",
    "refuse_consent": "the person says no in the login dialog",
    "empty_accounts": "me/accounts lists no Page",
    "other_page": "me/accounts lists another Page, {id}, instead of this one",
    "tasks": "me/accounts tells these {tasks} of the person",
    "served_version": "the answer comes from {version}",
    "late_listing": "a post or a comment is listed {seconds} (60) later",
    "dead_cursor": "a cursor of a list is not known any more",
    "no_cursor": "a list that goes on names no cursor",
    "since_ignored": "a list begins with the newest, whatever `since` and `until` say",
    "too_much": "a list of more than {limit} (12) rows is too much",
    "reels_apart": "a list of posts leaves reels out",
    "foreign_app": "the post is made by another application, {id}",
    "no_twin_check": "the same words twice are taken",
    "hidden_leaks": "a list shows hidden posts",
    "show_ignored": "a hidden post stays hidden when it is shown",
    "show_doubles": "a hidden post becomes two when it is shown",
    "show_dates": "a hidden post gets the time of showing as its own",
    "dead_metric": "the metric {name} is not valid any more",
    "missing_metric": "the metric {name} is left out of the answer",
    "no_user_content": "10 for whoever asks for reactions or comments of a post",
    "refused_field": "10 for whoever asks for the field {name}",
    "null_item": "an item of a batch timed out",
}
VERSION = "v26.0"
OLDEST_USABLE = 21


def client_settings(url: str) -> dict[str, str]:
    """What a client has to be told to talk to this Facebook at `url`: its three hosts and the app."""
    return {"app_id": APP_ID, "app_secret": APP_SECRET, "graph_url": url, "video_url": url, "dialog_url": url}


class TokenForm(BaseModel):
    """A token that somebody makes without the login dialog; `targets` null: for all Pages.

    `granular`, where given: the Pages of each permission that is told so; null for all. `profile_id`: another's.
    """

    type: str
    scopes: tuple[str, ...]
    seconds: int | None = None
    targets: tuple[str, ...] | None = (PAGE_ID,)
    granular: dict[str, tuple[str, ...] | None] | None = None
    profile_id: str = PAGE_ID


class PagesForm(BaseModel):
    """More Pages of the same person; films go on the first one only."""

    names: tuple[str, ...]


class CommentForm(BaseModel):
    """What somebody writes under a post."""

    post_id: str
    message: str
    author: str = ""


async def read_call(request: Request) -> Call:
    """The request with its query, its form or JSON body, and its bearer token."""
    args: dict[str, Any] = dict(request.query_params)
    files: dict[str, bytes] = {}
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/json"):
        args |= await request.json()
    elif "form" in kind:
        async with request.form(max_part_size=20_000_000) as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    files[name] = await value.read()
                else:
                    args[name] = value
    elif kind == "application/octet-stream":
        args |= {name: request.headers.get(name, "0") for name in ("offset", "file_size")}
        files["body"] = await request.body()
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    path = re.sub(r"^/(v\d+\.\d+(/|$))?", "", request.url.path)
    # the host of a reel's bytes wants one word only (facebook 2.6)
    words = ("oauth",) if path.startswith("video-upload") else ("oauth", "bearer")
    bearer = token if scheme.lower() in words else ""
    return Call(request.method, path.strip("/"), request.url.path, args, bearer, files)


def create_app(world: World) -> FastAPI:
    """The app of one imitated Page."""
    app = FastAPI(title="Facebook (sandbox)", openapi_url=None)
    graph = Graph(world)
    queries: list[dict[str, str]] = []
    add_control(app, world, lambda: _all_public(graph))

    @app.get("/_sandbox/queries")
    def list_queries() -> list[dict[str, str]]:
        """Every query string that came in, to see that no token stands in one."""
        return queries

    _add_media(app, world, graph)
    _add_people(app, world, graph)

    @app.get("/{profile}/posts/{post}")
    def permalink(profile: str, post: str) -> RedirectResponse:
        return RedirectResponse("/")

    @app.get("/{version}/dialog/oauth")
    def dialog(call: Annotated[Call, Depends(read_call)]) -> Response:
        try:
            with world.lock:
                return RedirectResponse(graph.login.dialog(call.args, call.full_path), status_code=302)
        except GraphError as error:
            return _json(error.body, error.status, {})

    @app.api_route("/{path:path}", methods=["GET", "POST", "DELETE"])
    def api(request: Request, call: Annotated[Call, Depends(read_call)]) -> Response:
        with world.lock:
            queries.append({"method": call.method, "path": call.full_path, "query": request.url.query})
            return _answered(graph, call, len(queries))

    return app


def _add_media(app: FastAPI, world: World, graph: Graph) -> None:
    """The files themselves, as the public page shows them."""

    @app.get("/pictures/{photo_id}")
    def picture(photo_id: str) -> Response:
        with world.lock:
            photo = graph.posts.photos.get(photo_id)
        return Response(photo.content, media_type=photo.mime) if photo else Response(status_code=404)

    @app.get("/films/{video_id}")
    def film(video_id: str) -> Response:
        with world.lock:
            video = graph.videos.videos.get(video_id)
        return Response(bytes(video.content), media_type="video/mp4") if video else Response(status_code=404)

    @app.get("/covers/{video_id}")
    def cover(video_id: str) -> Response:
        with world.lock:
            video = graph.videos.videos.get(video_id)
        return Response(video.cover, media_type="image/jpeg") if video else Response(status_code=404)


def _add_people(app: FastAPI, world: World, graph: Graph) -> None:
    """What others do on the Page."""

    @app.post("/_sandbox/pages")
    def add_pages(form: PagesForm) -> dict[str, list[str]]:
        with world.lock:
            return {"ids": [graph.login.add_page(name) for name in form.names]}

    @app.get("/_sandbox/comments")
    def comments() -> list[dict[str, str]]:
        """Every comment there is, oldest first."""
        with world.lock:
            return [{"post": one.post_id, "text": one.message} for one in graph.comments.comments.values()]

    @app.post("/_sandbox/comments")
    def comment(form: CommentForm) -> dict[str, str]:
        """A comment by somebody, or by nobody who is told (`author` empty)."""
        with world.lock:
            post = graph.posts.posts[form.post_id]
            return {"id": graph.comments.add(post, form.message, (form.author, "Một người dân")).id}

    @app.post("/_sandbox/tokens")
    def token(form: TokenForm) -> dict[str, str]:
        life = timedelta(seconds=form.seconds) if form.seconds else None
        with world.lock:
            token = graph.login.issue(form.type, form.scopes, life, form.targets)
            token.granular, token.profile_id = form.granular, form.profile_id
            return {"access_token": token.text}


def _answered(graph: Graph, call: Call, calls: int) -> Response:
    """The platform's answer, or its refusal, as HTTP."""
    headers = {"facebook-api-version": _served(graph.world, call), "x-fb-trace-id": "Sandbox"}
    empty = graph.world.strikes("empty", call.method, call.full_path)
    if empty and not empty.effect:
        return Response(headers=headers)
    limited = graph.usage.limit(call.method, call.full_path)
    if limited:
        error, told = limited
        return _json(error.body, error.status, headers | told | error.headers)
    headers |= graph.usage.headers(call.method, call.full_path, calls)
    try:
        answer = graph.answer(call)
    except NamedError as error:
        named = {"debug_info": {"retriable": False, "type": str(error), "message": str(error)}}
        return _json(named, 400, headers)
    except GraphError as error:
        return _json(error.body, error.status, headers | error.headers)
    if empty:
        return Response(headers=headers)
    if graph.world.strikes("javascript", call.method, call.full_path):
        return Response(json.dumps(answer, ensure_ascii=False), headers={**headers, "content-type": "text/javascript"})
    return _json(answer, 200, headers)


def _json(body: Any, status: int, headers: dict[str, str]) -> Response:
    """As Facebook mostly writes JSON: everything beyond ASCII escaped."""
    return Response(json.dumps(body), status_code=status, headers=headers, media_type="application/json; charset=UTF-8")


def _served(world: World, call: Call) -> str:
    """The version that answers: an expired one is served by the oldest usable (facebook 1.1)."""
    fault = world.strikes("served_version", call.method, call.full_path)
    if fault:
        return str(fault.values["version"])
    asked = re.match(r"/v(\d+)\.\d+(/|$)", call.full_path)
    if not asked:
        return VERSION
    number = int(asked[1])
    return f"v{number}.0" if OLDEST_USABLE <= number <= int(VERSION[1:3]) else f"v{OLDEST_USABLE}.0"


def _all_public(graph: Graph) -> list[PublicItem]:
    graph.videos.settle()
    return [_public(graph, post) for post in reversed(graph.posts.posts.values()) if post.published]


def _public(graph: Graph, post: Post) -> PublicItem:
    counts = graph.insights.counts(post)
    video = graph.videos.videos.get(post.video_id)
    covers = (f"/covers/{video.id}",) if video and video.cover else ()
    return PublicItem(
        id=post.id,
        title=video.title if video else "",
        text=post.message,
        url=graph.posts.permalink(post),
        at=post.at,
        pictures=covers or tuple(f"/pictures/{photo.id}" for photo in post.photos),
        video=f"/films/{video.id}" if video else "",
        figures={
            "Cảm xúc": counts["reactions"],
            "Bình luận": counts["comments"],
            "Lượt chia sẻ": counts["shares"],
        },
        link=post.link,
    )
