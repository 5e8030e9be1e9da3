"""The imitated Facebook answers as the fact sheet says, also where our own connector never asks."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.scenario import kinds_of
from tests.conftest import NOW, Sandbox

PAGE_ID = "723701000000001"
APP = {"client_id": "100000000000001", "client_secret": "sandbox-facebook-secret"}
SCOPES = "pages_show_list,pages_read_engagement,pages_manage_posts,read_insights"
JPEG = b"\xff\xd8\xff\xe0" + b"\x00" * 60


class Facebook:
    """A plain HTTP client of the imitated Graph API."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.url = sandbox.url("facebook")
        self.http = sandbox.http
        self.token = ""

    def ask(self, method: str, path: str, **facts: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return self.http.request(method, f"{self.url}/v26.0/{path}", headers=headers, timeout=10, **facts)

    def log_in(self, scopes: str = SCOPES) -> dict[str, Any]:
        """Take the Page token of a person who grants `scopes`; the code and the long-lived token come back."""
        back = "http://127.0.0.1/back"
        dialog = self.ask(
            "GET",
            "dialog/oauth",
            params={"client_id": APP["client_id"], "redirect_uri": back, "state": "s", "scope": scopes},
            allow_redirects=False,
        )
        code = dialog.headers["location"].partition("code=")[2].partition("&")[0]
        exchange = {**APP, "redirect_uri": back, "code": code}
        short = self.ask("GET", "oauth/access_token", params=exchange).json()
        extend = {**APP, "grant_type": "fb_exchange_token", "fb_exchange_token": short["access_token"]}
        long = self.ask("GET", "oauth/access_token", params=extend).json()
        self.token = long["access_token"]
        pages = self.ask("GET", "me/accounts", params={"fields": "id,name,tasks,access_token"}).json()["data"]
        self.token = pages[0]["access_token"]
        return {"exchange": exchange, "long": long}

    def photo(self, **more: Any) -> str:
        answer = self.ask(
            "POST", f"{PAGE_ID}/photos", data={"published": "false", **more}, files={"source": ("a.jpg", JPEG)}
        )
        return str(answer.json()["id"])

    def post(self, **data: Any) -> requests.Response:
        return self.ask("POST", f"{PAGE_ID}/feed", data=data)


@pytest.fixture
def facebook(sandbox: Sandbox) -> Iterator[Facebook]:
    client = Facebook(sandbox)
    client.log_in()
    yield client


def code_of(answer: requests.Response) -> tuple[int, int, int]:
    """HTTP status, code, subcode."""
    error = answer.json()["error"]
    return answer.status_code, error["code"], error.get("error_subcode", 0)


def test_an_authorization_code_works_once(sandbox: Sandbox) -> None:
    client = Facebook(sandbox)
    used = client.log_in()
    assert code_of(client.ask("GET", "oauth/access_token", params=used["exchange"])) == (400, 100, 0)


def test_a_page_token_made_from_a_long_lived_one_has_no_end(facebook: Facebook, sandbox: Sandbox) -> None:
    sandbox.at(NOW + timedelta(days=400))
    app_token = "|".join(APP.values())
    query = {"input_token": facebook.token, "access_token": app_token}
    facts = facebook.ask("GET", "debug_token", params=query).json()["data"]
    assert (facts["is_valid"], facts["type"], facts["expires_at"]) == (True, "PAGE", 0)


def test_a_dead_token_is_told_with_status_200(facebook: Facebook) -> None:
    query = {"input_token": "EAAnobody", "access_token": "|".join(APP.values())}
    answer = facebook.ask("GET", "debug_token", params=query)
    assert (answer.status_code, answer.json()["data"]["is_valid"]) == (200, False)


def test_nothing_is_published_without_the_permission(sandbox: Sandbox) -> None:
    client = Facebook(sandbox)
    client.log_in("pages_show_list,pages_read_engagement")
    assert code_of(client.post(message="Chào")) == (403, 200, 0)
    assert sandbox.public("facebook") == []


@pytest.mark.parametrize("form", ["json text", "indexed fields", "json body"])
def test_pictures_may_be_attached_in_every_documented_way(facebook: Facebook, sandbox: Sandbox, form: str) -> None:
    media = [{"media_fbid": facebook.photo()}, {"media_fbid": facebook.photo()}]
    if form == "json text":
        answer = facebook.post(attached_media=json.dumps(media))
    elif form == "indexed fields":
        answer = facebook.post(**{f"attached_media[{n}]": json.dumps(one) for n, one in enumerate(media)})
    else:
        answer = facebook.ask("POST", f"{PAGE_ID}/feed", json={"attached_media": media})
    assert answer.status_code == 200
    (item,) = sandbox.public("facebook")
    assert item["pictures"] == [f"/pictures/{one['media_fbid']}" for one in media]


def test_a_photo_is_used_once_and_dies_after_a_day(facebook: Facebook, sandbox: Sandbox) -> None:
    first, second = facebook.photo(), facebook.photo()
    media = json.dumps([{"media_fbid": first}])
    assert facebook.post(attached_media=media).status_code == 200
    assert code_of(facebook.post(attached_media=media)) == (400, 100, 0)
    sandbox.at(NOW + timedelta(hours=24))
    assert code_of(facebook.post(attached_media=json.dumps([{"media_fbid": second}]))) == (400, 100, 0)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({}, (400, 197, 0)),
        ({"message": "a" * 63_207}, (400, 100, 0)),
        ({"link": "https://www.facebook.com/ubnd"}, (400, 100, 1609008)),
        ({"link": "dichvucong"}, (400, 1500, 0)),
        ({"attached_media": "media_fbid"}, (400, 100, 0)),
    ],
)
def test_what_the_feed_refuses(facebook: Facebook, data: dict[str, str], expected: tuple[int, int, int]) -> None:
    assert code_of(facebook.post(**data)) == expected


