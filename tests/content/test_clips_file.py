"""A clip's file: what is wrong is told by slide and field, and the bounds are told in words."""

import unicodedata
from pathlib import Path

import pytest

from content.clips import check_size, read_clip
from content.errors import ContentError

SLIDE = "  - {template: scene, title: Một cửa, text: Nộp hồ sơ tại một nơi}\n"


def written(folder: Path, text: str, name: str = "thu.yml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def complaint(folder: Path, text: str) -> str:
    with pytest.raises(ContentError) as caught:
        read_clip(written(folder, text))
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("slides: []\n", "thu.yml: slides: cần từ 1 đến 40 cảnh, hiện có 0"),
        ("slides:\n" + SLIDE * 41, "thu.yml: slides: cần từ 1 đến 40 cảnh, hiện có 41"),
        ("seconds_per_slide: 12\nslides:\n" + SLIDE * 16, "thu.yml: video dài 192 giây, quá giới hạn 180 giây"),
        ("canh: []\nslides:\n" + SLIDE, "thu.yml: canh: tên trường không có trong mẫu"),
        ("palette: hong\nslides:\n" + SLIDE, "thu.yml: palette: không có bảng màu “hong”; chỉ nhận một trong: tim_hue"),
        ("sizes: [square]\nslides:\n" + SLIDE, "thu.yml: sizes.0: chỉ nhận một trong: 'wide', 'story'"),
        ("seconds_per_slide: .nan\nslides:\n" + SLIDE, "thu.yml: seconds_per_slide: phải là số trong khoảng cho phép"),
        ("slides:\n" + SLIDE + "  - một câu\n", "thu.yml: cảnh 2: phải là nhóm các trường"),
        ("slides:\n" + SLIDE + "  - {template: scene, tittle: x}\n", "thu.yml: cảnh 2: tittle: tên trường không có"),
        ("slides:\n  - {template: phim, title: x}\n", "thu.yml: cảnh 1: template: chỉ nhận một trong"),
        ("slides:\n  - {template: scene, title: x, seconds: 0.2}\n", "thu.yml: cảnh 1: seconds: phải là số trong"),
        ("slides:\n  - {template: scene, title: x, captions: 5}\n", "thu.yml: cảnh 1: captions: phải là danh sách"),
        ("slides: không có\n", "thu.yml: slides: phải là danh sách"),
        ("", "thu.yml: tệp: phải là nhóm các trường viết thụt lề"),
        ("slides: " + "[" * 5000 + "]" * 5000, "thu.yml: các mục lồng nhau quá sâu"),
        ("slides:\n" + SLIDE * 5000, "thu.yml: tệp lớn hơn 256 KB"),
    ],
    ids=range(16),
)
def test_a_wrong_file_names_slide_and_field(tmp_path: Path, text: str, words: str) -> None:
    assert words in complaint(tmp_path, text)


def test_all_wrong_slides_are_told_at_once(tmp_path: Path) -> None:
    told = complaint(
        tmp_path, "slides:\n  - {template: scene, tile: a}\n" + SLIDE + "  - {template: quote}\n"
    ).splitlines()
    assert {line.partition(": ")[2].partition(":")[0] for line in told} == {"cảnh 1", "cảnh 3"}


def test_a_bomb_of_aliases_is_refused_and_not_unfolded(tmp_path: Path) -> None:
    levels = "".join(f"  - &n{n} [{', '.join([f'*n{n - 1}'] * 9)}]\n" for n in range(1, 30))
    assert "thu.yml: dòng 3: " in complaint(tmp_path, f"slides:\n  - &n0 [a]\n{levels}")


@pytest.mark.parametrize(("name", "words"), [("khong-co.yml", "không tìm thấy tệp"), (".", "không phải tệp")])
def test_what_is_no_file_is_told(tmp_path: Path, name: str, words: str) -> None:
    with pytest.raises(ContentError, match=words):
        read_clip(tmp_path / name)


def test_a_file_that_is_not_utf8_is_told(tmp_path: Path) -> None:
    (tmp_path / "thu.yml").write_bytes("title: một".encode("utf-16"))
    with pytest.raises(ContentError, match=r"thu\.yml: tệp không phải UTF-8"):
        read_clip(tmp_path / "thu.yml")


def test_a_name_kept_in_decomposed_letters_is_found_by_its_usual_spelling(tmp_path: Path) -> None:
    text = unicodedata.normalize("NFD", "slides:\n" + SLIDE)
    written(tmp_path, text, unicodedata.normalize("NFD", "một cửa.yml"))
    clip = read_clip(tmp_path / "một cửa.yml")
    assert clip.name == "một cửa.yml"
    assert unicodedata.is_normalized("NFC", clip.slides[0].spec.title)


def test_each_slide_has_its_own_seconds_or_the_clips(tmp_path: Path) -> None:
    text = f"seconds_per_slide: 2\nslides:\n{SLIDE}  - {{template: scene, title: Hai, seconds: 3.4}}\n"
    clip = read_clip(written(tmp_path, text))
    assert [slide.frames for slide in clip.slides] == [50, 85]
    assert clip.seconds == pytest.approx(5.4)


@pytest.mark.parametrize("seconds", ["1.6", "18.4"])
def test_a_vertical_clip_is_refused_where_it_could_not_be_published(tmp_path: Path, seconds: str) -> None:
    count = 1 if seconds == "1.6" else 5
    clip = read_clip(written(tmp_path, f"seconds_per_slide: {seconds}\nslides:\n" + SLIDE * count))
    assert check_size(clip, "wide") == "wide"
    with pytest.raises(
        ContentError, match=r"khổ dọc \(9:16\) phải dài từ 3 đến 90 giây, video này dài (1,6|92,0) giây"
    ):
        check_size(clip, "story")


def test_a_size_that_does_not_exist_is_told(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="không có khổ video “vuông”; chỉ nhận một trong: wide, story"):
        check_size(read_clip(written(tmp_path, "slides:\n" + SLIDE)), "vuông")
