"""The key of the secrets is changed while everything runs, looked at, and kept in the safe; no secret is ever lost."""

import multiprocessing
import socket
import sqlite3
import stat
import sys
from contextlib import closing, suppress
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Engine, LargeBinary, insert, text
from sqlmodel import Session, SQLModel, select

from cli import keys
from cli.acts import leave
from cli.keys import SEALED, rotate_keys
from connectors.base import Credentials
from records.chain import Stamps, seal
from records.verify import verify
from scheduler import resealing
from scheduler.clock import FrozenClock, SystemClock
from scheduler.db import open_engine, reading, writing
from scheduler.signs import ALIVE, Who, beat
from scheduler.tables import Credential, PendingConsent
from scheduler.vault import Vault, VaultError, read_keys, write_keys
from tests.cli.conftest import Cchc, kept
from tests.conftest import NOW
from tests.records.chain_case import row_of
from tests.records.tampering import tampering
from tests.scheduler.house import House
from web.acts import Act
from web.tables import Staff

CLOCK = FrozenClock(NOW)

NO_SECRETS = {"collection.payload", "post.title_order", "post_search.title_order"}
"""Columns of bytes that hold no secret: sorting keys, and figures as a platform told them."""
PHRASE = "bưởi xanh chín cầu thang"


@pytest.fixture
def filled(engine: Engine, tmp_path: Path) -> tuple[Engine, Path]:
    """A secret of every kind, sealed with the key in a file."""
    file = tmp_path / "cchc.key"
    vault, house = Vault.at(file), House(engine)
    channels = [house.channel() for _ in range(3)]
    with writing(engine) as session:
        for channel in channels:
            secret = vault.seal(channel.id or 0, Credentials({"access_token": f"mã {channel.id}"}))
            session.add(Credential(channel_id=channel.id, secret=secret, updated_at=NOW))
        sealed = vault.seal(0, Credentials({"state": "s"}))
        session.add(
            PendingConsent(state="s", platform="x", redirect_uri="", secret=sealed, facts={}, created_at=NOW)
        )  # fmt: skip
        person = {"login": "lan", "name": "Lan", "name_key": "lan", "roles": [], "created_at": NOW, "updated_at": NOW}
        session.add(Staff(**person, totp=vault.wrap("totp of 1", b"JBSWY3DP")))
        session.add(Staff(**person | {"login": "minh", "name_key": "minh"}))
    return engine, file


def opened(engine: Engine, file: Path) -> list[str]:
    """Every secret, by what the file holds now; raises when one is lost."""
    vault = Vault(read_keys(file))
    with reading(engine) as session:
        found = [
            vault.open(row.channel_id, row.secret).values["access_token"]
            for row in session.exec(select(Credential).order_by(Credential.channel_id))
        ]
        found += [vault.open(0, row.secret).values["state"] for row in session.exec(select(PendingConsent))]
        found += [vault.unwrap("totp of 1", row.totp).decode() for row in session.exec(select(Staff)) if row.totp]
    return found


def test_a_key_is_not_changed_under_another_machine_that_has_its_own_file(office: Cchc) -> None:
    secret, now = (office.folder / "data" / "cchc.key").read_bytes(), SystemClock().now()
    engine = open_engine(f"sqlite:///{office.folder / 'data' / 'cchc.sqlite3'}")
    with writing(engine) as session:
        beat(session, f"{socket.gethostname()}:7", Who.CLOCK, now=now)
        beat(session, "may-ba:7", Who.WORKER, now=now - 2 * ALIVE)
        beat(session, "may-hai:7", Who.WORKER, now=now)
        beat(session, "may-desk:7", Who.DESK, now=now)
    told = office("keys", "rotate").sentence
    assert told.partition("(")[2].partition(")")[0] == "may-desk, may-hai"
    assert (office.folder / "data" / "cchc.key").read_bytes() == secret
    office.ok("keys", "rotate", "--shared")
    with writing(engine) as session:
        beat(session, "may-hai:7", Who.WORKER, now=now - ALIVE)
        beat(session, "may-desk:7", Who.DESK, now=now - ALIVE)
    engine.dispose()
    assert "Đã đổi khóa" in office.ok("keys", "rotate")
    assert (office.folder / "data" / "cchc.key").read_bytes() != secret