def test_a_file_that_is_no_picture_or_too_big_is_refused(facebook: Facebook) -> None:
    for content in (b"%PDF-1.7", JPEG + b"\x00" * 10_000_000):
        answer = facebook.ask("POST", f"{PAGE_ID}/photos", data={"published": "false"}, files={"source": content})
        assert code_of(answer) == (400, 324, 0)


def test_a_hidden_post_is_made_public_by_a_call_that_may_be_repeated(facebook: Facebook, sandbox: Sandbox) -> None:
    post_id = facebook.post(message="Chào", published="false").json()["id"]
    assert sandbox.public("facebook") == []
    for _ in range(2):
        assert facebook.ask("POST", post_id, data={"is_published": "true"}).json()["success"]
    assert len(sandbox.public("facebook")) == 1


def test_old_habits_are_refused(facebook: Facebook) -> None:
    post_id = facebook.post(message="Chào").json()["id"]
    assert code_of(facebook.ask("GET", "", params={"ids": post_id})) == (500, 100, 0)
    assert code_of(facebook.ask("GET", post_id.partition("_")[2])) == (400, 12, 0)
    assert code_of(facebook.ask("GET", f"{PAGE_ID}/published_posts", params={"limit": 101})) == (400, 100, 0)
    assert code_of(facebook.ask("GET", f"{post_id}/insights", params={"metric": "post_impressions"})) == (400, 100, 0)
    assert code_of(facebook.ask("GET", f"{post_id}/insights")) == (400, 3001, 1504028)


def test_a_listing_ends_where_next_is_absent(facebook: Facebook) -> None:
    for number in range(3):
        facebook.post(message=f"Bài {number}")
    first = facebook.ask("GET", f"{PAGE_ID}/published_posts", params={"limit": 2}).json()
    assert [post["message"] for post in first["data"]] == ["Bài 2", "Bài 1"]
    assert facebook.token in first["paging"]["next"]
    after = first["paging"]["cursors"]["after"]
    last = facebook.ask("GET", f"{PAGE_ID}/published_posts", params={"limit": 2, "after": after}).json()
    assert [post["message"] for post in last["data"]] == ["Bài 0"]
    assert "next" not in last["paging"]


def test_a_node_is_readable_while_the_listing_lags_behind(facebook: Facebook, sandbox: Sandbox) -> None:
    sandbox.fault("facebook", "late_listing", values={"seconds": 60})
    post_id = facebook.post(message="Chào").json()["id"]
    listing = f"{PAGE_ID}/published_posts"
    assert facebook.ask("GET", post_id, params={"fields": "message"}).json()["message"] == "Chào"
    assert facebook.ask("GET", listing).json()["data"] == []
    sandbox.at(NOW + timedelta(seconds=60))
    assert len(facebook.ask("GET", listing).json()["data"]) == 1


