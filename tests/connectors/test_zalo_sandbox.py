"""The imitated Zalo refuses what the sheet says that Zalo refuses, in the sheet's words."""

from typing import Any

import pytest
from requests import HTTPError

from sandbox.scenario import kinds_of
from tests.conftest import NOW, Sandbox
from tests.connectors.zalo_case import CREATE, GETOA, SLICE, TOKEN, ZaloCase, set_oa, turn

ADDRESS = "https://example.gov.vn/a.jpg"
ARTICLE: dict[str, Any] = {
    "type": "normal",
    "title": "Tiêu đề",
    "author": "UBND",
    "description": "Tóm tắt",
    "cover": {"cover_type": "photo", "photo_url": ADDRESS, "status": "show"},
    "body": [{"type": "text", "content": "<p>Lời</p>"}],
}


class TestZaloSandbox(ZaloCase):
    def post(self, sandbox: Sandbox, path: str, body: Any) -> Any:
        token = self.connect(sandbox).credentials.values["access_token"]
        answer = self.http.post(sandbox.url("zalo") + path, json=body, headers={"access_token": token}, timeout=5)
        assert answer.status_code in (200, 404)
        return answer.json()

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"title": "a" * 151}, "title allow 1 to 150 characters"),
            ({"title": ""}, "title allow"),
            ({"author": "a" * 51}, "author allow 1 to 50"),
            ({"description": "a" * 301}, "description allow 1 to 300"),
            ({"cover": None}, "cover value is invalid"),
            ({"cover": {**ARTICLE["cover"], "cover_type": 0}}, "cover value is invalid"),
            ({"cover": {"cover_type": "photo", "photo_url": ADDRESS}}, "create media fail"),
            ({"cover": {**ARTICLE["cover"], "photo_url": "https://example.gov.vn/ảnh bìa.jpg"}}, "photo_url"),
            ({"cover": {"cover_type": "video", "video_id": "?", "cover_view": "square", "status": "show"}}, "cover"),
            ({"body": []}, "body is invalid"),
            ({"body": [{"type": "image", "url": "ảnh.jpg"}]}, "photo_url"),
            ({"body": [{"type": "text", "content": 1}]}, "content is invalid"),
            ({"status": "enable"}, "status is invalid"),
            ({"comment": "enable"}, "status is invalid"),
            ({"type": 0}, "type is invalid"),
            ({"desc": "x"}, "desc is invalid"),
            ({"type": "video"}, "author is invalid"),
            ({"id": "0b5c34017c44951acc55"}, "id is invalid"),
        ],
    )
    def test_an_ill_formed_article_is_refused_in_zalos_words(
        self, sandbox: Sandbox, change: dict[str, Any], words: str
    ) -> None:
        told = self.post(sandbox, CREATE, {**ARTICLE, **change})
        assert told["error"] == -201
        assert words in told["message"]

    def test_a_well_formed_article_gets_a_token_and_every_block_that_is_documented_is_taken(
        self, sandbox: Sandbox
    ) -> None:
        body = [
            *ARTICLE["body"],
            {"type": "image", "url": ADDRESS, "caption": "Ảnh"},
            {"type": "video", "url": "https://www.youtube.com/watch?v=x", "thumb": ADDRESS},
            {"type": "product", "id": "1"},
        ]
        more = {"related_medias": ["1"], "tracking_link": "https://example.gov.vn/?a", "comment": "hide", "body": body}
        assert self.post(sandbox, CREATE, {**ARTICLE, **more})["data"]["token"]

    def test_a_title_of_exactly_the_documented_length_may_be_refused(self, sandbox: Sandbox) -> None:
        long = {**ARTICLE, "title": "a" * 150}
        assert self.post(sandbox, CREATE, long)["error"] == 0
        set_oa(sandbox, title_max_exclusive=True)
        assert self.post(sandbox, CREATE, long)["error"] == -201

    @pytest.mark.parametrize(
        ("query", "words"),
        [
            ({"offset": "0", "limit": "11", "type": "normal"}, "maximum limit is 10"),
            ({"offset": "0", "limit": "10"}, "type accept only 2 value normal and video."),
            ({"data": '{"offset":0,"limit":10,"type":"normal"}'}, "type accept only"),
        ],
    )
    def test_the_list_takes_flat_parameters_and_ten_at_most(
        self, sandbox: Sandbox, query: dict[str, str], words: str
    ) -> None:
        token = self.connect(sandbox).credentials.values["access_token"]
        address, headers = sandbox.url("zalo") + SLICE, {"access_token": token}
        told = self.http.get(address, params=query, headers=headers, timeout=5).json()
        assert told["error"] == -201
        assert words in told["message"]

    @pytest.mark.parametrize(
        ("path", "words"),
        [
            ("/v3.0/article/create", "invalid api"),
            ("/v2.0/oa/article/create", "API is not support"),
            ("/v2.0/article/upload_image", "API is not support"),
            ("/v2.0/article/upload_video_or_cover", "API is not support"),
        ],
    )
    def test_paths_that_only_other_code_uses_are_not_there(self, sandbox: Sandbox, path: str, words: str) -> None:
        assert self.post(sandbox, path, {}) == {"error": -209, "message": words}

    @pytest.mark.parametrize("grant", ["authorization_code", "refresh_token", "password"])
    @pytest.mark.parametrize(("app", "secret", "code"), [("1", None, -14002), (None, "x", -14004)])
    def test_the_token_server_tells_its_own_errors(
        self, sandbox: Sandbox, grant: str, app: str | None, secret: str | None, code: int
    ) -> None:
        own = sandbox.settings["zalo"]
        form = {"app_id": app or own["app_id"], "grant_type": grant, "code": "x", "refresh_token": "x"}
        address = sandbox.url("zalo") + TOKEN
        headers = {"secret_key": secret or own["app_secret"]}
        told = self.http.post(address, data=form, headers=headers, timeout=5).json()
        assert set(told) >= {"error", "error_name", "error_description", "error_reason", "ref_doc"}
        assert told["error"] == code
        form["app_id"], headers["secret_key"] = own["app_id"], own["app_secret"]
        expected = {"authorization_code": -14005, "refresh_token": -14014, "password": -14018}[grant]
        assert self.http.post(address, data=form, headers=headers, timeout=5).json()["error"] == expected

    def test_every_answer_tells_the_limit_of_the_app(self, sandbox: Sandbox) -> None:
        answer = self.http.get(sandbox.url("zalo") + GETOA, timeout=5)
        assert answer.headers["X-RateLimit-Limit"] == "4000"
        assert int(answer.headers["X-RateLimit-Remain"]) < 4000

    @pytest.mark.parametrize("knob", [{}, {"delay": 1, "html_body": True}, {"hang": True}, {"error_code": "x"}])
    def test_a_knob_that_nobody_understands_is_refused(self, sandbox: Sandbox, knob: dict[str, Any]) -> None:
        with pytest.raises(HTTPError, match="422"):
            turn(sandbox, **knob)
        with pytest.raises(HTTPError, match="422"):
            set_oa(sandbox, oa_kind=4)

    def test_a_knob_strikes_its_route_only_and_as_often_as_ordered(self, sandbox: Sandbox) -> None:
        connector = self.connect(sandbox)
        turn(sandbox, path=SLICE, error_code=-32, times=1)
        assert connector.read_channel(now=NOW)
        told = sandbox._ask("GET", "zalo", "faults")
        assert "error" in str(told)

    def test_its_own_faults_are_declared(self) -> None:
        assert set(kinds_of("zalo")) == {
            *("expired_token", "rate_limit", "proof_required", "error", "token_not_told", "consumed_reply"),
            *("number_expires_in", "slow_verify", "late_listing", "slow_convert", "convert_failed", "video_locked"),
            *("video_deleted", "token_in_query"),
        }
