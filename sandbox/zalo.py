"""An imitated Zalo: the token server and the OA API in one process, with one government OA (Appendix A).

Faults of its own, ordered under /_sandbox/faults: expired_token, rate_limit, error {error, message},
empty (an empty body), token_not_told (a refresh without a new refresh token), consumed_reply (a used
refresh token answers -14014), number_expires_in, late_listing {seconds}, slow_verify {seconds},
proof_required (a call without appsecret_proof is refused; a wrong one always is); those of videos and
of broadcasts stand in `sandbox.zalo_videos` and `sandbox.zalo_broadcast`.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI, Form, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response

from sandbox.control import add_control
from sandbox.world import World
from sandbox.zalo_articles import Articles
from sandbox.zalo_broadcast import add_broadcast_routes
from sandbox.zalo_routes import add_article_routes
from sandbox.zalo_tokens import Tokens
from sandbox.zalo_videos import Videos, add_video_routes
from sandbox.zalo_wire import Wire, failure, success

APP_ID = "1000000000000000001"
APP_SECRET = "sandbox-zalo-secret"
OA_ID = "388613280878808645"
OA_NAME = "UBND thành phố Huế (thử nghiệm)"
GOVERNMENT = 4
FOLLOWERS = 12_000
OPENED = datetime(2026, 1, 1, tzinfo=UTC)


def create_app(world: World) -> FastAPI:
    """The routes of both hosts: oauth under /v4/oa, the OA API under /v2.0."""
    app = FastAPI(title="Zalo", docs_url=None, redoc_url=None, openapi_url=None)
    tokens = Tokens(world, APP_ID, APP_SECRET)
    wire = Wire(world, tokens)
    videos = Videos(world)
    articles = Articles(world, OA_ID, videos)

    @app.exception_handler(RequestValidationError)
    def bad_request(_request: Request, _error: RequestValidationError) -> JSONResponse:
        return JSONResponse(failure(-201, "body is invalid"))

    _add_token_routes(app, world, tokens)
    _add_oa_routes(app, world, wire)
    add_video_routes(app, world, wire, videos)
    add_article_routes(app, world, wire, articles, videos)
    add_broadcast_routes(app, world, wire, articles)
    add_control(app, world, articles.public)
    return app


def _add_token_routes(app: FastAPI, world: World, tokens: Tokens) -> None:
    @app.get("/v4/oa/permission", response_model=None)
    def permission(
        app_id: str = "", redirect_uri: str = "", code_challenge: str = "", state: str = ""
    ) -> RedirectResponse | JSONResponse:
        """The administrator presses "Cho phép" at once."""
        if app_id != APP_ID:
            return JSONResponse(tokens.refusal(-14002, "Invalid appId"))
        if not redirect_uri.startswith(("http://", "https://")):
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
        if world.strikes("empty", "POST", request.url.path):
            return Response(b"", media_type="application/json")
        if fault := world.strikes("error", "POST", request.url.path):
            return JSONResponse(fault.values)
        with world.lock:
            refused = tokens.refuse_app(app_id, request.headers.get("secret_key", ""))
            if refused:
                return JSONResponse(refused)
            if grant_type == "authorization_code":
                return JSONResponse(tokens.exchange(code, code_verifier))
            if grant_type == "refresh_token":
                pair = tokens.refresh(refresh_token)
                return JSONResponse(pair) if pair else Response(b"", media_type="application/json")
            return JSONResponse(tokens.refusal(-14018, "Invalid grant type"))


def _add_oa_routes(app: FastAPI, world: World, wire: Wire) -> None:
    @app.get("/v2.0/oa/getoa", response_model=None)
    def getoa(request: Request) -> Response:
        with world.lock:
            refused = wire.refuse(request)
            return refused or wire.answer(success(_oa(world)))

    @app.post("/v3.0/oa/message/{kind}", response_model=None)
    def message(request: Request, kind: str) -> Response:
        with world.lock:
            refused = wire.refuse(request)
            return refused or wire.answer(failure(-235, "This API does not support this type of OA"))


def _oa(world: World) -> dict[str, Any]:
    grown = world.grown("followers", OPENED, final=4_000, half_life=timedelta(days=200))
    return {
        "oaid": OA_ID,
        "name": OA_NAME,
        "description": "Tài khoản thử nghiệm, không có thật.",
        "oa_alias": "",
        "is_verified": True,
        "oa_type": GOVERNMENT,
        "cate_name": "Cơ quan nhà nước",
        "num_follower": FOLLOWERS + grown,
        "avatar": "",
        "cover": "",
        "package_name": "Tăng trưởng",
        "package_valid_through_date": "31/12/2027",
        "package_auto_renew_date": "",
        "linked_ZCA": "",
    }


def client_settings(base_url: str) -> dict[str, str]:
    """What a client must be told to talk to this OA."""
    return {"app_id": APP_ID, "app_secret": APP_SECRET, "oauth_url": base_url, "api_url": base_url}