def test_every_column_of_bytes_is_sealed_anew_or_known_to_hold_no_secret() -> None:
    columns = {
        f"{table.name}.{column.name}"
        for table in SQLModel.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    sealed = {f"{one.table.__tablename__}.{one.secret.key}" for one in SEALED}
    assert sealed == columns - NO_SECRETS


def test_after_a_rotation_the_old_key_opens_nothing_and_the_new_one_everything(filled: tuple[Engine, Path]) -> None:
    engine, file = filled
    [old] = read_keys(file)
    before = opened(engine, file)
    assert rotate_keys(engine, file, CLOCK) == 5
    assert old not in read_keys(file) and len(read_keys(file)) == 1
    assert opened(engine, file) == before and len(before) == 5
    with reading(engine) as session:
        count, lost = resealing.unopened(session, Vault([old]), SEALED)
    assert count == len(lost) == 5
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_after_a_rotation_the_audit_log_goes_on_under_the_new_key_alone(filled: tuple[Engine, Path]) -> None:
    engine, file = filled
    running = Vault.at(file)  # of a service that goes on meanwhile
    with writing(engine) as session:
        leave(session, Act.EXPORT, "x", "y", now=NOW - timedelta(hours=1))
    seal(engine, Stamps.of(running), now=NOW)
    rotate_keys(engine, file, CLOCK)
    with writing(engine) as session:
        leave(session, Act.EXPORT, "x", "z", now=NOW)
    assert seal(engine, Stamps.of(running), now=NOW + timedelta(hours=1)).count == 1
    checked = verify(engine, Stamps.of(Vault.at(file)), now=NOW + timedelta(hours=1))
    assert checked.is_sound and (checked.entries, checked.unstamped, checked.unsealed) == (3, 1, 0)


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_while_something_keeps_the_log_from_the_new_key_the_old_one_stays(filled: tuple[Engine, Path]) -> None:
    engine, file = filled
    [old] = read_keys(file)
    with writing(engine) as session:
        leave(session, Act.EXPORT, "x", "y", now=NOW - timedelta(hours=1))
    seal(engine, Stamps.of(Vault.at(file)), now=NOW)
    with engine.connect() as connection:  # somebody is in the middle of an act, which has its number already
        connection.execute(insert(SQLModel.metadata.tables["desk_act"]), row_without_number())
        with pytest.raises(VaultError, match="khóa cũ còn nguyên"):
            rotate_keys(engine, file, CLOCK)
        assert old in read_keys(file)
        connection.commit()
    rotate_keys(engine, file, CLOCK)
    assert old not in read_keys(file) and len(read_keys(file)) == 1
    stamps = Stamps.of(Vault.at(file))
    seal(engine, stamps, now=NOW + timedelta(hours=1))
    assert verify(engine, stamps, now=NOW + timedelta(hours=1)).is_sound


def row_without_number() -> dict[str, object]:
    return {name: value for name, value in row_of("desk_act", 1, at=NOW).items() if name != "id"}


def test_a_log_that_was_tampered_with_does_not_keep_an_office_from_changing_its_key(
    filled: tuple[Engine, Path],
) -> None:
    engine, file = filled
    with writing(engine) as session:
        leave(session, Act.EXPORT, "x", "y", now=NOW - timedelta(hours=1))
    seal(engine, Stamps.of(Vault.at(file)), now=NOW)
    with tampering(engine) as connection:
        connection.execute(text("UPDATE audit_entry SET actor = 'Kẻ khác'"))
    rotate_keys(engine, file, CLOCK)
    assert len(read_keys(file)) == 1


class Broken(Exception):
    """The power went."""


@pytest.mark.parametrize("place", range(6))
def test_a_rotation_that_breaks_off_anywhere_leaves_everything_to_be_opened(
    filled: tuple[Engine, Path], monkeypatch: pytest.MonkeyPatch, place: int
) -> None:
    engine, file = filled
    before, steps = opened(engine, file), 0

    def broken(work):  # type: ignore[no-untyped-def]  # whatever it stands before
        def step(*given, **named):  # type: ignore[no-untyped-def]  # as above
            nonlocal steps
            steps += 1
            if steps == place + 1:
                raise Broken
            return work(*given, **named)

        return step

    monkeypatch.setattr(keys, "write_keys", broken(write_keys))
    monkeypatch.setattr(resealing, "reseal", broken(resealing.reseal))
    monkeypatch.setattr(keys, "_unopened", broken(keys._unopened))
    monkeypatch.setattr(Session, "commit", broken(Session.commit))
    with suppress(Broken):
        rotate_keys(engine, file, CLOCK)
    monkeypatch.undo()
    assert opened(engine, file) == before
    rotate_keys(engine, file, CLOCK)
    assert opened(engine, file) == before and len(read_keys(file)) == 1


def test_a_secret_that_no_key_opens_stops_the_rotation_and_keeps_the_old_key(filled: tuple[Engine, Path]) -> None:
    engine, file = filled
    [old] = read_keys(file)
    with writing(engine) as session:
        row = session.exec(select(PendingConsent)).one()
        row.secret = Fernet(Fernet.generate_key()).encrypt(b"of another office")
        session.add(row)
    with pytest.raises(VaultError):
        rotate_keys(engine, file, CLOCK)
    assert old in read_keys(file)


def test_a_running_process_goes_on_with_the_new_key_by_itself(filled: tuple[Engine, Path]) -> None:
    engine, file = filled
    running = Vault.at(file)
    rotate_keys(engine, file, CLOCK)
    sealed = running.seal(9, Credentials({"access_token": "mới"}))
    assert Vault(read_keys(file)).open(9, sealed).values == {"access_token": "mới"}
    file.unlink()
    assert running.open(9, sealed).values == {"access_token": "mới"}, "a file that is away for a moment loses nothing"


def _store(url: str, file: str, channel: int, told: Connection) -> None:
    """Another process: seal and store new access again and again, as a refresh does, until it is told to end."""
    engine, vault, number = open_engine(url), Vault.at(Path(file)), 0
    told.send("ready")
    while not told.poll():
        number += 1
        with writing(engine) as session:
            row = session.exec(select(Credential).where(Credential.channel_id == channel).with_for_update()).one()
            vault.open(channel, row.secret)
            row.secret, row.version = vault.seal(channel, Credentials({"access_token": str(number)})), row.version + 1
            session.add(row)
    told.send(number)


@pytest.mark.skipif(sys.platform == "win32", reason="processes are spawned as on a server")
def test_processes_that_store_secrets_meanwhile_lose_none(filled: tuple[Engine, Path]) -> None:
    engine, file = filled
    context, url = multiprocessing.get_context("spawn"), engine.url.render_as_string(hide_password=False)
    lines = [context.Pipe() for _ in range(2)]
    processes = [
        context.Process(target=_store, args=(url, str(file), number + 1, there), daemon=True)
        for number, (_here, there) in enumerate(lines)
    ]
    for process in processes:
        process.start()
    assert [here.recv() for here, _there in lines] == ["ready", "ready"]
    for _ in range(8):
        rotate_keys(engine, file, CLOCK)
    for here, _there in lines:
        here.send("end")
    counts = [str(here.recv()) for here, _there in lines]
    for process in processes:
        process.join(30)
        assert process.exitcode == 0
    assert opened(engine, file)[:2] == counts and sum(map(int, counts)) > 8


# The commands ---------------------------------------------------------------------------------------------


def test_the_commands_change_the_key_and_say_what_to_do_next(fanpage: Cchc) -> None:
    before = kept(fanpage)
    assert "đều mở được" in fanpage.ok("keys", "check")
    told = fanpage.ok("keys", "rotate")
    assert "1 bí mật" in told and "cchc keys export" in told
    assert kept(fanpage) == before
    fanpage.ok("channels", "check")
    assert "đều mở được" in fanpage.ok("keys", "check")


@pytest.mark.skipif(sys.platform == "win32", reason="modes of files are POSIX's")
def test_a_key_that_others_may_read_or_that_lies_with_the_copies_is_told_loudly(fanpage: Cchc) -> None:
    file = fanpage.folder / "data" / "cchc.key"
    file.chmod(0o640)
    told = fanpage("keys", "check")
    assert told.code == 1 and "chmod 600" in told.out
    assert "chmod 600" in fanpage("doctor").out
    backup = fanpage.folder / "data" / "backup"
    backup.mkdir()
    file.replace(backup / "cchc.key")
    (backup / "cchc.key").chmod(0o600)
    told = fanpage("keys", "check", CCHC_KEY_FILE=str(backup / "cchc.key"))
    assert told.code == 1 and "nằm trong thư mục sao lưu" in told.out


def test_a_lost_key_comes_back_from_the_safe(fanpage: Cchc) -> None:
    typed = f"{PHRASE}\n{PHRASE}\n"
    before = kept(fanpage)
    fanpage.ok("keys", "export", "--out", "khoa.age", input=typed)
    out = fanpage.folder / "khoa.age"
    [key] = read_keys(fanpage.folder / "data" / "cchc.key")
    assert key not in out.read_bytes() and stat.S_IMODE(out.stat().st_mode) == 0o600
    assert "Đã có tệp" in fanpage("keys", "export", "--out", "khoa.age", input=typed).sentence
    assert "Đã có tệp khóa" in fanpage("keys", "import", "khoa.age", input=f"{PHRASE}\n").sentence
    (fanpage.folder / "data" / "cchc.key").unlink()
    assert "Không thấy tệp khóa" in fanpage("keys", "check").sentence
    assert "sai cụm mật khẩu" in fanpage("keys", "import", "khoa.age", input="một cụm khác hẳn\n").sentence
    fanpage.ok("keys", "import", "khoa.age", input=f"{PHRASE}\n")
    assert kept(fanpage) == before and "đều mở được" in fanpage.ok("keys", "check")
    with closing(sqlite3.connect(fanpage.folder / "data" / "cchc.sqlite3")) as raw:
        acts = raw.execute("SELECT words FROM desk_act WHERE act = 'key' ORDER BY id").fetchall()
    assert acts == [("Xuất bản cất két của tệp khóa",), ("Đặt tệp khóa từ bản cất két",)]


@pytest.mark.parametrize(("typed", "told"), [("ngắn\nngắn\n", "12 ký tự"), (f"{PHRASE}\nkhác\n", "không giống nhau")])
def test_a_phrase_that_is_weak_or_mistyped_exports_nothing(office: Cchc, typed: str, told: str) -> None:
    assert told in office("keys", "export", "--out", "khoa.age", input=typed).sentence
    assert not (office.folder / "khoa.age").exists()
