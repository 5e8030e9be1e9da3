"""Every fault on the wire does what it says, over real HTTP, before or after the platform has acted."""

import contextlib
import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from sandbox.faults import KINDS, LEAKED, PERSON
from sandbox.scenario import kinds_of
from sandbox.world import PLATFORMS
from tests.conftest import Sandbox

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "sandbox.md"
FEED = "/v26.0/723701000000001/feed"
BACK = "https://localhost/back"


class Visitor:
    """Somebody with a token of the Page."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.base = sandbox.url("facebook")
        self.http = requests.Session()
        self.http.trust_env = False
        app = sandbox.settings["facebook"]
        scopes = "pages_show_list,pages_manage_posts,pages_read_engagement"
        asked = {"client_id": app["app_id"], "redirect_uri": BACK, "scope": scopes, "state": "s"}
        landed = self.http.get(f"{self.base}/v26.0/dialog/oauth", params=asked, allow_redirects=False, timeout=5)
        code = parse_qs(urlsplit(landed.headers["Location"]).query)["code"][0]
        form = {**asked, "client_secret": app["app_secret"], "code": code}
        user = self.http.get(f"{self.base}/v26.0/oauth/access_token", params=form, timeout=5).json()["access_token"]
        self.user = user
        pages = self.http.get(f"{self.base}/v26.0/me/accounts", headers={"Authorization": f"OAuth {user}"}, timeout=5)
        self.page = pages.json()["data"][0]
        self.bearer = {"Authorization": f"OAuth {self.page['access_token']}"}

    def order(self, kind: str, *, effect: bool = True, times: int = 1, **values: Any) -> None:
        """A fault for the next post."""
        self.sandbox.fault("facebook", kind, method="POST", path=FEED, effect=effect, times=times, values=values)

    def post(self, message: str = "Mời bà con", timeout: float = 5) -> requests.Response:
        """Publish something on the Page."""
        return self.http.post(f"{self.base}{FEED}", data={"message": message}, headers=self.bearer, timeout=timeout)

    def seen(self) -> list[str]:
        """What the people see."""
        return [item["text"] for item in self.sandbox.public("facebook")]

    def struck(self) -> list[str]:
        """The faults of the last request."""
        return str(self.sandbox.requests("facebook")[-1]["fault"]).split(", ")


@pytest.fixture
def visitor(sandbox: Sandbox) -> Iterator[Visitor]:
    one = Visitor(sandbox)
    yield one
    one.http.close()


def done(effect: bool) -> list[str]:
    """What the people see after one post that was struck."""
    return ["Mời bà con"] if effect else []


# Instead of the answer -----------------------------------------------------------------------------------


@pytest.mark.parametrize("effect", [True, False])
def test_a_connection_that_is_hung_up_brings_no_answer_whether_the_platform_acted_or_not(
    visitor: Visitor, effect: bool
) -> None:
    visitor.order("hang_up", effect=effect)
    with pytest.raises(requests.ConnectionError):
        visitor.post()
    assert visitor.seen() == done(effect)
    assert visitor.struck() == ["hang_up"]


@pytest.mark.parametrize("effect", [True, False])
def test_an_answer_that_is_delayed_comes_after_the_time_out(visitor: Visitor, effect: bool) -> None:
    visitor.order("delay", effect=effect, seconds=0.4)
    with pytest.raises(requests.ReadTimeout):
        visitor.post(timeout=0.1)
    for _ in range(2_000):
        if visitor.sandbox.requests("facebook")[-1]["acted"]:
            break
    assert visitor.seen() == done(effect)


def test_a_platform_that_refuses_connections_comes_back_with_everything_it_had(visitor: Visitor) -> None:
    visitor.post("Bài cũ")
    visitor.order("refused", seconds=0.3)
    with pytest.raises(requests.ConnectionError):
        visitor.post()
    address = ("127.0.0.1", urlsplit(visitor.base).port or 0)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, timeout=5)
    for _ in range(1_000_000):
        with contextlib.suppress(ConnectionRefusedError), socket.create_connection(address, timeout=5):
            break
    assert visitor.seen() == ["Bài cũ"], "a request that met a closed door did something"
    assert visitor.post().status_code == 200


@pytest.mark.parametrize("effect", [True, False])
def test_a_status_is_html_from_the_edge_unless_it_is_given_a_body(visitor: Visitor, effect: bool) -> None:
    visitor.order("status", effect=effect, status=503)
    answer = visitor.post()
    assert answer.status_code == 503
    assert answer.headers["content-type"].startswith("text/html")
    assert "<html>" in answer.text
    assert visitor.seen() == done(effect)


def test_a_status_can_bring_any_json_and_any_header(visitor: Visitor) -> None:
    error = {"error": {"code": 4, "message": "Chờ một lát"}}
    visitor.order("status", effect=False, status=429, json=error, headers={"Retry-After": 120})
    answer = visitor.post()
    assert (answer.status_code, answer.json(), answer.headers["Retry-After"]) == (429, error, "120")
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("effect", [True, False])
def test_html_comes_with_status_200(visitor: Visitor, effect: bool) -> None:
    visitor.order("html", effect=effect)
    answer = visitor.post()
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert visitor.seen() == done(effect)


@pytest.mark.parametrize("effect", [True, False])
def test_an_answer_without_a_body_is_a_whole_answer(visitor: Visitor, effect: bool) -> None:
    visitor.order("no_body", effect=effect)
    answer = visitor.post()
    assert (answer.status_code, answer.content, answer.headers["content-length"]) == (200, b"", "0")
    assert visitor.seen() == done(effect)


# The answer itself, changed ------------------------------------------------------------------------------


@pytest.mark.parametrize("effect", [True, False])
def test_an_answer_that_is_cut_ends_before_the_length_it_told(visitor: Visitor, effect: bool) -> None:
    visitor.order("truncated", effect=effect)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        visitor.post()
    assert visitor.seen() == done(effect)


def test_an_answer_that_is_cut_in_silence_looks_whole_and_is_no_json(visitor: Visitor) -> None:
    visitor.order("truncated", quiet=True, share=0.8)
    answer = visitor.post()
    assert answer.status_code == 200
    assert len(answer.content) == int(answer.headers["content-length"]) > 0
    with pytest.raises(requests.JSONDecodeError):
        answer.json()
    assert visitor.seen() == done(True)


def test_an_answer_may_call_itself_something_else(visitor: Visitor) -> None:
    visitor.order("content_type")
    answer = visitor.post()
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.json()["id"]


def test_an_answer_that_drips_comes_in_pieces_and_whole(visitor: Visitor) -> None:
    visitor.order("slow_drip", pieces=4, seconds=0.05)
    body = "message=cham"
    head = f"POST {FEED} HTTP/1.1\r\nHost: x\r\nAuthorization: {visitor.bearer['Authorization']}\r\n"
    head += f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    pieces = []
    with socket.create_connection(("127.0.0.1", urlsplit(visitor.base).port or 0), timeout=5) as wire:
        wire.sendall(head.encode())
        while not re.search(rb"\r\n\r\n.*\}$", b"".join(pieces), re.DOTALL):
            pieces.append(wire.recv(65_536))
            assert pieces[-1], "the connection ended before the body"
    assert len(pieces) >= 3
    assert json.loads(b"".join(pieces).partition(b"\r\n\r\n")[2])["id"]


def test_a_slow_body_is_no_whole_answer_for_somebody_who_does_not_wait(visitor: Visitor) -> None:
    visitor.order("slow_drip", pieces=2, seconds=1)
    with pytest.raises(requests.ConnectionError):
        visitor.post(timeout=0.2)


def test_an_answer_that_is_held_comes_when_the_faults_are_forgotten(visitor: Visitor) -> None:
    visitor.order("held")
    with pytest.raises(requests.Timeout):
        visitor.post("Chờ trả lời", timeout=0.2)
    assert visitor.seen() == ["Chờ trả lời"], "the platform has acted"
    held = visitor.sandbox.requests("facebook")[-1]
    assert held["acted"] and held["ended"] is None
    visitor.sandbox.forget("facebook")
    assert visitor.post("Không chờ").status_code == 200


def test_a_person_may_have_more_pages_each_with_posts_and_a_token_of_its_own(sandbox: Sandbox) -> None:
    [second] = sandbox.pages("Trang thứ hai")
    visitor = Visitor(sandbox)
    address = f"{visitor.base}/v26.0/{second}"
    assert visitor.http.post(f"{address}/feed", data={"message": "a"}, headers=visitor.bearer).status_code == 403
    user = {"Authorization": f"OAuth {visitor.user}"}
    told = visitor.http.get(address, params={"fields": "id,name,access_token"}, headers=user).json()
    bearer = {"Authorization": f"OAuth {told['access_token']}"}
    assert told["name"] == "Trang thứ hai"
    assert (
        visitor.http.post(f"{address}/feed", data={"message": "Chào"}, headers=bearer).json()["id"].startswith(second)
    )
    assert visitor.post("Chào").status_code == 200, "the same words on another Page are no repetition"
    listed = visitor.http.get(f"{address}/published_posts", headers=bearer).json()["data"]
    assert [one["id"].partition("_")[0] for one in listed] == [second]


def test_a_strange_answer_says_the_same_with_more_keys_in_another_order(visitor: Visitor) -> None:
    asked = f"{visitor.base}/v26.0/723701000000001?fields=id,name,fan_count,followers_count"

    def read() -> list[tuple[str, Any]]:
        return list(visitor.http.get(asked, headers=visitor.bearer, timeout=5).json().items())

    plain = read()
    visitor.sandbox.fault("facebook", "strange", times=20)
    strange = [read() for _ in range(20)]
    for answer in strange:
        known = dict(plain)
        assert {name: value for name, value in answer if name in known} == known
        assert len(answer) > len(plain)
    orders = {tuple(name for name, _ in answer if not name.startswith("unknown_")) for answer in strange}
    assert len(orders) > 1
    assert read() == plain


def test_a_strange_answer_is_strange_inside_the_texts_of_a_batch_too(visitor: Visitor) -> None:
    visitor.post()
    batch = json.dumps([{"method": "GET", "relative_url": "723701000000001/published_posts"}])

    def read() -> list[dict[str, Any]]:
        answer = visitor.http.post(f"{visitor.base}/v26.0/", data={"batch": batch}, headers=visitor.bearer, timeout=5)
        return [dict(json.loads(item["body"])) for item in answer.json()]

    plain = read()[0]
    visitor.sandbox.fault("facebook", "strange")
    strange = read()[0]
    assert len(strange) > len(plain)
    assert len(strange["data"][0]) > len(plain["data"][0])
    assert strange["data"][0]["message"] == "Mời bà con"


def test_a_list_of_counters_by_name_gets_no_counter_that_is_not_there(visitor: Visitor) -> None:
    counts = {"like": 3, "love": 2, "wow": 1}
    visitor.order("status", status=200, json={"values": [{"value": counts}], "id": "1"}, times=5)
    visitor.order("strange", times=5)
    answers = [visitor.post().json() for _ in range(5)]
    assert [answer["values"][0]["value"] for answer in answers] == [counts] * 5
    assert all(len(answer) > 2 for answer in answers)


def test_numbers_come_as_texts_all_or_only_the_named_ones(visitor: Visitor) -> None:
    told = {"a": 1, "b": {"c": [2, 2.5]}, "yes": True, "d": 3}
    visitor.order("status", status=200, json=told, times=2)
    visitor.order("numbers_as_text")
    assert visitor.post().json() == {"a": "1", "b": {"c": ["2", "2.5"]}, "yes": True, "d": "3"}
    visitor.order("numbers_as_text", names=["d"])
    assert visitor.post().json() == {**told, "d": "3"}


def test_named_numbers_come_smaller_also_as_texts_and_inside_a_batch(visitor: Visitor) -> None:
    told = {"views": 10, "other": 10, "of": [{"views": "8"}], "body": '{"views": 7}', "yes": True}
    visitor.order("status", status=200, json=told)
    visitor.order("smaller", names=["views"], share=0.5)
    less = {"views": 5, "of": [{"views": "4"}], "body": '{"views": 3}'}
    assert visitor.post().json() == {**told, **less}


def test_an_answer_that_talks_too_much_names_people_and_leaks_a_token_in_every_object(visitor: Visitor) -> None:
    visitor.order("status", status=200, json={"a": {"b": 1}})
    visitor.order("talkative")
    told = visitor.post().json()
    for one in (told, told["a"]):
        assert one["from"]["name"] == PERSON
        assert LEAKED in one["picture"]
    assert told["a"]["b"] == 1


def test_what_changes_an_answer_may_strike_together_and_with_what_takes_its_place(visitor: Visitor) -> None:
    visitor.order("status", status=500, json={"error": {"code": 2}})
    visitor.order("strange")
    visitor.order("content_type", type="text/plain")
    answer = visitor.post()
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "text/plain"
    assert len(answer.json()) > 1
    assert visitor.struck() == ["status", "strange", "content_type"]


def test_an_answer_that_nobody_gets_uses_up_no_fault_that_would_change_it(visitor: Visitor) -> None:
    visitor.order("strange")
    visitor.order("hang_up")
    with pytest.raises(requests.ConnectionError):
        visitor.post()
    assert len(visitor.post("Bài thứ hai").json()) > 2
    assert visitor.struck() == ["strange"]


# As a list -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_every_fault_on_the_wire_has_a_test_and_stands_in_the_documents(kind: str) -> None:
    assert f'order("{kind}"' in Path(__file__).read_text(encoding="utf-8")
    row = re.search(rf"^\| `{kind}` \| .*$", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
    assert row, "docs/sandbox.md does not tell it"
    assert [name for name in re.findall(r"\{(\w+)\}", KINDS[kind]) if f"`{name}`" not in row[0]] == []


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_platform_names_no_fault_like_one_of_the_wire(platform: str) -> None:
    assert set(kinds_of(platform)) & set(KINDS) == set()
