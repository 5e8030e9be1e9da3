"""Captions: what is said when, short enough for two lines, slow enough to read, good as a file of subtitles."""

import re
import unicodedata
from itertools import pairwise
from pathlib import Path

import pytest

from connectors.youtube.captions import find_caption_problems
from content.clips import Clip, Slide, cues, hurried, read_clip, srt
from content.errors import ContentError
from content.infographic import parse_spec

LONG = (
    "Bà con chỉ cần đến một nơi, nộp hồ sơ một lần, nhận giấy hẹn có mã hồ sơ và ngày trả kết quả, "
    "sau đó theo dõi ngay trên điện thoại cho đến khi nhận kết quả."
)


def slide(seconds: float, captions: tuple[str, ...] | None, text: str = "") -> Slide:
    spec = parse_spec({"template": "scene", "title": "Giữ giấy hẹn", "text": text}, "thu.yml: cảnh 1")
    return Slide(spec, round(seconds * 25), captions)


def clip(*slides: Slide) -> Clip:
    return Clip("thu.yml", "tim_hue", slides)


def test_subtitles_stand_at_their_times_and_the_connector_takes_them() -> None:
    text = srt(cues(clip(slide(2, ("Một.",)), slide(3.04, None, "Có mã hồ sơ"), slide(2, ("Ba.",)))))
    assert text == (
        "1\n00:00:00,000 --> 00:00:02,000\nMột.\n\n"
        "2\n00:00:02,000 --> 00:00:03,600\nGiữ giấy hẹn\n\n"
        "3\n00:00:03,600 --> 00:00:05,040\nCó mã hồ sơ\n\n"
        "4\n00:00:05,040 --> 00:00:07,040\nBa.\n"
    )
    assert find_caption_problems(text) == []


def test_a_long_caption_is_said_in_pieces_of_two_lines_that_fill_the_slide() -> None:
    made = cues(clip(slide(2, ("Một.",)), slide(12, (LONG,))))
    assert [cue.place for cue in made] == [0, 1, 1]
    assert " ".join(cue.text for cue in made[1:]) == LONG
    assert (made[1].start, made[-1].end) == (50, 350)
    assert all(before.end == after.start for before, after in pairwise(made))
    lines = [line for line in srt(made).splitlines() if line and not re.match(r"\d", line)]
    assert max(map(len, lines)) <= 52
    assert all(len(passage.splitlines()) <= 4 for passage in srt(made).split("\n\n"))


def test_the_file_has_no_hidden_characters_and_is_nfc() -> None:
    text = srt(
        cues(clip(slide(9, ("Nghị định số 118 ngày 09/6/2025 – có hiệu lực từ ngày 01/7/2025, bà con nhớ đọc kỹ.",))))
    )
    assert unicodedata.is_normalized("NFC", text)
    assert "\u00a0" not in text
    assert text.isprintable() or set(text) - {"\n"} == {letter for letter in text if letter.isprintable()}


def test_a_slide_told_to_say_nothing_says_nothing() -> None:
    assert [cue.place for cue in cues(clip(slide(2, ()), slide(2, ("Hai.",))))] == [1]
    assert srt(cues(clip(slide(2, ())))) == ""


def test_a_word_longer_than_a_line_is_refused_by_slide_and_field() -> None:
    with pytest.raises(ContentError, match=r"thu\.yml: cảnh 1: captions: “a{60}” dài hơn một dòng phụ đề"):
        cues(clip(slide(20, ("a" * 200,))))


def test_a_caption_faster_than_seventeen_letters_a_second_is_told() -> None:
    words = "Bà con chỉ cần đến một nơi thôi nhé"  # 35 letters: 2.06 s
    assert hurried(clip(slide(2.08, (words,))), burned=False) == []
    (told,) = hurried(clip(slide(2.04, (words,))), burned=False)
    assert told.startswith("thu.yml: cảnh 1: captions: “Bà con")
    assert "chỉ hiện 2,0 giây, cần 2,1 giây" in told


def test_what_stands_on_the_slide_is_read_too_when_the_caption_is_burned_in() -> None:
    busy = clip(slide(4, ("Bà con kiểm tra kỹ hai điều này.",), "Có mã hồ sơ và ngày trả kết quả"))
    assert hurried(busy, burned=False) == []
    (told,) = hurried(busy, burned=True)
    assert "thu.yml: cảnh 1: chữ trên hình và phụ đề cần 4,4 giây" in told


def test_the_shipped_clips_can_be_read_by_everybody() -> None:
    for path in sorted((Path(__file__).parents[2] / "assets" / "clips").glob("*.yml")):
        shipped = read_clip(path)
        assert hurried(shipped, burned=True) == []
        assert find_caption_problems(srt(cues(shipped))) == []
