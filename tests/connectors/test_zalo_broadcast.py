"""Broadcasts: aimed by codes, made of shown articles, within their hours, and never sent twice."""

import dataclasses
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.base import Meter, Outgoing, Part, Receipt, Unclear
from connectors.errors import (
    ConnectorError,
    Limited,
    LimitedWork,
    OverBudget,
    Reconnect,
    Rejected,
    Unavailable,
    Unconfirmed,
)
from connectors.meter import Left
from connectors.zalo import ZaloOA
from connectors.zalo.audience import CITIES, Target
from connectors.zalo.broadcast import ONLY_ACCEPTED
from tests.conftest import NOW, Sandbox
from tests.connectors.conformance import drive
from tests.connectors.zalo_case import DETAIL, MESSAGE, SLICE, TITLE, ZaloCase, set_oa, turn

REFUSALS = [
    (-211, Limited, "hạn mức"),
    (-218, Limited, "đã nhận đủ"),
    (-221, Rejected, "xác thực"),
    (-224, Rejected, "nâng gói"),
    (-212, Rejected, "nhóm quyền"),
    (-223, Rejected, "kết nối lại"),
    (-233, Rejected, "OA Manager"),
    (-235, Rejected, "OA Manager"),
    (-240, Rejected, "OA Manager"),
    (-248, Rejected, "vi phạm"),
    (-32, Limited, "quá nhiều lần"),
    (-216, Reconnect, "làm mới"),
]


def local(hour: int, minute: int, second: int = 0, day: int = 23) -> datetime:
    """A moment of November 2026 by clocks in Việt Nam."""
    return datetime(2026, 11, day, hour, minute, second, tzinfo=UTC) - timedelta(hours=7)


# Whom --------------------------------------------------------------------------------------------------


def test_a_target_takes_codes_or_names_and_travels_as_strings_with_commas() -> None:
    form = {"ages": ["25-34", 2], "cities": ["thừa thiên  huế", "9"], "platform": "android", "gender": 0}
    target = Target.model_validate(form)
    assert target.wire() == {"ages": "2,3", "gender": "0", "cities": "9,53", "platform": "2"}
    assert Target.model_validate({"ages": "2, 3", "cities": "Hà Nội,53"}).wire() == {"ages": "2,3", "cities": "9,53"}
    assert Target().wire() == {}