def test_one_bad_item_does_not_fail_its_batch(facebook: Facebook) -> None:
    post_id = facebook.post(message="Chào").json()["id"]
    items = [{"method": "GET", "relative_url": path} for path in (f"{post_id}?fields=message", "1_2?fields=message")]
    good, bad = facebook.ask("POST", "", data={"access_token": facebook.token, "batch": json.dumps(items)}).json()
    assert (good["code"], json.loads(good["body"])["message"]) == (200, "Chào")
    assert (bad["code"], json.loads(bad["body"])["error"]["error_subcode"]) == (400, 33)
    assert code_of(facebook.ask("POST", "", data={"batch": json.dumps(items * 26)})) == (400, 100, 0)


@pytest.mark.parametrize(("asked", "served"), [("v26.0", "v26.0"), ("v23.0", "v23.0"), ("v19.0", "v21.0")])
def test_an_expired_version_is_served_by_the_oldest_usable(facebook: Facebook, asked: str, served: str) -> None:
    answer = facebook.http.get(
        f"{facebook.url}/{asked}/{PAGE_ID}", headers={"Authorization": f"Bearer {facebook.token}"}, timeout=10
    )
    assert answer.headers["facebook-api-version"] == served


def test_counters_rise_and_never_fall(facebook: Facebook, sandbox: Sandbox) -> None:
    post_id = facebook.post(message="Chào").json()["id"]
    views, viewers = [], []
    for hours in (0, 2, 12, 48, 400):
        sandbox.at(NOW + timedelta(hours=hours))
        query = {"metric": "post_media_view,post_total_media_view_unique", "period": "lifetime"}
        rows = facebook.ask("GET", f"{post_id}/insights", params=query).json()["data"]
        views.append(rows[0]["values"][0]["value"])
        viewers.append(rows[1]["values"][0]["value"])
    assert views == sorted(views) and views[0] == 0 < views[-1]
    assert all(people <= seen for people, seen in zip(viewers, views, strict=True))


# Comments, changes and figures ---------------------------------------------------------------------------


@pytest.fixture
def commenter(facebook: Facebook) -> Facebook:
    facebook.log_in(f"{SCOPES},pages_manage_engagement")
    return facebook


def test_a_comment_needs_its_own_permission(facebook: Facebook) -> None:
    post_id = facebook.post(message="Chào").json()["id"]
    assert code_of(facebook.ask("POST", f"{post_id}/comments", data={"message": "Xem thêm"})) == (403, 200, 0)


def test_a_comment_is_named_after_its_post_and_may_be_written_twice(commenter: Facebook) -> None:
    post_id = commenter.post(message="Chào").json()["id"]
    ids = [
        commenter.ask("POST", f"{post_id}/comments", data={"message": text}).json()["id"] for text in ("a", "b", "a")
    ]
    assert {one.partition("_")[0] for one in ids} == {post_id.partition("_")[2]}
    query = {"order": "reverse_chronological", "filter": "stream", "fields": "id,message,from,created_time", "limit": 2}
    first = commenter.ask("GET", f"{post_id}/comments", params=query).json()
    assert [one["message"] for one in first["data"]] == ["a", "b"]
    assert first["data"][0]["from"]["id"] == PAGE_ID
    query["after"] = first["paging"]["cursors"]["after"]
    last = commenter.ask("GET", f"{post_id}/comments", params=query).json()
    assert ([one["message"] for one in last["data"]], "next" in last["paging"]) == (["a"], False)
    assert commenter.ask("DELETE", ids[0]).json()["success"]
    assert code_of(commenter.ask("DELETE", ids[0])) == (400, 100, 33)


def test_what_a_comment_may_not_be(commenter: Facebook) -> None:
    shown = commenter.post(message="Chào").json()["id"]
    hidden = commenter.post(message="Ẩn", published="false").json()["id"]
    assert code_of(commenter.ask("POST", f"{shown}/comments", data={"message": " "})) == (400, 194, 0)
    assert code_of(commenter.ask("POST", f"{hidden}/comments", data={"message": "a"})) == (400, 100, 0)
    assert code_of(commenter.ask("POST", f"{PAGE_ID}_1/comments", data={"message": "a"})) == (400, 100, 33)
    bare = shown.partition("_")[2]
    assert code_of(commenter.ask("POST", f"{bare}/comments", data={"message": "a"})) == (400, 12, 0)
    assert code_of(commenter.ask("GET", f"{shown}/comments", params={"order": "newest"})) == (400, 100, 0)


