"""Every secret that a running demo has used, and everything that it wrote or answers."""

import base64
import io
import json
import os
import re
import sqlite3
import subprocess
import sys
import zipfile
from collections import UserDict
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus, urljoin, urlsplit

import pyotp
import requests

from cli.demo import END
from scheduler.vault import Vault
from web.door import COOKIE

ROOT = Path(__file__).resolve().parents[2]
PAGES_MOST = 30
"""Of one person."""
STARTS = ("/", "/cau-hinh", "/tai-khoan", "/kiem-chung", "/nhat-ky", "/kenh")
PICTURES = (".png", ".jpg", ".svg", ".ico", ".woff2")
_LINK = re.compile(r'(?:href|src)="(/[^"#]*)')
"""Of our own pages."""


class Browser(requests.Session):
    """One person of the demo."""

    def __init__(self, address: str, login: str, password: str) -> None:
        super().__init__()
        self.trust_env, self.address = False, address
        self.headers["Accept"] = "text/html"
        self.page = self.get("/dang-nhap")
        self.fill("/dang-nhap", dang_nhap=login, mat_khau=password, tiep="/tai-khoan")

    def get(self, url: str | bytes, **options: Any) -> requests.Response:
        return super().get(urljoin(self.address, str(url)), **{"timeout": 30, **options})

    def fill(self, path: str, **fields: str) -> requests.Response:
        """A form of the page that was read last."""
        token = re.findall(r'name="csrf" value="(\w+)"', self.page.text)[0]
        self.page = self.post(urljoin(self.address, path), data={"csrf": token, **fields}, timeout=30)
        assert self.page.status_code < 400, self.page.text
        return self.page


def sit_down(door: Mapping[str, Any]) -> dict[str, str]:
    """Sign in as everybody, make a key, switch a second factor on; the secrets of it, each with its kind."""
    used: dict[str, str] = {}
    for one in door["people"]:
        used[one["password"]] = "password"
        browser = Browser(door["address"], one["login"], one["password"])
        if one["login"] == "bientap":
            made = browser.fill("/tai-khoan/ma-truy-cap", ten="Bảng điều hành", pham_vi="read", han="90")
            used[re.findall(r'id="ma-moi"[^>]*value="(cchc_[^"]+)"', made.text)[0]] = "API key"
        if one["login"] == "xem":
            offer = browser.fill("/tai-khoan/xac-thuc/bat", mat_khau=one["password"]).text
            secret = re.sub(r"\s", "", re.findall(r'class="secret"[^>]*>([A-Z2-7 ]+)<', offer)[0])
            used[secret] = "TOTP"
            sealed = re.findall(r'name="hen" value="([^"]+)"', offer)[0]
            browser.fill("/tai-khoan/xac-thuc/xac-nhan", hen=sealed, ma=pyotp.TOTP(secret).at(END))
        used |= {cookie.value: "session" for cookie in browser.cookies if cookie.name == COOKIE and cookie.value}
        browser.close()
    return used


def kept_secrets(data: Path) -> dict[str, str]:
    """What lies sealed in the data folder, opened with its key; the lines of the key; the sandbox's app secrets."""
    used = dict.fromkeys((data / "cchc.key").read_text().split(), "key file")
    vault = Vault.at(data / "cchc.key")
    with closing(sqlite3.connect(data / "cchc.sqlite3")) as database:
        rows = database.execute("SELECT channel_id, secret FROM credential").fetchall()
    for channel_id, sealed in rows:
        for name, value in vault.open(channel_id, sealed).values.items():
            if "token" in name or "secret" in name:
                used[value] = "Vault"
    from sandbox import facebook, youtube, zalo

    return used | dict.fromkeys((facebook.APP_SECRET, zalo.APP_SECRET, youtube.CLIENT_SECRET), "app secret")


