"""The restore drill: it proves what a copy is worth, is on record either way, and has no way out to any platform."""

from datetime import timedelta
from typing import Any

import pytest
import requests
from sqlalchemy import text
from sqlmodel import select

from cli import backup as backup_module
from cli.drill import NoWayOut, shut_session
from records.chain import Stamps, seal
from scheduler.clock import SystemClock
from scheduler.db import reading
from scheduler.tables import JobRun
from scheduler.vault import Vault
from tests.cli.conftest import Cchc
from tests.cli.test_backup import data_of, engine_of, filled
from tests.cli.test_restore import states_in
from tests.conftest import Sandbox
from tests.records.unguarded import unguarded

__all__ = ["filled"]


def test_a_link_that_is_sealed_while_the_files_are_copied_is_not_promised(
    filled: Cchc, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = backup_module._keep_files

    def meanwhile(*arguments: Any) -> Any:
        engine = engine_of(filled)
        keys = Stamps.of(Vault.at(data_of(filled) / "cchc.key"))
        assert seal(engine, keys, now=SystemClock().now() + timedelta(minutes=30)).count > 0
        engine.dispose()
        return real(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(backup_module, "_keep_files", meanwhile)
        filled.ok("backup")
    assert "Diễn tập đạt" in filled.ok("restore-drill")


def test_a_drill_finds_a_row_that_was_changed_after_it_was_sealed(filled: Cchc) -> None:
    engine = engine_of(filled)
    seal(engine, Stamps.of(Vault.at(data_of(filled) / "cchc.key")), now=SystemClock().now() + timedelta(minutes=30))
    with unguarded(engine), engine.begin() as connection:
        connection.execute(text("UPDATE desk_act SET actor = 'Charlie'"))
    engine.dispose()
    filled.ok("backup")
    told = filled("restore-drill")
    assert told.code == 1 and "✗ Chuỗi nhật ký" in told.out and "đã bị sửa" in told.out


def test_a_drill_that_breaks_off_is_on_record_as_one_that_failed(filled: Cchc, monkeypatch: pytest.MonkeyPatch) -> None:
    filled.ok("backup")

    def full(*_arguments: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("cli.drill.unpack", full)
    assert "KHÔNG đạt" in filled("restore-drill").err
    with reading(engine_of(filled)) as session:
        row = session.exec(select(JobRun).where(JobRun.job == "drill")).one()
    assert row.outcome == "failed" and "No space" in row.words


def test_the_drill_proves_a_copy_and_touches_nothing_of_the_living_office(filled: Cchc, sandbox: Sandbox) -> None:
    filled.ok("queue", "add", "d-giay-hen", "fanpage", "--at", "31/12/2099 07:30", "--by", "Lan")
    filled.ok("backup")
    asked = len(sandbox.requests("facebook"))
    before = states_in(data_of(filled) / "cchc.sqlite3")
    told = filled.ok("restore-drill")
    assert told.count("✓") == 5 and "Diễn tập đạt" in told and "1 mục sẽ được đối chiếu" in told
    assert states_in(data_of(filled) / "cchc.sqlite3") == before
    assert len(sandbox.requests("facebook")) == asked, "no platform was asked"
    with reading(engine_of(filled)) as session:
        row = session.exec(select(JobRun).where(JobRun.job == "drill")).one()
    assert row.outcome == "ok" and "đạt" in row.words
    assert "diễn tập khôi phục" in filled.ok("status")
    (data_of(filled) / "cchc.key").unlink()
    told2 = filled("restore-drill")
    assert told2.code == 1 and "✗ Khóa" in told2.out


def test_a_drill_has_no_way_out() -> None:
    with pytest.raises(NoWayOut):
        shut_session().get("https://graph.facebook.com/me", timeout=1)
    with pytest.raises(NoWayOut):
        shut_session().post("http://127.0.0.1:1/", timeout=1)
    assert isinstance(shut_session(), requests.Session)
