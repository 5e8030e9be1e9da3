"""Secrets at rest: encrypted with a key that lives beside the database in a file only its owner may read."""

import base64
import hashlib
import hmac
import json
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from connectors.base import Credentials
from connectors.redaction import is_telling, remember


class VaultError(Exception):
    """The secrets cannot be read with the key at hand."""


class Vault:
    """Seals and opens credentials. The first key seals; all keys open, so a key can be changed."""

    def __init__(self, keys: list[bytes]) -> None:
        self._keys = tuple(keys)
        self._fernet = MultiFernet([Fernet(key) for key in keys])
        remember(*(key.decode("ascii", "replace") for key in keys))

    @classmethod
    def at(cls, path: Path) -> "Vault":
        """The vault whose keys stand in `path`, one a line; made with mode 0600 when it is not there."""
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(Fernet.generate_key() + b"\n")
        try:
            return cls(path.read_bytes().split())
        except ValueError:
            raise VaultError(
                f"Tệp khóa {path} không đúng dạng: khôi phục tệp này từ bản sao lưu, "
                "hoặc xóa tệp rồi kết nối lại các kênh."
            ) from None

    def derived(self, purpose: str) -> tuple[bytes, ...]:
        """A key of its own for `purpose` from each key of the file, the newest first; it opens nothing else."""
        return tuple(hmac.new(key, purpose.encode(), hashlib.sha256).digest() for key in self._keys)

    def seal(self, channel_id: int, credentials: Credentials) -> bytes:
        """Encrypt; the channel's id is sealed in, so a row copied to another channel cannot be opened."""
        _hold(credentials.values)
        body = {
            "channel": channel_id,
            "values": dict(credentials.values),
            "expires_at": _text(credentials.expires_at),
            "refresh_at": _text(credentials.refresh_at),
        }
        return self._fernet.encrypt(json.dumps(body).encode())

    def open(self, channel_id: int, secret: bytes) -> Credentials:
        """Decrypt. Raises `VaultError` when the key is another one or the row belongs elsewhere."""
        try:
            body: Mapping[str, object] = json.loads(self._fernet.decrypt(secret))
        except InvalidToken:
            raise VaultError(
                "Không mở được mã truy cập đã lưu bằng tệp khóa hiện có: "
                "khôi phục đúng tệp khóa từ bản sao lưu, hoặc kết nối lại kênh."
            ) from None
        if body["channel"] != channel_id:
            raise VaultError("Mã truy cập đã lưu thuộc về kênh khác; hãy kết nối lại kênh này.")
        values = body["values"]
        assert isinstance(values, dict)
        _hold(values)
        return Credentials(values, _time(body["expires_at"]), _time(body["refresh_at"]))

    def wrap(self, purpose: str, secret: bytes) -> bytes:
        """Encrypt any bytes; `purpose` ("totp of 7") is sealed in, so they open for nothing else."""
        return self._fernet.encrypt(json.dumps([purpose, base64.b64encode(secret).decode()]).encode())

    def unwrap(self, purpose: str, sealed: bytes) -> bytes:
        """What `wrap` sealed for this purpose. Raises `VaultError` for anything else, whatever it is."""
        try:
            body = json.loads(self._fernet.decrypt(sealed))
        except (InvalidToken, ValueError):
            body = None
        if not isinstance(body, list) or body[0] != purpose:
            raise VaultError(
                "Không mở được bí mật đã lưu bằng tệp khóa hiện có: khôi phục đúng tệp khóa từ bản sao lưu."
            )
        return base64.b64decode(body[1])


def _hold(values: Mapping[str, object]) -> None:
    """What this process has in its hands must stand in no line of a log."""
    remember(*(one for name, one in values.items() if isinstance(one, str) and is_telling(name)))


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _time(text: object) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None
