"""`cchc keys …`: the key that opens the stored secrets is changed, looked at, and kept in the safe."""

import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryFile
from typing import Annotated

import typer
from cryptography.fernet import Fernet
from filelock import FileLock, Timeout
from sqlalchemy import Engine

from cli import settings as settings_module
from cli.acts import leave
from cli.console import ask_secret, say
from cli.errors import UserError
from cli.sealing import by_phrase, new_copy_key, with_phrase
from cli.settings import CommonSettings
from cli.watching import exposed, key_file
from cli.wiring import has_database, open_database
from content.vietnamese import number
from records.chain import ChainError, Stamps, is_stamped, seal
from scheduler import resealing
from scheduler.clock import Clock, SystemClock
from scheduler.db import reading, writing
from scheduler.signs import Who, alive
from scheduler.vault import Vault, VaultError, read_keys, sync_folder, write_keys
from web import totp
from web.acts import Act

app = typer.Typer(help="Khóa mở các bí mật đã lưu: đổi, kiểm tra, xuất một bản cất két.", no_args_is_help=True)

SEALED = (*resealing.SEALED, *totp.SEALED)
"""Every column of secrets there is."""
ROOM = 4
"""Megabytes: the act, its place in the audit log's chain and the key file need far less."""
ROUNDS = 5
"""So often what others stored under the old key meanwhile is sealed anew, before the command gives up for now."""

Out = Annotated[Path, typer.Option("--out", help="Tệp sẽ ghi; không ghi đè tệp đã có.")]


@app.command(
    "rotate", help="Đổi khóa: tạo khóa mới, niêm phong lại mọi bí mật, rồi bỏ khóa cũ. Không cần dừng dịch vụ."
)
def rotate(
    shared: Annotated[
        bool, typer.Option("--shared", help="Các máy khác đang chạy đọc chính tệp khóa này (ổ đĩa dùng chung).")
    ] = False,
) -> None:
    """A new key seals everything, then the old one goes. Broken off anywhere, everything can still be opened."""
    settings = settings_module.load()
    engine, file = open_database(settings), _there(settings)
    clock = SystemClock()
    others = [] if shared else _other_machines(engine, clock.now())
    if others:
        raise UserError(
            f"Máy khác còn đang chạy ({', '.join(others)}) sẽ không mở được bí mật sau khi đổi khóa; hãy dừng ở đó, "
            "chờ 2 phút, đổi khóa, chép tệp khóa sang rồi chạy lại. Các máy đọc chính tệp khóa này thì thêm --shared."
        )
    with _one_at_a_time(file):
        old = read_keys(file)
        count = rotate_keys(engine, file, clock)
    say(f"Đã đổi khóa và niêm phong lại {number(count)} bí mật; {number(len(old))} khóa cũ đã bỏ.")
    if not is_stamped(engine, Stamps.of(Vault.at(file))):
        say("! Nhật ký kiểm toán chưa có dấu của khóa mới: hãy chạy cchc audit verify, rồi cchc audit seal --new-key.")
    say("Chép tệp khóa mới tới các máy khác (nếu có) và xuất lại bản cất két: cchc keys export --out khoa.age.")


@app.command(
    "check", help="Kiểm tra: mọi bí mật mở được, tệp khóa chỉ người chạy dịch vụ đọc được, không nằm trong bản sao lưu."
)
def check() -> None:
    """Exit code 1 when a secret does not open, others may read the key, or it lies where copies are kept."""
    settings = settings_module.load()
    engine, file = open_database(settings), _there(settings)
    count, lost = _unopened(engine, Vault.at(file))
    findings = [f"Không mở được {words} bằng tệp khóa hiện có." for words in lost]
    findings += exposed(settings)
    for words in findings:
        say(f"✗ {words}")
    if len(read_keys(file)) > 1:
        say("! Tệp khóa còn khóa cũ: lần đổi khóa trước bị ngắt; hãy chạy lại cchc keys rotate.")
    if findings:
        raise UserError(f"Có {len(findings)} điều cần sửa.")
    say(f"{number(count)} bí mật đều mở được; tệp khóa {file} chỉ chủ của nó đọc được.")


@app.command("export", help="Xuất một bản tệp khóa đã mã hóa bằng cụm mật khẩu, để cất két.")
def export(out: Out) -> None:
    """The key file, encrypted with a passphrase that is typed twice."""
    settings = settings_module.load()
    file = _there(settings)
    keys = read_keys(file)
    phrase = ask_secret("Cụm mật khẩu để mở bản này")
    if ask_secret("Gõ lại cụm mật khẩu") != phrase:
        raise UserError("Hai lần gõ không giống nhau; chưa xuất gì.")
    _write_new(out, with_phrase(b"\n".join(keys) + b"\n", phrase))
    try:
        _noted(settings, out.name, "Xuất bản cất két của tệp khóa")
    except BaseException:  # nobody has a copy that the audit log does not know
        out.unlink(missing_ok=True)
        raise
    say(f"Đã xuất {out}. Cất tệp này và cụm mật khẩu ở hai nơi khác nhau; mở lại bằng: cchc keys import {out.name}.")


