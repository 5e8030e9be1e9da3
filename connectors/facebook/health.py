"""The daily question whether a Page's token still works and is enough (facebook 2.2, 2.4)."""

from collections.abc import Iterator
from datetime import timedelta, timezone

from connectors.base import Finding
from connectors.errors import Reconnect
from connectors.facebook import versions
from connectors.facebook.access import PUBLISH, Access, inspect
from connectors.facebook.graph import Graph
from connectors.facebook.settings import COMMENT_SCOPES, PUBLISH_SCOPES

SOON = timedelta(days=7)
VIETNAM = timezone(timedelta(hours=7))
SECTION = "facebook 2.4"
AGAIN = "Hãy kết nối lại Fanpage"
PURPOSES = {
    "pages_show_list": "thấy Fanpage",
    "pages_read_engagement": "đọc bài của Fanpage",
    PUBLISH: "đăng bài",
    "pages_manage_engagement": "viết bình luận đầu tiên",
    "read_insights": "đọc số liệu",
    "pages_read_user_content": "đọc tổng số cảm xúc và bình luận",
}
"""Every permission and what it is for (facebook 2.2)."""
MODE = (
    "Hệ thống không hỏi được ứng dụng đang ở chế độ nào. Nếu ứng dụng còn ở chế độ Development, bài đăng chỉ những "
    "người có vai trò trong ứng dụng nhìn thấy; khi chuyển sang chế độ Live thì mọi người nhìn thấy."
)


def check_access(graph: Graph, page_id: str) -> list[Finding]:
    """What was seen of this Page's token, its permissions, the app and the API.

    Raises `Reconnect` when the token is dead, `Misconfigured` when the app or the Page is not its own.
    """
    page = graph.read(page_id, fields="id,name")  # proves that the app's signature is accepted for this token, too
    name = str(page.get("name") or page_id)
    found = list(_of_token(graph, page_id))
    found.append(Finding("Fanpage", True, f"Đọc được Fanpage {name}."))
    found += versions.look_at(graph.settings.version, graph.served_version, graph.now)
    return [*found, Finding("Chế độ của ứng dụng", True, MODE)]


def _of_token(graph: Graph, page_id: str) -> Iterator[Finding]:
    if not graph.settings.app_id or not graph.settings.app_secret.get_secret_value():
        words = "Chưa khai báo mã ứng dụng hoặc khóa bí mật (app secret) nên không kiểm tra được hạn dùng và quyền."
        step = "Hãy khai báo cả hai trong phần thiết lập Facebook; lấy tại trang Meta for Developers của ứng dụng."
        yield Finding("Khóa bí mật của ứng dụng", False, words, step)
        return
    access = inspect(graph.settings, graph.access_token, graph.session, now=graph.now)
    yield _kind(access, page_id)
    yield _end(access, graph)
    for scope, purpose in PURPOSES.items():
        yield _permission(access, scope, purpose, page_id)


def _kind(access: Access, page_id: str) -> Finding:
    what = "Loại mã truy cập"
    if access.type in ("PAGE", "") and access.profile_id not in ("", page_id):
        # nobody confirmed lately what this id means (facebook 2.4), so it stops nothing
        words = f"Facebook cho biết mã truy cập là của trang khác (mã {access.profile_id})."
        return Finding(what, False, words, f"{AGAIN} và chọn đúng Fanpage này.")
    if access.type in ("PAGE", ""):
        return Finding(what, True, "Mã truy cập còn hiệu lực và là của Fanpage.")
    words = f"Mã truy cập còn hiệu lực nhưng không phải của Fanpage (loại {access.type})."
    return Finding(what, False, words, f"{AGAIN} để hệ thống lấy mã của chính Fanpage.", blocks=True)


def _end(access: Access, graph: Graph) -> Finding:
    what = "Hạn dùng của mã truy cập"
    if access.expires_at is None:
        return Finding(what, True, "Mã truy cập không có ngày hết hạn.")
    if access.expires_at <= graph.now:
        raise Reconnect("Mã truy cập của Fanpage đã hết hạn; cần kết nối lại.", section=SECTION)
    day = access.expires_at.astimezone(VIETNAM).strftime("%d/%m/%Y")
    if access.expires_at <= graph.now + SOON:
        return Finding(what, False, f"Mã truy cập hết hạn ngày {day}.", f"{AGAIN} trước ngày đó.")
    return Finding(what, True, f"Mã truy cập dùng được đến ngày {day}.")


def _permission(access: Access, scope: str, purpose: str, page_id: str) -> Finding:
    """One permission; it may be granted for some Pages only (facebook 2.3)."""
    what, blocks = f"Quyền {scope}", scope in PUBLISH_SCOPES
    if not access.grants(scope):
        effect = "chưa đăng được bài" if blocks else _effect(scope)
        words = f"Chưa được cấp quyền để {purpose} ({scope}); {effect}."
        return Finding(what, False, words, f"{AGAIN} và cấp thêm quyền {scope}.", blocks)
    pages = access.granular.get(scope, ())
    if pages and page_id not in pages:
        words = f"Quyền để {purpose} ({scope}) không gồm Fanpage này."
        return Finding(what, False, words, f"{AGAIN} và chọn Fanpage này khi Facebook hỏi.", blocks)
    return Finding(what, True, f"Được cấp quyền để {purpose}.")


def _effect(scope: str) -> str:
    if scope in COMMENT_SCOPES:
        return "bài vẫn đăng, bình luận đầu tiên thì không"
    return "một số số liệu sẽ để trống"
