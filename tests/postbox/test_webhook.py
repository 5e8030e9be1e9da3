"""Signed messages to a real receiver, checked by a computation that shares nothing with ours."""

import base64
import hmac
import json
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from postbox.errors import Refused, Unavailable, Unknown
from postbox.hosts import is_host, is_inside
from postbox.webhook import BadSignature, Hook, check_address, key_of, label, post, sign, verify
from tests.conftest import NOW
from tests.postbox.servers import Receiver, certificate, receiver

KEY = bytes(range(32))
SECRET = "whsec_" + base64.b64encode(KEY).decode()
DATA = {"id": 7, "words": "Kênh “Zalo OA” đang dừng."}


def hook(of: Receiver, path: str = "/thong-bao", **facts: object) -> Hook:
    return Hook(of.url(path), SECRET, **facts)


def sent(of: Receiver, **facts: object) -> None:
    post(hook(of, **facts), "notice-7", "notice.raised", DATA, now=NOW)


def test_the_signature_is_what_the_standard_says() -> None:
    with receiver() as there:
        sent(there)
    (came,) = there.came
    assert came.headers["webhook-id"] == "notice-7"
    stamp = came.headers["webhook-timestamp"]
    assert int(stamp) == NOW.timestamp()
    signed = b"notice-7." + stamp.encode() + b"." + came.body
    wanted = base64.b64encode(hmac.digest(base64.b64decode(SECRET[6:]), signed, "sha256")).decode()
    assert came.headers["webhook-signature"] == f"v1,{wanted}"
    assert json.loads(came.body) == {"type": "notice.raised", "timestamp": NOW.isoformat(), "data": DATA}
    assert came.headers["Content-Type"].startswith("application/json") and SECRET not in str(came)


def test_a_signature_computed_by_hand() -> None:
    """The very bytes, so that a change of form is seen."""
    by_hand = hmac.new(KEY, b"msg_1.1700000000.{}", sha256).digest()
    assert sign(SECRET, "msg_1", 1700000000, b"{}") == "v1," + base64.b64encode(by_hand).decode()


def test_a_receiver_tells_the_true_from_the_changed_the_foreign_and_the_old() -> None:
    with receiver() as there:
        sent(there)
    (came,) = there.came
    assert verify(SECRET, came.headers, came.body, now=NOW + timedelta(minutes=4)) == "notice-7"
    two = {**came.headers, "webhook-signature": f"v1,AAAA {came.headers['webhook-signature']}"}
    assert verify(SECRET, two, came.body, now=NOW) == "notice-7"
    other = "whsec_" + base64.b64encode(bytes(32)).decode()
    for secret, headers, body, now in (
        (SECRET, came.headers, came.body.replace(b"7", b"8"), NOW),
        (other, came.headers, came.body, NOW),
        (SECRET, came.headers, came.body, NOW + timedelta(minutes=6)),
        (SECRET, came.headers, came.body, NOW - timedelta(minutes=6)),
        (SECRET, {**came.headers, "webhook-id": "notice-8"}, came.body, NOW),
        (SECRET, {**came.headers, "webhook-timestamp": "٣"}, came.body, NOW),
        (SECRET, {}, came.body, NOW),
    ):
        with pytest.raises(BadSignature):
            verify(secret, headers, body, now=now)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        *((204, None), (302, Refused), (400, Unavailable), (401, Refused), (410, Refused)),
        *((429, Unavailable), (503, Unavailable)),
    ],
)
def test_only_a_yes_is_a_yes(status: int, kind: type[Exception] | None) -> None:
    with receiver() as there:
        there.statuses, there.headers = [status], {"Location": "http://127.0.0.1:1/", "Retry-After": "120"}
        if kind is None:
            sent(there)
        else:
            with pytest.raises(kind) as told:
                sent(there)
            if isinstance(told.value, Unavailable):
                assert told.value.retry_after == timedelta(minutes=2)
    assert len(there.came) == 1, "a redirect is not followed"


def test_a_lost_answer_is_unknown_and_nobody_there_is_unavailable() -> None:
    with receiver() as there:
        there.hangs_up = True
        with pytest.raises(Unknown):
            sent(there)
    with pytest.raises(Unavailable):
        sent(there)


