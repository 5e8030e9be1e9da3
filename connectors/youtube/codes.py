"""The one place that turns an answer of YouTube's into a class of error (youtube 5.2, 3 and 2.6).

The decision is made by (HTTP status, reason), then by the status alone. One distinction is only told in
the message: whether a 429 is for the whole day (youtube 3); `Refusal.per_day` reads it, nothing else does.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, TypedDict

import requests

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
from connectors.http import json_of, redact
from connectors.youtube.quota import next_reset

DAY = timedelta(days=1)
BLOCKED_FOR = timedelta(days=7)
BODY_KEPT = 200
"""Characters of an unreadable body that are kept for the engineer."""

SECTION = "youtube 5.2"
LOST_WORDS = "YouTube không trả lời rõ ràng; hệ thống sẽ kiểm tra trên kênh trước khi làm gì thêm."
BUSY_WORDS = "YouTube đang bận hoặc tạm gián đoạn; hệ thống sẽ tự thử lại."
QUOTA_WORDS = "Đã dùng hết hạn mức gọi YouTube trong ngày; hệ thống sẽ tiếp tục sau khi hạn mức được cấp lại."
UPLOADS_WORDS = "Kênh YouTube đã tải lên đủ số video cho phép trong ngày; hệ thống sẽ tiếp tục sau 24 giờ."
TOKEN_WORDS = "YouTube không chấp nhận mã truy cập của kênh; cần làm mới hoặc kết nối lại."
SCOPE_WORDS = "Kênh YouTube chưa cấp đủ quyền; hãy kết nối lại và đồng ý với mọi quyền được hỏi."
NO_CHANNEL_WORDS = (
    "Tài khoản Google này chưa có kênh YouTube (hoặc là tài khoản dịch vụ); hãy chọn tài khoản sở hữu kênh."
)
COVERS_WORDS = "Kênh YouTube đã đổi ảnh bìa quá nhiều lần trong ngày; YouTube chỉ cho đổi tiếp vào hôm sau."
QUOTA_SPENT_WORDS = "Hạn mức gọi YouTube trong ngày đã hết."
NO_ANSWER_WORDS = "YouTube bận hoặc không trả lời rõ ràng."
API_OFF_WORDS = (
    "Dự án Google Cloud chưa bật API mà hệ thống cần; bộ phận CNTT vào Google Cloud Console, mục APIs & Services, "
    "bật YouTube Data API v3 và YouTube Analytics API."
)
FORBIDDEN_WORDS = (
    "YouTube không cho tài khoản này làm việc đó; cần kiểm tra quyền sở hữu và việc xác minh số điện thoại của kênh."
)
ACCOUNT_WORDS = "YouTube đã khóa, đóng hoặc hạn chế kênh này; cần xử lý trực tiếp với YouTube."
PLAYLIST_WORDS = "Danh sách phát đã đầy hoặc không cho kênh này sửa; hãy chọn danh sách phát khác."
VISIBILITY_WORDS = (
    "YouTube không để video ở chế độ công khai như yêu cầu. Hãy mở YouTube Studio, mục Nội dung, xem hạn chế ghi ở "
    "video này rồi tự đặt Công khai; nếu không đặt được, bộ phận CNTT cần kiểm tra dự án Google Cloud của ứng dụng."
)
GONE_WORDS = "YouTube không còn video này."
NOT_YET = "404/videoNotFound"
"""What a playlist answers for a while about a video that is new."""
REFUSED_WORDS = "YouTube từ chối yêu cầu này; hãy kiểm tra lại nội dung bài."
OUR_FAULT_WORDS = "YouTube không hiểu yêu cầu của hệ thống; hãy báo bộ phận kỹ thuật kèm mã lỗi."

CONTENT_WORDS = {
    "invalidTitle": "YouTube không chấp nhận tiêu đề video.",
    "invalidDescription": "YouTube không chấp nhận phần mô tả video.",
    "invalidTags": "YouTube không chấp nhận các thẻ của video.",
    "invalidCategoryId": "YouTube không chấp nhận mã thể loại của video.",
    "invalidPublishAt": "YouTube không chấp nhận thời điểm công khai của video.",
    "invalidRecordingDetails": "YouTube không chấp nhận thông tin ghi hình của video.",
    "invalidVideoGameRating": "YouTube không chấp nhận xếp loại nội dung của video.",
    "invalidVideoMetadata": "YouTube không chấp nhận thông tin của video; hãy kiểm tra tiêu đề và thể loại.",
    "defaultLanguageNotSet": "Video thiếu ngôn ngữ mặc định.",
    "invalidFilename": "YouTube không chấp nhận tên tệp video.",
    "mediaBodyRequired": "Tệp gửi lên YouTube bị rỗng.",
    "invalidImage": "YouTube không chấp nhận ảnh bìa của video.",
    "invalidDefaultBroadcastPrivacySetting": "YouTube không chấp nhận chế độ hiển thị của buổi phát.",
    "contentRequired": "Tệp phụ đề gửi lên YouTube bị rỗng.",
    "invalidMetadata": "YouTube không chấp nhận thông tin phụ đề.",
    "nameTooLong": "Tên phụ đề quá dài.",
    "captionExists": "Video đã có phụ đề cùng ngôn ngữ và tên.",
    "videoNotFound": GONE_WORDS,
    "playlistNotFound": "YouTube không còn danh sách phát này.",
    "captionNotFound": "YouTube không còn phụ đề này.",
    "playlistItemNotFound": "YouTube không còn mục này trong danh sách phát.",
    "uploadTooLarge": "Tệp video quá lớn so với giới hạn của YouTube.",
    "processingFailure": "YouTube không xử lý được nội dung đã gửi.",
    "conflict": "Yêu cầu xung đột với trạng thái hiện có trên YouTube.",
    "conditionNotMet": "Yêu cầu xung đột với trạng thái hiện có trên YouTube.",
    "forbiddenPrivacySetting": "YouTube không cho đặt chế độ hiển thị này; hãy đổi lựa chọn.",
    "forbiddenLicenseSetting": "YouTube không cho đặt giấy phép này; hãy đổi lựa chọn.",
    "forbiddenEmbedSetting": "YouTube không cho đặt chế độ nhúng này; hãy đổi lựa chọn.",
}
"""Reasons that a change of the content cures (class C)."""

OUR_FAULT = frozenset(
    {
        "badRequest",
        "incompatibleParameters",
        "invalidCriteria",
        "invalidFilters",
        "invalidPageToken",
        "invalidParameter",
        "invalidPart",
        "invalidValue",
        "missingRequiredParameter",
        "notUpload",
        "parseError",
        "requestedRangeNotSatisfiable",
        "required",
        "unexpectedParameter",
        "unexpectedPart",
        "unknownPart",
        "wrongUrlForUpload",
    }
)
"""Reasons that only a change of this program cures."""

ACCOUNT_REASONS = frozenset(
    {
        "authenticatedUserAccountClosed",
        "authenticatedUserAccountSuspended",
        "channelClosed",
        "channelSuspended",
        "accountDelegationForbidden",
        "authenticatedUserNotChannel",
        "channelNotFound",
    }
)
PLAYLIST_REASONS = frozenset({"playlistContainsMaximumNumberOfVideos", "playlistItemsNotAccessible"})
API_OFF_REASONS = frozenset({"accessNotConfigured", "SERVICE_DISABLED"})
DAY_LIMITS = {"uploadLimitExceeded": UPLOADS_WORDS, "uploadRateLimitExceeded": COVERS_WORDS}
"""Limits of the channel itself, which no quota of the project raises."""
RATE_REASONS = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "servingLimitExceeded"})


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that is not success, read defensively: the body may be empty, HTML or the OAuth shape (youtube 5.1)."""

    status: int
    reason: str = ""
    domain: str = ""
    message: str = ""
    retry_after: timedelta | None = None

    @property
    def code(self) -> str:
        """The platform's own code, such as "403/quotaExceeded"."""
        return f"{self.status}/{self.reason}" if self.reason else str(self.status)

    @property
    def per_day(self) -> bool:
        """Whether a 429 is for the whole day; only the message tells (youtube 3)."""
        return "per day" in self.message.casefold()


