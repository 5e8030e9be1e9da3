"""The one place that turns an error of the Graph API into a class (facebook 6.2).

Decided on code and subcode, then on `is_transient`, last on the HTTP status; never on the text, which is
localised and changes without notice, and never on the status alone (190 comes as 400 and as 401). The one word
that is looked for is `appsecret_proof`: the name of a parameter, which no language changes, and the only mark
that the sheet knows of that refusal (facebook 2.5, 6.2).
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from connectors.errors import (
    Blocked,
    ConnectorError,
    Limited,
    Misconfigured,
    Reconnect,
    Rejected,
    Unavailable,
    Unconfirmed,
)
from connectors.facebook.usage import APP_PAUSE, PAGE_PAUSE
from connectors.http import redact

SECTION = "facebook 6.2"
BLOCK_PAUSE = timedelta(days=3)
"""How long a blocked Page is left alone (facebook 6.2, code 368)."""
GONE = "100/33"
"""How the code of an object that is not there reads in our errors (facebook 4.3)."""
PROOF = "100/appsecret_proof"
"""How a refusal of our signature reads in our errors: its code alone is that of any wrong value (facebook 2.5)."""
NO_PERMISSION = frozenset({"3", "10", *map(str, range(200, 300))})
"""A permission is missing, by the code alone."""
SECURITY_CHECK = 1404006
"""A subcode whose code the sheet names for posts only (facebook 3.7, 6.2)."""

WRONG_OFFSET = (6001, 1363037)
UPLOAD_ERRORS = ("OffsetInvalidError", "PartialRequestError", "ProcessingFailedError")


class Purpose(StrEnum):
    """What a call is for; it decides what an unclear answer means."""

    READ = "read"
    REPEATABLE = "repeatable"
    """Changes something, but doing it twice does no harm: an unpublished photo, taking a post down."""
    CHUNK = "chunk"
    """Bytes of an unpublished video: repeatable, and `is_transient` alone means send them again (facebook 3.5)."""
    PUBLISH = "publish"
    """Creates something public; doing it twice would be seen."""


class OffsetDiffers(Unavailable):
    """The upload stands elsewhere: continue at `start` (facebook 3.5); None when only asking will tell."""

    def __init__(self, start: int | None = None, stop: int | None = None, *, code: str, evidence: str = "") -> None:
        super().__init__(WORDS[Then.LATER], code=code, section="facebook 3.5", evidence=evidence)
        self.start, self.stop = start, stop


class Then(StrEnum):
    """What to do next."""

    LATER = "later"
    LIMIT_APP = "limit_app"
    LIMIT_PAGE = "limit_page"
    TOKEN = "token"
    CONFIG = "config"
    CONTENT = "content"
    BLOCK = "block"
    LOOK = "look"


class Row(NamedTuple):
    """One line of the sheet's table: what it means for a read, for a write, and in words for staff."""

    read: Then
    write: Then
    words: str = ""


WORDS = {
    Then.LATER: "Facebook tạm thời không phục vụ; hệ thống sẽ tự thử lại.",
    Then.LIMIT_APP: "Ứng dụng đã gọi Facebook quá nhiều; hệ thống tạm dừng rồi tự thử lại.",
    Then.LIMIT_PAGE: "Fanpage đã đạt giới hạn số lượt gọi; hệ thống tạm dừng rồi tự thử lại.",
    Then.TOKEN: "Mã truy cập của Fanpage không còn hiệu lực; cần kết nối lại.",
    Then.CONFIG: "Facebook từ chối do quyền hoặc cấu hình ứng dụng; cần người quản trị kiểm tra.",
    Then.CONTENT: "Facebook từ chối nội dung này; cần sửa bài trước khi đăng lại.",
    Then.BLOCK: "Facebook đang chặn Fanpage đăng bài; hệ thống dừng đăng lên Fanpage này.",
    Then.LOOK: "Facebook chưa xác nhận đã đăng hay chưa; hệ thống sẽ kiểm tra trên Fanpage trước khi làm gì thêm.",
}


def _same(then: Then, words: str = "") -> Row:
    return Row(then, then, words)


