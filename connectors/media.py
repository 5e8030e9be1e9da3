"""Where platforms fetch our pictures: the public address, and how a picture gets there.

Either our own server shows them (web/), or they are put in a folder, a bucket or on an SFTP server that
shows them. Nothing here retries; offering a picture again is safe, because its name tells its content.
"""

import re
import tempfile
from datetime import datetime
from functools import cached_property
from http import HTTPStatus
from importlib import import_module
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from pydantic import BaseModel, Field, SecretStr, ValidationInfo, field_validator
from urllib3.exceptions import HTTPError

from connectors.errors import ConnectorError, Misconfigured, Unavailable
from connectors.http import call, new_session
from connectors.media_target import Target
from connectors.values import Finding

PICTURE_TYPES = {".jpg": "image/jpeg", ".png": "image/png", ".gif": "image/gif", ".webp": "image/webp"}
PICTURE_NAME = re.compile(r"(?P<hash>[0-9a-f]{64})(?P<fit>-\d+)?\.(?:jpg|png|gif|webp)")
"""What a stored picture is called: the hash of its bytes, or of the original and the size it was fitted to."""
CHECK_NAME = "cchc-check.txt"
"""A tiny file at the same address, by which `MediaHost.check` knows that the address leads to our pictures."""
CHECK_TEXT = b"cchc\n"
"""What our own server says there; elsewhere the moment of the check is in it."""

_TARGETS = {
    "file": ("connectors.media_folder", "Folder", ""),
    "s3": ("connectors.media_s3", "Bucket", "s3"),
    "sftp": ("connectors.media_sftp", "Sftp", "sftp"),
}
"""Scheme -> module, class, and the extra that the module needs."""


class MediaSettings(BaseModel):
    """The settings CCHC_MEDIA_…; every secret is one of its own, so an address can be shown to anybody."""

    media_url: str = Field(
        "",
        description="Địa chỉ công khai (https) để nền tảng tải ảnh; có nền tảng bắt buộc. "
        "Là địa chỉ dẫn tới máy chủ này, hoặc địa chỉ của chính nơi ghi ở CCHC_MEDIA_TARGET.",
    )
    media_target: str = Field(
        "",
        description="Nơi đưa ảnh lên: file:///srv/www/anh, s3://kho/thu-muc hoặc "
        "sftp://nguoi-dung@may-chu:22/duong-dan, không kèm mật khẩu. Để trống: máy chủ này tự phát ảnh.",
    )
    media_timeout: float = Field(30, gt=0, le=300, description="Số giây chờ nơi nhận ảnh trả lời.")
    media_s3_endpoint: str = Field("", description="Địa chỉ dịch vụ S3; để trống: Amazon.")
    media_s3_region: str = Field("us-east-1", description="Vùng của kho S3.")
    media_s3_key_id: SecretStr = Field(SecretStr(""), description="Mã khóa truy cập S3.")
    media_s3_secret: SecretStr = Field(SecretStr(""), description="Khóa bí mật S3.")
    media_sftp_password: SecretStr = Field(
        SecretStr(""), description="Mật khẩu SFTP; nếu có tệp khóa: mật khẩu của tệp khóa."
    )
    media_sftp_key_file: Path | None = Field(None, description="Tệp khóa riêng SSH, thay cho mật khẩu.")
    media_sftp_known_hosts: Path = Field(
        Path("~/.ssh/known_hosts"), description="Tệp khóa của các máy chủ SFTP được tin; không bao giờ tự thêm."
    )

    @field_validator("media_url", "media_s3_endpoint")
    @classmethod
    def _no_slash_at_the_end(cls, value: str) -> str:
        if value and not value.startswith(("https://", "http://")):
            raise ValueError("phải bắt đầu bằng https://")
        return value.rstrip("/")

    @field_validator("media_target")
    @classmethod
    def _known_target(cls, value: str, info: ValidationInfo) -> str:
        if not value:
            return value
        _split(value)
        if not info.data.get("media_url", "unknown"):
            raise ValueError("cần cả CCHC_MEDIA_URL, địa chỉ công khai của nơi đó")
        return value


def _split(target: str) -> SplitResult:
    """The parts of a target's address. Raises ValueError with words that repeat nothing of it."""
    try:
        url = urlsplit(target)
        port = url.port
    except ValueError:
        raise ValueError("không phải địa chỉ; trong địa chỉ không được có mật khẩu") from None
    if url.scheme not in _TARGETS:
        raise ValueError("phải bắt đầu bằng file:///, s3:// hoặc sftp://")
    if url.password is not None or (url.scheme == "s3" and "@" in url.netloc):
        setting = "CCHC_MEDIA_SFTP_PASSWORD" if url.scheme == "sftp" else "CCHC_MEDIA_S3_KEY_ID và CCHC_MEDIA_S3_SECRET"
        raise ValueError(f"không được có mật khẩu hay khóa; hãy ghi ở {setting}")
    if url.query or url.fragment or ".." in unquote(url.path).split("/"):
        raise ValueError("không được có dấu ?, dấu # hay “..”")
    if url.scheme == "file" and (url.netloc or url.path in ("", "/")):
        raise ValueError("cần ba dấu gạch rồi đường dẫn đầy đủ, như file:///srv/www/anh")
    if url.scheme == "s3" and (not re.fullmatch(r"[A-Za-z0-9][\w.-]*", url.netloc) or port):
        raise ValueError("cần tên kho, như s3://kho/thu-muc")
    if url.scheme == "sftp" and not (url.username and url.hostname and url.path):
        raise ValueError("cần đủ tên người dùng, máy chủ và đường dẫn, như sftp://nguoi-dung@may-chu:22/duong-dan")
    return url


