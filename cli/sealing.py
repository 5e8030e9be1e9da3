"""Encrypting copies with age (age-encryption.org): a form that the ordinary `age` program opens as well.

The key file of the copies is one that `age-keygen` makes, or `cchc keys backup-key`: a line AGE-SECRET-KEY-1…, with
which copies can be written and read; or only its public half, age1…, with which they can be written and not read, so
that whoever takes the machine cannot read them. Data goes through in pieces, never whole in memory.
"""

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pyrage

from cli.errors import UserError
from connectors.redaction import remember

SUFFIX = ".age"
PHRASE_LEAST = 12
"""Characters of a passphrase: an encrypted key may be tried against for years."""


@dataclass(frozen=True)
class CopyKey:
    """The key of the copies: who may read them, and our own means to read them, if we have any."""

    recipients: tuple[pyrage.x25519.Recipient, ...]
    identities: tuple[pyrage.x25519.Identity, ...]

    @property
    def reads(self) -> bool:
        """Whether what it seals can be opened with it."""
        return bool(self.identities)


def copy_key(file: Path | None) -> CopyKey | None:
    """The key in this file; None without a file. Raises `UserError` when the file holds none."""
    if file is None:
        return None
    try:
        lines = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError):
        raise UserError(f"Không đọc được tệp khóa sao lưu {file}; hãy kiểm tra CCHC_BACKUP_KEY_FILE.") from None
    recipients, identities = [], []
    try:
        for line in lines:
            if line.startswith("AGE-SECRET-KEY-"):
                remember(line)
                identities.append(pyrage.x25519.Identity.from_str(line))
                recipients.append(identities[-1].to_public())
            elif line and not line.startswith("#"):
                recipients.append(pyrage.x25519.Recipient.from_str(line))
    except (pyrage.IdentityError, pyrage.RecipientError):
        recipients = []
    if not recipients:
        raise UserError(f"Tệp {file} không chứa khóa age (AGE-SECRET-KEY-1… hoặc age1…).")
    return CopyKey(tuple(recipients), tuple(identities))


def new_copy_key() -> str:
    """The text of a new key file."""
    identity = pyrage.x25519.Identity.generate()
    return f"# public key: {identity.to_public()}\n{identity}\n"


def seal_file(source: Path, target: Path, key: CopyKey) -> None:
    """Encrypt a file into another, piece by piece. Raises OSError when the disk is full; the target is waste then."""
    with source.open("rb") as plain, target.open("wb") as sealed:
        _through(lambda out: pyrage.encrypt_io(plain, out, list(key.recipients)), sealed.write)
        sealed.flush()


def unseal_file(source: Path, write: Callable[[bytes], object], key: CopyKey | None) -> None:
    """Decrypt a file piece by piece into `write`. Raises `UserError` when the key does not open it or it is damaged."""
    if key is None or not key.reads:
        raise UserError(
            f"{source.name} đã mã hóa; hãy chỉ tệp khóa có dòng AGE-SECRET-KEY-1… (CCHC_BACKUP_KEY_FILE, --key-file)."
        )
    identities = list(key.identities)
    try:
        with source.open("rb") as sealed:
            _through(lambda out: pyrage.decrypt_io(sealed, out, identities), write)
    except (pyrage.DecryptError, _Damaged):
        raise UserError(f"Không giải mã được {source.name}: sai tệp khóa hoặc tệp đã hỏng.") from None


def hash_of(path: Path, key: CopyKey | None = None) -> str:
    """The SHA-256 of what stands in a file; of what it says when it is encrypted. Raises `UserError` as above."""
    digest = hashlib.sha256()
    if path.suffix == SUFFIX:
        unseal_file(path, digest.update, key)
        return digest.hexdigest()
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def with_phrase(plain: bytes, phrase: str) -> bytes:
    """Encrypt a few bytes with a passphrase. Raises `UserError` for one that is easily guessed."""
    if len(phrase) < PHRASE_LEAST:
        raise UserError(f"Cụm mật khẩu cần ít nhất {PHRASE_LEAST} ký tự; nên là vài từ không liên quan nhau.")
    return bytes(pyrage.passphrase.encrypt(plain, phrase))


def by_phrase(sealed: bytes, phrase: str) -> bytes:
    """Decrypt what `with_phrase` made. Raises `UserError`."""
    try:
        return bytes(pyrage.passphrase.decrypt(sealed, phrase))
    except pyrage.DecryptError:
        raise UserError("Không mở được: sai cụm mật khẩu, hoặc tệp không phải bản xuất của cchc keys export.") from None


class _Damaged(Exception):
    """The stream broke off or was changed."""


class _Pipe(io.RawIOBase):
    """Hands on what is written, and remembers what went wrong: the library would swallow it."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write
        self.error: BaseException | None = None

    def writable(self) -> bool:
        return True

    def write(self, piece: object) -> int:
        data = bytes(piece)  # type: ignore[call-overload]  # whatever holds bytes
        try:
            self._write(data)
        except BaseException as error:
            self.error = error
            raise
        return len(data)


def _through(work: Callable[[BinaryIO], None], write: Callable[[bytes], object]) -> None:
    pipe = _Pipe(write)
    try:
        work(pipe)  # type: ignore[arg-type]  # only its `write` is used
    except OSError as error:
        if pipe.error is None:  # the library tells so of a stream that is damaged
            raise _Damaged from error
    if pipe.error is not None:
        raise pipe.error
