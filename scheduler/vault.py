"""Secrets at rest: encrypted with a key that lives beside the database in a file only its owner may read.

The file holds one key a line; the first one seals, all of them open. A vault that stands on a file notices before
every use that the file was changed, so a running process goes on with a new key (`cchc keys rotate`) by itself.
"""

import base64
import hashlib
import hmac
import json
import os
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from connectors.base import Credentials
from connectors.redaction import is_telling, remember

_Stamp = tuple[int, int, int]


class VaultError(Exception):
    """The secrets cannot be read with the key at hand."""


class Vault:
    """Seals and opens credentials. The first key seals; all keys open, so a key can be changed."""

    def __init__(self, keys: list[bytes], file: Path | None = None, stamp: _Stamp | None = None) -> None:
        self._file, self._stamp = file, stamp
        self._lock = threading.Lock()
        self._take(keys)

    @classmethod
    def at(cls, path: Path) -> "Vault":
        """The vault whose keys stand in `path`, one a line; made with mode 0600 when it is not there."""
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_keys(path, [Fernet.generate_key()], only_new=True)
        stamp = _stamp(path)
        return cls(read_keys(path), path, stamp)

    def derived(self, purpose: str) -> tuple[bytes, ...]:
        """A key of its own for `purpose` from each key of the file, the newest first; it opens nothing else."""
        return tuple(hmac.new(key, purpose.encode(), hashlib.sha256).digest() for key in self._current()[0])

    def seal(self, channel_id: int, credentials: Credentials) -> bytes:
        """Encrypt; the channel's id is sealed in, so a row copied to another channel cannot be opened.

        Call it within the transaction that stores what it returns: a change of the key re-seals what is stored.
        """
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

    def sealed_anew(self, sealed: bytes) -> bytes:
        """The same secret under the first key, whatever it is for. Raises `VaultError` when no key opens it."""
        try:
            return self._fernet.rotate(sealed)
        except InvalidToken:
            raise VaultError("Không mở được một bí mật đã lưu bằng tệp khóa hiện có.") from None

    def opens(self, sealed: bytes) -> bool:
        """Whether one of the keys opens it, whatever it is for."""
        try:
            self._fernet.decrypt(sealed)
        except InvalidToken:
            return False
        return True

    @property
    def _fernet(self) -> MultiFernet:
        return self._current()[1]

    def _current(self) -> tuple[tuple[bytes, ...], MultiFernet]:
        """The keys as they stand in the file now. While it cannot be read, those that were read last go on."""
        stamp = _stamp(self._file) if self._file is not None else None
        if self._file is not None and stamp is not None and stamp != self._stamp:
            with self._lock, suppress(OSError, VaultError):
                self._take(read_keys(self._file))
                self._stamp = stamp
        return self._keys

    def _take(self, keys: list[bytes]) -> None:
        self._keys = tuple(keys), MultiFernet([Fernet(key) for key in keys])
        remember(*(key.decode("ascii", "replace") for key in keys))


def read_keys(path: Path) -> list[bytes]:
    """The keys of a key file, the one that seals first. Raises `VaultError` when these are none."""
    keys = path.read_bytes().split()
    try:
        for key in keys:
            Fernet(key)
    except ValueError:
        keys = []
    if not keys:
        raise VaultError(
            f"Tệp khóa {path} không đúng dạng: khôi phục tệp này từ bản sao lưu, hoặc xóa tệp rồi kết nối lại các kênh."
        )
    return keys


def write_keys(path: Path, keys: list[bytes], *, only_new: bool = False) -> None:
    """Write a key file, readable for its owner alone: whole and on the disk, or not at all.

    `only_new`: when another process has made one meanwhile, theirs stays. Raises OSError when the disk is full.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(b"".join(key + b"\n" for key in keys))
            file.flush()
            os.fsync(file.fileno())
        if not only_new:
            _keep_owner(path, part)
            part.replace(path)
        else:
            try:
                path.hardlink_to(part)
            except FileExistsError:
                pass
            except OSError:  # a file system without hard links
                if not path.exists():
                    part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    sync_folder(path.parent)


def read_by_others(path: Path) -> bool:
    """Whether somebody else than the file's owner may read it, or the owner is somebody else than who runs this."""
    if sys.platform == "win32":
        return False
    facts = path.stat()
    return bool(facts.st_mode & 0o077) or (os.geteuid() != 0 and facts.st_uid != os.geteuid())


def sync_folder(folder: Path) -> None:
    """A name that was just given survives a power cut. Where folders cannot be opened (Windows) it is left out."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _keep_owner(old: Path, new: Path) -> None:
    """A key that root changes still belongs to whom the service runs as."""
    if sys.platform != "win32" and old.exists() and os.geteuid() == 0:
        facts = old.stat()
        os.chown(new, facts.st_uid, facts.st_gid)


def _stamp(path: Path) -> _Stamp | None:
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_ino, facts.st_mtime_ns, facts.st_size


def _hold(values: Mapping[str, object]) -> None:
    """What this process has in its hands must stand in no line of a log."""
    remember(*(one for name, one in values.items() if isinstance(one, str) and is_telling(name)))


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _time(text: object) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None
