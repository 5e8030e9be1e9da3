"""`cchc connect`: a real browser's way through the imitated consent pages, back to a page that waits for it."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from connectors import CONNECTORS
from tests.architecture.sources import ROOT
from tests.cli.conftest import Browser, Cchc, Told, kept, tokens
from tests.conftest import Sandbox

HERE = "http://127.0.0.1:0/cchc/callback"


def hear_ctrl_c() -> None:
    """A shell that runs the tests beside its own work makes them, and all they start, deaf to it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Waiting:
    """`cchc connect …` in a process of its own, standing at the moment at which it shows the address to open."""

    def __init__(self, cchc: Cchc, *arguments: str) -> None:
        self.cchc = cchc
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cli.app", "connect", *arguments],
            cwd=cchc.folder, env={**os.environ, "CCHC_REDIRECT_URI": HERE, **cchc.env, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
            preexec_fn=hear_ctrl_c,
        )  # fmt: skip
        assert self.process.stdout is not None
        self.read: list[str] = []
        for line in self.process.stdout:
            self.read.append(line)
            if line.startswith("http"):
                break
        [self.address] = [line.strip() for line in self.read if line.startswith("http")]

    def ends(self, typed: str = "") -> Told:
        """What it told when it came to its end; no code and no token may be in it."""
        out, err = self.process.communicate(typed, timeout=30)
        told = Told(self.process.returncode, "".join(self.read) + out, err)
        self.cchc.secrets |= tokens(self.cchc)
        assert not [secret for secret in self.cchc.secrets if secret in told.out + told.err], "a secret was shown"
        return told

    @property
    def back(self) -> str:
        """The address of the page that waits."""
        return dict(parse_qsl(urlsplit(self.address).query))["redirect_uri"]


@contextmanager
def waiting(cchc: Cchc, *arguments: str) -> Iterator[Waiting]:
    """Such a process; ended with the block."""
    one = Waiting(cchc, *arguments)
    with one.process:
        try:
            yield one
        finally:
            one.process.kill()


def allow(cchc: Cchc, http: requests.Session, address: str) -> str:
    """Open the address as an administrator who allows; the words of the page one ends on."""
    page = http.get(address, timeout=10)
    cchc.secrets |= set(re.findall(r"[?&]code=([^&]+)", page.url))
    assert page.status_code == 200
    return page.text


# The browser comes back --------------------------------------------------------------------------------


@pytest.mark.parametrize("platform", list(CONNECTORS))
def test_the_command_goes_on_by_itself_when_the_browser_comes_back(
    online: Cchc, sandbox: Sandbox, platform: str
) -> None:
    with waiting(online, platform, "--key", "kenh", "--slot", "T2 19:30") as one:
        assert "đóng trang này" in allow(online, sandbox.http, one.address)
        told = one.ends()
    assert told.code == 0 and told.err == "", told
    assert "Đã kết nối" in told.out and "kenh: dùng được" in told.out
    assert "19:30" in online.ok("channels", "list", COLUMNS="200")


def test_whatever_else_comes_is_answered_politely_and_waiting_goes_on(online: Cchc, sandbox: Sandbox) -> None:
    with waiting(online, "facebook", "--key", "fanpage") as one:
        back = urlsplit(one.back)
        idle = socket.create_connection((back.hostname or "", back.port or 0))
        with idle:
            for address, status in (
                (f"{one.back}?code=stolen-code&state=of-another-try", 400),
                (f"{one.back}?code=stolen-code", 400),
                (one.back, 400),
                (f"http://{back.netloc}/favicon.ico", 404),
                (f"http://{back.netloc}/?state=x", 404),
            ):
                page = sandbox.http.get(address, timeout=10)
                assert page.status_code == status and "Hãy mở" in page.text and "stolen" not in page.text
                assert "no-store" in page.headers["Cache-Control"] and "Python" not in page.headers["Server"]
            assert sandbox.http.post(one.back, timeout=10).status_code == 501
            allow(online, sandbox.http, one.address)
            told = one.ends()
    assert told.code == 0 and told.err == "", told
    assert "stolen" not in told.out


