"""Tokens of the imitated Facebook: the login dialog, the exchanges, who may do what (facebook 2)."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from sandbox.facebook_errors import GraphError, expired
from sandbox.world import World

APP_ID = "100000000000001"
APP_SECRET = "sandbox-facebook-secret"
PAGE_ID = "723701000000001"
PAGE_NAME = "UBND thành phố Huế (thử nghiệm)"
USER_ID = "122100000000001"
TASKS = ("ANALYZE", "ADVERTISE", "MODERATE", "CREATE_CONTENT", "MANAGE")
SHORT_LIFE, LONG_LIFE = timedelta(hours=2), timedelta(days=60)


@dataclass
class Token:
    """`expires_at` 0: no date, as Page tokens made from a long-lived user token have. `targets` None: all Pages."""

    text: str
    type: str
    scopes: tuple[str, ...]
    issued_at: int
    expires_at: int = 0
    targets: tuple[str, ...] | None = (PAGE_ID,)
    granular: dict[str, tuple[str, ...] | None] | None = None
    """Scope -> its Pages, where they are not the same for all."""
    profile_id: str = PAGE_ID

    @property
    def granted(self) -> dict[str, tuple[str, ...] | None]:
        """Scope -> the Pages it is for, None for all."""
        pages = {scope: self.targets for scope in self.scopes if scope.startswith("pages_")}
        return pages if self.granular is None else self.granular


class Login:
    """Knows every code and token that was given out."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.pages = {PAGE_ID: PAGE_NAME}
        """Id -> name of every Page of the person who logs in."""
        self.codes: dict[str, dict[str, Any]] = {}
        self.tokens: dict[str, Token] = {}

    def add_page(self, name: str) -> str:
        """One more Page of the same person; its id."""
        page_id = str(int(PAGE_ID) + len(self.pages))
        self.pages[page_id] = name
        return page_id

    def _seconds(self) -> int:
        return int(self.world.now().timestamp())

    def _issue(self, type: str, scopes: tuple[str, ...], life: timedelta | None) -> Token:
        now = self._seconds()
        text = f"EAA{type[0]}{self.world.token(type)}"
        ends = now + int(life.total_seconds()) if life else 0
        self.tokens[text] = Token(text, type, scopes, now, ends, tuple(self.pages))
        return self.tokens[text]

    def issue(
        self, type: str, scopes: tuple[str, ...], life: timedelta | None, targets: tuple[str, ...] | None
    ) -> Token:
        """A token of any kind, as somebody makes one in the business settings."""
        token = self._issue(type, scopes, life)
        token.targets = targets
        return token

    def dialog(self, args: dict[str, Any], path: str) -> str:
        """Where the login dialog sends the person: here everybody agrees at once."""
        back, state = str(args.get("redirect_uri", "")), str(args.get("state", ""))
        if args.get("client_id") != APP_ID or not back:
            raise GraphError(101, "Error validating application. Invalid application ID.")
        if self.world.strikes("refuse_consent", "GET", path):
            answer = {"error": "access_denied", "error_reason": "user_denied", "state": state}
        else:
            code = f"AQ{self.world.token('code')}"
            scopes = tuple(name for name in str(args.get("scope", "")).split(",") if name)
            self.codes[code] = {"redirect_uri": back, "scopes": scopes, "used": False}
            answer = {"code": code, "state": state}
        return f"{back}{'&' if '?' in back else '?'}{urlencode(answer)}"

    def exchange(self, args: dict[str, Any]) -> dict[str, Any]:
        """Code -> short user token, or short -> long user token."""
        if args.get("client_id") != APP_ID:
            raise GraphError(101, "Error validating application. Cannot get application info due to a system error.")
        if args.get("client_secret") != APP_SECRET:
            raise GraphError(1, "Error validating client secret.")
        if args.get("grant_type") == "fb_exchange_token":
            token = self.valid(str(args.get("fb_exchange_token", "")))
            return self._told(self._issue("USER", token.scopes, LONG_LIFE))
        code = self.codes.get(str(args.get("code", "")))
        if code is None:
            raise GraphError(100, "Invalid verification code format.")
        if code["used"]:
            raise GraphError(100, "This authorization code has been used.")
        if code["redirect_uri"] != args.get("redirect_uri"):
            raise GraphError(
                100, "Error validating verification code. Please make sure your redirect_uri is identical."
            )
        code["used"] = True
        return self._told(self._issue("USER", code["scopes"], SHORT_LIFE))

    def _told(self, token: Token) -> dict[str, Any]:
        return {"access_token": token.text, "token_type": "bearer", "expires_in": token.expires_at - token.issued_at}

    def valid(self, text: str) -> Token:
        """The living token of this text."""
        token = self.tokens.get(text)
        if not text:
            raise GraphError(104, "An access token is required to request this resource.")
        if token is None:
            raise GraphError(190, "Invalid OAuth access token - Cannot parse access token")
        if token.expires_at and token.expires_at <= self._seconds():
            raise expired()
        return token

    def check_proof(self, text: str, proof: str) -> None:
        """A proof that is given must be of the very token that is sent (facebook 2.5)."""
        expected = hmac.new(APP_SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()
        if proof and not hmac.compare_digest(proof, expected):
            message = "Invalid appsecret_proof provided in the API argument"
            raise GraphError(100, message, type="GraphMethodException")

    def page_token(self, user: Token, page_id: str = PAGE_ID) -> str:
        """The Page token of this person or system user; long-lived when the user token is."""
        for token in self.tokens.values():
            is_its_own = token.type == "PAGE" and token.profile_id == page_id
            if is_its_own and token.scopes == user.scopes and not token.expires_at:
                return token.text
        long = not user.expires_at or user.expires_at - user.issued_at > SHORT_LIFE.total_seconds()
        token = self._issue("PAGE", user.scopes, None if long else SHORT_LIFE)
        token.targets, token.profile_id = user.targets, page_id
        return token.text

    def accounts(self, user: Token, path: str) -> dict[str, Any]:
        """The Pages of a person; may be empty although a Page is usable (facebook 2.3)."""
        if user.type == "SYSTEM_USER":
            return {"data": []}
        if user.type != "USER":
            raise GraphError(100, "(#100) Tried accessing nonexisting field (accounts) on node type (Page)")
        if "pages_show_list" not in user.scopes or self.world.strikes("empty_accounts", "GET", path):
            return {"data": []}
        tasks = self.world.strikes("tasks", "GET", path)
        pages = [
            {
                "access_token": self.page_token(user, page_id),
                "category": "Government organization",
                "category_list": [{"id": "161422927240513", "name": "Government organization"}],
                "name": name,
                "id": page_id,
                "tasks": tasks.values["tasks"] if tasks else list(TASKS),
            }
            for page_id, name in self.pages.items()
        ]
        other = self.world.strikes("other_page", "GET", path)
        if other:
            told = {"id": str(other.values["id"]), "name": "Trang khác", "access_token": f"EAAP{other.values['id']}"}
            pages[0] |= told
        return {"data": pages, "paging": {"cursors": {"before": "QVFIUa", "after": "QVFIUa"}}}

    def debug(self, args: dict[str, Any], bearer: str) -> dict[str, Any]:
        """What a token is; a bad one is still HTTP 200 (facebook 2.4)."""
        if str(args.get("access_token") or bearer) != f"{APP_ID}|{APP_SECRET}":
            raise GraphError(190, "Invalid OAuth access token signature.")
        try:
            token = self.valid(str(args.get("input_token", "")))
        except GraphError as error:
            told = {"code": 190, "message": error.error["message"], "subcode": error.error.get("error_subcode", 0)}
            return {"data": {"error": told, "is_valid": False, "scopes": []}}
        facts = {
            "app_id": APP_ID,
            "type": token.type,
            "application": "CCHC (thử nghiệm)",
            "data_access_expires_at": token.issued_at + int(timedelta(days=90).total_seconds()),
            "expires_at": token.expires_at,
            "is_valid": True,
            "issued_at": token.issued_at,
            "scopes": [*token.scopes, "public_profile"],
            "granular_scopes": [
                {"scope": scope, **({} if pages is None else {"target_ids": list(pages)})}
                for scope, pages in token.granted.items()
            ],
            "user_id": USER_ID,
        }
        return {"data": facts | ({"profile_id": token.profile_id} if token.type == "PAGE" else {})}
