"""Fetching, against a real server on loopback: bounded in every way, and never at a machine nobody checked."""

import gzip
import socket
import threading
import zlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from portal.errors import PortalError, Refused
from portal.fetch import Fetched, Limits, fetch, retry_after
from portal.guard import Guard
from tests.portal.server import HOST, Portal, running

FEED = "<rss><channel><title>Cổng</title></channel></rss>".encode()


@pytest.fixture
def portal() -> Iterator[Portal]:
    with running() as made:
        yield made


def get(portal: Portal, path: str, **facts: object) -> Fetched:
    return fetch(portal.url(path), **{"guard": portal.guard(), **facts})  # type: ignore[arg-type]


def failure(portal: Portal, path: str, **facts: object) -> PortalError:
    with pytest.raises(PortalError) as caught:
        get(portal, path, **facts)
    assert "bimat" not in str(caught.value) and "bimat" not in repr(caught.value.__cause__)
    assert caught.value.words.endswith(".")
    return caught.value


def test_it_gives_the_bytes_and_what_to_tell_next_time(portal: Portal) -> None:
    portal.says("/rss", FEED, Content_Type="text/xml", ETag='"a1"', Last_Modified="Sun, 22 Nov 2026 01:00:00 GMT")
    found = get(portal, "/rss")
    assert (found.data, found.content_type, found.etag) == (FEED, "text/xml", '"a1"')
    assert (found.address, found.not_modified, found.moved_to) == (portal.url("/rss"), False, "")
    portal.says("/rss", status=304, ETag='"a1"')
    again = get(portal, "/rss", etag=found.etag, last_modified=found.last_modified)
    assert (again.not_modified, again.data) == (True, b"")
    sent = portal.asked[-1][1]
    assert (sent["If-None-Match"], sent["If-Modified-Since"]) == ('"a1"', "Sun, 22 Nov 2026 01:00:00 GMT")


def test_what_a_server_told_cannot_put_headers_of_its_own_into_the_next_request(portal: Portal) -> None:
    portal.says("/rss", FEED)
    get(portal, "/rss", etag='"a"\r\nX-Own: 1', last_modified="thứ Hai")
    assert not {"X-Own", "If-None-Match", "If-Modified-Since"} & set(portal.asked[-1][1])


def test_nobody_who_was_not_asked_conditionally_may_say_that_nothing_has_changed(portal: Portal) -> None:
    portal.says("/rss", status=304)
    assert failure(portal, "/rss").code == "status"