_UNSURE = Row(Then.LATER, Then.LOOK)
_WRONG_PROOF = _same(Then.CONFIG, "Chữ ký ứng dụng (app secret) không đúng; cần người quản trị kiểm tra cấu hình.")
_OUR_REQUEST = "Facebook không hiểu yêu cầu của hệ thống; cần người quản trị kiểm tra phiên bản API và cấu hình."
_NO_RIGHT = "Ứng dụng chưa có đủ quyền trên Fanpage này; cần người quản trị cấp quyền rồi kết nối lại."
_WRONG_OBJECT = "Facebook không thấy Fanpage hoặc bài này bằng mã truy cập hiện có; cần kiểm tra lại kết nối."
WRONG_APP = "Facebook không nhận mã ứng dụng (app id) và khóa bí mật (app secret); cần kiểm tra phần thiết lập."
_DEAD = "Mã truy cập của Fanpage đã bị thu hồi; cần kết nối lại."
_EXPIRED = "Mã truy cập của Fanpage đã hết hạn; cần kết nối lại."
_PERSON_FIRST = (
    "Tài khoản quản trị phải đăng nhập facebook.com và làm theo yêu cầu xác minh trước, sau đó mới kết nối lại."
)
_TWIN = "Facebook báo bài trùng với một bài đã có; nếu hệ thống không thấy bài trên Fanpage thì cần sửa lời cho khác."

