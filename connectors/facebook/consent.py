"""How the office gets Page tokens: the login dialog, or a token a person pasted (facebook 2.1, 2.3)."""

import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import requests

from connectors.base import Account, Connected, Consent, Credentials
from connectors.errors import Misconfigured
from connectors.facebook.access import PUBLISH, Access, inspect, require_app
from connectors.facebook.graph import Graph
from connectors.facebook.settings import COMMENT_SCOPES, PUBLISH_SCOPES, READ_SCOPES, Settings

CREATE_TASKS = frozenset({"CREATE_CONTENT", "PROFILE_PLUS_CREATE_CONTENT"})
PAGES_MAX = 20
SECTION = "facebook 2.1"


def begin(settings: Settings, *, redirect_uri: str, state: str, verifier: str) -> Consent:
    """The address of the login dialog."""
    require_app(settings)
    scopes = ",".join(PUBLISH_SCOPES + COMMENT_SCOPES + READ_SCOPES)
    asked = {"config_id": settings.config_id} if settings.config_id else {"scope": scopes}
    query = {
        "client_id": settings.app_id,
        "redirect_uri": redirect_uri,
        "state": state,
        "response_type": "code",
        **asked,
    }
    url = f"{settings.dialog_url.rstrip('/')}/{settings.version}/dialog/oauth?{urlencode(query)}"
    return Consent(url=url, state=state, verifier=verifier, redirect_uri=redirect_uri)


def finish(
    settings: Settings, consent: Consent, answer: Mapping[str, str], *, now: datetime, http: requests.Session
) -> list[Connected]:
    """Code -> short user token -> long-lived user token -> Page tokens, which have no end of their own."""
    require_app(settings)
    if not hmac.compare_digest(answer.get("state", "").encode(), consent.state.encode()):
        raise Misconfigured("Lượt kết nối không khớp hoặc đã cũ; hãy bấm kết nối lại.", section=SECTION)
    code = answer.get("code")
    if not code:
        words = "Facebook không cấp quyền: người dùng đã từ chối hoặc đóng cửa sổ; hãy bấm kết nối lại."
        raise Misconfigured(words, section=SECTION, code=answer.get("error", "")[:60])
    secret = settings.app_secret.get_secret_value()
    graph = Graph(settings, "", http, now=now)
    short = graph.get_access_token_from_code(code, consent.redirect_uri, settings.app_id, secret)
    return _pages_of(settings, _extended(settings, _token_in(short), http, now), http, now)


def adopt(settings: Settings, pasted: Mapping[str, str], *, now: datetime, http: requests.Session) -> list[Connected]:
    """The Pages behind a pasted token of a Page, a person or a system user."""
    token = pasted.get("access_token", "").strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise Misconfigured("Mã truy cập dán vào bị trống hoặc có ký tự lạ; hãy sao chép lại nguyên vẹn.")
    access = inspect(settings, token, http, now=now)
    if access.type == "PAGE":
        return [_page_itself(settings, token, access, http, now)]
    if access.type == "USER":
        token = _extended(settings, token, http, now)
    return _pages_of(settings, token, http, now)


def _page_itself(settings: Settings, token: str, access: Access, http: requests.Session, now: datetime) -> Connected:
    only = access.page_ids[0] if len(access.page_ids) == 1 else "me"
    page = Graph(settings, token, http, now=now).read(access.profile_id or only, fields="id,name")
    account = Account(str(page["id"]), str(page.get("name") or page["id"]))
    return Connected(account, Credentials({"access_token": token}, expires_at=access.expires_at))


def _extended(settings: Settings, token: str, http: requests.Session, now: datetime) -> str:
    graph = Graph(settings, token, http, now=now)
    return _token_in(graph.extend_access_token(settings.app_id, settings.app_secret.get_secret_value()))


def _token_in(answer: Any) -> str:
    token = answer.get("access_token") if isinstance(answer, dict) else None
    if not token:
        raise Misconfigured("Facebook không trả mã truy cập; hãy bấm kết nối lại.", section=SECTION)
    return str(token)


def _pages_of(settings: Settings, token: str, http: requests.Session, now: datetime) -> list[Connected]:
    """Every Page this token may publish to, each with its own token."""
    pages = _listed_pages(settings, token, http, now) or _named_pages(settings, token, http, now)
    connected = {
        str(page["id"]): Connected(
            Account(str(page["id"]), str(page.get("name") or page["id"])),
            Credentials({"access_token": str(page["access_token"])}),
        )
        for page in pages
        if page.get("access_token") and _may_create(page)
    }
    if not connected:
        words = "Tài khoản này chưa có Fanpage nào được cấp quyền đăng bài; hãy kết nối lại và chọn đúng Fanpage."
        raise Misconfigured(words, section="facebook 2.3")
    return list(connected.values())


def _may_create(page: Mapping[str, Any]) -> bool:
    tasks = page.get("tasks")
    return tasks is None or bool(CREATE_TASKS & set(tasks))


def _listed_pages(settings: Settings, token: str, http: requests.Session, now: datetime) -> list[dict[str, Any]]:
    graph, after = Graph(settings, token, http, now=now), None
    pages: list[dict[str, Any]] = []
    for _ in range(PAGES_MAX):
        answer = graph.read("me/accounts", fields="id,name,tasks,access_token", limit=100, after=after)
        pages += answer.get("data") or []
        paging = answer.get("paging") or {}
        after = (paging.get("cursors") or {}).get("after")
        if not paging.get("next") or not after:
            break
    return pages


def _named_pages(settings: Settings, token: str, http: requests.Session, now: datetime) -> list[dict[str, Any]]:
    """The way round an empty list: Pages of a business are named by the token itself (facebook 2.3)."""
    access = inspect(settings, token, http, now=now)
    if PUBLISH not in access.scopes and PUBLISH not in access.granular:
        raise Misconfigured("Người kết nối chưa cấp quyền đăng bài (pages_manage_posts).", section="facebook 2.3")
    graph = Graph(settings, token, http, now=now)
    return [graph.read(page_id, fields="id,name,access_token") for page_id in access.page_ids]