def read_refusal(answer: requests.Response, *, now: datetime) -> Refusal:
    """What an answer says, whatever its shape."""
    retry_after = read_retry_after(answer, now=now)
    try:
        error = json_of(answer)["error"]
    except (ValueError, KeyError, TypeError):
        error = None
    if isinstance(error, str):
        return Refusal(answer.status_code, reason=error[:60], message=error, retry_after=retry_after)
    if not isinstance(error, dict):
        return Refusal(answer.status_code, message=answer.text[:BODY_KEPT], retry_after=retry_after)
    first = _first(error.get("errors"))
    reason = first.get("reason") or _first(error.get("details"), key="reason").get("reason") or ""
    told = dict.fromkeys(str(one["message"]) for one in (error, first) if one.get("message"))
    return Refusal(answer.status_code, str(reason), str(first.get("domain", "")), " ".join(told), retry_after)


def _first(entries: Any, key: str = "") -> dict[str, Any]:
    """The first mapping in a list (that has `key`), else an empty one."""
    if not isinstance(entries, list):
        return {}
    return next((entry for entry in entries if isinstance(entry, dict) and (not key or key in entry)), {})


def read_retry_after(answer: requests.Response, *, now: datetime) -> timedelta | None:
    """The pause the server named, as seconds or as a moment, up to a day; None when it named none."""
    text = answer.headers.get("Retry-After", "").strip()
    if text.isdecimal() and len(text) < 9:
        return min(timedelta(seconds=int(text)), DAY)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    return min(max(until - now, timedelta(0)), DAY) if until.tzinfo else None