TABLE: dict[tuple[int, int | None], Row] = {
    (1, None): _UNSURE,
    (2, None): _UNSURE,
    (3, None): _same(Then.CONFIG, _NO_RIGHT),
    (4, None): _same(Then.LIMIT_APP),
    (10, None): _same(Then.CONFIG, _NO_RIGHT),
    (12, None): _same(Then.CONFIG, _OUR_REQUEST),
    (17, None): _same(Then.LIMIT_APP),
    (21, None): _same(Then.CONFIG, "Fanpage đã được chuyển sang mã số mới; cần kết nối lại Fanpage."),
    (32, None): _same(Then.LIMIT_APP),
    (100, None): Row(Then.CONFIG, Then.CONTENT),
    (100, 21): _same(Then.CONFIG, "Fanpage đã được chuyển sang mã số mới; cần kết nối lại Fanpage."),
    (100, 33): _same(Then.CONFIG, _WRONG_OBJECT),
    (100, 1366046): _same(Then.CONTENT, "Ảnh quá lớn hoặc sai định dạng; hãy dùng ảnh JPG hoặc PNG nhỏ hơn 4 MB."),
    (100, 2061006): _same(Then.CONTENT, "Địa chỉ liên kết không hợp lệ; hãy kiểm tra lại liên kết của bài."),
    (100, 1349125): _same(Then.CONTENT, "Facebook không nhận định dạng nội dung này; cần sửa bài."),
    (100, 1609008): _same(Then.CONTENT, "Facebook không nhận liên kết trỏ về facebook.com; hãy bỏ liên kết này."),
    (100, 1609005): _same(Then.CONTENT, "Facebook không đọc được trang của liên kết; hãy kiểm tra lại liên kết."),
    (101, None): _same(Then.CONFIG, WRONG_APP),  # not in the sheet's table; no post is ever answered so
    (102, None): _same(Then.TOKEN, _DEAD),
    (104, None): _same(Then.CONFIG, _OUR_REQUEST),
    (190, None): _same(Then.TOKEN),
    (194, None): _same(Then.CONTENT, "Bài thiếu nội dung bắt buộc; cần bổ sung chữ, ảnh hoặc liên kết."),
    (197, None): _same(Then.CONTENT, "Bài trống; cần bổ sung chữ, ảnh hoặc liên kết."),
    (200, 1404078): _same(Then.CONFIG, "Facebook yêu cầu người quản trị xác minh quyền đăng bài trên Fanpage."),
    (283, None): _same(Then.CONFIG, _NO_RIGHT),
    (324, None): _same(Then.CONTENT, "Tệp ảnh bị thiếu hoặc hỏng; hãy thay ảnh khác."),
    (341, None): _same(Then.LIMIT_APP),
    (368, None): _same(Then.BLOCK),
    (368, 1390008): _same(Then.BLOCK, "Facebook chặn Fanpage vì đăng quá nhanh; hệ thống dừng đăng trong ba ngày."),
    (368, 4854002): _same(Then.BLOCK, "Facebook yêu cầu người quản trị xác minh danh tính trước khi đăng tiếp."),
    (368, 1404082): Row(Then.CONTENT, Then.LOOK, _TWIN),
    (368, 1346003): _same(Then.CONTENT, "Facebook cho rằng nội dung vi phạm; cần sửa bài."),
    (368, 1404102): _same(Then.CONTENT, "Facebook cho rằng nội dung trái tiêu chuẩn cộng đồng; cần sửa bài."),
    (368, 1404112): _same(Then.BLOCK, "Facebook đang hạn chế tài khoản quản trị Fanpage; cần người quản trị xử lý."),
    (368, SECURITY_CHECK): _same(
        Then.BLOCK, "Facebook yêu cầu người quản trị kiểm tra bảo mật trước khi đăng hoặc bình luận tiếp."
    ),
    (382, None): _same(Then.CONTENT, "Video quá nhỏ; hãy thay video khác."),
    (389, None): _same(Then.CONTENT, "Facebook không tải được video; hãy thay video khác."),
    (506, None): Row(Then.CONTENT, Then.LOOK, _TWIN),
    (613, None): _same(Then.LIMIT_APP),
    (803, None): _same(Then.CONFIG, _WRONG_OBJECT),
    (1500, None): _same(Then.CONTENT, "Địa chỉ liên kết không hợp lệ; hãy kiểm tra lại liên kết của bài."),
    (1609005, None): _same(Then.CONTENT, "Facebook không đọc được trang của liên kết; hãy kiểm tra lại liên kết."),
    (2500, None): _same(Then.CONFIG, _OUR_REQUEST),
    (3001, None): _same(Then.CONFIG, _OUR_REQUEST),
    (6000, None): _same(Then.CONTENT, "Facebook không dùng được tệp video này; hãy thay video khác."),
    (6001, None): _same(Then.LATER),
    # 102 is the session form of 190, with the same subcodes (facebook 2.7)
    **{
        (code, subcode): _same(then, words)
        for code in (102, 190)
        for subcode, then, words in (
            (458, Then.TOKEN, _DEAD),
            (459, Then.TOKEN, _PERSON_FIRST),
            (460, Then.TOKEN, _DEAD),
            (463, Then.TOKEN, _EXPIRED),
            (464, Then.TOKEN, _PERSON_FIRST),
            (467, Then.TOKEN, _DEAD),
            (
                492,
                Then.CONFIG,
                "Người đã kết nối không còn vai trò trên Fanpage; cần người quản trị Fanpage kết nối lại.",
            ),
        )
    },
    # the permission family and the business-use-case limits are whole ranges
    **{(code, None): _same(Then.CONFIG, _NO_RIGHT) for code in range(200, 300)},
    **{(code, None): _same(Then.LIMIT_PAGE) for code in range(80000, 80015)},
}


def classify(
    error: Mapping[str, Any],
    *,
    purpose: Purpose,
    now: datetime,
    status: int = 0,
    wait: timedelta = timedelta(0),
) -> ConnectorError:
    """The exception for an error object of the Graph API (`error` is what stands under its "error" key).

    `now` (aware UTC) is what a pause is counted from; `wait` is the pause that the headers named, if any.
    """
    code, subcode = _number(error.get("code")), _number(error.get("error_subcode", error.get("subcode")))
    row = _row(code, subcode, bool(error.get("is_transient")), status)
    mark = f"{code}/{subcode}" if subcode else str(code or "")
    if mark == "100" and "appsecret_proof" in str(error.get("message", "")):
        row, mark = _WRONG_PROOF, PROOF
    evidence = redact(f"HTTP {status} {error.get('type', '')}: {error.get('message', '')}")
    if purpose is Purpose.CHUNK:
        offsets = _offsets(error.get("error_data")) if (code, subcode) == WRONG_OFFSET else None
        if offsets:
            return OffsetDiffers(*offsets, code=mark, evidence=evidence)
        if error.get("is_transient") is True and row.write is Then.CONTENT:
            row = _UNSURE
    return _raiseable(row, purpose, mark, evidence, now, wait)


