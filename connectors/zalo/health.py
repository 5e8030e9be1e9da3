"""What works of an OA's access, what ends when, what is missing, and the step to take (zalo 1.6, 5.1, 7.2, 7.3)."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from connectors.base import Account, Credentials, Finding
from connectors.errors import Misconfigured, Rejected
from connectors.zalo.api import Api
from connectors.zalo.codes import VIETNAM
from connectors.zalo.consent import NOT_ROTATED_AT, REFRESHED_AT, oa_id
from connectors.zalo.settings import Settings
from connectors.zalo.text import clean

REFRESH_TOKEN_LIFE = timedelta(days=90)
OLD_REFRESH_TOKEN = timedelta(days=80)
"""Whether rotation restarts the three months is unverified, so a person is told in time (zalo 1.6)."""
PACKAGE_ENDS_SOON = timedelta(days=30)
TYPES = {"2": "doanh nghiệp", "4": "cơ quan nhà nước"}
GOVERNMENT = "4"
_RECONNECT = "Kết nối lại Zalo OA (quản trị viên OA bấm Cho phép)."


def findings(api: Api, settings: Settings, account: Account, credentials: Credentials, now: datetime) -> list[Finding]:
    """Everything worth telling. Raises a `ConnectorError` when the access token does not work or is of another OA."""
    told = api.read("/v2.0/oa/getoa", now=now)
    if not oa_id(told):
        raise Misconfigured("Zalo không cho biết mã của OA; hãy kết nối lại Zalo OA.", section="zalo 5.1")
    if oa_id(told) != account.external_id:
        raise Misconfigured("Mã truy cập thuộc về một Zalo OA khác; hãy kết nối lại đúng OA.", section="zalo 5.1")
    return [
        *_of_oa(told),
        *_of_package(told, settings, now),
        _of_articles(api, now),
        *_of_tokens(credentials, now),
    ]


def _of_oa(told: Mapping[str, Any]) -> Iterator[Finding]:
    kind = str(told.get("oa_type") or "")
    name = TYPES.get(kind, f"loại {kind}" if kind else "loại chưa rõ")
    words = f"Mã truy cập dùng được cho OA “{clean(str(told.get('name') or ''))}” ({name})."
    yield Finding("Zalo OA", True, words)
    verified = str(told.get("is_verified")).lower()
    if verified in ("false", "0"):
        yield Finding(
            "Xác thực OA",
            False,
            "OA chưa được xác thực: không gửi được tin Truyền thông, và Zalo có thể không cấp mã làm mới.",
            "Gửi hồ sơ xác thực trong OA Manager.",
        )
    elif verified in ("true", "1"):
        yield Finding("Xác thực OA", True, "OA đã được xác thực.")
    if kind == GOVERNMENT:
        yield Finding(
            "OA cơ quan nhà nước",
            True,
            "Đăng bài viết qua phần mềm đã có nơi dùng; tin Truyền thông qua phần mềm chưa được chứng minh với loại OA "
            "này nên cần gửi thử sớm. Tin nhắn riêng từng người thì không dùng được.",
        )


def _of_package(told: Mapping[str, Any], settings: Settings, now: datetime) -> Iterator[Finding]:
    name = clean(str(told.get("package_name") or ""))
    without = [clean(one).casefold() for one in settings.packages_without_api.split(",") if one.strip()]
    if any(one in name.casefold() for one in without):
        yield Finding(
            "Gói dịch vụ",
            False,
            f"OA đang dùng gói {name}, là gói không có Open API: phần mềm không đăng được bài.",
            "Nâng lên gói Tăng trưởng trở lên trong OA Manager, hoặc hỏi Zalo về gói dành cho cơ quan nhà nước.",
        )
    elif name:
        yield Finding("Gói dịch vụ", True, f"OA đang dùng gói {name}.")
    until = _day(told.get("package_valid_through_date"))
    if until is None:
        return
    left = until - now.astimezone(VIETNAM).date()
    renewed = clean(str(told.get("package_auto_renew_date") or ""))
    more = f" Tự gia hạn ngày {renewed}." if renewed else ""
    if left < timedelta(0):
        words, step = f"Gói dịch vụ đã hết hạn ngày {until:%d/%m/%Y}.{more}", "Gia hạn gói trong OA Manager ngay."
        yield Finding("Hạn gói dịch vụ", False, words, step)
    elif left <= PACKAGE_ENDS_SOON:
        words = f"Gói dịch vụ hết hạn ngày {until:%d/%m/%Y}, còn {left.days} ngày.{more}"
        yield Finding("Hạn gói dịch vụ", False, words, "Gia hạn gói trong OA Manager trước ngày này.")
    else:
        yield Finding("Hạn gói dịch vụ", True, f"Gói dịch vụ dùng được đến ngày {until:%d/%m/%Y}.{more}")


def _of_articles(api: Api, now: datetime) -> Finding:
    """Whether articles may be read, which is what the permission group and the package decide."""
    what = "Quyền quản lý bài viết"
    try:
        api.read("/v2.0/article/getslice", {"offset": 0, "limit": 1, "type": "normal"}, now=now)
    except (Misconfigured, Rejected) as refused:
        words = f"Zalo từ chối cho phần mềm dùng chức năng bài viết (mã {refused.code})."
        return Finding(what, False, words, refused.words, blocks=True)
    return Finding(what, True, "Đọc được danh sách bài viết của OA.")


def _of_tokens(credentials: Credentials, now: datetime) -> Iterator[Finding]:
    if credentials.expires_at:
        words = f"Mã truy cập dùng được đến {_moment(credentials.expires_at)}; hệ thống tự làm mới trước đó."
        yield Finding("Mã truy cập", True, words)
    what = "Mã làm mới"
    if not credentials.values.get("refresh_token"):
        words = "Zalo không cấp mã làm mới, nên kênh sẽ dừng khi mã truy cập hết hạn."
        yield Finding(what, False, words, f"Kiểm tra OA đã được xác thực. {_RECONNECT}")
        return
    if credentials.values.get(NOT_ROTATED_AT):
        at = datetime.fromisoformat(credentials.values[NOT_ROTATED_AT])
        words = f"Lần làm mới lúc {_moment(at)} Zalo không cấp mã làm mới khác; mã đang giữ có thể đã dùng hết."
        yield Finding(what, False, words, _RECONNECT)
        return
    yield _of_age(what, credentials.values.get(REFRESHED_AT, ""), now)


def _of_age(what: str, refreshed_at: str, now: datetime) -> Finding:
    if not refreshed_at:
        return Finding(what, True, "Chưa biết mã làm mới được cấp ngày nào; sẽ biết sau lần làm mới đầu tiên.")
    at = datetime.fromisoformat(refreshed_at)
    until = at + REFRESH_TOKEN_LIFE
    words = f"Mã làm mới được cấp ngày {_date(at)}, dùng được 3 tháng, đến khoảng ngày {_date(until)}."
    if now - at < OLD_REFRESH_TOKEN:
        return Finding(what, True, words)
    return Finding(what, False, f"{words} Đã {(now - at).days} ngày chưa làm mới được.", _RECONNECT)


def _day(value: object) -> date | None:
    """A day as Zalo writes it, dd/mm/yyyy (zalo 5.1)."""
    try:
        return datetime.strptime(str(value).strip(), "%d/%m/%Y").date()  # noqa: DTZ007 -- a day has no time zone
    except ValueError:
        return None


def _date(at: datetime) -> str:
    return f"{at.astimezone(VIETNAM):%d/%m/%Y}"


def _moment(at: datetime) -> str:
    return f"{at.astimezone(VIETNAM):%H:%M ngày %d/%m/%Y}"
