"""Where platforms fetch pictures: the settings, our own server, a folder, and the check of all of it."""

import os
import stat
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI, Response
from pydantic import ValidationError

from cli.errors import UserError
from cli.settings import load
from connectors.errors import Misconfigured, Rejected, Unavailable
from connectors.media import CHECK_NAME, MediaHost, MediaSettings
from tests.architecture.sources import ROOT
from tests.conftest import NOW
from tests.connectors.media_case import SECRET, SftpServer, picture, seen, silent_server
from web.app import create_app
from web.server import WebServer

NAME = "0" * 64 + ".jpg"


def host(url: str = "https://anh.example.gov.vn", target: str = "", **more: Any) -> MediaHost:
    return MediaHost(MediaSettings.model_validate({"media_url": url, "media_target": target, **more}))


@pytest.fixture
def shown(tmp_path: Path) -> Path:
    folder = tmp_path / "www" / "anh của xã"
    folder.mkdir(parents=True)
    return folder


def into(folder: Path, url: str = "https://anh.example.gov.vn") -> MediaHost:
    return host(url, folder.as_uri())


# The address -------------------------------------------------------------------------------------------


def test_the_address_is_ours_or_the_targets() -> None:
    assert host("https://cchc.example.gov.vn/").address(NAME) == f"https://cchc.example.gov.vn/media/{NAME}"
    target = host("https://cdn.example.gov.vn/anh/", "s3://kho/anh")
    assert target.address(NAME) == f"https://cdn.example.gov.vn/anh/{NAME}"


def test_without_an_address_there_is_none_and_an_offer_is_refused_with_the_way_out(tmp_path: Path) -> None:
    nowhere = host("")
    assert nowhere.address(NAME) == ""
    with pytest.raises(Misconfigured) as told:
        nowhere.offer(*picture(tmp_path))
    assert "CCHC_MEDIA_URL" in told.value.words and "CCHC_MEDIA_TARGET" in told.value.words
    (finding,) = nowhere.check(NOW)
    assert not finding.ok and finding.blocks and "CCHC_MEDIA_URL" in finding.step


def test_our_own_server_needs_nothing_to_be_sent(tmp_path: Path) -> None:
    host().offer(*picture(tmp_path))


