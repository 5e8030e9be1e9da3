"""An imitated Zalo: the token server and the OA API in one process, with one government OA (Appendix A).

Three ways to make it misbehave: facts of the OA (`sandbox.zalo_oa`), the sheet's knobs for one route
(`sandbox.zalo_knobs`), and faults, those of the wire and those that stand as `KINDS` in the modules of this name.
"""

from urllib.parse import urlencode

from fastapi import FastAPI, Form, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response

from sandbox.control import add_control
from sandbox.world import World
from sandbox.zalo_articles import Articles
from sandbox.zalo_broadcast import add_broadcast_routes
from sandbox.zalo_knobs import add_knobs
from sandbox.zalo_oa import ABOUT_OA, OA_ID, Oa, add_oa_control
from sandbox.zalo_routes import add_article_routes
from sandbox.zalo_tokens import Tokens
from sandbox.zalo_videos import Videos, add_video_routes
from sandbox.zalo_wire import Wire, failure, ordered_error, success

APP_ID = "1000000000000000001"
APP_SECRET = "sandbox-zalo-secret"


def create_app(world: World) -> FastAPI:
    """The routes of both hosts: oauth under /v4/oa, the OA API under /v2.0."""
    app = FastAPI(title="Zalo", docs_url=None, redoc_url=None, openapi_url=None)
    oa = Oa()
    tokens = Tokens(world, APP_ID, APP_SECRET)
    wire = Wire(world, tokens, oa)
    videos = Videos(world)
    articles = Articles(world, videos, oa)

    @app.exception_handler(RequestValidationError)
    def bad_request(request: Request, error: RequestValidationError) -> JSONResponse:
        if request.url.path.startswith("/_sandbox"):
            return JSONResponse({"detail": [f"{one['loc']}: {one['msg']}" for one in error.errors()]}, 422)
        return JSONResponse(failure(-201, "body is invalid"))

    _add_token_routes(app, world, tokens, oa)
    _add_oa_routes(app, world, wire, oa)
    add_video_routes(app, world, wire, videos)
    add_article_routes(app, world, wire, articles, videos)
    add_broadcast_routes(app, world, wire, articles, oa)
    add_oa_control(app, world, oa)
    add_knobs(app, world)
    add_control(app, world, articles.public)
    _add_dead_ends(app)
    return app


def _add_token_routes(app: FastAPI, world: World, tokens: Tokens, oa: Oa) -> None:
    @app.get("/v4/oa/permission", response_model=None)
    def permission(
        app_id: str = "", redirect_uri: str = "", code_challenge: str = "", state: str = ""
    ) -> RedirectResponse | JSONResponse:
        """The administrator presses "Cho phép" at once."""
        if app_id != APP_ID:
            return JSONResponse(tokens.refusal(-14002, "Invalid appId"))
        if not redirect_uri.startswith(("http://", "https://")) or oa.redirect_uri not in ("", redirect_uri):
            return JSONResponse(tokens.refusal(-14003, "Invalid redirect uri"))
        with world.lock:
            code = tokens.new_code(code_challenge)
        answer = {"code": code, "oa_id": OA_ID} | ({"state": state} if state else {})
        return RedirectResponse(f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{urlencode(answer)}", 302)

    @app.post("/v4/oa/access_token", response_model=None)
    def access_token(
        request: Request,
        app_id: str = Form(""),
        grant_type: str = Form(""),
        code: str = Form(""),
        code_verifier: str = Form(""),
        refresh_token: str = Form(""),
    ) -> Response:
        with world.lock:
            struck = ordered_error(world, request)
            if struck:
                return struck
            answer = tokens.refuse_app(app_id, request.headers.get("secret_key", ""))
            if answer is None and grant_type == "authorization_code":
                answer = tokens.exchange(code, code_verifier)
            elif answer is None and grant_type == "refresh_token":
                answer = tokens.refresh(refresh_token)
                if answer is None:
                    return Response(b"", media_type="application/json")
            return JSONResponse(answer or tokens.refusal(-14018, "Invalid grant type"))


def _add_oa_routes(app: FastAPI, world: World, wire: Wire, oa: Oa) -> None:
    @app.get("/v2.0/oa/getoa", response_model=None)
    def getoa(request: Request) -> Response:
        with world.lock:
            refused = wire.refuse(request, ABOUT_OA)
            return refused or wire.answer(success(oa.told(world)))


def _add_dead_ends(app: FastAPI) -> None:
    """Paths that some code uses and that are not there (sheet 2, 10); unknown ones were seen to answer 404 (6)."""

    @app.api_route("/v3.0/article/{rest:path}", methods=["GET", "POST"], response_model=None)
    def no_such_version(rest: str) -> JSONResponse:
        return JSONResponse(failure(-209, "invalid api"))

    @app.api_route("/v{version}/{rest:path}", methods=["GET", "POST"], response_model=None)
    def no_such_path(version: str, rest: str) -> JSONResponse:
        return JSONResponse(failure(-209, "API is not support"), 404)


def client_settings(base_url: str) -> dict[str, str]:
    """What a client must be told to talk to this OA."""
    return {"app_id": APP_ID, "app_secret": APP_SECRET, "oauth_url": base_url, "api_url": base_url}
