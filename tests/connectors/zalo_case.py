"""What the Zalo tests share: a public picture host and the answers the conformance suite asks for."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from PIL import Image

from connectors.base import Connector, Credentials, Media, Outgoing, Saved, Step
from connectors.errors import ConnectorError
from connectors.zalo import ZaloOA
from connectors.zalo.settings import Settings
from tests.conftest import NOW, Sandbox
from tests.connectors.conformance import ConnectorCase, drive

OA_ID = "388613280878808645"
APP_SECRET = "sandbox-zalo-secret"
CREATE, UPDATE, VERIFY = "/v2.0/article/create", "/v2.0/article/update", "/v2.0/article/verify"
SLICE, DETAIL, REMOVE = "/v2.0/article/getslice", "/v2.0/article/getdetail", "/v2.0/article/remove"
SEND, STATE = "/v2.0/article/upload_video/preparevideo", "/v2.0/article/upload_video/verify"
GETOA, TOKEN, MESSAGE = "/v2.0/oa/getoa", "/v4/oa/access_token", "/v2.0/oa/message"
TITLE = "Nộp hồ sơ trực tuyến: nhanh, gọn, không phải đi lại"


def turn(sandbox: Sandbox, **knob: Any) -> None:
    """Order one of the sheet's fault knobs for a route."""
    sandbox._ask("POST", "zalo", "knobs", knob)


def set_oa(sandbox: Sandbox, **facts: Any) -> None:
    """Change what is so of the imitated OA."""
    sandbox._ask("POST", "zalo", "oa", facts)


def go_on(connector: Connector, outgoing: Outgoing, saved: Saved, now: datetime) -> tuple[Step, ConnectorError | None]:
    """One piece of work, step after step while nothing has to wait: the last one, and what ended it."""
    step = Step(saved, ready=False)
    while not step.ready and not step.again_after:
        try:
            step = connector.prepare(outgoing, json.loads(json.dumps(step.saved)), now=now)
        except ConnectorError as error:
            return step, error
    return step, None


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


class MediaHost:
    """A public media server: what lies in `folder` has an address."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
        self.thread = Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    def picture(self, name: str = "anh bìa.jpg", alt: str = "Người dân nộp hồ sơ") -> Media:
        path = self.folder / name
        Image.new("RGB", (64, 36), "#1f6feb").save(path)
        return self.media(path, alt=alt)

    def media(self, path: Path, alt: str = "") -> Media:
        mime = "image/png" if path.suffix == ".png" else "image/jpeg"
        url = f"http://127.0.0.1:{self.server.server_port}/{path.name}"
        return Media(path, mime, path.stat().st_size, f"sha-{path.name}", alt, 64, 36, url=url)

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


class ZaloCase(ConnectorCase):
    """The conformance suite's questions answered for Zalo, and the verbs its tests share; it holds no test itself."""

    platform = "zalo"
    publish_call = ("POST", UPDATE)
    unknown_id = "0b5c34017c44951acc55"
    host: MediaHost

    @pytest.fixture(autouse=True)
    def _media_host(self, tmp_path: Path) -> Iterator[None]:
        folder = tmp_path / "media"
        folder.mkdir()
        self.host = MediaHost(folder)
        yield
        self.host.close()

    def settings(self, sandbox: Sandbox, **more: Any) -> Settings:
        return Settings.model_validate({**sandbox.settings["zalo"], "read_timeout": 10, **more})

    def simplest(self, tmp_path: Path) -> Outgoing:
        return Outgoing(
            "bai-1", TITLE, "Hồ sơ nộp tại nhà.\n\nKết quả trả qua bưu điện.", images=(self.host.picture(),)
        )

    def second_step(self, sandbox: Sandbox, tmp_path: Path) -> tuple[Connector, Outgoing, Saved]:
        """A connector that is about to call `create`."""
        connector, outgoing = self.connect(sandbox), self.simplest(tmp_path)
        return connector, outgoing, connector.prepare(outgoing, {}, now=NOW).saved

    def shown(self, sandbox: Sandbox, connector: Connector, outgoing: Outgoing, now: datetime) -> str:
        """The id of an article that was prepared, published and found."""
        saved = drive(connector, outgoing, now, sandbox)
        now += timedelta(minutes=1)
        sandbox.at(now)
        answer = connector.publish(outgoing, saved, now=now)
        return self.finished(connector, outgoing, saved, answer, now, sandbox).external_id

    def listed(
        self, sandbox: Sandbox, connector: Connector, now: datetime, kind: str = "normal"
    ) -> list[dict[str, Any]]:
        """Every article of this type that the OA has, hidden ones too."""
        sandbox.at(now)
        answer = self.http.get(
            sandbox.url("zalo") + SLICE,
            params={"offset": "0", "limit": "10", "type": kind},
            headers={"access_token": connector.credentials.values["access_token"]},
            timeout=5,
        )
        return list(answer.json()["data"]["medias"])

    def secrets(self, connector: Connector) -> list[str]:
        """The tokens and the app's secret; beside them, credentials keep only times."""
        times = [value for name, value in connector.credentials.values.items() if name.endswith("_at")]
        return [text for text in super().secrets(connector) if text not in times]

    def renewed(self, sandbox: Sandbox, connector: Connector, credentials: Credentials) -> ZaloOA:
        return ZaloOA(self.settings(sandbox), connector.account, credentials, self.http)
