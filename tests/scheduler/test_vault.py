"""Secrets at rest: unreadable without the key, bound to their channel, never in a repr."""

import stat
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.base import Credentials
from scheduler.vault import Vault, VaultError
from tests.conftest import NOW

SECRET = Credentials({"access_token": "rất-bí-mật"}, NOW, NOW + timedelta(hours=1))


def test_what_was_sealed_comes_back_whole(tmp_path: Path) -> None:
    vault = Vault.at(tmp_path / "cchc.key")
    sealed = vault.seal(7, SECRET)
    assert "rất-bí-mật".encode() not in sealed
    opened = Vault.at(tmp_path / "cchc.key").open(7, sealed)
    assert (opened.values, opened.expires_at, opened.refresh_at) == (
        SECRET.values,
        SECRET.expires_at,
        SECRET.refresh_at,
    )


def test_a_row_copied_to_another_channel_cannot_be_opened(tmp_path: Path) -> None:
    vault = Vault.at(tmp_path / "cchc.key")
    with pytest.raises(VaultError, match="kênh khác"):
        vault.open(8, vault.seal(7, SECRET))


def test_another_key_is_told_in_words(tmp_path: Path) -> None:
    sealed = Vault.at(tmp_path / "one").seal(7, SECRET)
    with pytest.raises(VaultError, match="khôi phục đúng tệp khóa"):
        Vault.at(tmp_path / "two").open(7, sealed)


def test_a_damaged_key_file_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "cchc.key").write_text("không phải khóa")
    with pytest.raises(VaultError, match="không đúng dạng"):
        Vault.at(tmp_path / "cchc.key")


def test_the_key_file_is_only_for_its_owner(tmp_path: Path) -> None:
    Vault.at(tmp_path / "cchc.key")
    assert stat.S_IMODE((tmp_path / "cchc.key").stat().st_mode) == 0o600


def test_credentials_do_not_show_their_secrets() -> None:
    assert "rất-bí-mật" not in repr(SECRET)