def test_an_answer_that_drips_for_ever_is_left_in_time() -> None:
    with receiver() as there:
        there.drips = True
        with pytest.raises(Unknown):
            sent(there, answer_seconds=5.0, whole_seconds=0.3)


def test_a_certificate_is_checked(tmp_path: Path) -> None:
    file = certificate(tmp_path)
    with receiver(file) as there:
        address = there.url(host="localhost")
        with pytest.raises(Refused, match="Chứng thư"):
            post(Hook(address, SECRET), "a", "notice.test", {}, now=NOW)
        post(Hook(address, SECRET, trust=str(file)), "a", "notice.test", {}, now=NOW)
    assert len(there.came) == 1


@pytest.mark.parametrize(
    "good", ["https://hook.example/a?b=c", "http://127.0.0.1:8080/x", "http://10.1.2.3/", "http://n8n.noibo/x", "http://localhost:1"]
)  # fmt: skip
def test_addresses_that_messages_may_go_to(good: str) -> None:
    assert check_address(good) == good


@pytest.mark.parametrize(
    "wrong",
    [
        "http://hook.example/a", "http://8.8.8.8/", "ftp://10.0.0.1/", "https://a:b@hook.example/", "https://",
        "https://hook.example/\r\nX: 1", "https://hook example/", "http://169.254.169.254/", "//hook.example",
        "https://hook.example:99999/", "https://hook.example\\@10.0.0.1/", "hook",
        "https://2852039166/", "https://0xa9fea9fe/", "https://0251.0376.0251.0376/", "https://127.1/",
        "https://169.254.170.2/", "https://[::ffff:169.254.169.254]/", "https://[fe80::1]/", "https://[fd00:ec2::254]/",
        "https://168.63.129.16/", "https://100.100.100.200/", "https://0.0.0.0/",
    ],
)  # fmt: skip
def test_addresses_that_they_may_not(wrong: str) -> None:
    with pytest.raises(ValueError):
        check_address(wrong)


def test_a_name_that_was_turned_to_where_clouds_hand_out_keys_gets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name was fine when it was written down; what it leads to when a message goes out is looked at again."""
    with receiver() as there:
        monkeypatch.setattr("postbox.webhook.hands_out_keys", lambda address: address == "127.0.0.1")
        with pytest.raises((Unavailable, Unknown)):
            post(Hook(there.url(), SECRET), "a", "notice.test", {}, now=NOW)
    assert there.came == []


def test_a_name_that_only_looks_inside_gets_nothing_in_clear() -> None:
    with receiver() as there, pytest.raises(Refused, match="https"):
        post(Hook(f"http://khong-co-may-nay.noibo:{there.port}/", SECRET), "a", "notice.test", {}, now=NOW)


@pytest.mark.parametrize(
    "wrong",
    ["", "abc", "whsec_", "whsec_abc", "whsec_" + "A" * 20, base64.b64encode(KEY).decode(), "whsec_ü" + "A" * 43],
)
def test_a_secret_of_another_form_is_refused_without_showing_it(wrong: str) -> None:
    with pytest.raises(ValueError) as told:
        key_of(wrong)
    assert len(wrong) < 8 or wrong not in str(told.value)


def test_what_is_shown_of_an_address_gives_no_secret_away() -> None:
    one, other = label("https://hook.example/a?token=abc"), label("https://hook.example/a?token=xyz")
    assert one != other and "abc" not in one and one.startswith("hook.example/a")
    assert SECRET not in repr(Hook("https://hook.example/", SECRET))


def test_hosts_inside_and_outside() -> None:
    inside = ["127.0.0.1", "::1", "192.168.1.9", "localhost", "mail", "thu.lan", "::ffff:10.0.0.1"]
    outside = ["hue.gov.vn", "8.8.8.8", "169.254.169.254", "0.0.0.0", "evil-localhost.example"]
    assert [is_inside(one) for one in (*inside, *outside)] == [True] * len(inside) + [False] * len(outside)
    assert [is_host(one) for one in ("a b", "", "http://a", "a_b.c", "-a.b")] == [False, False, False, True, False]
