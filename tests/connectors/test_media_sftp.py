"""Pictures over SFTP to a real server on this machine: logins, host keys, full disks, broken lines."""

import stat
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import paramiko
import pytest

from connectors.errors import ConnectorError, Misconfigured, Unavailable
from connectors.media import MediaHost, MediaSettings
from tests.connectors.media_case import SECRET, Relay, SftpServer, picture, seen, silent_server


class Room:
    """An SFTP server with an empty folder `www/anh`, a list of known hosts, and hosts that put pictures there."""

    def __init__(self, folder: Path, server: SftpServer) -> None:
        self.server = server
        self.shown = server.root / "www" / "anh"
        self.shown.mkdir(parents=True)
        self.known_hosts = folder / "known_hosts"
        self.known_hosts.write_text(server.known_as())
        self.file, self.name = picture(folder)

    def host(self, port: int | None = None, path: str = "/www/anh", user: str = "anh", **changed: Any) -> MediaHost:
        settings = {
            "media_url": "https://anh.example.gov.vn",
            "media_target": f"sftp://{user}@127.0.0.1:{port or self.server.port}{path}",
            "media_sftp_password": SECRET,
            "media_sftp_known_hosts": self.known_hosts,
            "media_timeout": 10,
        }
        return MediaHost(MediaSettings.model_validate(settings | changed))

    def offer(self, host: MediaHost | None = None) -> None:
        (host or self.host()).offer(self.file, self.name)

    def refused(self, kind: type[ConnectorError], host: MediaHost) -> str:
        """The words with which the host refuses, which show no secret; nothing is left under the picture's name."""
        with pytest.raises(kind) as told:
            self.offer(host)
        assert seen(self.shown) == set()
        assert SECRET not in repr(told.value.__dict__) + "".join(traceback.format_exception(told.value))
        return told.value.words


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    (tmp_path / "server").mkdir()
    with SftpServer(tmp_path / "server") as server:
        yield Room(tmp_path, server)


def test_a_picture_is_put_there_whole_and_for_everybody_to_read(room: Room) -> None:
    room.offer()
    there = room.shown / room.name
    assert there.read_bytes() == room.file.read_bytes()
    assert stat.S_IMODE(there.stat().st_mode) == 0o644
    assert list(room.shown.iterdir()) == [there]


def test_the_same_picture_is_sent_once(room: Room) -> None:
    for _ in range(3):
        room.offer()
    assert len(room.server.uploads) == 1


@pytest.mark.parametrize("renames_over", [True, False])
def test_a_broken_file_of_that_name_is_replaced(room: Room, renames_over: bool) -> None:
    room.server.renames_over = renames_over
    (room.shown / room.name).write_bytes(b"half")
    room.offer()
    assert (room.shown / room.name).read_bytes() == room.file.read_bytes()
    assert seen(room.shown) == {room.name}


def test_it_does_not_write_under_the_pictures_own_name(room: Room) -> None:
    room.offer()
    assert [path for path in room.server.uploads if path.endswith(f"/{room.name}")] == []


def test_a_wrong_password_names_the_settings(room: Room) -> None:
    room.server.password = "another"
    words = room.refused(Misconfigured, room.host())
    assert "CCHC_MEDIA_SFTP_PASSWORD" in words and "CCHC_MEDIA_TARGET" in words


def test_a_missing_login_names_the_settings(room: Room) -> None:
    words = room.refused(Misconfigured, room.host(media_sftp_password=""))
    assert "CCHC_MEDIA_SFTP_PASSWORD" in words and "CCHC_MEDIA_SFTP_KEY_FILE" in words


def test_a_login_that_nobody_judges_may_be_tried_again(room: Room) -> None:
    room.server.judging.clear()
    room.refused(Unavailable, room.host(media_timeout=0.5))


def test_a_server_that_is_not_on_the_list_is_refused_and_not_added(room: Room) -> None:
    room.known_hosts.write_text("")
    assert "CCHC_MEDIA_SFTP_KNOWN_HOSTS" in room.refused(Misconfigured, room.host())
    assert room.known_hosts.read_text() == ""
    assert room.server.uploads == []


def test_a_server_with_another_key_is_refused(room: Room) -> None:
    room.server.key = paramiko.ECDSAKey.generate()
    words = room.refused(Misconfigured, room.host())
    assert "CCHC_MEDIA_SFTP_KNOWN_HOSTS" in words and "giả mạo" in words