class MediaHost:
    """The public home of pictures, as the settings name it. May be used by several threads."""

    def __init__(self, settings: MediaSettings, proxy: str = "") -> None:
        self._settings = settings
        self._proxy = proxy

    def address(self, name: str) -> str:
        """Where platforms fetch the picture of that name; "" when nothing is configured."""
        return f"{self._base}/{name}" if self._settings.media_url else ""

    def offer(self, path: Path, name: str) -> None:
        """See to it that the picture in `path` is at `address(name)`; safe to repeat, sent only when it is not there.

        Raises `Unavailable` when it may be tried again, `Misconfigured` when a setting is wrong or none is
        there, `Rejected` when the file is lost, ValueError for a name that no stored picture has.
        """
        if not PICTURE_NAME.fullmatch(name):
            raise ValueError("not the name of a stored picture")
        if not self._settings.media_url:
            raise Misconfigured(f"{_NOWHERE} {_SOMEWHERE}")
        if self._target:
            self._target.offer(path, name)

    def check(self, now: datetime) -> list[Finding]:
        """Whether pictures can be put there and fetched. `now` (aware) tells this check's file from older ones."""
        if not self._settings.media_url:
            return [Finding(_WHAT, False, _NOWHERE, step=_SOMEWHERE, blocks=True)]
        if not self._settings.media_target:
            return [self._fetched(CHECK_TEXT)]
        text = CHECK_TEXT + now.isoformat().encode() + b"\n"
        put = self._put(text)
        return [put, self._fetched(text)] if put.ok else [put]

    @property
    def _base(self) -> str:
        return self._settings.media_url + ("" if self._settings.media_target else "/media")

    @cached_property
    def _target(self) -> Target | None:
        """Raises `Misconfigured` when an extra is not installed."""
        if not self._settings.media_target:
            return None
        url = _split(self._settings.media_target)
        module, name, extra = _TARGETS[url.scheme]
        try:
            kind = getattr(import_module(module), name)
        except ImportError:
            raise Misconfigured(
                f"Để dùng CCHC_MEDIA_TARGET kiểu {url.scheme}:// cần cài thêm gói {extra}: uv sync --extra {extra}, "
                f'hoặc .venv/bin/pip install -e ".[{extra}]".'
            ) from None
        target: Target = kind(url, self._settings, self._proxy)
        return target

    def _put(self, text: bytes) -> Finding:
        what = "Nơi nhận ảnh (CCHC_MEDIA_TARGET)"
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, CHECK_NAME)
            file.write_bytes(text)
            try:
                assert self._target is not None
                same = self._target.prove(file, CHECK_NAME) == text
            except Misconfigured as error:
                return Finding(what, False, error.words, step="Sửa cấu hình rồi kiểm tra lại.", blocks=True)
            except ConnectorError as error:
                return Finding(what, False, error.words, step="Kiểm tra lại sau ít phút.")
        if not same:
            return Finding(what, False, "Tệp đọc lại khác tệp vừa ghi.", step="Hỏi người quản trị nơi đó.", blocks=True)
        return Finding(what, True, "Ghi và đọc lại được.")

    def _fetched(self, text: bytes) -> Finding:
        """What the public address answers from here; that it cannot be reached from inside proves nothing."""
        seconds = self._settings.media_timeout
        url = f"{self._base}/{CHECK_NAME}"
        unknown = Finding(
            _WHAT, False, f"Chưa thử được địa chỉ {url} từ máy chủ này.",
            step="Mở địa chỉ đó bằng điện thoại ở ngoài mạng cơ quan; phải thấy dòng chữ cchc.",
        )  # fmt: skip
        with new_session(proxy=self._proxy) as http:
            try:
                with call(http, "GET", url, timeout=(seconds, seconds), changes=False, stream=True) as response:
                    found = response.raw.read(len(text) + 1, decode_content=True)
            except (Unavailable, OSError, HTTPError):
                return unknown
        if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return unknown
        if response.status_code != HTTPStatus.OK or found != text:
            return Finding(
                _WHAT, False, f"Địa chỉ {url} trả lời mã {response.status_code}, không phải tệp của hệ thống.",
                step="Sửa CCHC_MEDIA_URL cho trỏ đúng nơi chứa ảnh, và cho mọi người đọc được nơi đó.", blocks=True,
            )  # fmt: skip
        return Finding(_WHAT, True, f"Tải được từ {self._base} (thử từ máy chủ này).")


_WHAT = "Địa chỉ công khai của ảnh (CCHC_MEDIA_URL)"
_NOWHERE = "Chưa có địa chỉ công khai để nền tảng tải ảnh."
_SOMEWHERE = (
    "Hãy đặt CCHC_MEDIA_URL; nếu ảnh không do máy chủ này phát thì đặt cả CCHC_MEDIA_TARGET "
    "(xem docs/operating.md, mục “Địa chỉ công khai của ảnh”)."
)