@pytest.mark.parametrize(("platform", "fault"), [("facebook", "refuse_consent"), ("youtube", "access_denied")])
def test_a_person_who_does_not_allow_is_told_and_nothing_is_saved(
    online: Cchc, sandbox: Sandbox, platform: str, fault: str
) -> None:
    sandbox.fault(platform, fault)
    with waiting(online, platform, "--key", "kenh") as one:
        assert "đóng trang này" in allow(online, sandbox.http, one.address)
        assert "hãy" in one.ends().sentence
    assert "chưa có gì" in online.ok("channels", "list")


def test_ctrl_c_ends_the_waiting_with_one_sentence(online: Cchc, sandbox: Sandbox) -> None:
    with waiting(online, "facebook", "--key", "fanpage") as one:
        assert one.process.stdout is not None
        one.read += [next(one.process.stdout), next(one.process.stdout)]
        assert "Ctrl-C" in one.read[-1]
        one.process.send_signal(signal.SIGINT)
        assert "Đã dừng chờ" in one.ends().sentence
        with pytest.raises(requests.ConnectionError):
            sandbox.http.get(one.back, timeout=10)
    assert "chưa có gì" in online.ok("channels", "list")


def test_a_platform_that_does_not_answer_the_exchange_is_told_with_the_way_out(online: Cchc, sandbox: Sandbox) -> None:
    sandbox.fault("zalo", "hang_up", path="/v4/oa/access_token")
    with waiting(online, "zalo", "--key", "oa") as one:
        allow(online, sandbox.http, one.address)
        assert "kết nối lại từ đầu" in one.ends().sentence


def test_a_port_in_use_is_told_before_anybody_is_sent_through_a_consent(online: Cchc, sandbox: Sandbox) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        online.env["CCHC_REDIRECT_URI"] = f"http://127.0.0.1:{port}/"
        told = online("connect", "facebook", "--key", "x")
        assert str(port) in told.sentence and "--paste-address" in told.sentence
        assert "http" not in told.out
        online.ok("connect", "facebook", "--key", "x", "--paste-address", input=Browser(sandbox.http))


# Several accounts --------------------------------------------------------------------------------------

OTHER_PAGE = {
    "id": "723701000000099",
    "name": "Trang thứ hai",
    "access_token": "EAAPsecond",
    "tasks": ["CREATE_CONTENT"],
}


@pytest.fixture
def two_pages(online: Cchc, sandbox: Sandbox) -> Iterator[Cchc]:
    """The imitated Facebook behind a server that adds a second Page to the administrator's list."""

    class Between(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            headers = {"Authorization": self.headers["Authorization"]} if "Authorization" in self.headers else {}
            with requests.Session() as http:
                http.trust_env = False
                answer = http.get(sandbox.url("facebook") + self.path, headers=headers, timeout=10)
                body, status = answer.content, answer.status_code
            if urlsplit(self.path).path.endswith("/me/accounts"):
                body = json.dumps({"data": [OTHER_PAGE, *answer.json()["data"]]}).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Between) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        online.env["CCHC_FACEBOOK__GRAPH_URL"] = f"http://127.0.0.1:{server.server_address[1]}"
        online.secrets.add(OTHER_PAGE["access_token"])
        yield online
        server.shutdown()
        thread.join()


def test_of_several_accounts_a_person_picks_one_from_the_list(two_pages: Cchc, sandbox: Sandbox) -> None:
    with waiting(two_pages, "facebook", "--key", "fanpage") as one:
        allow(two_pages, sandbox.http, one.address)
        told = one.ends("neither\n2\n")
    assert told.code == 0, told
    assert f"1. Trang thứ hai ({OTHER_PAGE['id']})" in told.out and "fanpage: dùng được" in told.out
    assert "Trang thứ hai" not in two_pages.ok("channels", "list", COLUMNS="200")


def test_of_several_accounts_one_is_named_beforehand(two_pages: Cchc, sandbox: Sandbox) -> None:
    with waiting(two_pages, "facebook", "--key", "fanpage", "--account", OTHER_PAGE["id"]) as one:
        allow(two_pages, sandbox.http, one.address)
        told = one.ends()
    assert "Đã kết nối Trang thứ hai" in told.out
    assert "1. " not in told.out


