"""What the IT person sets for Zalo, and what staff choose per channel or per post."""

import unicodedata
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from connectors.zalo.text import is_inside


def _nfc(value: object) -> object:
    return unicodedata.normalize("NFC", value.strip()) if isinstance(value, str) else value


class Settings(BaseModel):
    """Addresses, the app's identity, time-outs in seconds, and what the fact sheet marks unverified."""

    model_config = ConfigDict(extra="forbid")

    app_id: str = Field(default="", description="Mã ứng dụng của cơ quan trên Zalo for Developers.")
    app_secret: SecretStr = Field(default=SecretStr(""), description="Khóa bí mật của ứng dụng.")
    oa_id: str = Field(default="", description="Chỉ cho kết nối OA có mã này; để trống: OA nào cũng được.")
    """The OA that may be connected; another one is refused (zalo 1.2)."""
    oauth_url: str = Field(
        default="https://oauth.zaloapp.com", description="Địa chỉ trang cấp quyền; chỉ đổi khi thử nghiệm."
    )
    api_url: str = Field(default="https://openapi.zalo.me", description="Địa chỉ API của OA; chỉ đổi khi thử nghiệm.")
    connect_timeout: float = Field(default=5, description="Thời gian chờ kết nối, tính bằng giây.")
    read_timeout: float = Field(default=30, description="Thời gian chờ trả lời, tính bằng giây.")
    """Creating an article with pictures can be slow (zalo 7.1)."""
    use_appsecret_proof: bool = Field(
        default=False, description="Ký mỗi lần gọi bằng khóa bí mật; chỉ bật khi Zalo yêu cầu."
    )
    """Whether OA calls are signed is unverified (zalo 1.9)."""
    pkce_verifier: str = Field(
        default="",
        pattern=r"^([A-Za-z0-9._~-]{43,128})?$",
        description="Mã PKCE cố định, khi đã khai trong trang quản trị ứng dụng; để trống: tự tạo mỗi lần.",
    )
    """Set: the fixed PKCE mode, whose challenge stands in Zalo's console (zalo 1.1). Empty: a new pair each time."""
    console_link: str = Field(
        default="",
        description="Đường dẫn cấp quyền chép từ trang quản trị ứng dụng, dùng cùng mã PKCE cố định; thường để trống.",
    )
    """For when Zalo takes only the link that its console makes: unverified (zalo 1.1)."""
    title_max: int = Field(default=140, description="Số ký tự tối đa của tiêu đề bài viết.")
    """Documented 150, but 150 was seen refused (zalo 2.1)."""
    summary_max: int = Field(default=250, description="Số ký tự tối đa của phần tóm tắt.")
    """Documented 300; the one live system stops at 250 (zalo 2.1)."""
    block_max: int = Field(default=2000, description="Số ký tự tối đa của một khối văn bản.")
    """Characters of one text block; undocumented, others split at 2000 to 3000 (zalo 2.1)."""
    two_phase_publish: bool = Field(
        default=True,
        description="Tạo bài ở dạng ẩn trước giờ đăng rồi mới cho hiện; tắt thì tạo bài công khai đúng giờ đăng.",
    )
    """On: a lost answer leaves an invisible article. Whether showing costs quota or changes the date is unverified
    (zalo 9.7)."""
    page_limit: int = Field(default=10, ge=1, le=10, description="Số bài đọc trong một lần khi lấy danh sách bài viết.")
    pages_max: int = Field(default=60, ge=1, description="Số lần đọc tối đa khi lấy danh sách bài viết.")
    """Pages read from the article list at most: one minute of our budget of calls (zalo 7.1)."""
    calls_per_minute: int = Field(
        default=60, ge=0, description="Số lần gọi Zalo tối đa trong một phút của mỗi OA; 0: không giới hạn."
    )
    """The package Tăng trưởng allows 100 (zalo 7.1)."""
    articles_per_month: int = Field(
        default=0, ge=0, description="Số bài viết gói dịch vụ của OA cho tạo trong một tháng; 0: chưa biết, chỉ đếm."
    )
    broadcasts_per_month: int = Field(
        default=0, ge=0, description="Số tin Truyền thông OA được gửi trong một tháng; 0: chưa biết, chỉ đếm."
    )
    """No call tells what is left of either, and no source the amounts of the packages (zalo 4.3, 5.3, 7.2)."""
    packages_without_api: str = Field(
        default="Cơ bản, Tiêu chuẩn", description="Tên các gói OA không có Open API, cách nhau bằng dấu phẩy."
    )
    """Packages changed twice in 2026, so they are data (zalo 7.2)."""

    @property
    def is_rehearsal(self) -> bool:
        """Whether a stand-in for Zalo on our own network is asked, which fetches pictures from here as well."""
        return is_inside(self.api_url)

    @property
    def timeout(self) -> tuple[float, float]:
        """Connect and read time-out, in seconds."""
        return self.connect_timeout, self.read_timeout


class Options(BaseModel):
    """What staff choose. `author` empty: the OA's own name signs the article."""

    model_config = ConfigDict(extra="forbid")

    author: Annotated[str, BeforeValidator(_nfc)] = Field(
        default="", max_length=50, description="Tác giả ghi ở đầu bài; để trống thì là tên OA."
    )
    comment: Literal["show", "hide"] = Field(
        default="show",
        description="Bình luận dưới bài.",
        json_schema_extra={"words": {"show": "Cho bình luận", "hide": "Tắt bình luận"}},
    )
