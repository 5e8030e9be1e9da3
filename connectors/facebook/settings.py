"""What the office configures once for Facebook, and what staff choose per post."""

from pydantic import BaseModel, ConfigDict, Field, SecretStr

PUBLISH_SCOPES = ("pages_show_list", "pages_read_engagement", "pages_manage_posts")
"""Without one of these nothing can be published (facebook 2.2)."""
COMMENT_SCOPES = ("pages_manage_engagement",)
"""Without it the Page cannot write the first comment (facebook 2.2)."""
READ_SCOPES = ("read_insights", "pages_read_user_content")
"""Without one of these some figures stay empty (facebook 2.2)."""


class Settings(BaseModel):
    """Addresses, the office's own app, and time-outs in seconds."""

    model_config = ConfigDict(extra="forbid")

    app_id: str = Field(default="", description="Mã ứng dụng (app id) của cơ quan trên Meta for Developers.")
    app_secret: SecretStr = Field(default=SecretStr(""), description="Khóa bí mật của ứng dụng (app secret).")
    config_id: str = Field(
        default="", description="Mã cấu hình của Facebook Login for Business; để trống nếu không dùng."
    )
    """Of Facebook Login for Business; replaces the list of scopes in the login dialog (facebook 2.1)."""
    graph_url: str = Field(
        default="https://graph.facebook.com", description="Địa chỉ Graph API; chỉ đổi khi thử nghiệm."
    )
    video_url: str = Field(
        default="https://graph-video.facebook.com", description="Địa chỉ tải video lên; chỉ đổi khi thử nghiệm."
    )
    dialog_url: str = Field(
        default="https://www.facebook.com", description="Địa chỉ trang cấp quyền; chỉ đổi khi thử nghiệm."
    )
    version: str = Field(default="v26.0", pattern=r"^v\d+\.\d+$", description="Phiên bản Graph API.")
    """The pinned Graph API version. Oldest usable: v21.0 (facebook 1.1)."""
    connect_timeout: float = Field(default=5, gt=0, description="Thời gian chờ kết nối, tính bằng giây.")
    read_timeout: float = Field(default=60, gt=0, description="Thời gian chờ trả lời, tính bằng giây.")
    use_appsecret_proof: bool = Field(default=True, description="Ký mỗi lần gọi bằng khóa bí mật của ứng dụng.")
    """Sign every call when there is an app secret. Harmless unless the app demands it (facebook 2.5)."""

    comment_max: int = Field(default=8000, gt=0, description="Bình luận dài nhất được gửi, tính bằng ký tự.")
    """The sheet names no limit of a comment; this is the one that people meet on the site."""
    video_bytes_max: int = Field(default=1_000_000_000, gt=0, description="Video lớn nhất được gửi, tính bằng byte.")
    """Unverified, as the next three: Facebook's current pages name no limits (facebook 3.5)."""
    video_seconds_max: float = Field(default=1200, gt=0, description="Video dài nhất được gửi, tính bằng giây.")
    video_title_max: int = Field(default=255, gt=0, description="Tên video dài nhất, tính bằng ký tự.")
    upload_hours: float = Field(
        default=20, gt=0, description="Số giờ còn tiếp tục một lượt tải video dở dang; quá thì tải lại từ đầu."
    )

    @property
    def can_sign(self) -> bool:
        """Whether every call carries a proof that we hold the app secret."""
        return self.use_appsecret_proof and bool(self.app_secret.get_secret_value())


class Options(BaseModel):
    """What staff choose per channel or per post. Each choice concerns only the posts it can apply to."""

    model_config = ConfigDict(extra="forbid")

    reel: bool = Field(default=False, description="Đăng video dọc 9:16 dài 3-90 giây thành thước phim (reel).")
    hidden_first: bool = Field(
        default=False,
        description="Bài có ảnh: tạo bài ẩn từ trước, đến giờ chỉ cho hiện; phải kiểm chứng trên Fanpage này trước.",
    )
    """Two-phase publishing (facebook 3.10): recorded for photo posts only, so no other post takes this way."""
