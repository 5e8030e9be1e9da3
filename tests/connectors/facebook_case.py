"""What the tests of the Facebook Page share: the sandbox's Page, some pictures, a published post."""

import dataclasses
import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any

from connectors.base import Connector, Figure, Media, Outgoing, Receipt
from connectors.facebook import FacebookPage, Settings
from tests.conftest import NOW, Sandbox
from tests.connectors.conformance import ConnectorCase

FEED = r"/v[0-9.]+/[0-9]+/feed"
PHOTOS = r"/v[0-9.]+/[0-9]+/photos"
LISTING = r"/v[0-9.]+/[0-9]+/published_posts"
INSIGHTS = r"/v[0-9.]+/\w+/insights"
PAGE_ID = "723701000000001"
TEXT = "Nộp hồ sơ trực tuyến tại nhà: nhanh, đúng hẹn, không phải chờ.\n\n#CaiCachHanhChinh"
# The smallest file that begins like a JPEG; the sandbox looks at nothing else.
JPEG = b"\xff\xd8\xff\xe0" + b"\x00" * 60


def picture(folder: Path, name: str, alt: str = "") -> Media:
    content = JPEG + name.encode()
    path = folder / f"{name}.jpg"
    path.write_bytes(content)
    return Media(path, "image/jpeg", len(content), hashlib.sha256(content).hexdigest(), alt=alt)


def by_metric(figures: list[Figure]) -> dict[str, int | None]:
    return {figure.metric: figure.value for figure in figures}


class FacebookCase(ConnectorCase):
    """One Page of the sandbox, and posts for it."""

    platform = "facebook"
    publish_call = ("POST", FEED)
    unknown_id = f"{PAGE_ID}_999999999999999"

    def settings(self, sandbox: Sandbox, **more: Any) -> Settings:
        return Settings(**sandbox.settings["facebook"], **more)

    def simplest(self, tmp_path: Path) -> Outgoing:
        return Outgoing(key="k1", title="Hồ sơ trực tuyến", text=TEXT)

    def album(self, folder: Path, *names: str) -> Outgoing:
        images = tuple(picture(folder, name, alt=f"Ảnh {name}") for name in names)
        return Outgoing(key="k2", title="Bộ ảnh", text=TEXT, images=images)

    def impatient(self, sandbox: Sandbox) -> Connector:
        """The same Page with a read time-out of a fifth of a second."""
        patient = self.connect(sandbox)
        return FacebookPage(self.settings(sandbox, read_timeout=0.2), patient.account, patient.credentials, self.http)

    def published(self, sandbox: Sandbox, tmp_path: Path) -> tuple[Connector, Receipt]:
        connector, outgoing, saved, due = self.ready(sandbox, tmp_path)
        receipt = connector.publish(outgoing, saved, now=due)
        assert isinstance(receipt, Receipt)
        sandbox.at(due + timedelta(days=2))
        return connector, receipt

    def many(self, sandbox: Sandbox, tmp_path: Path, number: int) -> tuple[Connector, list[str]]:
        """So many posts, two days old."""
        connector, outgoing = self.connect(sandbox), self.simplest(tmp_path)
        posts = [dataclasses.replace(outgoing, text=f"Bài số {one}") for one in range(number)]
        receipts = [connector.publish(post, {}, now=NOW) for post in posts]
        sandbox.at(NOW + timedelta(days=2))
        return connector, [one.external_id for one in receipts if isinstance(one, Receipt)]
