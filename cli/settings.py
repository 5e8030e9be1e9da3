"""The one reader of the environment: `.env` and CCHC_… variables become checked values.

Each platform declares its own settings; they appear here as CCHC_<PLATFORM>__<NAME>. Run
`python -m cli.settings` to print config.example.env, which a test holds against this model.
"""

from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, SecretStr, ValidationError, ValidationInfo, create_model, field_validator
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from cli.errors import UserError
from cli.settings_words import CLOCK, PREFIX, secrets_of, sentence
from connectors import CONNECTORS, connector_class
from connectors.media import MediaSettings
from connectors.redaction import remember
from portal.guard import Guard
from postbox import addresses, webhook
from postbox.hosts import is_host
from scheduler import handover
from scheduler.metrics.cadence import EXAMPLE, parse_steps
from web.roles import roles_named

ROOT = Path(__file__).resolve().parent.parent
LOOPBACK = ("127.0.0.1", "localhost", "::1")
HOOKS_MOST = 10


def is_loopback(redirect_uri: str) -> bool:
    """Whether this machine itself can answer at the address a browser comes back to."""
    parts = urlsplit(redirect_uri)
    return parts.scheme == "http" and parts.hostname in LOOPBACK


def check_redirect(value: str) -> str:
    """Raises ValueError for an address that no browser comes back to, or that carries a code in clear."""
    words = "phải là địa chỉ https://…, hoặc http:// của chính máy này (127.0.0.1, localhost, [::1])"
    try:
        parts = urlsplit(value)
        _port = parts.port  # raises for one that is none
    except ValueError:
        raise ValueError(words) from None
    if parts.fragment or not ((parts.scheme == "https" and parts.hostname) or is_loopback(value)):
        raise ValueError(words)
    return value


def listed(value: str) -> list[str]:
    """The entries of a list with commas, each once."""
    return list(dict.fromkeys(one.strip() for one in value.split(",") if one.strip()))