NAMES = (
    *(before + NAME for before in ("../", "/", "a/", "./", "%2e%2e%2f", ".", "\n")),
    *(NAME + after for after in ("/..", "/../a", "\n", "\0", ".php")),
    *("", "..", "a.jpg", "0" * 64, "g" * 64 + ".jpg", "0" * 64 + ".php", CHECK_NAME),
)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_no_stored_picture_has_is_refused(shown: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not the name"):
        into(shown).offer(picture(tmp_path)[0], name)
    assert list(shown.iterdir()) == []


def test_a_picture_that_is_lost_on_our_side_is_not_blamed_on_the_target(shown: Path, tmp_path: Path) -> None:
    with pytest.raises(Rejected, match="kho tư liệu"):
        into(shown).offer(tmp_path / NAME, NAME)


# The settings ------------------------------------------------------------------------------------------

TARGETS = [
    ("ftp://may/anh", "sftp://"),
    ("/srv/www", "file:///"),
    ("file://srv/www", "ba dấu gạch"),
    ("file:///", "ba dấu gạch"),
    ("file:///srv/../etc", "“..”"),
    ("file:///srv/%2e%2e/etc", "“..”"),
    ("s3://", "tên kho"),
    ("s3://kho:9000/anh", "tên kho"),
    ("s3://kho/anh?versionId=1", "dấu ?"),
    (f"s3://key:{SECRET}@kho/anh", "CCHC_MEDIA_S3_SECRET"),
    (f"s3://{SECRET}@kho/anh", "CCHC_MEDIA_S3_SECRET"),
    ("sftp://may/anh", "tên người dùng"),
    ("sftp://anh@may", "đường dẫn"),
    (f"sftp://anh:{SECRET}@may/anh", "CCHC_MEDIA_SFTP_PASSWORD"),
    (f"sftp://anh:{SECRET}#1@may/anh", "không được có mật khẩu"),
    (f"sftp://anh@may:{SECRET}/anh", "không phải địa chỉ"),
    (f"sftp://[{SECRET}/anh", "không phải địa chỉ"),
]


@pytest.mark.parametrize(("target", "says"), TARGETS)
def test_a_wrong_target_is_refused_with_the_setting_and_without_the_secret(target: str, says: str) -> None:
    with pytest.raises(UserError) as told:
        load(_env_file=None, media_url="https://anh.example.gov.vn", media_target=target)
    assert "CCHC_MEDIA_TARGET" in str(told.value) and says in str(told.value)
    assert SECRET not in str(told.value)


def test_a_target_needs_its_public_address() -> None:
    with pytest.raises(UserError, match="CCHC_MEDIA_URL"):
        load(_env_file=None, media_target="s3://kho/anh")


def test_the_settings_are_read_from_the_environment_and_show_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CCHC_MEDIA_URL", "https://anh.example.gov.vn/")
    monkeypatch.setenv("CCHC_MEDIA_TARGET", "sftp://anh@may-chu:2222/srv/www")
    monkeypatch.setenv("CCHC_MEDIA_SFTP_PASSWORD", SECRET)
    monkeypatch.setenv("CCHC_MEDIA_S3_SECRET", SECRET)
    monkeypatch.setenv("CCHC_MEDIA_S3_KEY_ID", SECRET)
    settings = load(_env_file=None)
    assert settings.media_sftp_password.get_secret_value() == SECRET
    assert SECRET not in repr(settings)
    assert MediaHost(settings).address(NAME) == f"https://anh.example.gov.vn/{NAME}"


@pytest.mark.parametrize("seconds", [0, -1, 301])
def test_the_time_out_has_bounds(seconds: float) -> None:
    with pytest.raises(ValidationError):
        MediaSettings(media_timeout=seconds)


# What an installation needs ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "library", "extra"), [("s3://kho", "s3fs", "s3"), ("sftp://a@b/c", "paramiko", "sftp")]
)
def test_a_missing_extra_is_told_with_the_command_in_both_forms(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str, library: str, extra: str
) -> None:
    monkeypatch.delitem(sys.modules, f"connectors.media_{extra}", raising=False)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(Misconfigured) as told:
        host(target=target).offer(*picture(tmp_path))
    assert f"uv sync --extra {extra}" in told.value.words
    assert f'pip install -e ".[{extra}]"' in told.value.words
    finding = host(target=target).check(NOW)[0]
    assert finding.blocks and finding.words == told.value.words


def test_an_office_without_a_target_loads_no_library_for_one() -> None:
    code = (
        "import sys, cli.program, cli.wiring, web.app, connectors.media\n"
        "cli.program.program(whole=True)\n"
        "found = {'fsspec', 's3fs', 'botocore', 'aiohttp', 'paramiko'} & set(sys.modules)\n"
        "assert not found, found"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


# A folder ----------------------------------------------------------------------------------------------


def test_a_picture_is_put_in_the_folder_whole_and_for_everybody_to_read(shown: Path, tmp_path: Path) -> None:
    file, name = picture(tmp_path)
    old = os.umask(0o077)
    try:
        into(shown).offer(file, name)
    finally:
        os.umask(old)
    there = shown / name
    assert there.read_bytes() == file.read_bytes()
    assert stat.S_IMODE(there.stat().st_mode) == 0o644
    assert list(shown.iterdir()) == [there]


def test_the_same_picture_is_written_once(shown: Path, tmp_path: Path) -> None:
    file, name = picture(tmp_path)
    into(shown).offer(file, name)
    before = (shown / name).stat()
    into(shown).offer(file, name)
    assert (shown / name).stat().st_ino == before.st_ino
    assert (shown / name).stat().st_mtime_ns == before.st_mtime_ns


def test_a_broken_file_of_that_name_is_replaced(shown: Path, tmp_path: Path) -> None:
    file, name = picture(tmp_path)
    (shown / name).write_bytes(b"half")
    into(shown).offer(file, name)
    assert (shown / name).read_bytes() == file.read_bytes()


def test_a_folder_that_is_missing_is_named_and_not_made(shown: Path, tmp_path: Path) -> None:
    shown.rmdir()
    with pytest.raises(Misconfigured) as told:
        into(shown).offer(*picture(tmp_path))
    assert "CCHC_MEDIA_TARGET" in told.value.words and str(shown) in told.value.words
    assert not shown.exists()


@pytest.mark.skipif(not Path("/sys/kernel").is_dir(), reason="no folder here refuses even root")
def test_a_folder_that_may_not_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="quyền ghi"):
        into(Path("/sys/kernel")).offer(*picture(tmp_path))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device here is always full")
