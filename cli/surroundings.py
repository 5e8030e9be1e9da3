"""This installation's lines and what has a time of keeping by its settings; for the page of the level file."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from pydantic import BaseModel
from sqlalchemy.engine import make_url

from cli.backup import KEEP
from cli.settings import CommonSettings
from connectors import CONNECTORS, connector_class
from content.vietnamese import number
from web.surroundings import Line, Surroundings

TLS, CLEAR, LOCAL = "https (TLS)", "không mã hóa", "trong máy này"
PORTS = {"https": 443, "http": 80, "sftp": 22}


def surroundings(settings: CommonSettings) -> Surroundings:
    """What the settings say; no secret and no path with a key in it is told."""
    return Surroundings(settings.security_level, tuple(_lines(settings)), tuple(_kept(settings)))


def _lines(settings: CommonSettings) -> Iterator[Line]:
    port = settings.web_port or 8480
    shown = settings.web_address or f"http://{settings.web_host}:{port}"
    guard = TLS if shown.startswith("https:") else LOCAL if settings.web_host.startswith("127.") else CLEAR
    yield Line(True, "Bàn làm việc, API và ảnh công khai", f"{settings.web_host}:{port} ({shown})", guard)
    yield _database(settings)
    for name in CONNECTORS:
        label = connector_class(name).capabilities.label
        for peer, guarded in sorted(set(_addresses(settings.platform(name)))):
            yield Line(False, label, peer, guarded)
    if settings.media_target:
        parts = urlsplit(settings.media_target)
        peer = parts.hostname or parts.path
        if parts.scheme == "s3" and settings.media_s3_endpoint:
            peer = _peer(settings.media_s3_endpoint)[0]
        guarded = {"file": LOCAL, "sftp": "SSH"}.get(parts.scheme, TLS)
        yield Line(False, "Nơi đặt ảnh cho nền tảng tải", peer, guarded)
    if settings.smtp_host:
        guarded = {"none": CLEAR, "tls": "TLS", "starttls": "STARTTLS"}[settings.smtp_security]
        yield Line(False, "Máy chủ thư", f"{settings.smtp_host}:{settings.smtp_port}", guarded)
    for address in settings.hooks:
        peer, guarded = _peer(address)
        yield Line(False, "Webhook thông báo", peer, f"{guarded}, có chữ ký")
    if settings.proxy:
        yield Line(False, "Máy chủ proxy của cơ quan", _peer(settings.proxy)[0], "nội dung vẫn đi trong TLS")


def _database(settings: CommonSettings) -> Line:
    if settings.embedded:
        return Line(False, "Cơ sở dữ liệu SQLite", "tệp trong thư mục dữ liệu", LOCAL)
    url = make_url(settings.database)
    guarded = TLS if str(url.query.get("sslmode", "")) in ("require", "verify-ca", "verify-full") else "theo sslmode"
    return Line(False, "Cơ sở dữ liệu PostgreSQL", f"{url.host or 'socket'}:{url.port or 5432}", guarded)


def _addresses(section: BaseModel) -> Iterator[tuple[str, str]]:
    for name in type(section).model_fields:
        value = getattr(section, name)
        if isinstance(value, str) and value.startswith(("http://", "https://")):
            yield _peer(value)


def _peer(address: str) -> tuple[str, str]:
    """Host and port of an address, and how it is protected; never its user, path or query."""
    parts = urlsplit(address)
    return f"{parts.hostname}:{parts.port or PORTS.get(parts.scheme, 0)}", TLS if parts.scheme == "https" else CLEAR


def _kept(settings: CommonSettings) -> Iterator[tuple[str, str]]:
    yield "Đề xuất không ai xử lý", f"{number(settings.portal_days)} ngày, rồi cất đi (không xóa)"
    yield (
        "Bản sao lưu hằng đêm của cơ sở dữ liệu",
        f"{number(KEEP)} bản mới nhất" if settings.embedded else "do cơ quan đặt",
    )