def classify(refusal: Refusal, *, now: datetime, changes: bool) -> ConnectorError:
    """The error for an answer that is not success.

    `changes`: a server error leaves open whether the call was carried out, and repeating it blindly is not
    allowed; then a 5xx or a strange answer is `Unconfirmed`, else `Unavailable`.
    """
    for decide in (_by_quota, _by_access, _by_account, _by_content):
        error = decide(refusal, now)
        if error is not None:
            return error
    return _by_status(refusal, changes)


def as_work(error: ConnectorError) -> ConnectorError:
    """A limit that an upload met: it has a bucket of its own, so what else the channel does goes on (youtube 3)."""
    if not isinstance(error, Limited):
        return error
    return LimitedWork(error.words, until=error.until, code=error.code, section=error.section, evidence=error.evidence)


def left_out(error: ConnectorError, step: str) -> str:
    """Why something was left out beside a video, without the promise of another try, and the `step` for staff."""
    words = error.words
    if isinstance(error, Limited) and error.words != COVERS_WORDS:
        words = QUOTA_SPENT_WORDS
    elif isinstance(error, Unavailable | Unconfirmed) and error.code != NOT_YET:
        words = NO_ANSWER_WORDS
    return f"{words} {step}"


class _Facts(TypedDict):
    code: str
    section: str
    evidence: str


def _facts(refusal: Refusal, section: str = SECTION) -> _Facts:
    return {"code": refusal.code, "section": section, "evidence": redact(refusal.message)}


def _by_quota(refusal: Refusal, now: datetime) -> ConnectorError | None:
    if refusal.status in {403, 429} and refusal.reason in {"quotaExceeded", "dailyLimitExceeded"}:
        return Limited(QUOTA_WORDS, until=next_reset(now), **_facts(refusal, "youtube 3"))
    if 400 <= refusal.status < 500 and refusal.reason in DAY_LIMITS:
        return Limited(DAY_LIMITS[refusal.reason], until=now + DAY, **_facts(refusal))
    if refusal.status == 429 and refusal.per_day:
        return Limited(QUOTA_WORDS, until=next_reset(now), **_facts(refusal, "youtube 3"))
    if refusal.status in {403, 429} and refusal.reason in RATE_REASONS:
        return Unavailable(BUSY_WORDS, retry_after=refusal.retry_after, **_facts(refusal))
    return None


