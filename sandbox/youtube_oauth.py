"""The consent page, which agrees at once, and the token address (youtube 1.1 to 1.5)."""

import base64
import hashlib
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from sandbox.youtube_state import CLIENT_ID, CLIENT_SECRET, SCOPE, TOKEN_LIFE, Grant, Json, State, read_body

TESTING_SECONDS = 604_799
"""What a project in testing is told (youtube 1.3)."""
KINDS: Mapping[str, str] = {
    "access_denied": "the person at the consent page refuses",
    "partial_grant": "the person grants only {scope}",
    "invalid_grant": "400: the refresh token or the code is dead",
    "token_error": "{status} {error} with {subtype} in the OAuth shape",
    "testing_project": "a consent whose refresh token lives {seconds} (604799)",
}


class TokenError(Exception):
    """An answer in the OAuth shape, which is not the API's envelope (youtube 1.5)."""

    def __init__(self, status: int, error: str, description: str, subtype: str = "") -> None:
        super().__init__(error)
        self.status = status
        self.body = {"error": error, "error_description": description}
        if subtype:
            self.body["error_subtype"] = subtype


def answer_token_error(request: Request, error: Exception) -> Response:
    """A `TokenError` as an answer."""
    assert isinstance(error, TokenError)
    return JSONResponse(error.body, error.status)


def oauth_routes(state: State) -> APIRouter:
    """GET /o/oauth2/v2/auth and POST /token."""
    router = APIRouter()

    @router.get("/o/oauth2/v2/auth")
    def consent_page(request: Request) -> Response:
        query = dict(request.query_params)
        if query.get("client_id") != CLIENT_ID or query.get("response_type") != "code":
            raise TokenError(401, "invalid_client", "The OAuth client was not found.")
        with state.world.lock:
            back = {"state": query.get("state", "")}
            if state.world.strikes("access_denied", request.method, request.url.path):
                back["error"] = "access_denied"
            else:
                back["code"] = "4/" + state.world.token("code")
                if hit := state.world.strikes("partial_grant", request.method, request.url.path):
                    query["scope"] = str(hit.values["scope"])
                state.codes[back["code"]] = query
        return RedirectResponse(f"{query.get('redirect_uri', '')}?{urlencode(back)}", 302)

    @router.post("/token")
    def give_token(request: Request, body: bytes = Depends(read_body)) -> Json:
        form = dict(parse_qsl(body.decode()))
        with state.world.lock:
            if form.get("client_id") != CLIENT_ID or form.get("client_secret") != CLIENT_SECRET:
                raise TokenError(401, "invalid_client", "Unauthorized")
            if state.world.strikes("invalid_grant", request.method, request.url.path):
                raise TokenError(400, "invalid_grant", "Token has been expired or revoked.")
            if hit := state.world.strikes("token_error", request.method, request.url.path):
                subtype = str(hit.values.get("subtype", ""))
                raise TokenError(int(hit.values["status"]), str(hit.values["error"]), "As it was ordered.", subtype)
            if form.get("grant_type") == "authorization_code":
                return _exchange(state, form)
            if form.get("grant_type") == "refresh_token":
                return _refresh(state, form)
            raise TokenError(400, "unsupported_grant_type", "Invalid grant_type")

    return router


def _exchange(state: State, form: dict[str, str]) -> Json:
    """A code works once, for the redirect address and the PKCE challenge it was asked with."""
    asked = state.codes.pop(form.get("code", ""), None)
    if asked is None or asked.get("redirect_uri") != form.get("redirect_uri"):
        raise TokenError(400, "invalid_grant", "Malformed auth code.")
    digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
    if asked.get("code_challenge", "") != base64.urlsafe_b64encode(digest).rstrip(b"=").decode():
        raise TokenError(400, "invalid_grant", "Invalid code verifier.")
    scope = asked.get("scope", SCOPE)
    grant = _new_access(state, scope)
    if asked.get("access_type") == "offline" and asked.get("prompt") == "consent":
        grant["refresh_token"] = "1//" + state.world.token("refresh")
        kept = Grant(scope)
        if hit := state.world.strikes("testing_project", "POST", "/token"):
            grant["refresh_token_expires_in"] = int(hit.values.get("seconds", TESTING_SECONDS))
            kept.dies_at = state.world.now() + timedelta(seconds=grant["refresh_token_expires_in"])
        state.refresh_tokens[grant["refresh_token"]] = kept
    return grant


def _refresh(state: State, form: dict[str, str]) -> Json:
    """Only scopes that were granted may be asked for; none asked for means all of them (youtube 1.5)."""
    grant = state.refresh_tokens.get(form.get("refresh_token", ""))
    if grant is None or (grant.dies_at is not None and grant.dies_at <= state.world.now()):
        raise TokenError(400, "invalid_grant", "Token has been expired or revoked.")
    if not set(form.get("scope", "").split()) <= set(grant.scope.split()):
        raise TokenError(400, "invalid_scope", "Some requested scopes were not granted.")
    return _new_access(state, grant.scope)


def _new_access(state: State, scope: str) -> Json:
    token = "ya29." + state.world.token("access")
    state.access_tokens[token] = state.world.now() + TOKEN_LIFE
    state.scopes[token] = scope
    seconds = int(TOKEN_LIFE.total_seconds())
    return {"access_token": token, "expires_in": seconds, "scope": scope, "token_type": "Bearer"}
