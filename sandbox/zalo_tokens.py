"""Codes, access tokens and refresh tokens of the imitated Zalo (sheet 1)."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sandbox.world import World

KINDS = {
    "token_not_told": "a refresh brings no new refresh token",
    "consumed_reply": "a used refresh token is answered with -14014 instead of an empty body",
    "number_expires_in": "expires_in is a number",
}
CODE_LIFE = timedelta(minutes=10)
ACCESS_LIFE = timedelta(seconds=90_000)
REFRESH_LIFE = timedelta(days=90)


@dataclass
class Grant:
    """One issued secret: a code, an access token or a refresh token."""

    until: datetime
    challenge: str = ""
    used: bool = False
    pair: str = ""
    """Of a refresh token: the access token it came with."""


class Tokens:
    """Everything that was ever issued. Call its methods with the world's lock held."""

    def __init__(self, world: World, app_id: str, app_secret: str) -> None:
        self._world = world
        self._app = app_id, app_secret
        self._codes: dict[str, Grant] = {}
        self._access: dict[str, Grant] = {}
        self._refresh: dict[str, Grant] = {}

    def new_code(self, challenge: str) -> str:
        """A code for ten minutes and one use."""
        code = self._world.token("code")
        self._codes[code] = Grant(self._world.now() + CODE_LIFE, challenge)
        return code

    def refuse_app(self, app_id: str, secret: str) -> dict[str, Any] | None:
        """The error for a wrong app or a wrong secret."""
        if app_id != self._app[0]:
            return self.refusal(-14002, "Invalid appId")
        if secret != self._app[1]:
            return self.refusal(-14004, "Invalid secret key")
        return None

    def exchange(self, code: str, verifier: str) -> dict[str, Any]:
        """A first pair for a code; a wrong verifier burns it."""
        grant = self._codes.get(code)
        if grant is None or grant.used or grant.until <= self._world.now():
            return self.refusal(-14005, "Invalid code")
        grant.used = True
        digest = hashlib.sha256(verifier.encode()).digest()
        if grant.challenge and base64.urlsafe_b64encode(digest).decode().rstrip("=") != grant.challenge:
            return self.refusal(-14005, "Invalid code")
        return self._pair()

    def refresh(self, refresh_token: str) -> dict[str, Any] | None:
        """A new pair; the old access token dies. None: the empty answer to a used refresh token."""
        grant = self._refresh.get(refresh_token)
        if grant is None or grant.until <= self._world.now():
            return self._invalid_refresh_token()
        if grant.used:
            told = self._world.strikes("consumed_reply", "POST", "/v4/oa/access_token")
            return self._invalid_refresh_token() if told else None
        grant.used = True
        self._access[grant.pair].used = True
        pair = self._pair()
        if self._world.strikes("token_not_told", "POST", "/v4/oa/access_token"):
            del pair["refresh_token"]
        return pair

    def state_of(self, access_token: str) -> int:
        """0 when it is good, else the error code."""
        grant = self._access.get(access_token)
        if grant is None:
            return -216
        return -220 if grant.used or grant.until <= self._world.now() else 0

    def proof_of(self, access_token: str) -> str:
        """The right `appsecret_proof` of a token (sheet 1.9)."""
        return hmac.new(self._app[1].encode(), access_token.encode(), hashlib.sha256).hexdigest()

    def refusal(self, code: int, name: str) -> dict[str, Any]:
        """The token endpoint's own error shape."""
        return {
            "error": code,
            "error_name": name,
            "error_description": name,
            "error_reason": "",
            "ref_doc": "https://developers.zalo.me/docs/official-account",
        }

    def _invalid_refresh_token(self) -> dict[str, Any]:
        return {
            "error": -14014,
            "error_name": "Invalid refresh token.",
            "message": "",
            "access_token": "",
            "refresh_token": "",
        }

    def _pair(self) -> dict[str, Any]:
        now = self._world.now()
        access, renew = self._world.token("access"), self._world.token("refresh")
        self._access[access] = Grant(now + ACCESS_LIFE)
        self._refresh[renew] = Grant(now + REFRESH_LIFE, pair=access)
        seconds = int(ACCESS_LIFE.total_seconds())
        plain = self._world.strikes("number_expires_in", "POST", "/v4/oa/access_token")
        return {"access_token": access, "refresh_token": renew, "expires_in": seconds if plain else str(seconds)}