def _by_access(refusal: Refusal, now: datetime) -> ConnectorError | None:
    if refusal.reason == "youtubeSignupRequired":
        return Misconfigured(NO_CHANNEL_WORDS, **_facts(refusal))
    if refusal.status == 401:
        return Reconnect(TOKEN_WORDS, refresh_first=True, **_facts(refusal))
    if refusal.status != 403:
        return None
    if refusal.reason in {"insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}:
        return Reconnect(SCOPE_WORDS, **_facts(refusal))
    if refusal.reason in API_OFF_REASONS:
        return Misconfigured(API_OFF_WORDS, **_facts(refusal))
    if refusal.reason == "forbidden":
        return Misconfigured(FORBIDDEN_WORDS, **_facts(refusal))
    return None


def _by_account(refusal: Refusal, now: datetime) -> ConnectorError | None:
    if refusal.status in {403, 404} and refusal.reason in ACCOUNT_REASONS:
        return Blocked(ACCOUNT_WORDS, until=now + BLOCKED_FOR, **_facts(refusal))
    if refusal.status == 403 and refusal.reason in PLAYLIST_REASONS:
        return Blocked(PLAYLIST_WORDS, until=now + DAY, **_facts(refusal))
    return None


def _by_content(refusal: Refusal, now: datetime) -> ConnectorError | None:
    if (refusal.status, refusal.reason, refusal.domain) == (404, "videoNotFound", "youtube.playlistItem"):
        return Unavailable(BUSY_WORDS, **_facts(refusal))
    if 400 <= refusal.status < 500 and refusal.reason in CONTENT_WORDS:
        return Rejected(CONTENT_WORDS[refusal.reason], **_facts(refusal))
    if 400 <= refusal.status < 500 and refusal.reason in OUR_FAULT:
        return Rejected(OUR_FAULT_WORDS, **_facts(refusal))
    return None


def _by_status(refusal: Refusal, changes: bool) -> ConnectorError:
    """An unknown reason (youtube 5.2, last row): 4xx is our request, 5xx and 3xx are the server's trouble."""
    if refusal.status in {408, 429}:
        return Unavailable(BUSY_WORDS, retry_after=refusal.retry_after, **_facts(refusal))
    if 400 <= refusal.status < 500:
        return Rejected(REFUSED_WORDS, **_facts(refusal))
    if changes:
        return Unconfirmed(LOST_WORDS, **_facts(refusal))
    return Unavailable(BUSY_WORDS, retry_after=refusal.retry_after, **_facts(refusal))


# After a good upload failures are fields, not answers (youtube 2.6, 5.2) -------------------------------------

FAILURES = {
    "conversion": "không chuyển đổi được tệp",
    "invalidFile": "tệp không phải là video hợp lệ",
    "emptyFile": "tệp rỗng",
    "tooSmall": "tệp quá nhỏ",
    "codec": "chuẩn nén của tệp không được hỗ trợ",
    "uploadAborted": "việc tải lên chưa hoàn tất",
    "uploadFailed": "tải lên bị lỗi",
    "transcodeFailed": "không chuyển mã được video",
    "streamingFailed": "không tạo được bản phát của video",
    "copyright": "vi phạm bản quyền",
    "inappropriate": "nội dung không phù hợp",
    "duplicate": "trùng với một video đã có",
    "termsOfUse": "vi phạm điều khoản sử dụng",
    "uploaderAccountSuspended": "kênh bị tạm khóa",
    "length": "video dài hơn mức kênh được phép",
    "claim": "có khiếu nại quyền sở hữu nội dung",
    "uploaderAccountClosed": "kênh đã bị đóng",
    "trademark": "vi phạm nhãn hiệu",
    "legal": "có khiếu nại pháp lý",
}

OF_THE_RIGHTS = frozenset({"copyright", "inappropriate", "termsOfUse", "claim", "trademark", "legal"})
"""Class B of the sheet: settled outside of this program. One video's trouble does not stop the channel, though."""


def processing_error(reason: str, *, now: datetime) -> ConnectorError:
    """The error for a video that YouTube took but did not process or refused afterwards."""
    known = FAILURES.get(reason, "không nêu lý do")
    if reason.startswith("uploaderAccount"):
        return Blocked(ACCOUNT_WORDS, until=now + BLOCKED_FOR, code=reason, section="youtube 2.6")
    words = f"YouTube không xử lý được video: {known}. Hãy thay tệp video rồi đăng lại."
    if reason in OF_THE_RIGHTS:
        words = (
            f"YouTube từ chối video: {known}. Hãy mở YouTube Studio, mục Nội dung, xem lý do và khiếu nại nếu không "
            "đúng; nếu đúng, hãy thay tệp video rồi đăng lại."
        )
    return Rejected(words, code=reason, section="youtube 2.6")


TOKEN_DEAD_WORDS = "Google đã thu hồi hoặc cho hết hạn quyền truy cập kênh YouTube; hãy kết nối lại kênh."
CLIENT_WORDS = "Google không chấp nhận ứng dụng đã khai báo; bộ phận CNTT cần kiểm tra mã và khóa ứng dụng."
ADMIN_WORDS = (
    "Quản trị viên Google của cơ quan không cho ứng dụng này dùng tài khoản; cần đề nghị quản trị viên cho phép."
)
DEAD_GRANTS = frozenset({"invalid_grant", "invalid_scope"})
ADMIN_CODES = frozenset({"admin_policy_enforced", "org_internal", "access_denied"})


def classify_token(refusal: Refusal, *, now: datetime) -> ConnectorError:
    """The error for an answer of the token address (youtube 1.5): by `error` only, descriptions vary."""
    facts = _facts(refusal, "youtube 1.5")
    if refusal.status in {408, 429} or not 400 <= refusal.status < 500 or not refusal.reason:
        # Without a readable code it is not Google that speaks, but something on the way.
        return Unavailable(BUSY_WORDS, retry_after=refusal.retry_after, **facts)
    if refusal.reason in DEAD_GRANTS:
        return Reconnect(TOKEN_DEAD_WORDS, **facts)
    if refusal.reason in ADMIN_CODES:
        return Blocked(ADMIN_WORDS, until=now + DAY, **facts)
    return Misconfigured(CLIENT_WORDS, **facts)
