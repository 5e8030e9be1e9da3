"""Breaks and hand-entered figures as data: dated, told in one sentence each, with where they are written."""

import re

import pytest

from connectors import CONNECTORS, connector_class
from connectors.base import Capabilities, DefinitionBreak, Metric
from content.vietnamese import day, nfc
from reports.phrases import METRIC_WORDS

BREAKS = [(name, one) for name in CONNECTORS for one in connector_class(name).capabilities.breaks]


def _known(name: str) -> Capabilities:
    return connector_class(name).capabilities


@pytest.mark.parametrize(("platform", "one"), BREAKS, ids=lambda value: str(getattr(value, "on", value)))
def test_a_break_tells_its_day_in_one_sentence_and_where_it_is_written(platform: str, one: DefinitionBreak) -> None:
    assert nfc(one.words) == one.words
    assert one.words.endswith(".")
    assert len(re.findall(r"\.(?:\s|$)", one.words)) == 1
    assert day(one.on) in one.words
    assert re.fullmatch(rf"{platform} \d\.\d", one.source)
    assert ("khoảng" in one.words) is not one.sure
    assert one.metric in _known(platform).metrics


def test_each_break_stands_there_once_and_in_the_order_of_time() -> None:
    for name in CONNECTORS:
        found = [(one.on, one.metric) for one in _known(name).breaks]
        assert [on for on, _ in found] == sorted(on for on, _ in found)
        assert len(set(found)) == len(found)


def test_the_breaks_that_the_fact_sheets_name_are_there() -> None:
    found = {(name, day(one.on), one.metric) for name, one in BREAKS}
    assert {("youtube", "31/03/2025", Metric.VIEWS), ("youtube", "24/08/2026", Metric.VIEWS)} <= found
    assert {("facebook", "15/11/2025", Metric.VIEWS), ("facebook", "15/06/2026", Metric.REACH)} <= found


@pytest.mark.parametrize("platform", CONNECTORS)
def test_what_is_entered_by_hand_says_so_and_is_of_a_part_that_can_be_sent_there(platform: str) -> None:
    about = _known(platform)
    for one in about.by_hand:
        assert one.where.startswith("Nhập tay từ ")
        assert not one.part or one.part in about.parts
        assert one.metric in METRIC_WORDS
        assert one.metric not in about.metrics, "what a call tells is not entered"


def test_only_the_console_of_zalo_tells_of_a_broadcast() -> None:
    assert [one.metric for one in _known("zalo").by_hand] == [Metric.SENT, Metric.DELIVERED, Metric.OPENED]
