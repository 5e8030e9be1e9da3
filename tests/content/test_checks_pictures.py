"""Alternative texts that help nobody, videos without words, and pictures that bring colours of their own."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from content.checks import AssetPlace, Drawn, Finding, Grade, check, drawn_from
from content.errors import ContentError, LibraryError
from content.plan import Plan
from content.postfile import PostFile, read_post
from tests.content.shelf import POST, plan, shelf


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> PostFile:
    return read_post(shelf(tmp_path_factory.mktemp("shelf")), plan())


def findings(post: PostFile, alt: str, role: str = "image", name: str = "giay-hen.png") -> list[Finding]:
    return check(replace(post, form="van_ban"), [AssetPlace(role, alt, name, 1)], plan())


@pytest.mark.parametrize(
    ("alt", "words", "grade"),
    [
        (" ", "chưa có văn bản thay thế", Grade.ERROR),
        ("ảnh", "chưa nói gì", Grade.ERROR),
        ("Hình ảnh minh họa.", "chưa nói gì", Grade.ERROR),
        ("INFOGRAPHIC", "chưa nói gì", Grade.ERROR),
        ("giay-hen.png", "là tên tệp", Grade.ERROR),
        ("giay-hen", "là tên tệp", Grade.ERROR),
        ("Giay hen", "là tên tệp", Grade.ERROR),
        ("IMG_20261123_080000", "là tên tệp", Grade.ERROR),
        ("Ảnh chụp giấy hẹn bản cuối.JPG", "là tên tệp", Grade.ERROR),
        ("Tờ giấy hẹn", "quá ngắn", Grade.WARNING),
        ("Giấy hẹn trả kết quả.", "chép lại tiêu đề", Grade.WARNING),
        ("Một tờ giấy hẹn. " * 40, "nên viết trong 500 ký tự", Grade.WARNING),
        ("[Mô tả ảnh]", "còn chỗ chưa điền", Grade.TO_FILL),
        ("Người dân [tên] nhận kết quả tại quầy.", "còn chỗ chưa điền: “[tên]”", Grade.TO_FILL),
    ],
)
def test_an_alternative_text_that_helps_nobody_is_found(good: PostFile, alt: str, words: str, grade: Grade) -> None:
    [found] = findings(good, alt)
    assert words in found.words and (found.field, found.grade) == ("assets", grade)


@pytest.mark.parametrize(
    "alt",
    [
        "Một tờ giấy hẹn có mã hồ sơ.",
        "Ảnh bìa báo cáo năm 2026 của tỉnh",
        "Người dân tải tệp mau-don.docx về máy",
        "Bốn bộ chỉ số PCI, ICT, DTI, PAPI.",
        "Giấy hẹn trả kết quả đặt trên bàn tiếp dân.",
    ],
)
def test_a_good_alternative_text_raises_no_alarm(good: PostFile, alt: str) -> None:
    assert findings(good, alt) == []


def test_a_finding_names_the_line_of_the_file_or_the_picture(good: PostFile) -> None:
    assert findings(good, "")[0].words.startswith("mục 1 (ảnh): ")
    [found] = check(replace(good, form="van_ban"), [AssetPlace("cover", "", "bia.png")], plan())
    assert found.words.startswith("ảnh bìa bia.png: ")


def test_one_line_that_serves_twice_is_told_once_for_each_place(good: PostFile) -> None:
    bare = [AssetPlace("image", "", "x.yml", 1), AssetPlace("cover", "", "x.yml", 1)]
    assert [one.words.partition(":")[0] for one in check(good, bare, plan())] == ["mục 1 (ảnh)", "mục 1 (ảnh bìa)"]


def test_a_video_needs_words_or_captions(good: PostFile) -> None:
    film = replace(good, form="video", variants={})
    [found] = check(film, [AssetPlace("video", "", "phim.mp4", 1)], plan())
    assert found.keeps_out and "phụ đề" in found.words
    assert check(film, [AssetPlace("video", "Bốn bước nộp hồ sơ trên mạng.", "phim.mp4", 1)], plan()) == []
    told = replace(film, variants={"zalo": {"options": {"captions_text": "1\n00:00 …"}}})
    assert check(told, [AssetPlace("video", "", "phim.mp4", 1)], plan()) == []


def test_an_infographic_without_a_picture_is_an_error(good: PostFile) -> None:
    [found] = check(good, [], plan())
    assert found.keeps_out and "chưa có ảnh" in found.words


@pytest.mark.parametrize(
    "spec",
    [
        {"template": "quote", "colour": "red"},
        {"items": [{"head": "Một", "text_color": "#ff0000"}]},
        {"title": "Một", "note": "#0a7"},
        {"band": "rgb(1, 2, 3)"},
    ],
)
def test_a_picture_with_colours_of_its_own_is_refused(good: PostFile, spec: dict[str, object]) -> None:
    [found] = check(good, good.places(), plan(), drawn=[drawn_from(spec, "hinh.yml")])
    assert found.keeps_out and "hinh.yml tự đặt màu" in found.words and "palette" in found.words


def test_the_words_of_a_picture_are_read_whatever_its_template_is() -> None:
    spec = {
        "template": "la", "palette": "tim_hue", "title": " Một ", "items": [{"head": "Hai", "icon": "users"}, "Ba"],
        "rows": [["Bốn", 5], {"deep": [{"text": "Sáu #CCHC"}]}], "numbered": True, "note": None,
    }  # fmt: skip
    assert drawn_from(spec, "h.yml") == Drawn("h.yml", ("Một", "Hai", "Ba", "Bốn", "Sáu #CCHC"))


def test_a_picture_that_refers_to_itself_comes_to_an_end() -> None:
    endless: list[object] = ["Một"]
    endless.append(endless)
    assert "Một" in drawn_from(endless, "h.yml").texts
    bomb: object = "x"
    for _ in range(40):
        bomb = [bomb, bomb]
    drawn_from(bomb, "h.yml")
    assert drawn_from(None, "h.yml") == drawn_from(7, "h.yml") == Drawn("h.yml")


def test_a_spec_with_colours_keeps_the_file_out_of_the_library(tmp_path: Path) -> None:
    (tmp_path / "hinh.yml").write_text("template: quote\ntitle: Một cửa\ncolour: '#ff0000'\n", encoding="utf-8")
    file = shelf(tmp_path, POST.replace("image: giay-hen.png", "infographic: hinh.yml"))
    with pytest.raises(LibraryError, match=r"d-giay-hen\.md: assets: hinh\.yml tự đặt màu"):
        read_post(file, plan())


def test_a_place_to_fill_in_does_not_keep_the_file_out(tmp_path: Path) -> None:
    (tmp_path / "hinh.yml").write_text("template: quote\ntitle: Một cửa tại [đơn vị]\n", encoding="utf-8")
    text = POST.replace("image: giay-hen.png", "infographic: hinh.yml").replace(
        "title: Giấy", 'title: "[Tên cơ quan]: giấy'
    )
    post = read_post(shelf(tmp_path, text.replace("kết quả\n", 'kết quả"\n', 1)), plan())
    assert [(one.field, one.grade) for one in post.findings(plan())] == [
        ("title", Grade.TO_FILL),
        ("assets (hinh.yml)", Grade.TO_FILL),
    ]


class SignedPlan(Plan):
    """A plan whose pictures are signed by agencies, of which only one has written its name."""

    def signing(self, agency: str = "") -> SimpleNamespace:
        if agency == "la":
            raise ContentError("brands.yml: không có cơ quan này.")
        return SimpleNamespace(filled=agency == "snv")


@pytest.mark.parametrize(("agency", "told"), [("", True), ("snv", False), ("la", False)])
def test_a_picture_that_nobody_signs_yet_is_to_be_filled_in(good: PostFile, agency: str, told: bool) -> None:
    signed = SignedPlan.model_validate(plan().model_dump())
    spec = {"title": "Một cửa", **({"agency": agency} if agency else {})}
    found = check(good, good.places(), signed, drawn=[drawn_from(spec, "hinh.yml")])
    assert [(one.grade, "brands.yml" in one.words) for one in found] == [(Grade.TO_FILL, True)] * told
    assert check(good, good.places(), signed) == []
