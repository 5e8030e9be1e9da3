"""Zalo's documented requests judge what our connector sends: fields, types, limits, headers, places of secrets."""

import dataclasses
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import requests
import yaml

from connectors.base import Connector, Outgoing, Part, Saved
from connectors.errors import Unconfirmed
from connectors.http import new_session
from connectors.zalo import ZaloOA
from connectors.zalo.multipart import FileBody
from tests.conftest import NOW, Sandbox
from tests.connectors.conformance import drive, look
from tests.connectors.test_zalo_video import make_video
from tests.connectors.zalo_case import CREATE, TITLE, UPDATE, MediaHost, ZaloCase
from tests.contracts.traffic import Ear, Exchange

DOCUMENTED: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("zalo_requests.yaml").read_text(encoding="utf-8"))
ORDINARY = {"user-agent", "accept", "accept-encoding", "connection", "content-length", "content-type"}
AUDIENCES: tuple[dict[str, Any], ...] = (
    {},
    {"ages": [2, 3], "gender": 0, "cities": "Thừa Thiên Huế, Đà Nẵng", "platform": [1, 2]},
    {"locations": ["miền Trung"]},
)
LONG = "Đoạn này dài, có dấu & ký hiệu <b>.\n\n" * 200


class Witness(Ear):
    """Hears the headers, too, and reads a streamed file."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[Exchange, dict[str, str]]] = []

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        body: Any = request.body
        if isinstance(body, FileBody):
            request.body = b"".join(body)
        before = len(self.heard)
        try:
            return super().send(request, *args, **kwargs)
        finally:
            headers = {name.lower(): str(value) for name, value in request.headers.items()}
            self.calls += [(one, headers) for one in self.heard[before:]]


class Conversation(ZaloCase):
    """Everything that the connector ever says to Zalo."""

    def __init__(self, sandbox: Sandbox, folder: Path, host: Any, http: requests.Session) -> None:
        self.sandbox = sandbox
        self.folder = folder
        self.host = host
        self.http = http
        self.now = NOW

    def hold(self) -> list[str]:
        """Hold it; the secrets that were in use."""
        one = self.connected(self.sandbox)[0]
        connector: Connector = self.open(one.account, one.credentials)
        secrets = self.secrets(connector)
        connector.health(now=self.now)
        self.articles(connector)
        self.parts(connector)
        self.losses(connector)
        connector.probe(now=self.now)
        connector.read_channel(now=self.now)
        connector.list_published(since=NOW, until=self.now, now=self.now)
        fresh = self.open(one.account, connector.refresh(now=self.now))
        signed = self.open(one.account, fresh.credentials, use_appsecret_proof=True)
        signed.read_channel(now=self.now)
        ZaloOA.adopt(self.settings(self.sandbox), fresh.credentials.values, now=self.now, http=self.http)
        return [*secrets, *self.secrets(fresh)]

    def open(self, account: Any, credentials: Any, **more: Any) -> Connector:
        return ZaloOA(self.settings(self.sandbox, **more), account, credentials, self.http)

    def article(self, **facts: Any) -> Outgoing:
        images = (self.host.picture("ảnh một (1).jpg"), self.host.picture("ảnh [hai].png", alt=""))
        return dataclasses.replace(Outgoing("bai-1", TITLE, "Nội dung.", images=images), **facts)

    def film(self, **facts: Any) -> Outgoing:
        film = make_video(self.folder)
        plain = Outgoing("bai-2", "Phim", "Ba bước.", video=film, cover=self.host.picture("bìa phim.jpg"))
        return dataclasses.replace(plain, **facts)

    def published(self, connector: Connector, outgoing: Outgoing, saved: Saved | None = None) -> str:
        """Prepare, publish and find; its id."""
        self.now += timedelta(hours=1)
        saved = drive(connector, outgoing, self.now, self.sandbox, saved)
        self.now += timedelta(minutes=10)
        self.sandbox.at(self.now)
        answer = connector.publish(outgoing, saved, now=self.now)
        return self.finished(connector, outgoing, saved, answer, self.now, self.sandbox).external_id

    def articles(self, connector: Connector) -> None:
        decomposed = unicodedata.normalize("NFD", "Ế" * 140)
        longest = self.article(title=decomposed, text=LONG, summary="Ắ" * 250, link="https://example.gov.vn/?a=ộ&b=2")
        assert connector.check(longest) == []
        draft = drive(connector, longest, self.now, self.sandbox)
        edited = dataclasses.replace(longest, text="Đã sửa.", options={"author": "Ờ" * 50, "comment": "hide"})
        self.published(connector, edited, draft)
        gone = self.published(connector, self.article(title="Bài sẽ gỡ", images=(), cover=self.host.picture()))
        connector.withdraw(gone, now=self.now)
        connector.withdraw(gone, now=self.now)
        connector.read_posts([gone, self.published(connector, self.film())], now=self.now)

    def parts(self, connector: Connector) -> None:
        for post in (self.article(title="Bài có bản sửa"), self.film(title="Phim có bản sửa")):
            ref = self.published(connector, post)
            revised = dataclasses.replace(post, part=Part.REVISION, refs=(ref,), title="Đã sửa tiêu đề")
            assert connector.check(revised) == []
            self.published(connector, revised)
            for audience in AUDIENCES:
                tidings = Outgoing("tin", "Tin", "", part=Part.BROADCAST, refs=(ref,), audience=audience)
                assert connector.check(tidings) == []
                connector.prepare(tidings, {}, now=self.now)
                self.sandbox.at(NOW)  # in the morning, when broadcasts are taken
                connector.publish(tidings, {}, now=NOW)
                self.sandbox.at(self.now)

    def losses(self, connector: Connector) -> None:
        direct = self.open(connector.account, connector.credentials, two_phase_publish=False)
        for one, call in ((connector, UPDATE), (direct, CREATE)):
            post = self.article(title=f"Bài lạc {call}")
            saved = drive(one, post, self.now, self.sandbox)
            self.sandbox.fault("zalo", "hang_up", path=call, effect=True)
            with pytest.raises(Unconfirmed):
                one.publish(post, saved, now=self.now)
            look(one, post, saved, self.now, self.sandbox)
            self.now += timedelta(hours=1)
        self.published(direct, self.film(title="Phim một bước"))


@pytest.fixture(params=["", "strange", "numbers_as_text"])
def calls(
    request: pytest.FixtureRequest, sandbox: Sandbox, tmp_path: Path
) -> Iterator[tuple[list[tuple[Exchange, dict[str, str]]], list[str]]]:
    if request.param:
        sandbox.fault("zalo", request.param, times=10_000)
    folder = tmp_path / "media"
    folder.mkdir()
    host, http, witness = MediaHost(folder), new_session(), Witness()
    http.mount("http://", witness)
    try:
        secrets = Conversation(sandbox, tmp_path, host, http).hold()
        yield witness.calls, secrets
    finally:
        host.close()
        http.close()


# Judging -----------------------------------------------------------------------------------------------


def problems_of(exchange: Exchange, headers: Mapping[str, str]) -> Iterator[str]:
    """What of one request is not as documented."""
    route = DOCUMENTED["routes"].get(str(exchange))
    if route is None:
        yield "no such route"
        return
    yield from _header_problems(route, headers)
    sent = {kind: route.get(kind) for kind in ("query", "json", "form", "multipart")}
    yield from _fields("query", exchange.query, sent["query"])
    if sent["json"]:
        if exchange.kind != "application/json":
            yield f"the body is {exchange.kind or 'missing'}, not JSON"
        yield from _either("json", exchange.body or {}, sent["json"])
    elif sent["form"]:
        if exchange.kind != "application/x-www-form-urlencoded":
            yield f"the body is {exchange.kind or 'missing'}, not a form"
        yield from _either("form", exchange.form, sent["form"])
    elif sent["multipart"]:
        if exchange.kind != "multipart/form-data":
            yield f"the body is {exchange.kind or 'missing'}, not multipart"
        yield from _fields("multipart", exchange.form, sent["multipart"])
    elif exchange.kind:
        yield "a body where none is documented"


def _header_problems(route: Mapping[str, Any], headers: Mapping[str, str]) -> Iterator[str]:
    rules = DOCUMENTED["headers"][route["headers"]]
    required = [*rules["required"], *([route["header"]] if "header" in route else [])]
    yield from (f"header {name} is missing" for name in required if not headers.get(name))
    yield from (f"header {name} does not belong here" for name in rules["forbidden"] if name in headers)
    known = {*ORDINARY, *rules["required"], *rules["allowed"], *rules["forbidden"]}
    yield from (f"header {name} is not documented" for name in headers if name not in known)


def _either(where: str, value: Mapping[str, Any], rule: Mapping[str, Any]) -> Iterator[str]:
    shape = rule.get("shape") or rule["shapes"].get(value.get(rule["by"]))
    if shape is None:
        yield f"{where}: {rule['by']} has no value {value.get(rule['by'])!r}"
        return
    yield from _fields(where, value, shape)
    yield from (f"{where}.{name} is missing" for name in rule.get("with", ()) if name not in value)
    yield from (f"{where}.{name} does not belong here" for name in rule.get("without", ()) if name in value)


def _fields(where: str, value: Mapping[str, Any], shape: str | None) -> Iterator[str]:
    rules = DOCUMENTED["shapes"][shape] if shape else {}
    yield from (f"{where}.{name} is not documented" for name in value if name not in rules)
    for name, rule in rules.items():
        if name in value:
            yield from _value(f"{where}.{name}", value[name], rule)
        elif rule.get("required"):
            yield f"{where}.{name} is missing"


def _value(where: str, value: Any, rule: Mapping[str, Any]) -> Iterator[str]:
    kind = rule["type"]
    expected = {"list": list, "object": dict}.get(kind, str)
    if not isinstance(value, expected):
        yield f"{where} is no {kind}: {value!r}"
    elif kind in ("text", "list") and not rule.get("min", 0) <= len(value) <= rule.get("max", 10**6):
        yield f"{where} has a length of {len(value)}"
    elif kind == "text" and value != unicodedata.normalize("NFC", value):
        yield f"{where} is not NFC"
    elif kind == "choice" and value not in rule["choices"]:
        yield f"{where} has no value {value!r}"
    elif kind == "number" and not (value.isdecimal() and _in_range(int(value), rule)):
        yield f"{where} is no such number: {value}"
    elif kind == "codes" and not all(code.isdecimal() and _in_range(int(code), rule) for code in value.split(",")):
        yield f"{where} has codes that are not documented: {value}"
    elif kind == "address" and not (value.startswith(("http://", "https://")) and _is_encoded(value)):
        yield f"{where} is no public address: {value}"
    elif kind == "object":
        yield from _fields(where, value, rule["shape"])
    elif kind == "list":
        for place, item in enumerate(value):
            shape = rule.get("shape") or rule.get("shapes", {}).get(item.get("type"))
            yield from _fields(f"{where}[{place}]", item, shape) if shape else (f"{where}[{place}] is no block",)


def _in_range(value: int, rule: Mapping[str, Any]) -> bool:
    return value in rule["choices"] if "choices" in rule else rule.get("least", 0) <= value <= rule.get("most", 10**9)


def _is_encoded(address: str) -> bool:
    return address.isascii() and not set(' "<>[]{}|\\^`') & set(address)


# The tests ---------------------------------------------------------------------------------------------


def test_every_request_is_as_zalo_documents_it(
    calls: tuple[list[tuple[Exchange, dict[str, str]]], list[str]],
) -> None:
    heard, secrets = calls
    problems = {f"{one}: {problem}" for one, headers in heard for problem in problems_of(one, headers)}
    assert sorted(problems) == []
    met = {str(one) for one, _ in heard}
    assert met == set(DOCUMENTED["routes"])
    addresses = " ".join(f"{one.path}?{unquote(str(one.query))}" for one, _ in heard)
    assert not [secret for secret in secrets if secret in addresses]


GOOD = {
    "type": "normal",
    "title": "a",
    "author": "b",
    "description": "c",
    "cover": {"cover_type": "photo", "photo_url": "https://example.gov.vn/a.jpg", "status": "show"},
    "body": [{"type": "text", "content": "<p>d</p>"}],
    "status": "hide",
}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, []),
        ({"titel": "x"}, ["json.titel is not documented"]),
        ({"title": "a" * 141}, ["json.title has a length of 141"]),
        ({"title": "e\u0302"}, ["json.title is not NFC"]),
        ({"status": "public"}, ["json.status has no value 'public'"]),
        ({"cover": {**GOOD["cover"], "cover_type": 0}}, ["json.cover.cover_type is no choice: 0"]),
        (
            {"cover": {**GOOD["cover"], "photo_url": "https://example.gov.vn/ả.jpg"}},
            ["json.cover.photo_url is no public address: https://example.gov.vn/ả.jpg"],
        ),
        ({"cover": {"cover_type": "photo"}}, ["json.cover.photo_url is missing", "json.cover.status is missing"]),
        ({"body": []}, ["json.body has a length of 0"]),
        ({"body": [{"type": "text"}]}, ["json.body[0].content is missing"]),
        ({"body": [{"type": "poem"}]}, ["json.body[0] is no block"]),
        ({"id": "x"}, ["json.id does not belong here"]),
        ({"type": "song"}, ["json: type has no value 'song'"]),
    ],
)
def test_the_judge_finds_what_is_wrong(change: dict[str, Any], words: list[str]) -> None:
    rule = DOCUMENTED["routes"]["POST /v2.0/article/create"]["json"]
    assert list(_either("json", {**GOOD, **change}, rule)) == words


@pytest.mark.parametrize(
    ("path", "query", "headers", "words"),
    [
        ("/v2.0/article/getslice", {"data": "{}"}, {"access_token": "a"}, "query.data is not documented"),
        ("/v2.0/article/getslice", {"offset": "0", "limit": "20", "type": "normal"}, {"access_token": "a"}, "limit"),
        ("/v2.0/oa/getoa", {}, {"authorization": "Bearer a"}, "header access_token is missing"),
        ("/v2.0/oa/getoa", {}, {"access_token": "a", "x-extra": "1"}, "header x-extra is not documented"),
        ("/v3.0/article/getslice", {}, {"access_token": "a"}, "no such route"),
    ],
)
def test_the_judge_knows_routes_queries_and_headers(
    path: str, query: dict[str, str], headers: dict[str, str], words: str
) -> None:
    assert any(words in problem for problem in problems_of(Exchange("GET", path, query, ""), headers))
