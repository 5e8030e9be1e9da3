"""Pictures stand where a platform fetches them before it is asked to; without such a place nothing is queued."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from sqlalchemy import Engine

from connectors.media import MediaHost, MediaSettings
from scheduler.lifecycle import State
from scheduler.queue import QueueError
from tests.conftest import NOW, Sandbox
from tests.scheduler.house import HOUR, Running

VARIANT = {"zalo": {"summary": "Tóm tắt."}}


class Quiet(SimpleHTTPRequestHandler):
    """The office's web server, which shows one folder."""

    def log_message(self, format: str, *_arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def www(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder and the address at which everybody sees it."""
    folder = tmp_path / "www"
    folder.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield folder, f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def furnished(engine: Engine, sandbox: Sandbox, tmp_path: Path, target: Path, address: str) -> Running:
    settings = MediaSettings(media_url=address, media_target=target.as_uri())
    return Running(engine, sandbox, tmp_path, media=MediaHost(settings))


def test_an_articles_pictures_are_in_the_public_folder_before_zalo_fetches_them(
    engine: Engine, sandbox: Sandbox, tmp_path: Path, www: tuple[Path, str]
) -> None:
    folder, address = www
    house = furnished(engine, sandbox, tmp_path, folder, address)
    post = house.post(variants=VARIANT)
    house.picture(post)
    row = house.queue(post, house.connect("zalo"))
    house.pass_time(NOW + 2 * HOUR)
    house.close()
    assert house.load(row.id).state == State.PUBLISHED, house.load(row.id).problem
    assert [file.suffix for file in folder.iterdir()] == [".png"]


def test_a_place_that_cannot_be_written_stops_the_channel_in_words_before_zalo_is_asked(
    engine: Engine, sandbox: Sandbox, tmp_path: Path, www: tuple[Path, str]
) -> None:
    house = furnished(engine, sandbox, tmp_path, tmp_path / "gone", www[1])
    post = house.post(variants=VARIANT)
    house.picture(post)
    row = house.queue(post, house.connect("zalo"))
    asked = len(sandbox.requests("zalo"))
    house.pass_time(NOW + HOUR / 2)
    house.close()
    assert "CCHC_MEDIA_TARGET" in house.load(row.id).problem
    assert len(sandbox.requests("zalo")) == asked


def test_without_a_place_for_pictures_nothing_is_queued(engine: Engine, sandbox: Sandbox, tmp_path: Path) -> None:
    house = Running(engine, sandbox, tmp_path, media=MediaHost(MediaSettings()))
    post = house.post(variants=VARIANT)
    house.picture(post)
    channel = house.connect("zalo")
    with pytest.raises(QueueError, match="địa chỉ công khai"):
        house.queue(post, channel)
    house.close()
