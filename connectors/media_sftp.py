"""Pictures on another machine, over SFTP. Needs the extra `sftp`."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote

import paramiko
from fsspec.implementations.sftp import SFTPFileSystem

from connectors.errors import ConnectorError, Misconfigured, Unavailable
from connectors.media import MediaSettings
from connectors.media_target import Target

logging.getLogger("paramiko").setLevel(logging.CRITICAL)
"""What goes wrong is told by the error that is raised; the library would also write a trace of its own thread."""


class _UnknownHostError(paramiko.SSHException):  # type: ignore[misc]  # paramiko ships no types
    """The server shows a key, and our list of known hosts has none for it."""


class _NeverAdd(paramiko.MissingHostKeyPolicy):  # type: ignore[misc]  # paramiko ships no types
    def missing_host_key(self, client: Any, hostname: str, key: Any) -> None:
        raise _UnknownHostError


class _Files(SFTPFileSystem):  # type: ignore[misc]  # fsspec ships no types
    """One connection, only to a server whose key is on the list; folders are never made."""

    def _connect(self) -> None:
        login = dict(self.ssh_kwargs)
        known_hosts = login.pop("known_hosts")
        self.client = paramiko.SSHClient()
        try:
            _read_known_hosts(self.client, known_hosts)
            self.client.set_missing_host_key_policy(_NeverAdd())
            self._log_in(login)
            self.ftp = self.client.open_sftp()
            self.ftp.get_channel().settimeout(login["timeout"])
        except BaseException:
            self.client.close()
            raise

    def _log_in(self, login: dict[str, Any]) -> None:
        try:
            self.client.connect(self.host, **login)
        except paramiko.AuthenticationException:
            # The library says the same when the line broke or nobody answered before the login was judged.
            transport = self.client.get_transport()
            if transport is None or not transport.is_active() or not transport.auth_handler.auth_event.is_set():
                raise EOFError from None
            raise

    def put_file(self, lpath: str, rpath: str, callback: Any = None, **kwargs: Any) -> None:
        self.ftp.put(lpath, rpath)
        with suppress(PermissionError):  # where only the owner's own rules count
            self.ftp.chmod(rpath, 0o644)

    def mv(self, old: str, new: str, **kwargs: Any) -> None:
        try:
            self.ftp.posix_rename(old, new)
        except OSError as error:
            if error.errno is not None:
                raise
            # A server without OpenSSH's extension renames only to a name that is free.
            with suppress(FileNotFoundError):
                self.ftp.remove(new)
            self.ftp.rename(old, new)


class Sftp(Target):
    """`sftp://user@host:port/path`. A connection for each piece of work: idle ones die unseen."""

    def __init__(self, url: SplitResult, settings: MediaSettings, proxy: str) -> None:
        super().__init__(unquote(url.path))
        self._host = url.hostname or ""
        self._port = url.port or 22
        self._user = unquote(url.username or "")
        self._settings = settings

    @contextmanager
    def opened(self) -> Iterator[Any]:
        """A connection, closed at the end."""
        seconds = self._settings.media_timeout
        files = _Files(
            self._host,
            port=self._port,
            username=self._user,
            known_hosts=self._settings.media_sftp_known_hosts.expanduser(),
            timeout=seconds,
            banner_timeout=seconds,
            auth_timeout=seconds,
            channel_timeout=seconds,
            allow_agent=False,
            look_for_keys=False,
            skip_instance_cache=True,
            **self._secret(),
        )
        try:
            yield files
        finally:
            files.client.close()

    def _secret(self) -> dict[str, Any]:
        file, password = self._settings.media_sftp_key_file, self._settings.media_sftp_password.get_secret_value()
        if file is None:
            if not password:
                raise Misconfigured(
                    "Chưa có cách đăng nhập máy chủ SFTP; "
                    "hãy đặt CCHC_MEDIA_SFTP_PASSWORD hoặc CCHC_MEDIA_SFTP_KEY_FILE."
                )
            return {"password": password}
        try:
            key = paramiko.PKey.from_path(file.expanduser(), password.encode() or None)
        except OSError:
            raise Misconfigured(
                f"Không đọc được tệp khóa {file}; hãy sửa CCHC_MEDIA_SFTP_KEY_FILE hoặc quyền đọc của tệp."
            ) from None
        except Exception:  # whatever the many formats of keys make of a wrong password or of no key at all
            raise Misconfigured(
                f"Không mở được tệp khóa {file}; hãy xem lại CCHC_MEDIA_SFTP_KEY_FILE và mật khẩu của tệp khóa "
                "(CCHC_MEDIA_SFTP_PASSWORD)."
            ) from None
        return {"pkey": key}

    def explain(self, error: Exception) -> ConnectorError | None:
        """By the class that the library gave it; what is not surely a wrong setting may be tried again."""
        found = next((words for kind, words in _WRONG if isinstance(error, kind)), "")
        fill = {"place": f"{self._host}:{self._port}", "folder": self.root or "/"}
        fill["known"] = str(self._settings.media_sftp_known_hosts)
        if found:
            return Misconfigured(found.format(**fill), evidence=type(error).__name__)
        if isinstance(error, paramiko.SSHException | OSError | EOFError):
            return Unavailable(_NOT_NOW.format(**fill), evidence=type(error).__name__)
        return None


_WRONG: tuple[tuple[type[Exception], str], ...] = (
    (
        _UnknownHostError,
        "Tệp {known} (CCHC_MEDIA_SFTP_KNOWN_HOSTS) chưa có khóa của máy chủ {place}; "
        "hãy lấy khóa từ người quản trị máy chủ đó rồi ghi vào tệp.",
    ),
    (
        paramiko.BadHostKeyException,
        "Máy chủ {place} đưa ra khóa khác với khóa trong {known} (CCHC_MEDIA_SFTP_KNOWN_HOSTS), "
        "có thể là máy giả mạo; hãy hỏi người quản trị máy chủ đó rồi mới sửa tệp.",
    ),
    (
        paramiko.AuthenticationException,
        "Máy chủ {place} không cho đăng nhập; hãy xem lại tên người dùng trong CCHC_MEDIA_TARGET và "
        "CCHC_MEDIA_SFTP_PASSWORD hoặc CCHC_MEDIA_SFTP_KEY_FILE.",
    ),
    (
        FileNotFoundError,
        "Máy chủ {place} không có thư mục {folder} (CCHC_MEDIA_TARGET); hãy tạo thư mục hoặc sửa đường dẫn.",
    ),
    (
        PermissionError,
        "Không được phép ghi vào thư mục {folder} trên máy chủ {place} (CCHC_MEDIA_TARGET); "
        "hãy cấp quyền ghi cho người dùng đó.",
    ),
)
_NOT_NOW = (
    "Chưa đưa được ảnh lên máy chủ {place} (CCHC_MEDIA_TARGET): không kết nối được hoặc máy chủ đó hết chỗ; "
    "hệ thống sẽ tự thử lại."
)


def _read_known_hosts(client: Any, file: Path) -> None:
    try:
        client.load_system_host_keys(str(file))
    except Exception:  # missing, unreadable, or not a list of keys
        raise Misconfigured(
            f"Không đọc được tệp khóa máy chủ {file}; hãy sửa CCHC_MEDIA_SFTP_KNOWN_HOSTS, "
            "hoặc tạo tệp với khóa do người quản trị máy chủ SFTP đưa."
        ) from None
