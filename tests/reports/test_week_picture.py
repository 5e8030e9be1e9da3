"""The week as a picture and a draft post: the summary's figures, their source and their moment, nothing else."""

import io

import pytest
from PIL import Image

from content.vietnamese import number
from reports.papers import posting
from reports.periods import ReportError
from reports.summary import ChannelWeek, Figure, WeeklySummary
from tests.reports.conftest import the_plan


def silent(one: ChannelWeek, *names: str) -> ChannelWeek:
    return one.model_copy(update=dict.fromkeys(names, Figure()))


def test_the_picture_says_the_summarys_figures_with_their_source_and_cutoff(normal: WeeklySummary) -> None:
    spec, sketches = posting.drawn(normal, the_plan())
    said = spec.alternative_text()
    for channel in normal.channels:
        assert f"{number(channel.base.value)} {channel.base_label.lower()}" in said
    assert "Nguồn: số liệu của các nền tảng. Số liệu chốt lúc 07:00 ngày 30/11/2026" in said
    assert sorted(sketches) == ["portrait", "wide"]
    for size, (wide, high) in (("portrait", (1080, 1350)), ("wide", (1280, 720))):
        with Image.open(io.BytesIO(sketches[size].paint())) as picture:
            assert picture.size == (wide, high)


def test_a_missing_figure_is_left_out_and_bases_are_never_added(normal: WeeklySummary) -> None:
    first, *rest = normal.channels
    known = normal.model_copy(update={"channels": (silent(first, "base", "engagement"), *rest)})
    said = posting.drawn(known, the_plan())[0].alternative_text()
    assert first.title not in said and "0 lượt" not in said.replace("0 lượt xem", "", said.count("90 lượt xem"))
    total = sum(one.base.value or 0 for one in normal.channels)
    assert number(total) not in posting.drawn(normal, the_plan())[0].alternative_text()
    nothing = normal.model_copy(update={"channels": tuple(silent(one, "base") for one in normal.channels)})
    only = posting.drawn(nothing, the_plan())[0].alternative_text()
    assert f"{sum(one.published.value or 0 for one in normal.channels)} lượt đăng bài trong tuần" in only


def test_a_week_without_any_figure_has_no_picture(empty: WeeklySummary) -> None:
    with pytest.raises(ReportError, match="chưa có số liệu nào"):
        posting.drawn(empty, the_plan())


def test_names_that_find_no_room_are_shortened_and_the_picture_is_still_drawn(awkward: WeeklySummary) -> None:
    spec, _ = posting.drawn(awkward, the_plan())
    assert "Trung tâm Phục vụ hành chính công số 0" in spec.alternative_text()


def test_the_post_of_a_week_names_its_cutoff_in_local_time(normal: WeeklySummary) -> None:
    assert posting.key_of(normal) == "tong-hop-2026-w48-20261130-070000"
    assert "Số liệu chốt lúc 07:00 ngày 30/11/2026." in posting.body(normal)
    assert "-" not in {line.strip() for line in posting.body(normal).splitlines()}
