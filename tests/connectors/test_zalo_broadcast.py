"""Broadcasts: aimed by codes, within their hours, and never sent twice."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.errors import ConnectorError, Limited, Misconfigured, Reconnect, Rejected, Unavailable, Unconfirmed
from connectors.http import new_session
from connectors.zalo.api import Api
from connectors.zalo.audience import CITIES, Target
from connectors.zalo.broadcast import next_window, send_broadcast
from tests.conftest import NOW, Sandbox
from tests.connectors.zalo_case import MediaHost, ZaloCase

MESSAGE = "/v2.0/oa/message"
EVERYONE = Target()


def local(hour: int, minute: int, second: int = 0, day: int = 23) -> datetime:
    """A moment of November 2026 by clocks in Việt Nam."""
    return datetime(2026, 11, day, hour, minute, second, tzinfo=UTC) - timedelta(hours=7)


@pytest.fixture
def case(tmp_path: Path) -> Iterator[ZaloCase]:
    one = ZaloCase()
    one.http = new_session()
    folder = tmp_path / "media"
    folder.mkdir()
    one.host = MediaHost(folder)
    yield one
    one.host.close()
    one.http.close()


@pytest.fixture
def oa(case: ZaloCase, sandbox: Sandbox, tmp_path: Path) -> tuple[Api, str]:
    """The OA's API and one published article."""
    connector = case.connect(sandbox)
    article_id = case.shown(sandbox, connector, case.simplest(tmp_path), NOW)
    settings = case.settings(sandbox, read_timeout=1)
    return Api(settings, connector.credentials.values["access_token"], case.http), article_id


def accepted(sandbox: Sandbox) -> list[dict[str, Any]]:
    return list(sandbox._ask("GET", "zalo", "broadcasts"))


def asked(sandbox: Sandbox) -> int:
    return len([one for one in sandbox.requests("zalo") if one["path"] == MESSAGE])


# Whom --------------------------------------------------------------------------------------------------


def test_a_target_takes_codes_or_names_and_travels_as_strings_with_commas() -> None:
    form = {"ages": ["25-34", 2], "cities": ["thừa thiên  huế", "9"], "platform": "android"}
    target = Target.model_validate(form)
    assert target.wire() == {"ages": "2,3", "cities": "9,53", "platform": "2"}
    assert EVERYONE.wire() == {}


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


# When --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "expected"),
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
def test_the_window_is_six_to_a_quarter_past_nine_in_vietnam(now: datetime, expected: datetime) -> None:
    assert next_window(now) == expected


def test_outside_the_hours_nothing_is_sent_and_the_next_hour_is_told(oa: tuple[Api, str], sandbox: Sandbox) -> None:
    api, article_id = oa
    with pytest.raises(Limited) as waiting:
        send_broadcast(api, [article_id], EVERYONE, now=local(21, 30))
    assert waiting.value.until == local(6, 0, day=24)
    assert asked(sandbox) == 0


# Sending -----------------------------------------------------------------------------------------------


def test_it_is_accepted_once_with_its_articles_and_its_target(oa: tuple[Api, str], sandbox: Sandbox) -> None:
    api, article_id = oa
    told = send_broadcast(api, [article_id, article_id], Target.model_validate({"cities": ["Hà Nội"]}), now=NOW)
    kept = accepted(sandbox)
    assert [one["message_id"] for one in kept] == [told]
    assert kept[0]["recipient"] == {"target": {"cities": "9"}}
    attachment = kept[0]["message"]["attachment"]
    assert attachment["type"] == "template"
    assert attachment["payload"]["elements"] == [{"media_type": "article", "attachment_id": article_id}]


@pytest.mark.parametrize("ids", [[], [""], [str(number) for number in range(6)]])
def test_none_or_more_than_five_articles_are_refused_before_anything_is_sent(
    oa: tuple[Api, str], sandbox: Sandbox, ids: list[str]
) -> None:
    with pytest.raises(Rejected, match="1 đến 5"):
        send_broadcast(oa[0], ids, EVERYONE, now=NOW)
    assert asked(sandbox) == 0


@pytest.mark.parametrize("effect", [True, False])
@pytest.mark.parametrize("kind", ["hang_up", "status", "html", "empty", "delay"])
def test_a_lost_answer_is_for_a_person_and_nothing_is_sent_again(
    oa: tuple[Api, str], sandbox: Sandbox, kind: str, effect: bool
) -> None:
    api, article_id = oa
    sandbox.fault("zalo", kind, path=MESSAGE, effect=effect, values={"seconds": 2})
    with pytest.raises(Unconfirmed, match="OA Manager"):
        send_broadcast(api, [article_id], EVERYONE, now=NOW)
    assert asked(sandbox) == 1
    assert len(accepted(sandbox)) == (1 if effect and kind != "empty" else 0)


def test_a_send_that_zalo_calls_failed_is_for_a_person_too(oa: tuple[Api, str], sandbox: Sandbox) -> None:
    sandbox.fault("zalo", "error", path=MESSAGE, values={"error": -200, "message": "Send message failed"})
    with pytest.raises(Unconfirmed, match="-200"):
        send_broadcast(oa[0], [oa[1]], EVERYONE, now=NOW)


@pytest.mark.parametrize(
    ("knob", "code", "expected"),
    [
        ("broadcast_quota", "-211", Limited),
        ("oa_unverified", "-221", Misconfigured),
        ("package_low", "-224", Misconfigured),
        ("type_refused", "-235", Misconfigured),
        ("expired_token", "-220", Reconnect),
        ("rate_limit", "-32", Limited),
    ],
)
def test_a_refusal_has_its_class_and_nothing_was_sent(
    oa: tuple[Api, str], sandbox: Sandbox, knob: str, code: str, expected: type[ConnectorError]
) -> None:
    sandbox.fault("zalo", knob, path=MESSAGE)
    with pytest.raises(expected) as refused:
        send_broadcast(oa[0], [oa[1]], EVERYONE, now=NOW)
    assert refused.value.code == code
    assert accepted(sandbox) == []


def test_zalos_own_clock_decides_about_the_night(oa: tuple[Api, str], sandbox: Sandbox) -> None:
    sandbox.at(local(22, 0))
    with pytest.raises(Limited) as waiting:
        send_broadcast(oa[0], [oa[1]], EVERYONE, now=local(21, 10))
    assert (waiting.value.code, waiting.value.until) == ("-234", local(6, 5, day=24))


def test_an_article_that_does_not_exist_is_refused(oa: tuple[Api, str], sandbox: Sandbox) -> None:
    with pytest.raises(Rejected, match="-201"):
        send_broadcast(oa[0], [oa[1], ZaloCase.unknown_id], EVERYONE, now=NOW)


def test_without_a_connection_it_was_surely_not_sent(oa: tuple[Api, str], case: ZaloCase, sandbox: Sandbox) -> None:
    nowhere = Api(case.settings(sandbox, api_url="http://127.0.0.1:9"), "token", case.http)
    with pytest.raises(Unavailable):
        send_broadcast(nowhere, [oa[1]], EVERYONE, now=NOW)
