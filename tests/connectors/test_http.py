"""What every platform call needs: secrets blotted out, and the difference between not sent and perhaps done."""

import re
import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from socketserver import StreamRequestHandler, TCPServer
from threading import Thread
from typing import Any

import pytest
import requests
from urllib3.connection import HTTPConnection

from connectors.errors import Misconfigured, Unavailable, Unconfirmed
from connectors.http import call, json_of, new_session, only_while, redact
from tests.postbox.servers import certificate, receiver

SECRETS = [
    "Malformed access token EAAGsecretsecret",
    "Invalid OAuth access token - EAAGsecretsecret",
    '{"access_token":"secretsecret"}',
    '{\\"access_token\\":\\"secretsecret\\"}',
    "https://graph.example/v26.0/me?access_token=secretsecret&fields=id",
    "/path?token=secretsecret",
    "Authorization: Bearer secretsecret",
    "ya29.secretsecret",
    "refresh 1//secretsecret",
    "?code=secretsecret&state=x",
    "client_secret=secretsecret",
]


@pytest.mark.parametrize("text", SECRETS)
def test_a_secret_is_blotted_out_wherever_it_stands(text: str) -> None:
    assert "secretsecret" not in redact(text)


def test_an_error_code_is_evidence_and_stays() -> None:
    text = '"error":{"code":190,"error_subcode":463}'
    assert redact(text) == text
    assert redact("code=-216") == "code=-216"


@pytest.mark.parametrize("changes", [True, False])
def test_a_connection_that_was_never_made_is_surely_not_done(changes: bool) -> None:
    with new_session() as http, pytest.raises(Unavailable):
        call(http, "POST", "http://127.0.0.1:9/x", timeout=(1, 1), changes=changes)


def test_a_proxy_that_refuses_means_nothing_was_sent() -> None:
    with new_session(proxy="http://127.0.0.1:9") as http, pytest.raises(Unavailable):
        call(http, "POST", "https://127.0.0.1:8/x", timeout=(1, 1), changes=True)


def test_what_may_not_be_sent_any_more_is_not_sent(asked: tuple[str, list[str]]) -> None:
    server, lines = asked
    with new_session() as http:
        with only_while(lambda: False), pytest.raises(Unavailable):
            call(http, "GET", server, timeout=(1, 1), changes=True)
        assert lines == []
        with only_while(lambda: True):
            call(http, "GET", server, timeout=(1, 1), changes=True)
        call(http, "GET", server, timeout=(1, 1), changes=True)
    assert len(lines) == 2, "only what was called within was forbidden"


def test_no_cookie_goes_from_one_call_to_the_next(asked: tuple[str, list[str]]) -> None:
    server, lines = asked
    with new_session() as http:
        for _ in range(2):
            call(http, "GET", server, timeout=(1, 1), changes=False)
        assert not http.cookies
    assert not any("cookie" in line.casefold() for line in lines)


def test_who_listens_to_a_session_hears_each_answer_and_the_calls_own_headers_go_before(
    asked: tuple[str, list[str]],
) -> None:
    server, lines = asked
    heard: list[int] = []
    with new_session() as http:
        http.hooks["response"] = [lambda answer, **_: heard.append(answer.status_code)]
        call(http, "GET", server, timeout=(1, 1), changes=False, headers={"user-agent": "another"})
    assert heard == [204]
    assert lines[0].casefold().count("user-agent: ") == 1
    assert "user-agent: another" in lines[0]


@pytest.mark.parametrize("through_a_proxy", [False, True])
@pytest.mark.parametrize("status", [200, 204, 302, 400, 503])
def test_whatever_is_answered_one_call_is_sent_once(
    asked: tuple[str, list[str]], status: int, through_a_proxy: bool
) -> None:
    server, lines = asked
    with new_session(proxy=server if through_a_proxy else "") as http:
        answer = call(http, "GET", f"{server}/{status}", timeout=(1, 1), changes=True)
    assert answer.status_code == status
    assert len(lines) == 1


CONTENT: list[dict[str, Any]] = [
    {"data": {"message": "Giấy hẹn", "none": None, "many": ["a b", "c&d"]}},
    {"params": {"q": "Huế & Đà Nẵng", "none": None, "n": 5}},
    {"json": {"title": "Giấy hẹn", "n": [1, None]}},
    {"data": b"bytes", "headers": {"Content-Type": "application/octet-stream"}},
    {"data": b"many bytes" * 20_000},
    {"data": "chữ".encode(), "params": {"a": "b"}, "headers": {"content-type": "text/plain"}},
    {},
]


@pytest.mark.parametrize("content", CONTENT, ids=lambda content: str(content)[:40])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_a_call_that_goes_straight_arrives_as_one_by_requests(
    heard: tuple[str, list[bytes]], method: str, content: dict[str, Any]
) -> None:
    """Judged by what `requests` itself sends."""
    server, whole = heard
    with requests.Session() as plain:
        plain.headers["User-Agent"] = "cchc-campaign-scheduler"
        plain.request(method, f"{server}/x?first=1", timeout=(1, 1), **content)
    with new_session() as http:
        call(http, method, f"{server}/x?first=1", timeout=(1, 1), changes=True, **content)
    by_requests, ours = map(_as_sent, whole)
    assert ours == by_requests


def _as_sent(request: bytes) -> tuple[bytes, list[bytes], bytes]:
    """The first line, the headers in no order and with no case, and the body."""
    head, _, body = request.partition(b"\r\n\r\n")
    first, *headers = head.split(b"\r\n")
    return first, sorted(header.lower() for header in headers), body