def test_a_list_of_known_hosts_that_is_missing_is_named(room: Room) -> None:
    room.known_hosts.unlink()
    assert "CCHC_MEDIA_SFTP_KNOWN_HOSTS" in room.refused(Misconfigured, room.host())


@pytest.mark.parametrize("password", ["", SECRET])
def test_a_key_file_logs_in(room: Room, tmp_path: Path, password: str) -> None:
    room.server.user_key = paramiko.ECDSAKey.generate()
    room.server.user_key.write_private_key_file(str(tmp_path / "key"), password or None)
    room.offer(room.host(media_sftp_key_file=tmp_path / "key", media_sftp_password=password))
    assert seen(room.shown) == {room.name}


def test_a_key_that_the_server_does_not_know_names_the_setting(room: Room, tmp_path: Path) -> None:
    paramiko.ECDSAKey.generate().write_private_key_file(str(tmp_path / "key"))
    host = room.host(media_sftp_key_file=tmp_path / "key", media_sftp_password="")
    assert "CCHC_MEDIA_SFTP_KEY_FILE" in room.refused(Misconfigured, host)


@pytest.mark.parametrize("what", ["missing", "no key", "wrong password"])
def test_a_key_file_that_does_not_open_is_named(room: Room, tmp_path: Path, what: str) -> None:
    file = tmp_path / "key"
    if what == "no key":
        file.write_text(SECRET)
    elif what == "wrong password":
        paramiko.ECDSAKey.generate().write_private_key_file(str(file), "another")
    words = room.refused(Misconfigured, room.host(media_sftp_key_file=file))
    assert "CCHC_MEDIA_SFTP_KEY_FILE" in words and str(file) in words


def test_a_folder_that_is_missing_is_named_and_not_made(room: Room) -> None:
    words = room.refused(Misconfigured, room.host(path="/www/khac"))
    assert "/www/khac" in words and "CCHC_MEDIA_TARGET" in words
    assert not (room.server.root / "www" / "khac").exists()


@pytest.mark.skipif(not Path("/sys/kernel").is_dir(), reason="no folder here refuses even root")
def test_a_folder_that_may_not_be_written_is_named(room: Room) -> None:
    room.server.root = Path("/sys")
    assert "quyền ghi" in room.refused(Misconfigured, room.host(path="/kernel"))


def test_a_full_disk_leaves_nothing_and_may_be_tried_again(room: Room) -> None:
    room.server.room = 1000
    room.refused(Unavailable, room.host())
    assert list(room.shown.iterdir()) == []
    room.server.room = None
    room.offer()
    assert seen(room.shown) == {room.name}


def test_a_line_that_is_cut_in_the_middle_leaves_nothing_half_under_the_name(room: Room, tmp_path: Path) -> None:
    room.file, room.name = picture(tmp_path, 400_000)
    with Relay(room.server.port) as relay:
        room.known_hosts.write_text(room.server.known_as(relay.port))
        relay.cut_after = 150_000
        room.refused(Unavailable, room.host(relay.port))
        assert len(room.server.uploads) == 1, "the line was cut before anything was sent"
        relay.cut_after = None
        room.offer(room.host(relay.port))
    assert (room.shown / room.name).read_bytes() == room.file.read_bytes()


@pytest.mark.parametrize("cut_after", [0, 500, 2500])
def test_a_line_that_is_cut_before_the_login_may_be_tried_again(
    room: Room, cut_after: int, caplog: pytest.LogCaptureFixture
) -> None:
    with Relay(room.server.port) as relay:
        room.known_hosts.write_text(room.server.known_as(relay.port))
        relay.cut_after = cut_after
        room.refused(Unavailable, room.host(relay.port))
    assert caplog.records == [], "the log is JSON lines, not the library's traces"


def test_a_server_that_says_nothing_is_left_after_the_time_out(room: Room) -> None:
    with silent_server() as port:
        room.refused(Unavailable, room.host(port, media_timeout=0.3))


def test_a_port_where_nobody_listens_may_be_tried_again(room: Room) -> None:
    with silent_server() as port:
        pass
    words = room.refused(Unavailable, room.host(port))
    assert "CCHC_MEDIA_TARGET" in words and f"127.0.0.1:{port}" in words