@app.command("import", help="Đặt tệp khóa từ một bản đã xuất; không ghi đè tệp khóa đang có.")
def bring_in(
    file: Annotated[Path, typer.Argument(metavar="TỆP", help="Bản đã xuất bằng cchc keys export.")],
) -> None:
    """The key file from an exported copy, where none is yet."""
    settings = settings_module.load()
    target = key_file(settings)
    if target.exists():
        raise UserError(f"Đã có tệp khóa {target}; hãy chuyển tệp đó đi nơi khác trước, để không mất khóa đang dùng.")
    keys = by_phrase(file.read_bytes(), ask_secret("Cụm mật khẩu của bản này")).split()
    try:
        Vault(keys)
    except ValueError:
        raise UserError(f"{file} không chứa tệp khóa của chương trình này.") from None
    target.parent.mkdir(parents=True, exist_ok=True)
    write_keys(target, keys, only_new=True)
    _noted(settings, file.name, "Đặt tệp khóa từ bản cất két")
    say(f"Đã đặt tệp khóa {target}; kiểm tra bằng: cchc keys check.")


@app.command("backup-key", help="Lập khóa để mã hóa bản sao lưu (CCHC_BACKUP_KEY_FILE).")
def backup_key(out: Out) -> None:
    """A new key of the copies. Without it nobody reads them, so one copy belongs into the safe."""
    _write_new(out, new_copy_key().encode())
    say(f"Đã lập {out}. Ghi đường dẫn này vào CCHC_BACKUP_KEY_FILE; cất một bản ở nơi khác: mất nó là mất mọi bản sao.")


def _other_machines(engine: Engine, now: datetime) -> list[str]:
    """Where else clocks and workers gave a sign of life lately: a key file of their own would stay the old one."""
    with reading(engine) as session:
        owners = [one.owner for who in Who for one in alive(session, who, now=now)]
    return sorted({owner.rpartition(":")[0] for owner in owners} - {socket.gethostname()})


def rotate_keys(engine: Engine, file: Path, clock: Clock) -> int:
    """Seal every secret with a new key and drop the old ones; how many secrets there are. The caller is alone at it.

    The new key stands first in the file before anything is sealed with it, so that every running process seals with
    it, and the old ones stay until everything was seen to open without them, and the audit log's chain bears a stamp
    of the new one. The act is left last, and the room for it and for what follows is set aside first: on a full disk
    the old key opens everything still, and no act tells of a change. Raises OSError then, and `VaultError`, with the
    old keys still there, when a secret cannot be opened, or when what another transaction holds open keeps the chain
    from getting that stamp.
    """
    old = read_keys(file)
    new = Fernet.generate_key()
    with ExitStack() as aside:
        for folder in {file.parent, *_database_folder(engine)}:
            aside.enter_context(_set_aside(folder))
        write_keys(file, [new, *old])
        both, alone = Vault([new, *old]), Vault([new])
        is_told = False
        for _ in range(ROUNDS):
            for one in SEALED:  # a transaction each: whoever waits for one table holds no other one against us
                with writing(engine) as session:
                    resealing.reseal(session, both, one)
            count, left = _unopened(engine, alone)
            if left:  # stored by a process that had sealed it before it saw the new key
                continue
            aside.close()
            if not is_told:
                with writing(engine) as session:
                    leave(session, Act.KEY, file.name, "Đổi tệp khóa", now=clock.now())
                is_told = True
            if not _stamp_anew(engine, both, alone, clock):  # what is sealed next would find nothing to go on from
                continue
            write_keys(file, [new])
            count, left = _unopened(engine, alone)
            if not left:
                return count
            write_keys(file, [new, *old])
    raise VaultError(
        "Chưa đổi xong khóa vì có tiến trình vẫn dùng khóa cũ hoặc chưa ghi xong việc đang làm; khóa cũ còn nguyên, "
        "mọi bí mật vẫn mở được, hãy chạy lại."
    )


def _database_folder(engine: Engine) -> list[Path]:
    """Where SQLite's file lies; nowhere when the database is another server's."""
    name = engine.url.database if engine.dialect.name == "sqlite" else None
    return [Path(name).parent] if name else []


@contextmanager
def _set_aside(folder: Path) -> Iterator[None]:
    """Hold room in this folder for what is written afterwards. Raises OSError when there is none."""
    with TemporaryFile(dir=folder) as held:
        for _ in range(ROOM):
            held.write(bytes(1_000_000))
        held.flush()
        os.fsync(held.fileno())
        yield


def _stamp_anew(engine: Engine, both: Vault, alone: Vault, clock: Clock) -> bool:
    """Seal the change itself with the new key while the old one still vouches for what stands before it; whether the
    chain can do without the old one now."""
    try:
        seal(engine, Stamps.of(both), now=clock.now(), age=timedelta(0))
    except ChainError:  # a chain that was tampered with must not keep an office from changing its key
        return True
    return is_stamped(engine, Stamps.of(alone))


def _unopened(engine: Engine, vault: Vault) -> tuple[int, list[str]]:
    with reading(engine) as session:
        return resealing.unopened(session, vault, SEALED)


def _noted(settings: CommonSettings, subject: str, words: str) -> None:
    """Leave an act where there is a database to leave it in."""
    if has_database(settings):
        with writing(open_database(settings)) as session:
            leave(session, Act.KEY, subject, words, now=SystemClock().now())


def _there(settings: CommonSettings) -> Path:
    file = key_file(settings)
    if not file.exists():
        raise UserError(f"Không thấy tệp khóa {file}; hãy khôi phục tệp này, ví dụ bằng cchc keys import.")
    return file


@contextmanager
def _one_at_a_time(file: Path) -> Iterator[None]:
    lock = FileLock(file.with_name(f"{file.name}.lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise UserError("Một lệnh đổi khóa khác đang chạy; hãy chờ lệnh đó xong.") from None
    with lock:
        yield


def _write_new(out: Path, data: bytes) -> None:
    """Write a secret file that was not there, for its owner alone; a half of one does not stay."""
    try:
        descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise UserError(f"Đã có tệp {out}; hãy chọn tên khác.") from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        out.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(out)) from None
    sync_folder(out.parent)