def test_a_small_request_goes_out_in_one_piece(heard: tuple[str, list[bytes]], monkeypatch: pytest.MonkeyPatch) -> None:
    pieces: list[bytes] = []
    send = HTTPConnection.send

    def noted(connection: HTTPConnection, piece: bytes) -> None:
        pieces.append(piece)
        send(connection, piece)

    monkeypatch.setattr(HTTPConnection, "send", noted)
    server, whole = heard
    with new_session() as http:
        call(http, "POST", f"{server}/x", timeout=(1, 1), changes=True, data={"message": "Giấy hẹn"})
    assert pieces == whole


def test_who_cannot_prove_its_name_gets_nothing(tmp_path: Path) -> None:
    trusted = certificate(tmp_path)
    with receiver(trusted) as platform, new_session() as http:
        with pytest.raises((Unavailable, Unconfirmed)):
            call(http, "POST", platform.url(host="localhost"), timeout=(1, 1), changes=True, data={"token": "t"})
        assert platform.came == []
        http.verify = str(trusted)
        with pytest.raises((Unavailable, Unconfirmed)):
            call(http, "POST", platform.url(host="127.0.0.1"), timeout=(1, 1), changes=True, data={"token": "t"})
        assert platform.came == []
        call(http, "POST", platform.url(host="localhost"), timeout=(1, 1), changes=True, data={"token": "t"})
    assert [one.body for one in platform.came] == [b"token=t"]


def test_a_session_that_is_closed_lets_its_connections_go_and_may_be_used_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening, new_session() as http:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        for _ in range(2):
            answering = Thread(target=_answer_and_wait_for_the_end, args=(listening,))
            answering.start()
            call(http, "GET", url, timeout=(1, 1), changes=True)
            http.close()
            answering.join(10)
            assert not answering.is_alive(), "the other side never saw the end"


def _answer_and_wait_for_the_end(listening: socket.socket) -> None:
    talking, _ = listening.accept()
    with talking:
        talking.recv(65_536)
        talking.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
        while talking.recv(65_536):
            pass


@pytest.mark.parametrize("through_a_proxy", [False, True])
def test_where_an_answer_would_lead_is_nobodys_concern(asked: tuple[str, list[str]], through_a_proxy: bool) -> None:
    server, lines = asked
    with new_session(proxy=server if through_a_proxy else "") as http:
        answer = call(http, "GET", f"{server}/nowhere/302", timeout=(1, 1), changes=True)
    assert answer.status_code == 302
    assert len(lines) == 1


def test_a_header_that_cannot_be_sent_is_an_error_of_ours_and_sends_nothing(asked: tuple[str, list[str]]) -> None:
    server, lines = asked
    with new_session() as http:
        with pytest.raises((Unavailable, Unconfirmed)):
            call(http, "GET", f"{server}/x", timeout=(1, 1), changes=True, headers={"Authorization": "Bearer a\nb"})
        with pytest.raises(Misconfigured, match="nhập lại"):
            call(http, "GET", f"{server}/x", timeout=(1, 1), changes=False, headers={"Authorization": "khóa ộ"})
        assert lines == []
        call(http, "GET", f"{server}/x", timeout=(1, 1), changes=False, headers={"X-None": None})
    assert "x-none" not in lines[0].casefold()


ADDRESS = "/a%2Db/../c?id=%3a|x&&flag&=#part"


@pytest.fixture
def asked() -> Iterator[tuple[str, list[str]]]:
    """A server's address, and what stood in the first lines and the headers of its requests."""
    lines: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            lines.append(f"{self.path}\n{self.headers}")
            asked_for = self.path.rpartition("/")[2]
            self.send_response(int(asked_for) if asked_for.isdecimal() else 204)
            self.send_header("Location", "http://[nowhere/" if "nowhere" in self.path else "/200")
            self.send_header("Content-Length", "0")
            self.send_header("Set-Cookie", "known=1; Path=/")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", lines
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def heard() -> Iterator[tuple[str, list[bytes]]]:
    """A server's address, and every byte of its requests."""
    whole: list[bytes] = []

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += self.rfile.readline()
            told = re.search(rb"(?i)content-length: (\d+)", head)
            whole.append(head + self.rfile.read(int(told[1]) if told else 0))
            self.wfile.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")

    with TCPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", whole
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("through_a_proxy", [False, True])
def test_an_address_that_is_not_ours_is_asked_for_byte_for_byte(
    asked: tuple[str, list[str]], through_a_proxy: bool
) -> None:
    server, lines = asked
    host = "http://video.example:8" if through_a_proxy else server
    with new_session(proxy=server if through_a_proxy else "") as http:
        call(http, "GET", f"{host}{ADDRESS}", timeout=(1, 1), changes=False, as_given=True)
    [line] = lines
    assert line.startswith(f"{host if through_a_proxy else ''}/a%2Db/../c?id=%3a|x&&flag&=\n")
    assert "as-given" not in line.casefold(), "our own mark stays here"


def test_an_address_that_cannot_be_sent_as_it_is_is_sent_in_the_usual_way(asked: tuple[str, list[str]]) -> None:
    server, lines = asked
    with new_session() as http:
        call(http, "GET", f"{server}/Huế 1?a=b", timeout=(1, 1), changes=False, as_given=True)
    assert lines[0].startswith("/Hu%E1%BA%BF%201?a=b\n")


@pytest.mark.parametrize("kind", ["text/javascript", "text/html", "application/json", ""])
def test_vietnamese_words_are_read_whatever_an_answer_calls_itself(kind: str) -> None:
    answer = requests.Response()
    answer.headers["content-type"] = kind
    answer.encoding = requests.utils.get_encoding_from_headers(answer.headers)
    answer._content = '{"title": "Giấy hẹn trả kết quả"}'.encode()
    assert json_of(answer) == {"title": "Giấy hẹn trả kết quả"}
