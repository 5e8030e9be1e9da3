"""The restore drill: a copy is brought to life where it can reach nobody, and everything about it is proved.

It works in a folder of its own with a database of its own. Its connectors get a session that opens no connection, so
that it cannot publish whatever went wrong.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NoReturn

import requests
from cryptography.fernet import Fernet
from requests.adapters import BaseAdapter
from sqlalchemy import Engine, func
from sqlmodel import SQLModel, select

from cli.backup import chain_head, told_lost
from cli.keys import SEALED
from cli.restoring import Copy, count_of, unpack, wake
from cli.sealing import CopyKey
from cli.settings import CommonSettings
from cli.watching import key_file
from cli.wiring import NUMBER_FILE
from connectors import CONNECTORS
from content.store import AssetStore
from content.vietnamese import number
from records.chain import Stamps
from records.verify import verify
from scheduler import recovery, resealing
from scheduler.access import Platforms
from scheduler.clock import FrozenClock
from scheduler.db import reading
from scheduler.service import Service
from scheduler.tables import Publication
from scheduler.vault import Vault, VaultError, read_keys


@dataclass(frozen=True)
class Proof:
    """One thing that was looked at."""

    what: str
    good: bool
    words: str


class NoWayOut(Exception):
    """Somebody wanted to reach a platform during a drill."""


class _Nowhere(BaseAdapter):
    """Every address leads here."""

    def send(self, request: requests.PreparedRequest, *_rest: object, **_more: object) -> NoReturn:
        raise NoWayOut(f"a drill wanted to reach {request.url}")

    def close(self) -> None:
        """Nothing is open."""


def shut_session() -> requests.Session:
    """A session with which nothing leaves this process."""
    session = requests.Session()
    session.trust_env = False
    session.adapters.clear()
    session.mount("", _Nowhere())
    return session


def prove(settings: CommonSettings, copy: Copy, folder: Path, key: CopyKey | None, now: datetime) -> list[Proof]:
    """Bring the copy to life in `folder` and look at everything. Raises `UserError` when it does not even unpack."""
    engine = wake(unpack(copy, folder, key), copy.made_at)
    try:
        return [
            Proof(
                "Cơ sở dữ liệu", True, f"nguyên vẹn, nâng cấp được; {count_of(copy.manifest)}, đúng danh mục và mã băm"
            ),
            *_proofs(settings, copy, engine, folder, now),
        ]
    finally:
        engine.dispose()


def _proofs(settings: CommonSettings, copy: Copy, engine: Engine, folder: Path, now: datetime) -> Iterator[Proof]:
    lost = told_lost(engine, folder)
    yield Proof(
        "Tư liệu và minh chứng", not lost, lost[0] if lost else "mọi tệp mà cơ sở dữ liệu nêu đều có và nguyên vẹn"
    )
    yield _secrets(settings, engine)
    yield _chain(settings, copy, engine, now)
    yield _dry_start(settings, engine, folder, now)


def _secrets(settings: CommonSettings, engine: Engine) -> Proof:
    file, what = key_file(settings), "Khóa"
    if not file.exists():
        return Proof(what, False, f"không có tệp khóa {file}")
    try:
        vault = Vault(read_keys(file))
    except VaultError as error:
        return Proof(what, False, str(error))
    with reading(engine) as session:
        count, lost = resealing.unopened(session, vault, SEALED)
    if lost:
        return Proof(what, False, f"{number(len(lost))} bí mật không mở được bằng tệp khóa hiện nay (như {lost[0]})")
    return Proof(what, True, f"{number(count)} bí mật mở được bằng tệp khóa hiện nay")


def _chain(settings: CommonSettings, copy: Copy, engine: Engine, now: datetime) -> Proof:
    """The chain ends where the copy's list says, and holds all that it seals."""
    what, told, found = "Chuỗi nhật ký", copy.manifest.chain_head if copy.manifest else "", chain_head(engine)
    if told and found != told:
        return Proof(what, False, "mắt cuối khác danh mục")
    if not found:
        return Proof(what, True, "bản sao này chưa có chuỗi nhật ký")
    try:
        stamps = Stamps.of(Vault(read_keys(key_file(settings))))
    except (OSError, VaultError) as error:
        return Proof(what, False, f"không kiểm tra được dấu vì thiếu khóa ({error})")
    checked = verify(engine, stamps, now=now, told=3)
    words = f"nguyên vẹn, {number(checked.entries)} mắt, đúng mắt cuối mà danh mục ghi"
    return Proof(what, checked.is_sound, words if checked.is_sound else checked.words)


def _dry_start(settings: CommonSettings, engine: Engine, folder: Path, now: datetime) -> Proof:
    """Start the service as after a restore, up to its first tick: what waits is put aside, nothing is sent."""
    service = Service(
        engine,
        clock=FrozenClock(now),
        vault=Vault([Fernet.generate_key()]),  # opens nothing of the office: no access to any channel
        platforms=Platforms({name: settings.platform(name) for name in CONNECTORS}, lambda _channel: shut_session()),
        store=AssetStore(folder / "assets"),
        rng=random.Random(0),
        media_address=lambda _name: "",
        in_flight=1,
    )
    try:
        recovery.notice(engine, folder / NUMBER_FILE, own_file=False, now=now)
        service.recover()
        service.next_moment()
        with reading(engine) as session:
            left = recovery.waits_to_be_compared(session)
            rows = session.exec(select(func.count()).select_from(Publication)).one()
            for table in SQLModel.metadata.sorted_tables:
                session.connection().execute(table.select().limit(1)).first()
    finally:
        service.close()
    words = f"khởi động được; hàng chờ {number(rows)} mục, {number(left)} mục sẽ được đối chiếu với kênh trước khi đăng"
    return Proof("Khởi động thử", True, words)