class Outputs(UserDict[str, bytes]):
    """Where it was seen -> its bytes; what is packed is looked into as well."""

    pages = 0

    @property
    def kinds(self) -> set[str]:
        """Kinds of what was seen."""
        return {name.partition(" ")[0] for name in self}

    def __setitem__(self, name: str, data: bytes) -> None:
        super().__setitem__(name, data)
        if data.startswith(b"PK\x03\x04"):
            with suppress(zipfile.BadZipFile), zipfile.ZipFile(io.BytesIO(data)) as packed:
                for inner in packed.namelist():
                    self[f"packed {name}!{inner}"] = packed.read(inner)

    def crawl(self, door: Mapping[str, Any], used: Mapping[str, str]) -> None:
        """Each kind of page as one of three people sees it, the API with a key, the figures, and pages of errors."""
        seen: set[str] = set()
        for login in ("duyet2", "hethong", "kenh"):
            one = next(one for one in door["people"] if one["login"] == login)
            with Browser(door["address"], login, one["password"]) as browser:
                self._follow(browser, seen)
                for path in (
                    "/khong-co",
                    "/bai/khong-co",
                    "/metrics",
                    "/readyz",
                    "/healthz",
                    "/muc/99999999999999999999",
                ):
                    self._keep(f"error {login} {path}", browser.get(path))
        key = next(one for one, kind in used.items() if kind == "API key")
        with requests.Session() as program:
            program.trust_env, program.headers["Authorization"] = False, f"Bearer {key}"
            described = program.get(f"{door['address']}/api/v1/openapi.json", timeout=30)
            self._keep("API openapi.json", described)
            for path, verbs in described.json()["paths"].items():
                if "get" in verbs and "{" not in path:
                    self._keep(f"API {path}", program.get(f"{door['address']}/api/v1{path}", timeout=30))
            for wrong in (f"{key}x", f"Basic {key}"):
                program.headers["Authorization"] = f"Bearer {wrong}"
                self._keep(f"error API {wrong[:5]}", program.get(f"{door['address']}/api/v1/posts?x={key}", timeout=30))

    def _follow(self, browser: Browser, seen: set[str]) -> None:
        waiting, most = list(STARTS), self.pages + PAGES_MOST
        while waiting and self.pages < most:
            path = waiting.pop(0)
            kind = re.sub(r"\d+|[0-9a-f]{16,}", "N", urlsplit(path).path)
            kind = re.sub(r"^/(bai|chien-dich|kenh|thu-vien|static)/[^/]+", r"/\1/K", kind)
            if path.startswith(("/dang-xuat", "/media/")) or kind.endswith(PICTURES):
                continue
            if kind in seen and path not in STARTS:  # these look different to each of them, and lead elsewhere
                continue
            seen.add(kind)
            answer = browser.get(path)
            self.pages += 1
            self._keep(f"page {path}", answer)
            if answer.headers.get("Content-Type", "").startswith("text/html"):
                linked = (one.replace("&amp;", "&") for one in _LINK.findall(answer.text))
                waiting += [one for one in linked if one not in STARTS]

    def _keep(self, name: str, answer: requests.Response) -> None:
        self[name] = answer.content
        # a cookie is how a session travels; it goes to its own browser alone
        told = {key: value for key, value in answer.headers.items() if key.lower() != "set-cookie"}
        self[f"headers {name}"] = json.dumps(told).encode()

    def files(self, data: Path) -> None:
        """Everything in the data folder but the key, pictures and films, and all backups but the newest."""
        newest = max((data / "backup").glob("*.sqlite3"), default=None)
        for path in data.rglob("*"):
            if path.suffix == ".sqlite3" and path.parent.name == "backup" and path != newest:
                continue
            if path.is_file() and path.name != "cchc.key" and path.suffix not in (".png", ".jpg", ".mp4"):
                self[f"{'backup' if 'backup' in path.parts else 'file'} {path.relative_to(data)}"] = path.read_bytes()

    def database(self, path: Path) -> None:
        """All tables as SQL."""
        with closing(sqlite3.connect(path)) as database:
            self["dump"] = "\n".join(database.iterdump()).encode()

    def command(self, name: str, data: Path) -> None:
        """What a command prints over this data."""
        environment = {**os.environ, "CCHC_DATA_DIR": str(data), "PYTHONPATH": str(ROOT)}
        ran = subprocess.run(
            [sys.executable, "-m", "cli.app", name], cwd=data, env=environment, capture_output=True, timeout=60
        )
        self[f"command {name}"] = ran.stdout + ran.stderr


def forms(secret: str) -> list[bytes]:
    """How a secret may have been written."""
    raw = secret.encode()
    found = {raw, quote(secret, safe="").encode(), quote_plus(secret).encode(), raw.hex().encode()}
    for before in range(3):
        coded = base64.b64encode(b"\0" * before + raw).rstrip(b"=")
        inner = coded[(0, 2, 3)[before] : len(coded) - (1 if (before + len(raw)) % 3 else 0)]
        found |= {inner, inner.translate(bytes.maketrans(b"+/", b"-_"))}
    return sorted(found)


def found(used: Mapping[str, str], outputs: Mapping[str, bytes]) -> list[str]:
    """Each place with a secret, by the secret's kind; the secret itself is not told here either."""
    wanted = [(kind, form) for secret, kind in used.items() for form in forms(secret)]
    return [f"{kind} in {where}" for where, data in outputs.items() for kind, form in wanted if form in data]
