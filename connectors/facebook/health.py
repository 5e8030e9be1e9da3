"""The daily question whether a Page's token still works and is enough (facebook 2.4)."""

from datetime import timedelta, timezone

from connectors.base import Problem
from connectors.errors import Misconfigured, Reconnect
from connectors.facebook.access import PUBLISH, Access, inspect
from connectors.facebook.graph import Graph
from connectors.facebook.settings import PUBLISH_SCOPES, READ_SCOPES

SOON = timedelta(days=7)
VIETNAM = timezone(timedelta(hours=7))
SECTION = "facebook 2.4"


def check_access(graph: Graph, page_id: str) -> list[Problem]:
    """Warnings about this Page's token. Raises `Reconnect` when it is dead, `Misconfigured` when it is not enough."""
    if graph.settings.app_id and graph.settings.app_secret.get_secret_value():
        access = inspect(graph.settings, graph.access_token, graph.session, now=graph.now)
        _require(access, page_id)
        problems = _warnings(access, graph)
    else:
        problems = [
            Problem("app_secret", "Chưa khai báo khóa bí mật của ứng dụng nên không kiểm tra được quyền.", False)
        ]
    graph.read(page_id, fields="id,name")  # proves that the app's signature is accepted for this token, too
    return problems


def _require(access: Access, page_id: str) -> None:
    if access.type and access.type != "PAGE":
        raise Misconfigured("Mã truy cập không phải của Fanpage; hãy kết nối lại.", section=SECTION)
    missing = [scope for scope in PUBLISH_SCOPES if scope not in access.scopes]
    if missing:
        raise Misconfigured(f"Thiếu quyền {', '.join(missing)}; hãy kết nối lại và cấp đủ quyền.", section=SECTION)
    if access.granular.get(PUBLISH) and page_id not in access.granular[PUBLISH]:
        raise Misconfigured("Quyền đăng bài không gồm Fanpage này; hãy kết nối lại và chọn Fanpage.", section=SECTION)


def _warnings(access: Access, graph: Graph) -> list[Problem]:
    problems = [
        Problem("scopes", f"Thiếu quyền {scope}; một số số liệu sẽ để trống.", blocks=False)
        for scope in READ_SCOPES
        if scope not in access.scopes
    ]
    if access.expires_at is None:
        return problems
    if access.expires_at <= graph.now:
        raise Reconnect("Mã truy cập của Fanpage đã hết hạn; cần kết nối lại.", section=SECTION)
    if access.expires_at <= graph.now + SOON:
        day = access.expires_at.astimezone(VIETNAM).strftime("%d/%m/%Y")
        problems.append(Problem("access_token", f"Mã truy cập của Fanpage hết hạn ngày {day}; hãy kết nối lại.", False))
    return problems