def test_it_connects_to_the_checked_machine_and_names_the_host(portal: Portal) -> None:
    asked: list[str] = []

    def rebinding(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.66"]

    portal.says("/rss", FEED)
    guard = Guard.of(f"{HOST}:{portal.port}", resolve=rebinding)
    assert fetch(portal.url("/rss"), guard=guard).data == FEED
    assert asked == [HOST], "the name was looked up again"
    assert portal.asked[-1][1]["Host"] == f"{HOST}:{portal.port}"


def test_the_computers_own_resolver_is_never_asked_by_the_connection(
    portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up: list[object] = []
    real = socket.getaddrinfo

    def watched(host: object, *rest: object, **more: object) -> object:
        looked_up.append(host)
        return real(host, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", watched)
    portal.says("/rss", FEED)
    get(portal, "/rss")
    assert set(looked_up) <= {"127.0.0.1"}


def test_the_second_machine_is_tried_when_the_first_does_not_answer(portal: Portal) -> None:
    portal.says("/rss", FEED)
    guard = Guard.of(f"{HOST}:{portal.port}", resolve=lambda _host, _port: ["::1", "127.0.0.1"])
    # nobody listens at the first
    assert fetch(portal.url("/rss"), guard=guard).data == FEED


def test_not_one_byte_of_the_path_is_rewritten(portal: Portal) -> None:
    path = "/tin/%c3%a1%7Ex/../a;b=1/'%2f?gd=7&cn=198&x=[1]|{2}&y=%"
    portal.says(path, FEED)
    assert get(portal, path).data == FEED


def test_a_redirect_is_followed_and_a_lasting_one_is_told(portal: Portal) -> None:
    portal.says("/moi", FEED)
    portal.leads("/cu", "/moi", 301)
    portal.leads("/tam", "/moi", 302)
    assert get(portal, "/cu").moved_to == portal.url("/moi")
    assert (get(portal, "/tam").moved_to, get(portal, "/tam").address) == ("", portal.url("/moi"))


def test_a_redirect_with_vietnamese_letters_is_followed_as_the_server_meant_it(portal: Portal) -> None:
    portal.leads("/cu", "/tin tức".encode().decode("latin-1"))
    portal.says("/tin%20t%E1%BB%A9c", FEED)
    assert get(portal, "/cu").data == FEED


@pytest.mark.parametrize(
    "where",
    ["http://127.0.0.1:{port}/kin", "http://10.0.0.1/", "//169.254.169.254/latest/", "http://0x7f.1:{port}/kin",
     "file:///etc/passwd", "ftp://cong.vidu.example/", "http://lan:bimat@cong.vidu.example:{port}/kin", "http://[::1]/",
     "http://cong.vidu.example:22/"],
)  # fmt: skip
def test_every_redirect_is_checked_anew(portal: Portal, where: str) -> None:
    portal.says("/kin", b"bimat")
    portal.leads("/cu", where.format(port=portal.port))
    with pytest.raises(Refused):
        get(portal, "/cu")
    assert [path for path, _headers in portal.asked] == ["/cu"], "the machine was asked all the same"


def test_conditions_and_cookies_do_not_follow_a_redirect(portal: Portal) -> None:
    portal.says("/cu", status=302, Location="/moi", Set_Cookie="phien=bimat")
    portal.says("/moi", FEED)
    get(portal, "/cu", etag='"a"')
    assert not {"If-None-Match", "Cookie", "Authorization"} & set(portal.asked[-1][1])


def test_five_redirects_are_followed_and_no_sixth(portal: Portal) -> None:
    for place in range(7):
        portal.leads(f"/{place}", f"/{place + 1}")
    portal.says("/5", FEED)
    assert get(portal, "/0").data == FEED
    portal.leads("/5", "/6")
    portal.says("/6", FEED)
    assert failure(portal, "/0").code == "redirects"


@pytest.mark.parametrize("where", ["", "http://[", "   "])
def test_a_redirect_to_nowhere_is_said_to_be_one(portal: Portal, where: str) -> None:
    portal.leads("/cu", where)
    assert failure(portal, "/cu").code == "redirects"


@pytest.mark.parametrize(
    ("status", "code"),
    [(401, "forbidden"), (403, "forbidden"), (404, "not_found"), (410, "gone"), (429, "limited"), (500, "server"),
     (503, "server"), (204, "status"), (206, "status"), (418, "status")],
)  # fmt: skip
def test_a_status_is_told_in_words_without_the_query(portal: Portal, status: int, code: str) -> None:
    portal.says("/rss?khoa=bimat", status=status, Retry_After="120")
    told = failure(portal, "/rss?khoa=bimat")
    assert (told.code, told.status, told.retry_after) == (code, status, timedelta(seconds=120))
    assert f"{HOST}/rss" in told.words


def test_retry_after_is_a_span_a_moment_or_nothing() -> None:
    assert retry_after("120") == timedelta(minutes=2)
    assert retry_after("Sun, 22 Nov 2026 01:00:00 GMT") == datetime(2026, 11, 22, 1, tzinfo=UTC)
    assert [retry_after(told) for told in ("", "soon", "-5", "9" * 40, "1.5", "٣")] == [None] * 6


@pytest.mark.parametrize("told", ["Fri, 31 Dec 9999 23:59:59 -2300", "Fri, 31 Dec 2026 23:59:59 +99999999999999999999"])
def test_a_moment_beyond_all_calendars_is_no_moment(portal: Portal, told: str) -> None:
    portal.says("/rss", status=503, Retry_After=told)
    assert (failure(portal, "/rss").code, failure(portal, "/rss").retry_after) == ("server", None)


# Size --------------------------------------------------------------------------------------------------

SMALL = Limits(size=1000)


def test_more_than_is_allowed_is_not_read_whether_it_is_told_or_not(portal: Portal) -> None:
    portal.says("/noi", b"x" * 1001)
    portal.says("/du", b"x" * 1000)
    assert failure(portal, "/noi", limits=SMALL).code == "too_large"
    assert len(get(portal, "/du", limits=SMALL).data) == 1000
    portal.drips("/khong-noi", b"HTTP/1.0 200 OK\r\n\r\n", b"x" * 400)
    assert failure(portal, "/khong-noi", limits=SMALL).code == "too_large"
    portal.drips(
        "/tung-khuc", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"190\r\n" + b"x" * 400 + b"\r\n"
    )
    assert failure(portal, "/tung-khuc", limits=SMALL).code == "too_large"


@pytest.mark.parametrize("chunk", [b"-1\r\n", b"-5\r\nabc\r\n0\r\n\r\n", b"-ffff\r\n"])
def test_a_chunk_of_less_than_nothing_opens_no_way_around_the_limit(portal: Portal, chunk: bytes) -> None:
    portal.answers["/rss"] = lambda handler: (
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk + b"x" * 5000) and None
    )
    assert failure(portal, "/rss", limits=SMALL).code == "incomplete"


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    ("coding", "pack"), [("gzip", gzip.compress), ("x-gzip", gzip.compress), ("deflate", zlib.compress),
                         ("deflate", raw_deflate), ("GZIP", gzip.compress), ("", gzip.compress)],
)  # fmt: skip
def test_packed_answers_are_unpacked_and_a_bomb_is_stopped(portal: Portal, coding: str, pack: object) -> None:
    assert callable(pack)
    portal.says("/rss", pack(FEED), **({"Content_Encoding": coding} if coding else {}))
    assert get(portal, "/rss").data == FEED
    portal.says("/bom", pack(bytes(20_000_000)), **({"Content_Encoding": coding} if coding else {}))
    assert failure(portal, "/bom").code == "too_large"


def test_pieces_packed_behind_one_another_are_one_answer_but_not_without_end(portal: Portal) -> None:
    portal.says("/rss", gzip.compress(FEED[:10], mtime=0) + gzip.compress(FEED[10:], mtime=0), Content_Encoding="gzip")
    assert get(portal, "/rss").data == FEED
    portal.says("/bom", gzip.compress(b"", mtime=0) * 200_000, Content_Encoding="gzip")
    assert failure(portal, "/bom").code == "coding"


@pytest.mark.parametrize(
    ("coding", "body", "code"),
    [("br", b"\x8b\x02\x80x\x03", "coding"), ("zstd", b"x", "coding"),
     ("gzip, gzip", gzip.compress(b"x", mtime=0), "coding"),
     ("gzip", b"no gzip at all", "coding"), ("deflate", b"\xff\xff", "coding"),
     ("gzip", gzip.compress(FEED, mtime=0)[:-6], "incomplete")],
)  # fmt: skip
def test_what_cannot_be_unpacked_is_said_to_be_so(portal: Portal, coding: str, body: bytes, code: str) -> None:
    portal.says("/rss", body, Content_Encoding=coding)
    assert failure(portal, "/rss").code == code


def test_an_answer_that_breaks_off_is_no_answer(portal: Portal) -> None:
    portal.says("/rss", FEED, Content_Length=str(len(FEED) + 5))
    assert failure(portal, "/rss").code == "incomplete"


# Time --------------------------------------------------------------------------------------------------

HASTY = Limits(whole=1.5)  # with less a loaded machine is over before it has asked


@pytest.mark.parametrize(
    ("head", "drop"),
    [(b"HTTP/1.0 200 OK\r\n\r\n", b"x"), (b"HTTP/1.1 200 OK\r\nX-A: ", b"a"), (b"", b"H"),
     (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x")],
    ids=["body", "header", "status line", "known length"],
)  # fmt: skip
def test_an_answer_that_drips_is_ended_by_the_whole_time(portal: Portal, head: bytes, drop: bytes) -> None:
    portal.drips("/rss", head, drop)
    assert failure(portal, "/rss", limits=HASTY).code == "timeout"
    assert portal.asked, "the time was over before anything was said"
    assert portal.hung_up.wait(5), "it listened until the server had said everything"


def test_a_silent_server_is_ended_by_the_time_between_two_bytes() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        guard = Guard.of(f"{HOST}:{port}", resolve=lambda _host, _port: ["127.0.0.1"])
        for scheme in ("http", "https"):
            with pytest.raises(PortalError) as caught:
                fetch(f"{scheme}://{HOST}:{port}/", guard=guard, limits=Limits(read=0.2, connect=0.2))
            assert caught.value.code == "timeout"


def test_a_handshake_that_never_ends_is_ended_by_the_whole_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        guard = Guard.of(f"{HOST}:{port}", resolve=lambda _host, _port: ["127.0.0.1"])
        with pytest.raises(PortalError) as caught:
            fetch(f"https://{HOST}:{port}/", guard=guard, limits=HASTY)
        assert caught.value.code == "timeout"


def test_nothing_is_left_running_or_open(portal: Portal) -> None:
    portal.says("/rss", FEED)
    others = set(threading.enumerate())
    get(portal, "/rss")
    left = set(threading.enumerate()) - others
    assert [one.name for one in left if isinstance(one, threading.Timer)] == []


# Broken servers and TLS --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500 + b"\r\n",
     b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000,
     b"HTTP/1.1 abc OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"],
    ids=["nothing", "nonsense", "many headers", "long header", "no status", "broken chunk"],
)  # fmt: skip
def test_a_server_that_speaks_no_http_ends_in_words(portal: Portal, answer: bytes) -> None:
    portal.answers["/rss"] = lambda handler: handler.wfile.write(answer) and None
    assert failure(portal, "/rss").code in ("unreachable", "incomplete")


def test_a_machine_that_does_not_answer_is_said_to_be_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    guard = Guard.of(f"{HOST}:{port}", resolve=lambda _host, _port: ["127.0.0.1"])
    with pytest.raises(PortalError) as caught:
        fetch(f"http://{HOST}:{port}/rss?khoa=bimat", guard=guard)
    assert caught.value.code == "unreachable" and "bimat" not in caught.value.words


def certificate(folder: Path) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 7, start, start + timedelta(days=3650))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "portal.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return str(file)


