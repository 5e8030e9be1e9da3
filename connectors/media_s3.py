"""Pictures in a bucket of S3 or of a server that speaks its language. Needs the extra `s3`."""

from contextlib import AbstractContextManager, nullcontext
from functools import cached_property
from http import HTTPStatus
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import SplitResult, unquote

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError
from s3fs import S3FileSystem

from connectors.errors import ConnectorError, Misconfigured, Unavailable
from connectors.media import PICTURE_TYPES, MediaSettings
from connectors.media_target import Target

_PART_BYTES = 5 << 20
"""The smallest part that S3 takes; nothing over twice as much is held in memory at once."""

_LOGIN = "Kho ảnh S3 không nhận {}; hãy chép lại đúng giá trị của khóa còn hiệu lực."
_ADDRESS = "Kho ảnh S3 (CCHC_MEDIA_TARGET) {}"
_WORDS = {
    "NoSuchBucket": _ADDRESS.format("không có thật; hãy tạo kho hoặc sửa tên kho."),
    "InvalidBucketName": _ADDRESS.format("có tên không hợp lệ; hãy sửa tên kho."),
    "InvalidAccessKeyId": _LOGIN.format("mã khóa CCHC_MEDIA_S3_KEY_ID"),
    "SignatureDoesNotMatch": _LOGIN.format("khóa bí mật CCHC_MEDIA_S3_SECRET"),
    "AuthorizationHeaderMalformed": "Vùng CCHC_MEDIA_S3_REGION không phải vùng của kho ảnh; hãy sửa lại.",
    "IllegalLocationConstraintException": "Vùng CCHC_MEDIA_S3_REGION không phải vùng của kho ảnh; hãy sửa lại.",
    "PermanentRedirect": "Kho ảnh ở vùng khác; hãy sửa CCHC_MEDIA_S3_REGION và CCHC_MEDIA_S3_ENDPOINT.",
    "RequestTimeTooSkewed": "Đồng hồ của máy chủ này lệch với kho ảnh S3; hãy bật đồng bộ giờ (NTP).",
}
"""By the error code of S3; every other refusal is told by its HTTP status."""

_TRY_AGAIN = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS})


class Bucket(Target):
    """`s3://bucket/prefix`. One `put` is seen whole or not at all."""

    renames = False

    def __init__(self, url: SplitResult, settings: MediaSettings, proxy: str) -> None:
        super().__init__(f"{url.netloc}{unquote(url.path)}")
        self._settings = settings
        self._proxy = proxy

    def opened(self) -> AbstractContextManager[Any]:
        """The bucket; its connections are kept for the next piece of work."""
        return nullcontext(self._files)

    @cached_property
    def _files(self) -> Any:
        settings = self._settings
        key, secret = settings.media_s3_key_id.get_secret_value(), settings.media_s3_secret.get_secret_value()
        if not key or not secret:
            raise Misconfigured("Chưa có khóa của kho ảnh S3; hãy đặt CCHC_MEDIA_S3_KEY_ID và CCHC_MEDIA_S3_SECRET.")
        files = S3FileSystem(
            key=key,
            secret=secret,
            endpoint_url=settings.media_s3_endpoint or None,
            client_kwargs={"region_name": settings.media_s3_region},
            config_kwargs={
                "connect_timeout": settings.media_timeout,
                "read_timeout": settings.media_timeout,
                "retries": {"max_attempts": 0},
                # None would mean: ask the environment for a proxy.
                "proxies": {"http": self._proxy, "https": self._proxy} if self._proxy else {},
                # Many servers that speak S3 do not know the newer checksums and refuse them.
                "request_checksum_calculation": "when_required",
                "response_checksum_validation": "when_required",
            },
            use_listings_cache=False,
            skip_instance_cache=True,
        )
        files.retries = 1
        return files

    def put_options(self, name: str) -> dict[str, Any]:
        """The type that S3 will tell whoever fetches the file, how long they may keep it, and our bound on memory."""
        kind = PICTURE_TYPES.get(PurePosixPath(name).suffix)
        kept = "public, max-age=31536000, immutable" if kind else "no-store"
        return {
            "ContentType": kind or "text/plain",
            "CacheControl": kept,
            "chunksize": _PART_BYTES,
            "max_concurrency": 1,
        }

    def explain(self, error: Exception) -> ConnectorError | None:
        """By the error code of S3, else by its HTTP status; without an answer it may be tried again."""
        cause = error.__cause__ if isinstance(error.__cause__, ClientError) else error
        if isinstance(cause, ClientError):
            return _refusal(cause)
        if isinstance(error, ParamValidationError):
            return Misconfigured(_WORDS["InvalidBucketName"], evidence=type(error).__name__)
        if isinstance(error, BotoCoreError | OSError | TimeoutError):
            return Unavailable(
                "Chưa kết nối được tới kho ảnh S3 (CCHC_MEDIA_S3_ENDPOINT); hệ thống sẽ tự thử lại.",
                evidence=type(error).__name__,
            )
        return None


def _refusal(error: ClientError) -> ConnectorError:
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if code in _WORDS:
        return Misconfigured(_WORDS[code], code=f"s3/{code}")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _TRY_AGAIN:
        return Unavailable("Kho ảnh S3 tạm thời chưa nhận ảnh; hệ thống sẽ tự thử lại.", code=f"s3/{code}")
    if status == HTTPStatus.FORBIDDEN:
        return Misconfigured(
            "Khóa CCHC_MEDIA_S3_KEY_ID không có quyền ghi và đọc trong kho ảnh (CCHC_MEDIA_TARGET); "
            "hãy cấp quyền PutObject và GetObject.",
            code=f"s3/{code}",
        )
    return Misconfigured(
        "Kho ảnh S3 từ chối yêu cầu; hãy xem lại CCHC_MEDIA_TARGET, CCHC_MEDIA_S3_ENDPOINT và CCHC_MEDIA_S3_REGION.",
        code=f"s3/{code}",
    )
