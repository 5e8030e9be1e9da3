"""What works on a channel, what expires when, what is missing, and the step to take (youtube 1.2, 1.4, 2.5)."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from connectors.base import Account, Credentials, Finding
from connectors.errors import ConnectorError
from connectors.youtube.analytics import probe
from connectors.youtube.api import Api, Json
from connectors.youtube.codes import API_OFF_REASONS
from connectors.youtube.readback import read_time
from connectors.youtube.scopes import ANALYTICS, CAPTIONS, PUBLISH, may

WARN_BEFORE = timedelta(days=3)
LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")

RECONNECT_STEP = "Kết nối lại kênh và đồng ý với mọi quyền được hỏi."
OTHER_STEP = "Kết nối lại và chọn đúng kênh."
TESTING_STEP = (
    "Kết nối lại kênh trước ngày đó. Để không phải làm lại mỗi 7 ngày, bộ phận CNTT vào Google Cloud Console, mục "
    "OAuth consent screen, chuyển trạng thái từ Testing sang In production rồi kết nối lại."
)
VERIFY_STEP = "Xác minh kênh bằng số điện thoại tại youtube.com/verify."
API_STEP = "Bộ phận CNTT vào Google Cloud Console, mục APIs & Services, bật YouTube Analytics API."
LATER_STEP = "Kiểm tra lại sau ít phút; nếu vẫn vậy, hãy báo bộ phận CNTT."


def findings(api: Api, account: Account, credentials: Credentials) -> list[Finding]:
    """Ask the channel (1 unit of quota) and say how everything stands. Raises when the access does not work."""
    channel = api.own_channel("snippet,status")
    return [
        _channel(channel, account),
        _token(credentials),
        _refresh_token(credentials, api.now),
        *_scopes(api, credentials),
        *_long_uploads(channel),
    ]


def _channel(channel: Json, account: Account) -> Finding:
    name = (channel.get("snippet") or {}).get("title") or channel.get("id")
    if channel.get("id") == account.external_id:
        return Finding("Kênh", True, f"Kết nối đúng kênh “{name}”.")
    words = f"Quyền truy cập này thuộc kênh “{name}”, không phải kênh “{account.name}”."
    return Finding("Kênh", False, words, OTHER_STEP, blocks=True)


def _token(credentials: Credentials) -> Finding:
    until = f" đến {_moment(credentials.expires_at)}" if credentials.expires_at else ""
    agreed = read_time(credentials.values.get("authorized_at"))
    words = f"Mã truy cập dùng được{until} và được tự làm mới."
    return Finding("Mã truy cập", True, f"{words} Kênh được cấp quyền ngày {_date(agreed)}." if agreed else words)


def _refresh_token(credentials: Credentials, now: datetime) -> Finding:
    """Only a token of a project in testing has a date (youtube 1.4)."""
    what = "Mã làm mới"
    if not credentials.values.get("refresh_token"):
        words = "Không có mã làm mới, nên kênh sẽ ngừng khi mã truy cập hết hạn."
        return Finding(what, False, words, RECONNECT_STEP)
    until = read_time(credentials.values.get("refresh_expires_at"))
    if until is None:
        words = "Google không đặt hạn; mã chỉ mất hiệu lực khi bị thu hồi hoặc 6 tháng liền không dùng."
        return Finding(what, True, words)
    words = f"Mã chỉ dùng được đến {_date(until)}, vì dự án Google Cloud đang ở trạng thái Testing (thử nghiệm)."
    return Finding(what, until - now > WARN_BEFORE, words, TESTING_STEP)


def _scopes(api: Api, credentials: Credentials) -> list[Finding]:
    if not credentials.values.get("scope"):
        return [Finding("Quyền được cấp", True, "Google chưa cho biết đã cấp những quyền nào.")]
    found = [
        _scope(
            "Quyền đăng video", PUBLISH, "tải lên, công khai, sửa, gỡ video và đọc số liệu", credentials, blocks=True
        ),
        _scope("Quyền phụ đề", CAPTIONS, "đăng phụ đề", credentials),
    ]
    if not api.settings.use_analytics:
        words = "Chưa bật đọc số liệu phân tích (chia sẻ, thời gian xem, người đăng ký mới) trong cấu hình."
        return [*found, Finding("Số liệu phân tích", True, words)]
    granted = _scope("Quyền phân tích", ANALYTICS, "đọc chia sẻ, thời gian xem, người đăng ký mới", credentials)
    return [*found, granted, *(_analytics(api) if granted.ok else [])]


def _scope(
    what: str, enough: frozenset[str], purpose: str, credentials: Credentials, *, blocks: bool = False
) -> Finding:
    if may(enough, credentials):
        return Finding(what, True, f"Đã cấp quyền {purpose}.")
    return Finding(what, False, f"Chưa cấp quyền {purpose}.", RECONNECT_STEP, blocks)


def _analytics(api: Api) -> list[Finding]:
    """The API has to be switched on in the project, too; only a call tells."""
    what = "Số liệu phân tích"
    try:
        probe(api)
    except ConnectorError as error:
        is_off = error.code.rpartition("/")[2] in API_OFF_REASONS
        return [Finding(what, False, error.words, API_STEP if is_off else LATER_STEP)]
    return [Finding(what, True, "API phân tích của YouTube trả lời bình thường.")]


def _long_uploads(channel: Json) -> list[Finding]:
    told = (channel.get("status") or {}).get("longUploadsStatus")
    if told == "allowed":
        return [Finding("Video dài", True, "Kênh được đăng video dài hơn 15 phút.")]
    if told in ("eligible", "disallowed"):
        words = "Kênh chưa xác minh nên video dài hơn 15 phút sẽ bị từ chối."
        return [Finding("Video dài", False, words, VERIFY_STEP)]
    return []


def _date(at: datetime) -> str:
    return f"{at.astimezone(LOCAL):%d/%m/%Y}"


def _moment(at: datetime) -> str:
    return f"{at.astimezone(LOCAL):%H:%M ngày %d/%m/%Y}"