def test_nobody_who_picks_means_nothing_is_saved_and_the_accounts_are_listed(two_pages: Cchc, sandbox: Sandbox) -> None:
    with waiting(two_pages, "facebook", "--key", "fanpage") as one:
        allow(two_pages, sandbox.http, one.address)
        sentence = one.ends("\n").sentence
    assert "--account" in sentence and f"Trang thứ hai ({OTHER_PAGE['id']})" in sentence
    assert "chưa có gì" in two_pages.ok("channels", "list")


def test_renewing_a_channel_asks_for_no_account(two_pages: Cchc, sandbox: Sandbox) -> None:
    two_pages.ok("connect", "facebook", "--key", "fanpage", "--account", OTHER_PAGE["id"], input=Browser(sandbox.http))
    with waiting(two_pages, "facebook", "--key", "fanpage") as one:
        allow(two_pages, sandbox.http, one.address)
        assert "Đã kết nối Trang thứ hai" in one.ends().out
    told = two_pages("connect", "facebook", "--key", "fanpage", "--account", "12345", input=Browser(sandbox.http))
    assert "12345" in told.sentence and OTHER_PAGE["id"] in told.sentence


# Pasting -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("platform", list(CONNECTORS))
def test_an_account_is_connected_by_pasting_the_address_it_landed_on(
    online: Cchc, sandbox: Sandbox, platform: str
) -> None:
    browser = Browser(sandbox.http)
    told = online("connect", platform, "--key", "kenh", "--slot", "07:30", "--slot", "T2 19:30", input=browser)
    assert told.code == 0 and "Đã kết nối" in told.out and "“kenh”" in told.out, told
    assert not any(code in told.out + told.err for code in browser.codes), "the code was shown"
    listed = online.ok("channels", "list", COLUMNS="200")
    assert "kenh" in listed and "Đang hoạt động" in listed and "07:30" in listed and "19:30" in listed
    assert "dùng được" in online.ok("channels", "check")


@pytest.mark.parametrize("platform", list(CONNECTORS))
def test_the_address_is_pasted_when_the_browser_is_on_another_machine(
    online: Cchc, sandbox: Sandbox, platform: str
) -> None:
    arguments = ("connect", platform, "--key", "kenh", "--paste-address", "--redirect-uri", HERE)
    assert "kenh: dùng được" in online.ok(*arguments, input=Browser(sandbox.http))


def test_an_account_that_is_another_channel_already_is_told_as_that(fanpage: Cchc, sandbox: Sandbox) -> None:
    out = fanpage.ok("connect", "facebook", "--key", "moi", input=Browser(sandbox.http))
    assert "đã là kênh “fanpage”" in out and "không thêm kênh “moi”" in out
    assert "moi" not in fanpage.ok("channels", "list", COLUMNS="200")


@pytest.mark.parametrize(
    "address",
    [
        "http://example.vn/callback",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:port/",
        "https://",
        "localhost/cchc",
        "https://localhost/cchc#part",
        "http://127.0.0.1.example.vn/",
        "http://[::1/",
    ],
)
def test_an_address_that_no_browser_may_come_back_to_is_refused(online: Cchc, address: str) -> None:
    sentence = online("connect", "facebook", "--key", "x", CCHC_REDIRECT_URI=address).sentence
    assert "CCHC_REDIRECT_URI" in sentence and "https://" in sentence
    sentence = online("connect", "facebook", "--key", "x", "--redirect-uri", address).sentence
    assert "--redirect-uri" in sentence and "https://" in sentence


def test_connecting_the_same_account_again_renews_it(fanpage: Cchc, sandbox: Sandbox) -> None:
    fanpage.ok("channels", "slots", "fanpage", "--slot", "T7 09:15")
    out = fanpage.ok("connect", "facebook", "--key", "fanpage", input=Browser(sandbox.http))
    assert "“fanpage”" in out
    listed = fanpage.ok("channels", "list", COLUMNS="200")
    assert listed.count("fanpage") == 1 and "09:15" in listed, "its own posting times stay"


