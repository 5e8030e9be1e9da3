"""What is configured for YouTube, and what staff choose per channel or per post."""

import unicodedata
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, NonNegativeInt, SecretStr

CHUNK_UNIT = 256 * 1024
"""Every chunk but the last is a multiple of this many bytes (youtube 2.2)."""

CAPTIONS_NAME_MAX = 150


def _to_nfc(value: object) -> object:
    return unicodedata.normalize("NFC", value) if isinstance(value, str) else value


Nfc = Annotated[str, BeforeValidator(_to_nfc)]


class Settings(BaseModel):
    """Addresses (default: the real ones), the OAuth client, time-outs, limits, and what the sheet marks unverified.

    Time-outs are in seconds. `session_ttl` is how long an upload session is trusted with further bytes
    (youtube 2.3: nobody says how long it lives). `clock_skew` is how far our clock and Google's may differ.
    """

    model_config = ConfigDict(extra="forbid")

    client_id: str = Field(default="", description="Mã ứng dụng OAuth (client id) của cơ quan trên Google Cloud.")
    client_secret: SecretStr = Field(default=SecretStr(""), description="Khóa bí mật của ứng dụng (client secret).")
    auth_url: str = Field(
        default="https://accounts.google.com/o/oauth2/v2/auth",
        description="Địa chỉ trang cấp quyền; chỉ đổi khi thử nghiệm.",
    )
    token_url: str = Field(
        default="https://oauth2.googleapis.com/token", description="Địa chỉ lấy mã truy cập; chỉ đổi khi thử nghiệm."
    )
    api_url: str = Field(default="https://www.googleapis.com", description="Địa chỉ API; chỉ đổi khi thử nghiệm.")
    analytics_url: str = Field(
        default="https://youtubeanalytics.googleapis.com",
        description="Địa chỉ API phân tích; chỉ đổi khi thử nghiệm.",
    )
    connect_timeout: float = Field(default=5, gt=0, description="Thời gian chờ kết nối, tính bằng giây.")
    read_timeout: float = Field(default=60, gt=0, description="Thời gian chờ trả lời, tính bằng giây.")
    chunk_bytes: int = Field(
        default=8 * 1024 * 1024,
        gt=0,
        multiple_of=CHUNK_UNIT,
        description="Cỡ mỗi phần khi tải video lên, tính bằng byte; bội số của 262144.",
    )
    use_batch_stats: bool = Field(default=True, description="Đọc số liệu của nhiều video trong một lần gọi.")
    use_analytics: bool = Field(
        default=True,
        description="Đọc thêm chia sẻ, thời gian xem và người đăng ký mới từ API phân tích; "
        "kênh đã kết nối từ trước phải kết nối lại để cấp thêm quyền.",
    )
    use_impressions: bool = Field(
        default=False,
        description="Hỏi thêm API phân tích về số lần ảnh đại diện được hiển thị; YouTube có thể chưa cho.",
    )
    category_default: str = Field(
        default="22",
        pattern=r"^[0-9]+$",
        description="Mã thể loại của video khi bài không ghi; 22 là Mọi người và blog.",
    )
    daily_uploads: int = Field(
        default=100, ge=0, description="Hạn mức mỗi ngày của dự án Google Cloud: số lượt tải video lên."
    )
    daily_searches: int = Field(default=100, ge=0, description="Hạn mức mỗi ngày của dự án: số lượt tìm kiếm.")
    daily_batch_reads: int = Field(
        default=10_000, ge=0, description="Hạn mức mỗi ngày của dự án: số lượt đọc số liệu theo lô."
    )
    daily_units: int = Field(
        default=10_000, ge=0, description="Hạn mức mỗi ngày của dự án: số đơn vị cho mọi lệnh khác."
    )
    costs: dict[str, NonNegativeInt] = Field(
        default_factory=dict,
        description='Số đơn vị của từng lệnh, chỉ ghi khi Google đổi, như {"thumbnails.set": 50}.',
    )
    session_ttl: timedelta = Field(
        default=timedelta(hours=24), description="Thời gian tin dùng một phiên tải lên, dạng giờ:phút:giây."
    )
    clock_skew: timedelta = Field(
        default=timedelta(minutes=1), description="Độ lệch đồng hồ được phép so với Google, dạng giờ:phút:giây."
    )
    language: str = Field(default="vi", description="Ngôn ngữ của tiêu đề và mô tả video.")


class Options(BaseModel):
    """A channel's or a post's choices. The three declarations are always sent, never left to a default of YouTube's.

    `made_for_kids` is a legal duty to declare; `synthetic_media` says that realistic pictures or voices were
    made or altered by a machine (youtube 2.5). An empty `category_id` means the configured default.
    `captions_text` is a whole SRT text in the video's language, `captions_name` the name of its track;
    `playlist_id` is a playlist of the channel. Empty means none.
    """

    model_config = ConfigDict(extra="forbid")

    category_id: str = Field(
        default="",
        pattern=r"^[0-9]*$",
        max_length=10,
        description="Mã thể loại của video (số); để trống: như cấu hình.",
    )
    made_for_kids: bool = Field(default=False, description="Video dành cho trẻ em (phải khai theo luật).")
    synthetic_media: bool = Field(
        default=False, description="Có hình ảnh hoặc giọng nói như thật do máy tạo ra hoặc sửa đổi."
    )
    notify_subscribers: bool = Field(default=True, description="Báo cho người đăng ký kênh.")
    license: Literal["youtube", "creativeCommon"] = Field(
        default="youtube",
        description="Giấy phép.",
        json_schema_extra={"words": {"youtube": "Giấy phép chuẩn của nền tảng", "creativeCommon": "Creative Commons"}},
    )
    captions_text: Nfc = Field(
        default="", description="Phụ đề: dán nguyên nội dung tệp SRT.", json_schema_extra={"lines": True}
    )
    captions_name: Nfc = Field(
        default="Tiếng Việt", min_length=1, max_length=CAPTIONS_NAME_MAX, description="Tên của phụ đề."
    )
    playlist_id: str = Field(
        default="",
        pattern=r"^[A-Za-z0-9_-]*$",
        max_length=100,
        description="Mã danh sách phát của kênh; để trống: không thêm vào danh sách nào.",
    )
