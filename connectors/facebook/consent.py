"""How the office gets Page tokens: the login dialog, or a token a person pasted (facebook 2.1, 2.3)."""

import hmac
import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import requests

from connectors.base import Account, Connected, Consent, Credentials
from connectors.errors import ConnectorError, Misconfigured, Rejected, Unavailable
from connectors.facebook import listing
from connectors.facebook.access import PUBLISH, Access, inspect, require_app
from connectors.facebook.graph import Graph
from connectors.facebook.settings import COMMENT_SCOPES, PUBLISH_SCOPES, READ_SCOPES, Settings

log = logging.getLogger(__name__)

CREATE_TASKS = frozenset({"CREATE_CONTENT", "PROFILE_PLUS_CREATE_CONTENT"})
PAGE_SIZE = 100
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
    token = _extended(settings, _short_lived(settings, code, consent, http, now), http, now)
    access, untold = Access("USER", settings.app_id, "", frozenset({PUBLISH}), {}, None), None
    try:
        access = inspect(settings, token, http, now=now)
    except Unavailable as error:  # the code is used up, and the list of Pages may be all that is needed
        untold = error
    return _pages_of(settings, token, access, http, now, untold)


def adopt(settings: Settings, pasted: Mapping[str, str], *, now: datetime, http: requests.Session) -> list[Connected]:
    """The Pages behind a pasted token of a Page, a person or a system user."""
    token = pasted.get("access_token", "").strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise Misconfigured("Mã truy cập dán vào bị trống hoặc có ký tự lạ; hãy sao chép lại nguyên vẹn.")
    access = inspect(settings, token, http, now=now)
    if access.type == "APP":
        words = "Mã dán vào là của ứng dụng; hãy dán mã của Fanpage, của người quản trị hoặc của người dùng hệ thống."
        raise Misconfigured(words, section=SECTION)
    if access.type == "PAGE":
        return [_page_itself(settings, token, access, http, now)]
    if access.type == "USER":
        token = _extended(settings, token, http, now)
    return _pages_of(settings, token, access, http, now)


def _page_itself(settings: Settings, token: str, access: Access, http: requests.Session, now: datetime) -> Connected:
    """The Page of a Page token: the only one it may publish to, else the one it is told to belong to."""
    _require_publish(access)
    named, told = access.page_ids, access.profile_id
    likely = told if not named or told in named else ""
    page_id = named[0] if len(named) == 1 else likely or "me"
    page = Graph(settings, token, http, now=now).read(page_id, fields="id,name")
    return _connected(page, token, access.expires_at)


def _short_lived(settings: Settings, code: str, consent: Consent, http: requests.Session, now: datetime) -> str:
    """The token for a code, which works once."""
    graph, secret = Graph(settings, "", http, now=now), settings.app_secret.get_secret_value()
    try:
        return _token_in(graph.get_access_token_from_code(code, consent.redirect_uri, settings.app_id, secret))
    except Misconfigured as error:
        if error.code != "100":
            raise
        words = "Facebook không nhận lượt kết nối này: mã chỉ dùng được một lần và trong ít phút; hãy bấm kết nối lại."
        raise Misconfigured(words, code=error.code, section=SECTION, evidence=error.evidence) from None


def _extended(settings: Settings, token: str, http: requests.Session, now: datetime) -> str:
    graph = Graph(settings, token, http, now=now)
    return _token_in(graph.extend_access_token(settings.app_id, settings.app_secret.get_secret_value()))


def _token_in(answer: Any) -> str:
    token = answer.get("access_token") if isinstance(answer, dict) else None
    if not token:
        raise Misconfigured("Facebook không trả mã truy cập; hãy bấm kết nối lại.", section=SECTION)
    return str(token)


def _pages_of(
    settings: Settings,
    token: str,
    access: Access,
    http: requests.Session,
    now: datetime,
    refusal: ConnectorError | None = None,
) -> list[Connected]:
    """Every Page this token may publish to, each with its own token. Raises `refusal`, or what came later, for none.

    The list leaves out Pages of a business, and a system user has none: the token itself names them
    (facebook 2.3). What a Page of a system user's token is given dies with that token at the latest.
    """
    _require_publish(access)
    graph = Graph(settings, token, http, now=now)
    pages: dict[str, dict[str, Any]] = {}
    if access.type != "SYSTEM_USER" or not access.likely_ids:
        pages, denied = _listed(graph)
        refusal = denied or refusal
    for page_id in dict.fromkeys([*pages, *access.likely_ids]):
        if not pages.get(page_id, {}).get("access_token"):
            try:
                pages[page_id] = {**pages.get(page_id, {}), **graph.read(page_id, fields="id,name,access_token")}
            except (Misconfigured, Rejected, Unavailable) as error:  # not this Page; others may be fine
                log.warning("Facebook did not give the token of Page %s: %s", page_id, error)
                refusal = error
    able = [page for page in pages.values() if page.get("access_token") and _may_create(page)]
    if able:
        until = access.expires_at if access.type == "SYSTEM_USER" else None
        return [_connected(page, str(page["access_token"]), until) for page in able]
    raise refusal or Misconfigured(_why_none(pages, access), section="facebook 2.3")


def _why_none(pages: Mapping[str, Mapping[str, Any]], access: Access) -> str:
    unable = [str(page.get("name") or page_id) for page_id, page in pages.items() if not _may_create(page)]
    if unable:
        return (
            f"Người kết nối chưa được giao quyền tạo nội dung (CREATE_CONTENT) trên Fanpage {', '.join(unable)}; "
            "hãy nhờ quản trị viên Fanpage giao quyền rồi kết nối lại."
        )
    if not access.likely_ids:
        return (
            "Quyền được cấp cho mọi Fanpage nhưng Facebook không nêu Fanpage nào; hãy kết nối lại, chọn đúng Fanpage "
            "và cấp thêm quyền business_management nếu Fanpage thuộc một doanh nghiệp."
        )
    return "Tài khoản này chưa có Fanpage nào được cấp quyền đăng bài; hãy kết nối lại và chọn đúng Fanpage."


def _require_publish(access: Access) -> None:
    if not access.grants(PUBLISH):
        words = f"Người kết nối chưa cấp quyền đăng bài ({PUBLISH}); hãy kết nối lại và cấp quyền này."
        raise Misconfigured(words, section="facebook 2.3")


def _may_create(page: Mapping[str, Any]) -> bool:
    """Whether the person may create content there; where no tasks are told, nothing says otherwise."""
    tasks = page.get("tasks")
    return not isinstance(tasks, list) or bool(CREATE_TASKS & set(map(str, tasks)))


def _connected(page: Mapping[str, Any], token: str, until: datetime | None) -> Connected:
    account = Account(str(page["id"]), str(page.get("name") or page["id"]))
    return Connected(account, Credentials({"access_token": token}, expires_at=until))


def _listed(graph: Graph) -> tuple[dict[str, dict[str, Any]], ConnectorError | None]:
    """The Pages of `me/accounts` by id; or none and why, where this token may not ask: it may still name Pages."""
    try:
        rows, whole = listing.read_all(graph, "me/accounts", {"fields": "id,name,tasks,access_token"}, limit=PAGE_SIZE)
    except Misconfigured as error:
        return {}, error
    if not whole:  # the person misses a Page that is not offered, and the others can be connected
        log.warning("Facebook listed only the first %d Pages", len(rows))
    return {str(page["id"]): page for page in rows if page.get("id")}, None