def test_only_the_application_that_made_a_post_changes_it(facebook: Facebook, sandbox: Sandbox) -> None:
    own = facebook.post(message="Chào").json()["id"]
    assert facebook.ask("POST", own, data={"message": "Lời mới"}).json()["success"]
    sandbox.fault("facebook", "foreign_app", method="POST")
    foreign = facebook.post(message="Bài của ứng dụng khác").json()["id"]
    assert code_of(facebook.ask("POST", foreign, data={"message": "Lời mới"})) == (403, 200, 0)
    assert {item["text"] for item in sandbox.public("facebook")} == {"Lời mới", "Bài của ứng dụng khác"}


def test_a_boolean_is_true_or_false_and_nothing_else(facebook: Facebook) -> None:
    assert code_of(facebook.post(message="Chào", published="False")) == (400, 100, 0)
    assert facebook.ask("POST", f"{PAGE_ID}/feed", json={"message": "Chào", "published": False}).status_code == 200


def test_the_days_of_the_page_end_at_midnight_in_california(facebook: Facebook) -> None:
    query = {"metric": "page_follows,page_media_view", "period": "day"}
    rows = facebook.ask("GET", f"{PAGE_ID}/insights", params=query).json()["data"]
    ends = [one["end_time"] for one in rows[0]["values"]]
    assert ends == ["2026-11-21T08:00:00+0000", "2026-11-22T08:00:00+0000"]  # the last two days
    week = {**query, "since": int((NOW - timedelta(days=7)).timestamp()), "until": int(NOW.timestamp())}
    rows = facebook.ask("GET", f"{PAGE_ID}/insights", params=week).json()["data"]
    assert [(row["name"], row["period"], len(row["values"])) for row in rows] == [
        ("page_follows", "day", 7),
        ("page_media_view", "day", 7),
    ]
    followers = [one["value"] for one in rows[0]["values"]]
    assert followers == sorted(followers)
    long = {**query, "since": int((NOW - timedelta(days=91)).timestamp()), "until": int(NOW.timestamp())}
    assert code_of(facebook.ask("GET", f"{PAGE_ID}/insights", params=long)) == (400, 100, 0)
    for dead in ("page_fans", "page_impressions", "page_impressions_unique"):
        assert code_of(facebook.ask("GET", f"{PAGE_ID}/insights", params={"metric": dead})) == (400, 100, 0)


def test_names_are_checked_before_permissions(sandbox: Sandbox) -> None:
    client = Facebook(sandbox)
    client.log_in("pages_show_list,pages_read_engagement,pages_manage_posts")
    query = {"metric": "page_fans", "period": "day"}
    assert code_of(client.ask("GET", f"{PAGE_ID}/insights", params=query)) == (400, 100, 0)
    query["metric"] = "page_follows"
    assert code_of(client.ask("GET", f"{PAGE_ID}/insights", params=query)) == (403, 200, 0)


def test_usage_headers_come_after_some_calls_and_rise(facebook: Facebook) -> None:
    told = []
    for _ in range(70):
        answer = facebook.ask("GET", PAGE_ID)
        usage = json.loads(answer.headers.get("x-business-use-case-usage", "{}"))
        told.append([one["total_time"] for one in usage.get(PAGE_ID, [])])
    assert told[0] == []
    assert 0 < max(told[-1]) <= 100 and max(told[-1]) > max(told[20])


def test_a_system_user_lists_no_pages_but_may_ask_for_one(facebook: Facebook, sandbox: Sandbox) -> None:
    body = {"type": "SYSTEM_USER", "scopes": SCOPES.split(",")}
    told = sandbox.http.post(f"{facebook.url}/_sandbox/tokens", json=body, timeout=10).json()
    facebook.token = told["access_token"]
    assert facebook.ask("GET", "me/accounts").json()["data"] == []
    assert code_of(facebook.post(message="Chào")) == (403, 200, 0)
    facebook.token = facebook.ask("GET", PAGE_ID, params={"fields": "id,name,access_token"}).json()["access_token"]
    assert facebook.post(message="Chào").status_code == 200


# The list of faults --------------------------------------------------------------------------------------

ROOT = Path(__file__).parents[2]


def test_every_fault_that_is_carried_out_is_declared_and_the_other_way_round() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "sandbox").glob("facebook*.py"))
    assert set(re.findall(r'strikes\(\s*"(\w+)"', sources)) == set(kinds_of("facebook"))


@pytest.mark.parametrize("kind", kinds_of("facebook"))
def test_every_fault_has_a_test_that_says_what_the_connector_does(kind: str) -> None:
    tests = [*(ROOT / "tests/connectors").glob("*facebook*.py")]
    assert any(f'"{kind}"' in path.read_text(encoding="utf-8") for path in tests)