def test_tls_asks_for_the_host_by_name_and_trusts_no_unknown_certificate(tmp_path: Path) -> None:
    with running(certificate(tmp_path)) as secure:
        secure.says("/rss", FEED)
        assert failure(secure, "/rss?khoa=bimat").code == "certificate"
        assert secure.names == [HOST] and secure.asked == []


def test_a_trusted_certificate_is_held_against_the_name_and_not_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = certificate(tmp_path)
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", file)
    with running(file) as secure:
        secure.says("/rss", FEED)
        assert get(secure, "/rss").data == FEED
        with pytest.raises(PortalError) as caught:
            other = f"khac.vidu.example:{secure.port}"
            fetch(f"https://{other}/rss", guard=secure.guard(other))
        assert caught.value.code == "certificate"


# The office's proxy ------------------------------------------------------------------------------------


def test_a_proxy_is_asked_by_name_and_nobody_else_is_connected_to(portal: Portal) -> None:
    portal.says("http://cong.vidu.example/rss?a=%c3%a1", FEED)
    guard = Guard.of(resolve=lambda _host, _port: [], by_proxy=True)
    found = fetch("http://cong.vidu.example/rss?a=%c3%a1", guard=guard, proxy=f"http://127.0.0.1:{portal.port}")
    assert found.data == FEED
    assert portal.asked[-1][1]["Host"] == "cong.vidu.example"


def test_a_proxy_that_refuses_is_named(portal: Portal) -> None:
    guard = Guard.of(resolve=lambda _host, _port: [], by_proxy=True)
    with pytest.raises(PortalError) as caught:
        fetch("https://cong.vidu.example/?khoa=bimat", guard=guard, proxy=f"http://127.0.0.1:{portal.port}")
    assert caught.value.code == "proxy" and "bimat" not in caught.value.words
