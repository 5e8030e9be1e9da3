"""Zalo's error codes, and what each one means for us (zalo 1.7 and 6): the one place that decides it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from connectors.errors import (
    Blocked,
    ConnectorError,
    Limited,
    LimitedWork,
    Misconfigured,
    Reconnect,
    Rejected,
    Unavailable,
    Unconfirmed,
)
from connectors.http import redact

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
OK = 0
MEDIA_FAILED, INVALID = -200, -201


class StillProcessing(Unavailable):
    """-214: accepted, not finished. Not an error while an article is being made (zalo 2.3)."""


def next_time(now: datetime, hour: int, minute: int) -> datetime:
    """The next moment (aware) when clocks in Việt Nam show `hour`:`minute`."""
    local = now.astimezone(VIETNAM)
    today = datetime.combine(local.date(), time(hour, minute), VIETNAM)
    return today if today > local else today + timedelta(days=1)


def _scattered(moment: datetime, now: datetime) -> datetime:
    """Up to twenty seconds later, by what the clock happens to show, so that not all knock at once (zalo 6)."""
    return moment + timedelta(microseconds=20 * now.microsecond)


def _next_minute(now: datetime) -> datetime:
    # The window is one minute; at least 60 seconds are asked for.
    return _scattered(now + timedelta(seconds=65), now)


def _next_day(now: datetime) -> datetime:
    return _scattered(next_time(now, 0, 5), now)


def _morning(now: datetime) -> datetime:
    return _scattered(next_time(now, 6, 5), now)


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
_QUOTA = (
    "Zalo OA đã dùng hết hạn mức của gói dịch vụ; hệ thống sẽ thử lại vào ngày hôm sau. Muốn đăng sớm hơn, hãy mua "
    "thêm hạn mức hoặc nâng gói trong OA Manager."
)
_NOT_ARTICLE = Meaning(Rejected, "Zalo từ chối vì lỗi của tin nhắn hoặc nhóm, không áp dụng cho bài viết.")
_CLOUD = "Ứng dụng Zalo cần tài khoản Zalo Cloud còn hiệu lực; người quản trị cần kiểm tra tài khoản này."
_CONSENT_AGAIN = "sau đó kết nối lại Zalo OA để quản trị viên OA đồng ý lại."

_CREATE_QUOTA = Meaning(
    LimitedWork,
    "Zalo OA đã dùng hết số bài viết được tạo theo gói dịch vụ; hệ thống sẽ thử lại vào ngày hôm sau. Muốn đăng sớm "
    "hơn, hãy nâng gói trong OA Manager.",
    until=_next_day,
)
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
    **dict.fromkeys(
        ("invalid_grant", "Invalid refresh token."),
        _endpoint(Reconnect, f"Mã làm mới của Zalo không còn hiệu lực; {_AGAIN}"),
    ),
    # the OA API (zalo 6)
    -32: Meaning(Limited, "Đã gọi Zalo quá nhiều lần trong một phút; hệ thống sẽ tự chờ.", until=_next_minute),
    -100: Meaning(Rejected, "Tệp đã tải lên Zalo quá 7 ngày nên hết hạn; hãy tải lên lại."),
    -124: _TOKEN,
    MEDIA_FAILED: Meaning(
        Rejected,
        "Zalo không tải được ảnh của bài (quá 1 MB, không phải JPG/PNG, hoặc địa chỉ ảnh không truy cập được từ "
        "Internet); hãy sửa ảnh, đợi ít phút rồi thử lại.",
    ),
    INVALID: Meaning(Rejected, "Zalo báo một nội dung của bài không hợp lệ; hãy sửa bài."),
    -204: Meaning(Blocked, "Zalo OA đã bị khóa hoặc bị xóa.", until=_tomorrow),
    -205: Meaning(Blocked, "Zalo OA không tồn tại.", until=_tomorrow),
    -209: Meaning(
        Misconfigured,
        "Ứng dụng Zalo chưa được kích hoạt hoặc chức năng này không còn được hỗ trợ; hãy kiểm tra trạng thái ứng dụng "
        "trên Zalo for Developers.",
    ),
    -210: Meaning(Rejected, "Nội dung hoặc tệp vượt giới hạn của Zalo; hãy rút gọn."),
    -211: Meaning(LimitedWork, _QUOTA, until=_next_day),
    -212: Meaning(
        Misconfigured,
        "Ứng dụng Zalo chưa đăng ký nhóm quyền này; hãy chọn nhóm quyền “quản lý bài viết” và “quản lý thông tin OA” "
        f"trong trang quản trị ứng dụng, {_CONSENT_AGAIN}",
    ),
    -214: Meaning(StillProcessing, "Zalo đang xử lý bài; hệ thống sẽ hỏi lại.", "zalo 2.3"),
    -216: _TOKEN,
    216: _TOKEN,
    401: _TOKEN,
    -401: _TOKEN,
    -218: Meaning(LimitedWork, _QUOTA, until=_next_day),
    -219: Meaning(Blocked, "Ứng dụng Zalo đã bị gỡ hoặc bị vô hiệu hóa.", until=_tomorrow),
    -220: _TOKEN,
    -221: Meaning(
        Misconfigured,
        "Zalo OA chưa được xác thực nên chưa dùng được chức năng này; hãy gửi hồ sơ xác thực trong OA Manager.",
    ),
    -223: Meaning(
        Misconfigured,
        "Zalo OA chưa cho ứng dụng dùng nhóm quyền này; hãy chọn nhóm quyền “quản lý bài viết” và “quản lý thông tin "
        f"OA” trong trang quản trị ứng dụng, {_CONSENT_AGAIN}",
    ),
    -224: Meaning(
        Misconfigured,
        "Gói dịch vụ của Zalo OA không cho đăng bài qua phần mềm; hãy nâng gói (từ gói Tăng trưởng trở lên) trong OA "
        "Manager rồi kiểm tra lại kênh.",
    ),
    -233: Meaning(
        Rejected,
        "Zalo không hỗ trợ kiểu nội dung này với OA này; hãy hỏi bộ phận hỗ trợ OA cơ quan nhà nước của Zalo.",
        "zalo 7.3",
    ),
    -234: Meaning(
        LimitedWork, "Zalo không nhận gửi tin từ 22 giờ đến 6 giờ; hệ thống sẽ chờ đến sáng.", until=_morning
    ),
    -235: Meaning(
        Misconfigured,
        "Zalo không hỗ trợ chức năng này với loại OA này; hãy hỏi bộ phận hỗ trợ OA cơ quan nhà nước của Zalo.",
        "zalo 7.3",
    ),
    -240: Meaning(Misconfigured, "Zalo đã ngừng chức năng mà phần mềm đang gọi; cần cập nhật phần mềm."),
    -242: Meaning(
        Misconfigured, "Chữ ký appsecret_proof không đúng; hãy kiểm tra khóa bí mật của ứng dụng.", "zalo 1.9"
    ),
    -248: Meaning(Rejected, "Zalo cho rằng nội dung vi phạm tiêu chuẩn của nền tảng; hãy sửa bài."),
    -320: Meaning(Misconfigured, _CLOUD),
    -321: Meaning(Misconfigured, _CLOUD),
    **dict.fromkeys((-213, -217, -227, -230, -232, -237, -238, -241, -244, -249, -403, -1340, -1341), _NOT_ARTICLE),
}


_OTHERS_GO_ON = "Việc đăng bài viết không bị ảnh hưởng."

UNKNOWN_BROADCAST = Meaning(
    Unconfirmed, "Zalo trả lời lệnh gửi tin Truyền thông với mã lỗi chưa biết; cần người xem trước khi gửi lại."
)

BROADCAST: dict[int, Meaning] = {
    INVALID: Meaning(
        Rejected,
        "Zalo báo bài viết hoặc đối tượng nhận của tin Truyền thông không hợp lệ; hãy kiểm tra các bài còn hiện trên "
        "Zalo OA và chọn lại đối tượng.",
        "zalo 4.1",
    ),
    # "Failed", after what, nobody knows.
    MEDIA_FAILED: Meaning(Unconfirmed, "Zalo báo gửi tin Truyền thông không thành công nhưng không nói rõ."),
    -211: Meaning(
        LimitedWork,
        "Zalo OA đã dùng hết hạn mức gửi tin Truyền thông; hệ thống sẽ thử lại vào sáng hôm sau. Hãy xem ngày làm mới "
        "hạn mức, hoặc mua thêm, trong OA Manager.",
        "zalo 4.3",
        until=_morning,
    ),
    -218: Meaning(
        LimitedWork,
        "Người quan tâm OA đã nhận đủ số tin Truyền thông của kỳ này; hệ thống sẽ thử lại vào sáng hôm sau.",
        "zalo 4.3",
        until=_morning,
    ),
    -212: Meaning(
        Rejected,
        "Ứng dụng Zalo chưa đăng ký nhóm quyền gửi tin Truyền thông; hãy chọn “gửi tin và thông báo qua OA” và “quản "
        f"lý bài viết” trong trang quản trị ứng dụng, {_CONSENT_AGAIN} {_OTHERS_GO_ON}",
        "zalo 4.3",
    ),
    -221: Meaning(
        Rejected,
        "Chỉ Zalo OA đã xác thực mới gửi được tin Truyền thông; hãy gửi hồ sơ xác thực trong OA Manager rồi gửi lại. "
        f"{_OTHERS_GO_ON}",
        "zalo 4.3",
    ),
    -223: Meaning(
        Rejected,
        "Zalo OA chưa cho ứng dụng gửi tin Truyền thông; hãy chọn “gửi tin và thông báo qua OA” và “quản lý bài viết” "
        f"trong trang quản trị ứng dụng, {_CONSENT_AGAIN} {_OTHERS_GO_ON}",
        "zalo 4.3",
    ),
    -224: Meaning(
        Rejected,
        "Gói dịch vụ của Zalo OA không cho gửi tin Truyền thông qua phần mềm; hãy nâng gói trong OA Manager, hoặc gửi "
        f"tin ngay trong OA Manager. {_OTHERS_GO_ON}",
        "zalo 7.2",
    ),
    **dict.fromkeys(
        (-233, -235),
        Meaning(
            Rejected,
            "Zalo không cho loại OA này gửi tin Truyền thông qua phần mềm; hãy gửi tin trong OA Manager và hỏi bộ phận "
            f"hỗ trợ OA cơ quan nhà nước của Zalo. {_OTHERS_GO_ON}",
            "zalo 7.3",
        ),
    ),
    **dict.fromkeys(
        (-209, -240),
        Meaning(
            Rejected,
            "Zalo không còn nhận lệnh gửi tin Truyền thông qua phần mềm; hãy gửi tin trong OA Manager và báo người kỹ "
            f"thuật. {_OTHERS_GO_ON}",
        ),
    ),
    **dict.fromkeys((-320, -321), Meaning(Rejected, f"{_CLOUD} {_OTHERS_GO_ON}")),
}
"""What these codes mean of a broadcast. Its articles were published with this very access, so what is missing is
missing for broadcasts alone: the channel goes on, and a person decides about the broadcast (zalo 4.3, 6, 7.3)."""


def number(value: object) -> int | None:
    """A whole number that may have come as a string, or as 3.0; None when it is neither (zalo 1.5, 2.5, 6)."""
    text = str(value).strip()
    try:
        return int(text)
    except ValueError:
        pass
    try:
        told = float(text)
    except ValueError:
        return None
    return int(told) if told.is_integer() else None


def error_for(
    code: int | str,
    message: str,
    unknown: Meaning,
    special: Mapping[int, Meaning] | None = None,
    *,
    now: datetime,
) -> ConnectorError:
    """The error for a code that is not 0.

    `special` says what codes mean to this caller alone, `unknown` what a code without a row means to it.
    """
    found = MEANINGS.get(code, unknown)
    if code == -223 and "quota" in message.lower():
        found = _CREATE_QUOTA
    elif special and isinstance(code, int):
        found = special.get(code, found)
    told: dict[str, Any] = {"code": str(code), "section": found.section, "evidence": redact(message)}
    if found.until:
        told["until"] = found.until(now)
    if found.refresh_first:
        told["refresh_first"] = True
    return found.error(found.words, **told)
