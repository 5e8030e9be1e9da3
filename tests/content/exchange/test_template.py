"""The template: what it offers is what the import takes."""

from pathlib import Path

import openpyxl
import pytest

from content.errors import ContentError
from content.exchange.columns import COLUMNS, EXAMPLE_KEY, VARIANT_COLUMNS, Place, header_of, place_of
from content.exchange.template import write_template
from tests.conftest import NOW
from tests.content.exchange.tables import PLATFORMS, errors, picture, read
from tests.content.shelf import plan


@pytest.fixture
def template(tmp_path: Path) -> Path:
    path = tmp_path / "mau.xlsx"
    write_template(path, plan(), {name: name.upper() for name in PLATFORMS}, NOW)
    return path


def test_the_example_is_no_post_and_a_template_without_more_is_told(template: Path) -> None:
    with pytest.raises(ContentError, match="chỉ có dòng ví dụ"):
        read(template)


def test_the_example_is_a_good_row_once_it_has_a_name_of_its_own(template: Path, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(template)
    assert book["Bài đăng"]["A2"].value == EXAMPLE_KEY
    book["Bài đăng"]["A2"] = "d-cua-toi"
    book.save(template)
    picture(tmp_path / "anh")
    table = read(template, tmp_path / "anh")
    assert errors(table) == []
    assert [one.key for one in table.rows] == ["d-cua-toi"]


def test_the_lists_offer_every_topic_form_audience_and_platform_and_all_are_understood(
    template: Path, tmp_path: Path
) -> None:
    book = openpyxl.load_workbook(template)
    posts, lists = book["Bài đăng"], book["Danh mục"]
    ranges = {one.formula1: one for one in posts.data_validations.dataValidation if one.type == "list"}
    assert len(ranges) == 10
    topics = [cell.value for cell in lists["A"][1:] if cell.value]
    assert [one[0] for one in topics] == list(plan().letters)
    posts.delete_rows(2)
    for number, topic in enumerate(topics, 2):
        cells = {"Mã bài": f"bai-{number}", "Tiêu đề *": "Một", "Nội dung *": "Hai", "Điểm *": topic,
                 "Hình thức *": "Văn bản", "Đối tượng *": "; ".join(one.label for one in plan().audiences),
                 "Nguồn *": "Cổng", "Kênh *": "; ".join(PLATFORMS)}  # fmt: skip
        for column, cell in enumerate(posts[1], 1):
            posts.cell(number, column).value = cells.get(str(cell.value))
    book.save(tmp_path / "dien.xlsx")
    table = read(tmp_path / "dien.xlsx")
    assert errors(table) == []
    assert [one.post.topic for one in table.rows if one.post] == list(plan().letters)


def test_every_column_has_a_note_and_is_in_the_guide_and_is_understood(template: Path) -> None:
    book = openpyxl.load_workbook(template)
    guide = {cell.value for cell in book["Hướng dẫn"]["A"]}
    for column in COLUMNS:
        assert place_of(column.header, PLATFORMS) == place_of(column.field, PLATFORMS) == Place(column.field)
        assert f"{column.header} *" in guide or column.header in guide
        assert column.note
    for platform in PLATFORMS:
        for column in VARIANT_COLUMNS:
            place = Place(column.field, platform)
            assert place_of(header_of(place), PLATFORMS) == place_of(f"{platform}.{column.field}", PLATFORMS) == place
            assert header_of(place) in guide


def test_all_names_of_columns_are_different() -> None:
    names = [place_of(name, PLATFORMS) for one in COLUMNS for name in (one.header, one.field, *one.aliases)]
    assert names == [Place(one.field) for one in COLUMNS for _ in (one.header, one.field, *one.aliases)]


def test_a_template_never_overwrites_a_file(template: Path) -> None:
    before = template.read_bytes()
    with pytest.raises(ContentError, match="đã có tệp này"):
        write_template(template, plan(), {}, NOW)
    assert template.read_bytes() == before