def test_a_slot_in_quiet_hours_is_kept_and_the_person_is_told(fanpage: Cchc) -> None:
    assert "Lưu ý" not in fanpage.ok("channels", "slots", "fanpage", "--slot", "07:30")
    told = fanpage.ok("channels", "slots", "fanpage", "--slot", "07:30", "--slot", "23:30")
    assert "14 khung giờ" in told and "Lưu ý: 23:30 nằm trong giờ yên lặng" in told


def test_a_key_in_use_is_refused(fanpage: Cchc, sandbox: Sandbox) -> None:
    told = fanpage("connect", "youtube", "--key", "fanpage", input=Browser(sandbox.http))
    assert "fanpage" in told.sentence and "tên khác" in told.sentence
    assert "http" not in told.out, "nobody is sent through a consent in vain"
    assert "YouTube" not in fanpage.ok("channels", "list")


@pytest.mark.parametrize(
    ("pasted", "says"),
    [
        ("https://localhost/cchc/callback", "chép lại"),
        ("what?", "chép lại"),
        ("", "chép lại"),
        ("https://localhost/cchc/callback?code=abcdef&state=of-another-try", "không khớp"),
        ("https://localhost/cchc/callback?error=access_denied&state=of-another-try", "không khớp"),
    ],
)
def test_an_address_that_is_not_the_answer_is_refused(online: Cchc, pasted: str, says: str) -> None:
    assert says in online("connect", "facebook", "--key", "fanpage", input=pasted + "\n").sentence
    assert "chưa có gì" in online.ok("channels", "list")


@pytest.mark.parametrize("platform", list(CONNECTORS))
def test_tokens_that_a_person_has_are_pasted(online: Cchc, sandbox: Sandbox, platform: str) -> None:
    online.ok("connect", platform, "--key", "kenh", input=Browser(sandbox.http))
    values = kept(online)[0]
    online.secrets |= tokens(online)
    pasted = "\n".join([values.get("access_token", ""), values.get("refresh_token", ""), ""])
    assert "“kenh”" in online.ok("connect", platform, "--key", "kenh", "--paste-token", input=pasted)
    assert "dùng được" in online.ok("channels", "check", "kenh")


def test_a_pasted_token_that_opens_nothing_is_refused(online: Cchc) -> None:
    told = online("connect", "facebook", "--key", "fanpage", "--paste-token", input="no-such-token\n\n")
    assert told.code == 1 and "no-such-token" not in told.out + told.err
    assert "chưa có gì" in online.ok("channels", "list")


def test_pasting_nothing_is_refused(online: Cchc) -> None:
    assert "Chưa dán" in online("connect", "zalo", "--key", "oa", "--paste-token", input="\n\n").sentence


@pytest.mark.parametrize("arguments", [("tiktok", "--key", "x"), ("tiktok", "--key", "x", "--paste-token")])
def test_an_unknown_platform_is_named(online: Cchc, arguments: tuple[str, ...]) -> None:
    sentence = online("connect", *arguments).sentence
    assert "tiktok" in sentence and all(name in sentence for name in CONNECTORS)


def test_an_app_that_is_not_configured_is_told_before_anything_is_asked(office: Cchc) -> None:
    for platform in CONNECTORS:
        assert "CCHC" in office("connect", platform, "--key", "kenh").sentence, platform


@pytest.mark.parametrize("slot", ["25:00", "T9 07:30", "morning"])
def test_a_posting_time_that_is_none_is_refused_before_the_consent(online: Cchc, slot: str) -> None:
    told = online("connect", "facebook", "--key", "fanpage", "--slot", slot)
    assert slot in told.sentence and "http" not in told.out


def test_an_option_that_the_platform_does_not_know_is_refused(online: Cchc, sandbox: Sandbox) -> None:
    browser = Browser(sandbox.http)
    arguments = ("connect", "youtube", "--key", "tube", "--option")
    assert "colour" in online(*arguments, "colour=red", input=browser).sentence
    assert "tên=giá trị" in online(*arguments, "colour", input=browser).sentence
    assert not browser.codes, "nobody is sent through a consent in vain"