def test_a_full_disk_leaves_nothing_and_may_be_tried_again(
    shown: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, name = picture(tmp_path)
    mark = UUID(int=7)
    (shown / f".{name}.{mark.hex}.part").symlink_to("/dev/full")
    with monkeypatch.context() as patched:
        patched.setattr("connectors.media_target.uuid4", lambda: mark)
        with pytest.raises(Unavailable, match="đã đầy") as told:
            into(shown).offer(file, name)
    assert "CCHC_MEDIA_TARGET" in told.value.words and told.value.code == "errno/ENOSPC"
    assert list(shown.iterdir()) == []
    into(shown).offer(file, name)
    assert seen(shown) == {name}


def test_a_big_file_does_not_fill_the_memory(shown: Path, tmp_path: Path) -> None:
    file, name = picture(tmp_path, 16)
    os.truncate(file, 100_000_000)
    tracemalloc.start()
    try:
        into(shown).offer(file, name)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()
    assert (shown / name).stat().st_size == 100_000_000


# The check ---------------------------------------------------------------------------------------------


@pytest.fixture
def website(shown: Path) -> Iterator[str]:
    """A web server that shows the folder."""

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args, directory=str(shown))

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_check_writes_reads_back_and_fetches(shown: Path, website: str) -> None:
    found = into(shown, website).check(NOW)
    assert [finding.ok for finding in found] == [True, True], found
    assert website in found[1].words
    assert seen(shown) == {CHECK_NAME}


def test_an_address_that_shows_another_folder_is_found_and_blocks(shown: Path, website: str, tmp_path: Path) -> None:
    into(shown, website).check(NOW)
    other = tmp_path / "other"
    other.mkdir()
    put, fetched = into(other, website).check(NOW.replace(minute=59))
    assert put.ok and not fetched.ok and fetched.blocks
    assert "CCHC_MEDIA_URL" in fetched.step


def test_an_address_without_the_file_is_found_and_blocks(shown: Path, website: str) -> None:
    put, fetched = into(shown, f"{website}/khac").check(NOW)
    assert put.ok and not fetched.ok and fetched.blocks and "404" in fetched.words


def test_an_address_that_cannot_be_reached_from_inside_does_not_block(shown: Path) -> None:
    with silent_server() as port:
        pass
    put, fetched = into(shown, f"http://127.0.0.1:{port}").check(NOW)
    assert put.ok and not fetched.ok and not fetched.blocks
    assert "điện thoại" in fetched.step and CHECK_NAME in fetched.words


def test_a_server_in_front_whose_service_is_down_does_not_block() -> None:
    front = FastAPI()
    front.get("/{path:path}")(lambda: Response(status_code=502))
    with WebServer(front, "127.0.0.1", 0) as web:
        (finding,) = host(web.address).check(NOW)
    assert not finding.ok and not finding.blocks


def test_a_target_that_refuses_blocks_and_one_that_is_down_does_not(shown: Path) -> None:
    shown.rmdir()
    (refused,) = into(shown).check(NOW)
    assert refused.blocks and "CCHC_MEDIA_TARGET" in refused.words
    with silent_server() as port:
        pass
    target = f"sftp://anh@127.0.0.1:{port}/anh"
    (down,) = host(target=target, media_sftp_password=SECRET, media_sftp_known_hosts=os.devnull).check(NOW)
    assert not down.ok and not down.blocks and SECRET not in repr(down)


def test_the_check_of_an_sftp_target_reads_back_what_it_wrote(shown: Path, website: str, tmp_path: Path) -> None:
    with SftpServer(shown.parent) as server:
        (tmp_path / "known_hosts").write_text(server.known_as())
        found = host(
            website, f"sftp://anh@127.0.0.1:{server.port}/{shown.name}",
            media_sftp_password=SECRET, media_sftp_known_hosts=tmp_path / "known_hosts",
        ).check(NOW)  # fmt: skip
    assert [finding.ok for finding in found] == [True, True], found


def test_our_own_server_is_known_by_its_address(tmp_path: Path) -> None:
    with WebServer(create_app(tmp_path, lambda: True), "127.0.0.1", 0) as web:
        (finding,) = host(web.address).check(NOW)
        assert finding.ok, finding
        (elsewhere,) = host(f"{web.address}/khac").check(NOW)
        assert elsewhere.blocks