class CommonSettings(MediaSettings, BaseSettings):
    """What does not belong to one platform."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_file_encoding="utf-8",
        env_nested_delimiter="__",
        env_ignore_empty=True,
        extra="forbid",
    )

    data_dir: Path = Field(
        Path("data"), description="Thư mục dữ liệu: cơ sở dữ liệu, tư liệu, tệp khóa, tổng hợp tuần, bản sao lưu."
    )
    key_file: Path | None = Field(
        None, description="Tệp khóa mở các bí mật đã lưu; bỏ trống: cchc.key trong thư mục dữ liệu."
    )
    backup_key_file: Path | None = Field(
        None, description="Tệp khóa age để mã hóa bản sao lưu (cchc keys backup-key); bỏ trống: không mã hóa."
    )
    database_url: str = Field("", description="Để trống: SQLite trong thư mục dữ liệu. Hoặc postgresql+psycopg://…")
    library_dir: Path = Field(ROOT / "content" / "library", description="Thư mục các bài đăng (tệp Markdown).")
    plan_dir: Path = Field(
        ROOT / "content" / "plans" / "thua-thien-hue-2023", description="Thư mục kế hoạch tuyên truyền của năm."
    )
    ffmpeg: str = Field(
        "", description="Chương trình ffmpeg để dựng video; để trống: tìm trên máy, rồi đến gói video (extra video)."
    )
    web_host: str = Field(
        "127.0.0.1", description="Địa chỉ mà bàn làm việc và máy chủ ảnh lắng nghe; 0.0.0.0 để máy khác vào được."
    )
    web_port: int = Field(
        0, ge=0, le=65535, description="Cổng của máy chủ đó; 0: cchc run không chạy máy chủ ảnh, bàn làm việc ở 8480."
    )
    web_address: str = Field(
        "",
        description="Địa chỉ của bàn làm việc như trình duyệt gõ, như https://cchc.hue.gov.vn; bỏ trống: địa chỉ nào "
        "cũng được. Đi qua máy chủ trung gian (proxy ngược) có https thì phải ghi.",
    )
    web_behind_proxy: bool = Field(
        False, description="Bàn làm việc đứng sau máy chủ trung gian của cơ quan, nơi ghi X-Forwarded-For."
    )
    metrics_token: SecretStr = Field(
        SecretStr(""),
        description="Khóa để hệ thống giám sát đọc /metrics từ máy khác, ít nhất 24 ký tự; bỏ trống: chỉ đọc được từ "
        "chính máy này, và không đọc được khi bàn làm việc đứng sau máy chủ trung gian.",
    )
    totp_roles: str = Field(
        "",
        description="Vai trò phải có mã xác thực hai bước khi đăng nhập, cách nhau bằng dấu phẩy, như "
        "approver_1, approver_2, channel_admin, system_admin; bỏ trống: ai muốn thì bật.",
    )
    security_level: int = Field(
        0,
        ge=0,
        le=5,
        description="Cấp độ an toàn đã được phê duyệt của hệ thống (1 đến 5), in ở trang Hồ sơ cấp độ; 0: chưa có.",
    )
    proxy: str = Field("", description="Máy chủ proxy của cơ quan để ra Internet, nếu có.")
    redirect_uri: str = Field(
        "https://localhost/cchc/callback",
        description="Địa chỉ quay về sau khi cấp quyền, đúng như đã khai với nền tảng; với http://127.0.0.1:<cổng>/… "
        "thì cchc connect tự chờ trình duyệt ở đó (cổng 0: một cổng trống, khi nền tảng nhận mọi cổng).",
    )
    days_ahead: int = Field(2, ge=1, le=31, description="Số ngày tới mà chế độ tự xếp lịch giữ cho đầy.")
    plan_at: str = Field("16:00", pattern=CLOCK, description="Giờ tự xếp lịch mỗi ngày cho các ngày tới.")
    repeat_days: int = Field(
        30,
        ge=1,
        le=366,
        description="Sau bao nhiêu ngày một bài mới được đăng lại trên cùng kênh, nếu bài không ghi riêng.",
    )
    alike_days: int = Field(
        60, ge=0, le=366, description="Trong bao nhiêu ngày không đăng bài có lời gần giống trên cùng kênh."
    )
    catch_up_minutes: int = Field(
        15, ge=1, le=240, description="Khoảng cách giữa hai bài đăng bù trên một kênh sau khi gián đoạn, bằng phút."
    )
    empty_day_at: str = Field("16:30", pattern=CLOCK, description="Giờ báo ngày mai còn trống lịch.")
    smtp_host: str = Field("", description="Máy chủ thư để gửi thông báo; bỏ trống: không gửi thư.")
    smtp_port: int = Field(587, ge=1, le=65535, description="Cổng của máy chủ thư.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="Cách mã hóa: starttls, tls hoặc none (chỉ trong mạng nội bộ)."
    )
    smtp_user: str = Field("", description="Tên đăng nhập máy chủ thư, nếu cần.")
    smtp_password: SecretStr = Field(SecretStr(""), description="Mật khẩu máy chủ thư.")
    mail_from: str = Field("", description="Địa chỉ gửi thư, như cchc@hue.gov.vn.")
    mail_to: str = Field("", description="Các địa chỉ nhận thông báo, cách nhau bằng dấu phẩy.")
    mail_every_minutes: int = Field(
        30, ge=1, le=1440, description="Thông báo được gom lại, mỗi thư cách nhau ít nhất bao nhiêu phút."
    )
    webhooks: str = Field(
        "", description="Các địa chỉ https:// nhận thông báo có chữ ký, cách nhau bằng dấu phẩy; bỏ trống: không gửi."
    )
    webhook_secret: SecretStr = Field(
        SecretStr(""), description="Khóa để ký webhook (chuẩn Standard Webhooks, dạng whsec_…)."
    )
    collect_steps: str = Field(
        EXAMPLE,
        description="Nhịp thu số liệu thưa dần theo tuổi bài: tuổi/khoảng cách (giờ, ngày, tuần), cách nhau bằng dấu "
        "phẩy; quá tuổi cuối cùng thì thôi thu.",
    )
    raw_days: int = Field(
        400, ge=0, le=3660, description="Giữ nguyên văn trả lời của nền tảng bao nhiêu ngày; 0: không giữ."
    )
    summary_to: str = Field(
        "", description="Các địa chỉ nhận bản tổng hợp tuần sáng thứ Hai, cách nhau bằng dấu phẩy; bỏ trống: không gửi."
    )
    week_start: int = Field(0, ge=0, le=6, description="Tuần tổng hợp bắt đầu từ: 0 là thứ Hai, …, 6 là Chủ nhật.")
    tick_seconds: int = Field(5, ge=1, le=60, description="Nhịp kiểm tra hàng chờ, tính bằng giây.")
    in_flight: int = Field(
        50,
        ge=1,
        le=500,
        description="Số mục nhiều nhất được gửi cùng lúc tới mỗi nền tảng; mỗi kênh vẫn lần lượt từng mục.",
    )
    hands: Literal["run", "workers"] = Field(
        "run",
        description="Ai đăng bài: run – chính cchc run; workers – các tiến trình cchc worker trên máy này hoặc máy "
        "khác (cần PostgreSQL và gói mở rộng postgres).",
    )
    portal_allow: str = Field(
        "",
        description="Máy trong mạng nội bộ mà hệ thống được đọc tin, cách nhau bằng dấu phẩy: tên máy, máy:cổng "
        "hoặc dải địa chỉ, như cong.noibo, 10.1.2.3:8080, 10.1.0.0/16; bỏ trống: chỉ đọc địa chỉ công khai.",
    )
    portal_max_bytes: int = Field(
        5_000_000,
        ge=10_000,
        le=10_000_000,
        description="Dung lượng lớn nhất của một nguồn tin, trang hay ảnh, bằng byte.",
    )
    portal_days: int = Field(
        60, ge=1, le=3650, description="Đề xuất không ai xử lý được cất đi sau bao nhiêu ngày (không xóa)."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="Mức ghi nhật ký.")
    log_files: bool = Field(
        False,
        description="Ghi nhật ký thêm ra tệp theo ngày trong CCHC_DATA_DIR/logs; chỉ cần khi máy không có journald hay "
        "Docker.",
    )

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if not value:
            return value
        try:
            url = make_url(value)
        except (ArgumentError, ValueError):  # the second for a port that is none; its words may hold the password
            raise ValueError("không phải địa chỉ cơ sở dữ liệu") from None
        if url.get_backend_name() == "sqlite":
            return value
        if url.drivername not in ("postgresql", "postgresql+psycopg"):
            raise ValueError("chỉ dùng được sqlite hoặc postgresql+psycopg")
        if find_spec("psycopg") is None:
            raise ValueError('PostgreSQL cần gói mở rộng postgres; hãy cài: pip install -e ".[postgres]"')
        return "postgresql+psycopg" + value.removeprefix(url.drivername)

    @field_validator("hands")
    @classmethod
    def _have_a_queue(cls, value: str, info: ValidationInfo) -> str:
        if value != "workers":
            return value
        if not info.data.get("database_url", "").startswith("postgresql"):
            raise ValueError("workers cần PostgreSQL; hãy đặt CCHC_DATABASE_URL=postgresql+psycopg://…")
        if not handover.is_installed():
            raise ValueError('workers cần gói mở rộng postgres; hãy cài: pip install -e ".[postgres]"')
        return value

    @field_validator("redirect_uri")
    @classmethod
    def _may_come_back_there(cls, value: str) -> str:
        return check_redirect(value)

    @field_validator("web_address")
    @classmethod
    def _an_origin(cls, value: str) -> str:
        parts = urlsplit(value.rstrip("/"))
        if value and (parts.scheme not in ("http", "https") or not parts.netloc or parts.path or parts.query):
            raise ValueError("phải có dạng https://ten-may, không có đường dẫn")
        return value.rstrip("/")

    @field_validator("metrics_token")
    @classmethod
    def _not_guessable(cls, value: SecretStr) -> SecretStr:
        given = value.get_secret_value()
        if given and not (24 <= len(given) <= 200 and given.isascii() and given.isprintable() and " " not in given):
            raise ValueError("phải có từ 24 đến 200 ký tự không dấu, không có dấu cách")
        return value

    @field_validator("totp_roles")
    @classmethod
    def _known_roles(cls, value: str) -> str:
        roles_named(value)
        return value

    @field_validator("smtp_host")
    @classmethod
    def _a_machine(cls, value: str) -> str:
        if value and not is_host(value):
            raise ValueError("phải là tên máy chủ thư, như thu.hue.gov.vn, không có smtp:// hay số cổng")
        return value

    @field_validator("mail_from")
    @classmethod
    def _one_address(cls, value: str) -> str:
        if value and not addresses.is_address(value):
            raise ValueError("phải là một địa chỉ thư như cchc@hue.gov.vn, không có tên hiển thị")
        return value

    @field_validator("mail_to", "summary_to")
    @classmethod
    def _several_addresses(cls, value: str) -> str:
        wrong = [one for one in listed(value) if not addresses.is_address(one)]
        if wrong:
            raise ValueError(f"“{wrong[0][:100]}” không phải địa chỉ thư như lan@hue.gov.vn")
        if len(listed(value)) > addresses.RECIPIENTS_MOST:
            raise ValueError(f"có {len(listed(value))} địa chỉ; nhiều nhất là {addresses.RECIPIENTS_MOST}")
        return value

    @field_validator("collect_steps")
    @classmethod
    def _a_cadence(cls, value: str) -> str:
        parse_steps(value)
        return value

    @field_validator("webhooks")
    @classmethod
    def _places_for_hooks(cls, value: str) -> str:
        for one in listed(value):
            webhook.check_address(one)
        if len(listed(value)) > HOOKS_MOST:
            raise ValueError(f"có {len(listed(value))} địa chỉ; nhiều nhất là {HOOKS_MOST}")
        return value

    @field_validator("webhook_secret")
    @classmethod
    def _a_signing_key(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value():
            webhook.key_of(value.get_secret_value())
        return value

    @field_validator("portal_allow")
    @classmethod
    def _readable_guard(cls, value: str) -> str:
        Guard.of(value)
        return value

    def platform(self, name: str) -> BaseModel:
        """One platform's settings."""
        found = getattr(self, name)
        assert isinstance(found, BaseModel)
        return found

    @property
    def mails(self) -> bool:
        """Whether notices go out by mail."""
        return bool(self.smtp_host and self.mail_from and listed(self.mail_to))

    @property
    def summary_mails(self) -> bool:
        """Whether the weekly summary goes out by mail."""
        return bool(self.smtp_host and self.mail_from and listed(self.summary_to))

    @property
    def hooks(self) -> list[str]:
        """Where notices go as webhooks; nowhere without a secret to sign them with."""
        return listed(self.webhooks) if self.webhook_secret.get_secret_value() else []

    @property
    def database(self) -> str:
        """The database's address."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'cchc.sqlite3').absolute()}"

    @property
    def embedded(self) -> bool:
        """Whether the database is a SQLite file, owned by one running service."""
        return make_url(self.database).get_backend_name() == "sqlite"


def settings_model() -> type[CommonSettings]:
    """The whole model: the common settings and one section for each registered platform."""
    sections: dict[str, Any] = {}
    for name in CONNECTORS:
        section = connector_class(name).Settings
        sections[name] = (section, Field(default_factory=section))
    return create_model("Settings", __base__=CommonSettings, **sections)


def load(**overrides: Any) -> CommonSettings:
    """Read the settings. Raises `UserError` that names the variable and says what is wrong with it."""
    try:
        made = settings_model()(**overrides)
    except ValidationError as error:
        raise UserError(
            "Cấu hình chưa đúng (tệp .env): " + "; ".join(sentence(one) for one in error.errors())
        ) from None
    remember(*secrets_of(made))
    return made


def example() -> str:
    """The text of config.example.env."""
    lines = [
        "# Sao chép thành .env rồi điền. Dòng bắt đầu bằng # là giá trị mặc định.",
        "# Tệp này được tạo từ chương trình: python -m cli.settings > config.example.env",
        "",
    ]
    media = MediaSettings.model_fields
    common = {name: field for name, field in CommonSettings.model_fields.items() if name not in media}
    sections = {"": common, "Địa chỉ công khai của ảnh": media}
    for name in CONNECTORS:
        kind = connector_class(name)
        inner = {f"{name}__{field_name}": field for field_name, field in kind.Settings.model_fields.items()}
        sections[kind.capabilities.label] = inner
    for label, fields in sections.items():
        if label:
            lines += ["", f"# --- {label} ---"]
        for name, field in fields.items():
            lines += _entry(f"{PREFIX}{name}".upper(), field)
    return "\n".join(lines) + "\n"


def _entry(name: str, field: Any) -> list[str]:
    default = field.get_default(call_default_factory=True)
    if isinstance(default, SecretStr) or default is PydanticUndefined or default is None:
        default = ""
    if isinstance(default, Path) and default.is_relative_to(ROOT):
        default = default.relative_to(ROOT)
    if isinstance(default, timedelta):
        minutes, seconds = divmod(int(default.total_seconds()), 60)
        default = f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"
    text = str(default).lower() if isinstance(default, bool) else str(default)
    note = [f"# {field.description}"] if field.description else []
    return [*note, f"{name}=" if not text else f"# {name}={text}"]


if __name__ == "__main__":
    print(example(), end="")  # noqa: T201  this is the command's output