def is_twin(error: ConnectorError) -> bool:
    """Whether Facebook refused it as the same as another: perhaps our own, whose answer was lost (facebook 4.3)."""
    return error.code.partition("/")[0] == "506" or error.code == "368/1404082"


def _offsets(data: Any) -> tuple[int, int] | None:
    """The range a refused chunk should have had; `error_data` is an object or a JSON text (facebook 6.1)."""
    try:
        facts = json.loads(data) if isinstance(data, str) else data
        return int(facts["start_offset"]), int(facts["end_offset"])
    except (ValueError, TypeError, KeyError):
        return None


def throttled(*, now: datetime, wait: timedelta) -> Limited:
    """For HTTP 429 without an error object, which nobody documents (facebook 6.3)."""
    words, until = WORDS[Then.LIMIT_APP], now + (wait or APP_PAUSE)
    return Limited(words, until=until, code="429", section="facebook 6.3", evidence="HTTP 429")


def unreadable(*, purpose: Purpose, status: int, evidence: str) -> ConnectorError:
    """For an answer that is no JSON, no object, or a failure without an error object (facebook 6.2, first row)."""
    return _raiseable(_UNSURE, purpose, f"HTTP {status}", evidence, None, timedelta(0))


def upload_error(answer: Any) -> ConnectorError | None:
    """The error of the host that takes a reel's bytes: told by a name, without a code (facebook 3.6).

    The sheet knows the names but not where they stand, so every place that holds a name is read.
    """
    if not isinstance(answer, dict):
        return None
    places = [answer.get("debug_info"), answer.get("error"), answer]
    found = [place.get("type") if isinstance(place, dict) else place for place in places]
    name = next((one for one in found if isinstance(one, str) and one in UPLOAD_ERRORS), "")
    if not name:
        return None
    if name == "ProcessingFailedError":
        return Rejected(TABLE[6000, None].words, code=name, section="facebook 3.6")
    return OffsetDiffers(code=name)


def _row(code: int, subcode: int, transient: bool, status: int) -> Row:
    code = 368 if subcode == SECURITY_CHECK else code
    row = TABLE.get((code, subcode)) or TABLE.get((code, None))
    if row:
        return row
    if status == 429:
        return _same(Then.LIMIT_APP)
    return _UNSURE if transient or status >= 500 or not code else _same(Then.CONTENT)


def _raiseable(
    row: Row, purpose: Purpose, mark: str, evidence: str, now: datetime | None, wait: timedelta
) -> ConnectorError:
    then = row.read if purpose is Purpose.READ else row.write
    if then is Then.LOOK and purpose in (Purpose.REPEATABLE, Purpose.CHUNK):
        then = row.read  # nothing that anybody saw was made: it is repeated, or a twin is a fault of the content
    words = WORDS[then] if then is Then.LATER else row.words or WORDS[then]
    facts = {"code": mark, "section": SECTION, "evidence": evidence}
    if now and then in (Then.LIMIT_APP, Then.LIMIT_PAGE):
        pause = wait or (PAGE_PAUSE if then is Then.LIMIT_PAGE else APP_PAUSE)
        return Limited(words, until=now + pause, **facts)
    if now and then is Then.BLOCK:
        return Blocked(words, until=now + BLOCK_PAUSE, **facts)
    kind: Callable[..., ConnectorError] = _PLAIN[then]
    return kind(words, **facts)


_PLAIN: dict[Then, type[ConnectorError]] = {
    Then.LATER: Unavailable,
    Then.LOOK: Unconfirmed,
    Then.TOKEN: Reconnect,
    Then.CONFIG: Misconfigured,
    Then.CONTENT: Rejected,
}


def _number(value: Any) -> int:
    """A code as a number; 0 when it is missing or no number."""
    try:
        return int(value)
    except (TypeError, ValueError):
        return 0
