"""Zalo's error codes, and what each one means for us (zalo 1.7 and 6): the one place that decides it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from connectors.errors import Blocked, ConnectorError, Limited, Misconfigured, Reconnect, Rejected, Unavailable
from connectors.http import redact

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
OK = 0
MEDIA_FAILED = -200


class StillProcessing(Unavailable):
    """-214: accepted, not finished. Not an error while an article is being made (zalo 2.3)."""


def next_time(now: datetime, hour: int, minute: int) -> datetime:
    """The next moment (aware) when clocks in Việt Nam show `hour`:`minute`."""
    local = now.astimezone(VIETNAM)
    today = datetime.combine(local.date(), time(hour, minute), VIETNAM)
    return today if today > local else today + timedelta(days=1)


def _next_minute(now: datetime) -> datetime:
    # The window is one minute; a quarter more, so that we are not the first to knock (zalo 6: at least 60 s).
    return now + timedelta(seconds=75)


def _next_day(now: datetime) -> datetime:
    return next_time(now, 0, 5)


def _morning(now: datetime) -> datetime:
    return next_time(now, 6, 5)


def _tomorrow(now: datetime) -> datetime:
    return now + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Meaning:
    """The error class of a code and its sentence for staff; `until` for those that tell when to come back."""

    error: Callable[..., ConnectorError]
    words: str
    section: str = "zalo 6"
    until: Callable[[datetime], datetime] | None = None
    refresh_first: bool = False


_TOKEN = Meaning(Reconnect, "Mã truy cập Zalo đã hết hiệu lực; hệ thống sẽ làm mới.", refresh_first=True)
_QUOTA = "Zalo OA đã dùng hết hạn mức của gói dịch vụ; hệ thống sẽ thử lại vào ngày hôm sau."
_NOT_ARTICLE = Meaning(Rejected, "Zalo từ chối vì lỗi của tin nhắn hoặc nhóm, không áp dụng cho bài viết.")
_CLOUD = "Ứng dụng Zalo cần tài khoản Zalo Cloud còn hiệu lực; người quản trị cần kiểm tra tài khoản này."

_CREATE_QUOTA = Meaning(Limited, _QUOTA, until=_next_day)
"""-223 has two meanings, and only its message tells them apart (zalo 6)."""

UNKNOWN_CHANGE = Meaning(Rejected, "Zalo từ chối với mã lỗi chưa biết; cần người kỹ thuật xem trước khi gửi lại.")
"""An unknown refusal of a change is never repeated without a person (zalo 6, last row)."""
UNKNOWN_READ = Meaning(Unavailable, "Zalo trả lời với mã lỗi chưa biết; hệ thống sẽ hỏi lại sau.")
UNKNOWN_TOKEN = Meaning(
    Misconfigured, "Zalo từ chối cấp mã truy cập với mã lỗi chưa biết; cần người kỹ thuật xem.", "zalo 1.7"
)

_AGAIN = "hãy kết nối lại Zalo OA."


def _endpoint(error: type[ConnectorError], words: str) -> Meaning:
    return Meaning(error, words, "zalo 1.7")


MEANINGS: dict[int | str, Meaning] = {
    # the token endpoint (zalo 1.7)
    -14002: _endpoint(Misconfigured, "Mã ứng dụng Zalo (app_id) không đúng hoặc ứng dụng chưa được kích hoạt."),
    -14003: _endpoint(Misconfigured, "Địa chỉ quay về không trùng với địa chỉ đã khai trong trang quản trị Zalo."),
    -14004: _endpoint(Misconfigured, "Khóa bí mật của ứng dụng Zalo (app_secret) không đúng."),
    -14005: _endpoint(Reconnect, f"Mã cấp quyền của Zalo đã dùng hoặc đã hết hạn; {_AGAIN}"),
    -14014: _endpoint(Reconnect, f"Mã làm mới của Zalo đã dùng hoặc đã hết hạn; {_AGAIN}"),
    -14018: _endpoint(Misconfigured, "Yêu cầu cấp mã truy cập gửi tới Zalo không đúng kiểu; cần người kỹ thuật xem."),
    -118: _endpoint(Reconnect, f"Mã làm mới của Zalo không còn hiệu lực; {_AGAIN}"),
    "invalid_grant": _endpoint(Reconnect, f"Mã làm mới của Zalo không còn hiệu lực; {_AGAIN}"),
    # the OA API (zalo 6)
    -32: Meaning(Limited, "Đã gọi Zalo quá nhiều lần trong một phút; hệ thống sẽ tự chờ.", until=_next_minute),
    -100: Meaning(Rejected, "Tệp đã tải lên Zalo quá 7 ngày nên hết hạn; hãy tải lên lại."),
    -124: _TOKEN,
    MEDIA_FAILED: Meaning(
        Rejected,
        "Zalo không tải được ảnh của bài (quá 1 MB, không phải JPG/PNG, hoặc địa chỉ ảnh không truy cập được từ "
        "Internet); hãy sửa ảnh rồi chuẩn bị lại.",
    ),
    -201: Meaning(Rejected, "Zalo báo một nội dung của bài không hợp lệ; hãy sửa bài."),
    -204: Meaning(Blocked, "Zalo OA đã bị khóa hoặc bị xóa.", until=_tomorrow),
    -205: Meaning(Blocked, "Zalo OA không tồn tại.", until=_tomorrow),
    -209: Meaning(Misconfigured, "Ứng dụng Zalo chưa được kích hoạt hoặc chức năng này không còn được hỗ trợ."),
    -210: Meaning(Rejected, "Nội dung hoặc tệp vượt giới hạn của Zalo; hãy rút gọn."),
    -211: Meaning(Limited, _QUOTA, until=_next_day),
    -212: Meaning(Misconfigured, "Ứng dụng Zalo chưa đăng ký nhóm quyền này trong trang quản trị ứng dụng."),
    -214: Meaning(StillProcessing, "Zalo đang xử lý bài; hệ thống sẽ hỏi lại.", "zalo 2.3"),
    -216: _TOKEN,
    216: _TOKEN,
    401: _TOKEN,
    -401: _TOKEN,
    -218: Meaning(Limited, _QUOTA, until=_next_day),
    -219: Meaning(Blocked, "Ứng dụng Zalo đã bị gỡ hoặc bị vô hiệu hóa.", until=_tomorrow),
    -220: _TOKEN,
    -221: Meaning(Misconfigured, "Zalo OA chưa được xác thực nên chưa dùng được chức năng này."),
    -223: Meaning(Misconfigured, "Zalo OA chưa cấp nhóm quyền này; hãy bổ sung quyền rồi kết nối lại Zalo OA."),
    -224: Meaning(Misconfigured, "Gói dịch vụ của Zalo OA không cho đăng bài qua phần mềm; cần nâng gói."),
    -233: Meaning(Rejected, "Zalo không hỗ trợ kiểu nội dung này với OA này."),
    -234: Meaning(Limited, "Zalo không nhận gửi tin từ 22 giờ đến 6 giờ; hệ thống sẽ chờ đến sáng.", until=_morning),
    -235: Meaning(Misconfigured, "Zalo không hỗ trợ chức năng này với loại OA này.", "zalo 7.3"),
    -240: Meaning(Misconfigured, "Zalo đã ngừng chức năng mà phần mềm đang gọi; cần cập nhật phần mềm."),
    -242: Meaning(
        Misconfigured, "Chữ ký appsecret_proof không đúng; hãy kiểm tra khóa bí mật của ứng dụng.", "zalo 1.9"
    ),
    -248: Meaning(Rejected, "Zalo cho rằng nội dung vi phạm tiêu chuẩn của nền tảng; hãy sửa bài."),
    -320: Meaning(Misconfigured, _CLOUD),
    -321: Meaning(Misconfigured, _CLOUD),
    **dict.fromkeys((-213, -217, -227, -230, -232, -237, -238, -241, -244, -249, -403, -1340, -1341), _NOT_ARTICLE),
}


def number(value: object) -> int | None:
    """A whole number that may have come as a string; None when it is neither (zalo 6)."""
    try:
        return int(str(value).strip())
    except ValueError:
        return None


def error_for(code: int | str, message: str, unknown: Meaning, *, now: datetime) -> ConnectorError:
    """The error for a code that is not 0; `unknown` is what a code without a row means to this caller."""
    found = MEANINGS.get(code, unknown)
    if code == -223 and "quota" in message.lower():
        found = _CREATE_QUOTA
    told: dict[str, Any] = {"code": str(code), "section": found.section, "evidence": redact(message)}
    if found.until:
        told["until"] = found.until(now)
    if found.refresh_first:
        told["refresh_first"] = True
    return found.error(found.words, **told)