def test_the_table_of_cities_has_every_code_of_the_sheet() -> None:
    assert len(CITIES) == len(set(CITIES.values())) == 64
    assert [CITIES[code] for code in (0, 9, 20, 45, 53, 63)] == [
        *("Đồng Tháp", "Hà Nội", "Đà Nẵng", "Cần Thơ", "Thừa Thiên Huế", "ngoài Việt Nam")
    ]


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"ages": [8]}, "Nhóm tuổi"),
        ({"cities": ["Atlantis"]}, "Tỉnh, thành phố"),
        ({"platform": [True]}, "Hệ điều hành"),
        ({"gender": [1, 2]}, "một giá trị"),
        ({"cities": [9], "locations": [0]}, "vùng hoặc tỉnh"),
        ({"city": [9]}, "city"),
    ],
)
def test_a_wrong_target_is_told_in_words(facts: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Target.model_validate(facts)


class TestZaloBroadcast(ZaloCase):
    def sending(
        self, sandbox: Sandbox, tmp_path: Path, patience: float = 10, **changes: Any
    ) -> tuple[ZaloOA, Outgoing]:
        """The OA with one published article, and a broadcast of it."""
        connector = self.connect(sandbox)
        article_id = self.shown(sandbox, connector, self.simplest(tmp_path), NOW)
        settings = self.settings(sandbox, read_timeout=patience)
        waiting = ZaloOA(settings, connector.account, connector.credentials, self.http)
        return waiting, dataclasses.replace(broadcast(article_id), **changes)

    def asked(self, sandbox: Sandbox) -> int:
        return len([one for one in sandbox.requests("zalo") if one["path"] == MESSAGE])

    # Checking -------------------------------------------------------------------------------------------

    @pytest.mark.parametrize(
        ("refs", "audience", "field", "words"),
        [
            ((), {}, "articles", "từ 1 đến 5"),
            (("",), {}, "articles", "đang chọn 0"),
            (tuple("123456"), {}, "articles", "đang chọn 6"),
            (("1",), {"ages": [9]}, "audience", "Nhóm tuổi"),
            (("1",), {"age": [1]}, "audience", "không có mục “age”"),
        ],
    )
    def test_the_number_of_articles_and_the_target_are_checked_before_anything_is_scheduled(
        self, sandbox: Sandbox, refs: tuple[str, ...], audience: dict[str, Any], field: str, words: str
    ) -> None:
        outgoing = dataclasses.replace(broadcast(*refs), audience=audience)
        [problem] = self.connect(sandbox).check(outgoing)
        assert (problem.field, problem.blocks) == (field, True)
        assert words in problem.words

    def test_a_good_broadcast_has_no_problem(self, sandbox: Sandbox) -> None:
        outgoing = dataclasses.replace(broadcast(*"12345"), audience={"cities": ["Đà Nẵng"]})
        assert self.connect(sandbox).check(outgoing) == []

    @pytest.mark.parametrize(
        ("at", "expected"),
        [
            (local(6, 0), local(6, 0)),
            (local(12, 0), local(12, 0)),
            (local(21, 15), local(21, 15)),
            (local(21, 15, 1), local(6, 0, day=24)),
            (local(23, 59), local(6, 0, day=24)),
            (local(0, 0), local(6, 0)),
            (local(5, 59, 59), local(6, 0)),
        ],
    )
    def test_broadcasts_have_an_open_time_and_articles_do_not(
        self, sandbox: Sandbox, at: datetime, expected: datetime
    ) -> None:
        connector = self.connect(sandbox)
        assert connector.next_open(Part.BROADCAST, at) == expected
        assert connector.next_open(Part.POST, at) == connector.next_open(Part.REVISION, at) == at

    # Preparing ------------------------------------------------------------------------------------------

    def test_it_is_ready_when_its_articles_are_shown(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing = self.sending(sandbox, tmp_path)
        step = connector.prepare(outgoing, {}, now=NOW)
        assert (step.ready, step.warnings) == (True, ())
        assert step.good_until is not None
        assert step.good_until > NOW + timedelta(hours=9)
        assert self.asked(sandbox) == 0

    def test_an_article_that_is_gone_or_hidden_is_named_before_the_hour(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing = self.sending(sandbox, tmp_path)
        hidden = drive(connector, dataclasses.replace(self.simplest(tmp_path), title="Bài còn ẩn"), NOW, sandbox)
        several = dataclasses.replace(outgoing, refs=(*outgoing.refs, hidden["id"], self.unknown_id))
        with pytest.raises(Rejected) as refused:
            connector.prepare(several, {}, now=NOW + timedelta(minutes=1))
        assert "“Bài còn ẩn” đang bị ẩn" in refused.value.words
        assert f"{self.unknown_id} không còn" in refused.value.words

    @pytest.mark.parametrize(
        ("told", "words"), [("show", ""), ("hide", "đang bị ẩn"), (1, "Không kiểm tra được"), (None, "không còn")]
    )
    def test_an_article_too_old_for_the_list_is_asked_about_by_its_id(
        self, sandbox: Sandbox, tmp_path: Path, told: Any, words: str
    ) -> None:
        connector, outgoing = self.sending(sandbox, tmp_path)
        sandbox.fault("zalo", "error", path=SLICE, times=9, values={"error": 0, "data": {"medias": [], "total": 0}})
        answer = {"error": 0, "data": {"id": "1", "status": told}} if told else {"error": -201, "message": "id"}
        sandbox.fault("zalo", "error", path=DETAIL, values=answer)
        try:
            seen = " ".join(connector.prepare(outgoing, {}, now=NOW).warnings)
        except Rejected as refused:
            seen = refused.words
            assert told in ("hide", None)
        assert words in seen

    # Sending --------------------------------------------------------------------------------------------

    @pytest.mark.parametrize(
        ("facts", "expected"),
        [
            ({"broadcasts_left": 0}, Limited),
            ({"is_verified": False}, Rejected),
            ({"has_api": False}, Rejected),
            ({"broadcast_refused": True}, Rejected),
            ({"groups": ["oa", "article"]}, Rejected),
            ({"app_groups": ["oa", "article"]}, Rejected),
        ],
    )
    def test_what_the_oa_lacks_stops_the_broadcast_and_nothing_else(
        self, sandbox: Sandbox, tmp_path: Path, facts: dict[str, Any], expected: type[ConnectorError]
    ) -> None:
        connector, outgoing = self.sending(sandbox, tmp_path)
        set_oa(sandbox, **facts)
        with pytest.raises(expected) as refused:
            connector.publish(outgoing, {}, now=NOW)
        assert refused.value.words[-1] == "."
        assert accepted(sandbox) == []

    def test_it_is_accepted_once_with_its_articles_and_its_target(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing = self.sending(sandbox, tmp_path, audience={"cities": ["Hà Nội"]})
        twice = dataclasses.replace(outgoing, refs=outgoing.refs * 2)
        told = connector.publish(twice, {}, now=NOW)
        [kept] = accepted(sandbox)
        assert told == Receipt(kept["message_id"], words=ONLY_ACCEPTED)
        assert kept["recipient"] == {"target": {"cities": "9"}}
        assert kept["message"]["attachment"] == {
            "type": "template",
            "payload": {
                "template_type": "media",
                "elements": [{"media_type": "article", "attachment_id": outgoing.refs[0]}],
            },
        }
        assert connector.meter.spent["broadcasts"] == 1

    def test_outside_the_hours_nothing_is_sent_and_the_next_hour_is_told(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        connector, outgoing = self.sending(sandbox, tmp_path)
        with pytest.raises(LimitedWork) as waiting:  # the articles of the OA know no night
            connector.publish(outgoing, {}, now=local(21, 30))
        assert waiting.value.until == local(6, 0, day=24)
        assert self.asked(sandbox) == 0

    def test_a_wrong_broadcast_is_never_sent(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing = self.sending(sandbox, tmp_path)
        for wrong in ({"refs": ()}, {"refs": tuple("123456")}, {"audience": {"ages": [99]}}):
            for call in (connector.prepare, connector.publish):
                with pytest.raises(Rejected):
                    call(dataclasses.replace(outgoing, **wrong), {}, now=NOW)
        assert self.asked(sandbox) == 0

    @pytest.mark.parametrize("effect", [True, False])
    @pytest.mark.parametrize("kind", ["hang_up", "status", "html", "delay"])
    def test_a_lost_answer_is_for_a_person_who_is_told_where_to_look(
        self, sandbox: Sandbox, tmp_path: Path, kind: str, effect: bool
    ) -> None:
        connector, outgoing = self.sending(sandbox, tmp_path, 0.3 if kind == "delay" else 10)
        sandbox.fault("zalo", kind, path=MESSAGE, effect=effect, values={"seconds": 1} if kind == "delay" else {})
        with pytest.raises(Unconfirmed, match="OA Manager"):
            connector.publish(outgoing, {}, now=NOW)
        found = connector.find(outgoing, {}, since=NOW, known=frozenset(), now=NOW + timedelta(minutes=1))
        assert isinstance(found, Unclear)
        assert all(words in found.words for words in ("Broadcast", "Lịch sử", "08:00 ngày 23/11/2026", TITLE, "1 bài"))
        assert self.asked(sandbox) == 1
        assert len(accepted(sandbox)) == effect

    @pytest.mark.parametrize(
        "knob",
        [
            {"empty_body": True, "commit": True},
            {"error_code": -200, "message": "Send message failed", "commit": True},
            {"http_status": 500, "commit": True},
        ],
    )
    def test_nonsense_after_it_was_sent_is_for_a_person(
        self, sandbox: Sandbox, tmp_path: Path, knob: dict[str, Any]
    ) -> None:
        connector, outgoing = self.sending(sandbox, tmp_path)
        turn(sandbox, path=MESSAGE, **knob)
        with pytest.raises(Unconfirmed, match="OA Manager"):
            connector.publish(outgoing, {}, now=NOW)
        assert len(accepted(sandbox)) == 1

    @pytest.mark.parametrize(
        "answer",
        [
            {"error": -200, "message": "Send message failed"},
            {"error": -987, "message": "?"},
            {"error": 0, "data": {}},
            {"message": "Success"},
        ],
    )
    def test_an_answer_that_tells_too_little_is_for_a_person_too(
        self, sandbox: Sandbox, tmp_path: Path, answer: dict[str, Any]
    ) -> None:
        connector, outgoing = self.sending(sandbox, tmp_path)
        sandbox.fault("zalo", "error", path=MESSAGE, values=answer)
        with pytest.raises(Unconfirmed, match="OA Manager"):
            connector.publish(outgoing, {}, now=NOW)

    @pytest.mark.parametrize(("code", "expected", "words"), REFUSALS)
    def test_a_refusal_says_what_to_do_and_nothing_was_sent(
        self, sandbox: Sandbox, tmp_path: Path, code: int, expected: type[ConnectorError], words: str
    ) -> None:
        connector, outgoing = self.sending(sandbox, tmp_path)
        sandbox.fault("zalo", "error", path=MESSAGE, values={"error": code, "message": "refused"})
        with pytest.raises(expected, match=words) as refused:
            connector.publish(outgoing, {}, now=NOW)
        assert refused.value.code == str(code)
        assert accepted(sandbox) == []

    def test_zalos_own_clock_decides_about_the_night(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing = self.sending(sandbox, tmp_path)
        sandbox.at(local(22, 0))
        with pytest.raises(Limited) as waiting:
            connector.publish(outgoing, {}, now=local(21, 10))
        assert (waiting.value.code, waiting.value.until) == ("-234", local(6, 5, day=24))

    def test_an_article_that_went_away_meanwhile_is_refused(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing = self.sending(sandbox, tmp_path)
        connector.withdraw(outgoing.refs[0], now=NOW)
        with pytest.raises(Rejected, match=r"tin Truyền thông không hợp lệ.*-201"):
            connector.publish(outgoing, {}, now=NOW)

    def test_without_a_connection_it_was_surely_not_sent(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing = self.sending(sandbox, tmp_path)
        nowhere = ZaloOA(
            self.settings(sandbox, api_url="http://127.0.0.1:9"), connector.account, connector.credentials, self.http
        )
        with pytest.raises(Unavailable):
            nowhere.publish(outgoing, {}, now=NOW)

    def test_our_own_count_of_the_month_stops_it_before_it_is_sent(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing = self.sending(sandbox, tmp_path)
        meter = Meter({"broadcasts": Left(0, NOW + timedelta(days=8))})
        poor = ZaloOA(self.settings(sandbox), connector.account, connector.credentials, self.http, meter)
        with pytest.raises(OverBudget):
            poor.publish(outgoing, {}, now=NOW)
        assert self.asked(sandbox) == 0


def broadcast(*refs: str) -> Outgoing:
    return Outgoing("tin-1", TITLE, "", part=Part.BROADCAST, refs=refs)


def accepted(sandbox: Sandbox) -> list[dict[str, Any]]:
    return list(sandbox._ask("GET", "zalo", "broadcasts"))
