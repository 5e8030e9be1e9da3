"""Who signs a picture: read with the plan, drawn whole in every size, and never somebody else's logo."""

import shutil
from pathlib import Path

import pytest
from PIL import Image
from sqlmodel import Session

from content.brand import PLACEHOLDER, UNSIGNED, Brand
from content.drawings import infographics_of
from content.errors import ContentError, LibraryError
from content.infographic import SIZES, compose, draw, paint, parse_spec
from content.infographic.signature import plate_for, signature
from content.infographic.typesetting import NO_BREAK, Face
from content.palette import DEFAULT, PALETTES, rgb
from content.plan import active_plan, load_plan, read_plan
from tests.conftest import NOW
from tests.content.shelf import PLANS, encoded, plan
from tests.content.test_infographic_words import out_of_place

LONG = "Văn phòng Đoàn đại biểu Quốc hội và Hội đồng nhân dân thành phố trực thuộc trung ương"


def with_brands(folder: Path, text: str) -> Path:
    """A copy of the blank plan that says this in brands.yml."""
    copy = folder / "plan"
    shutil.copytree(PLANS / "mau-nam", copy, dirs_exist_ok=True)
    (copy / "brands.yml").write_text(text, encoding="utf-8")
    return copy


def problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(LibraryError) as told:
        read_plan(with_brands(folder, text))
    return told.value.problems


def quote(**changes: object) -> dict[str, object]:
    return {"template": "quote", "title": "Đúng hẹn", "source": "Kế hoạch số 481/KH-UBND ngày 29/12/2022", **changes}


def signed_by(brand: Brand, size: str = "portrait", **changes: object) -> str:
    """Everything that is written on a quote of this brand."""
    return " ".join(line.text for line in compose(parse_spec(quote(**changes), "q.yml"), size, brand).lines).replace(
        NO_BREAK, " "
    )


def logo(size: tuple[int, int], colour: str = "navy") -> str:
    """A brand's picture of one colour on a clear ground."""
    canvas = Image.new("RGBA", (size[0] + 8, size[1] + 8), "#00000000")
    canvas.paste(colour, (4, 4, size[0] + 4, size[1] + 4))
    return encoded(canvas)


def test_the_first_brand_of_a_plan_signs_and_others_are_known_by_their_code() -> None:
    assert plan().brand() == plan().brands[0] == plan().brand("ubnd")
    assert plan().brand("vpubnd").line == "Cổng Thông tin điện tử thành phố Huế"


def test_an_agency_without_a_brand_signs_with_its_name_and_without_a_logo() -> None:
    register = read_plan(PLANS / "mau-nam")
    signed = register.brand("snv")
    assert (signed.agency, signed.name, signed.picture) == ("snv", "Sở Nội vụ", "")


def test_an_unknown_code_is_told_with_the_codes_there_are() -> None:
    with pytest.raises(ContentError, match="mang mã “soyte”; các mã hiện có: ubnd, vpubnd, stttt"):
        plan().brand("soyte")


def test_a_plan_without_brands_signs_with_its_issuer(tmp_path: Path) -> None:
    shutil.copytree(PLANS / "mau-nam", tmp_path / "plan")
    (tmp_path / "plan" / "brands.yml").unlink()
    assert read_plan(tmp_path / "plan").brand().name == "Ủy ban nhân dân tỉnh, thành phố"


def test_brands_and_their_logos_come_back_from_the_tables(session: Session, tmp_path: Path) -> None:
    load_plan(session, plan(), NOW)
    session.commit()
    kept = active_plan(session).brand()
    assert kept == plan().brand()
    assert kept.mark is not None
    assert 380 <= max(kept.mark.size) <= 400


def test_the_blank_plan_is_signed_by_a_placeholder_that_can_be_found() -> None:
    assert read_plan(PLANS / "mau-nam").brand().name == PLACEHOLDER
    assert not read_plan(PLANS / "mau-nam").brand().filled
    assert not UNSIGNED.filled
    assert all(brand.filled for brand in plan().brands)
    assert not Brand(name="UBND tỉnh …").filled
    assert not Brand(name="Sở Nội vụ", line="[Tên tỉnh]").filled


def test_no_shipped_brand_bears_the_name_of_a_body_that_is_gone() -> None:
    gone = {agency.name for agency in plan().agencies if agency.valid_to}
    assert not [brand for brand in plan().brands for name in gone if name.casefold() in brand.name.casefold()]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("- {agency: soyte, name: Sở Y tế}", "brands.yml: agency: “soyte” chưa có trong agencies.yml"),
        ("- {agency: ubnd, name: A}\n- {agency: ubnd, name: B}", "brands.yml: agency: “ubnd” viết hai lần"),
        ("- {agency: ubnd}", "brands.yml: mục 1: name: còn thiếu"),
        ("- {agency: ubnd, name: A, palette: xanh}", "brands.yml: mục 1: palette: không có bảng màu “xanh”"),
        ("- {agency: ubnd, name: A, logo: mat.png}", "brands.yml: mục 1: logo: mat.png: không tìm thấy tệp logo"),
        ("- {agency: ubnd, name: A, logo: ../x.png}", "brands.yml: mục 1: logo: chỉ ghi tên tệp đặt cạnh brands.yml"),
        ("- {agency: ubnd, name: A, logo: /etc/passwd}", "brands.yml: mục 1: logo: chỉ ghi tên tệp"),
        ("- {agency: ubnd, name: A, logo: plan.yml}", "brands.yml: mục 1: logo: plan.yml: logo phải là tệp PNG"),
        ("- {agency: ubnd, name: A, picture: AAAA}", "brands.yml: mục 1: picture: tên trường không có trong mẫu"),
        ("- {agency: ubnd, name: A, slogan: B}", "brands.yml: mục 1: slogan: tên trường không có trong mẫu"),
    ],
)
def test_a_slip_in_brands_is_told_with_file_and_field(tmp_path: Path, text: str, told: str) -> None:
    found = problems(tmp_path, text)
    assert any(told in problem for problem in found), found


@pytest.mark.parametrize("size", SIZES)
def test_every_size_shows_logo_name_and_source(size: str) -> None:
    brand = plan().brand("vpubnd")
    written = signed_by(brand, size)
    assert brand.name in written
    assert brand.line in written
    assert "Nguồn: Kế hoạch số 481/KH-UBND ngày 29/12/2022" in written
    bare = brand.model_copy(update={"picture": ""})
    spec = parse_spec(quote(), "q.yml")
    assert draw(spec, size, brand) != draw(spec, size, bare)


def test_a_spec_may_ask_for_another_signature() -> None:
    assert "Sở Nội vụ thành phố Huế" in signed_by(plan().signing("snv"), agency="snv")
    assert "UBND phường Thuận Hóa" in signed_by(plan().brand(), agency="UBND phường Thuận Hóa")


def test_a_name_in_free_words_stands_without_the_logo_and_the_line_of_another_office() -> None:
    other = plan().signing("UBND phường Thuận Hóa")
    assert (other.name, other.line, other.picture) == ("UBND phường Thuận Hóa", "", "")
    assert plan().brand("vpubnd").signing("UBND phường Thuận Hóa").line == ""


def test_a_code_that_nobody_looked_up_is_refused_rather_than_printed() -> None:
    with pytest.raises(ContentError, match=r"q\.yml: agency: kế hoạch chưa có cơ quan nào mang mã “soyte”"):
        signed_by(plan().brand(), agency="soyte")


def test_the_library_draws_what_the_plan_signs(tmp_path: Path) -> None:
    spec = tmp_path / "q.yml"
    spec.write_text("template: quote\ntitle: Đúng hẹn\nagency: snv\n", encoding="utf-8")
    expected = draw(
        parse_spec({"template": "quote", "title": "Đúng hẹn", "agency": "snv"}, "q.yml"), "square", plan().brand("snv")
    )
    assert infographics_of(plan())(spec, "square").paint() == expected


def test_a_picture_takes_its_own_palette_then_the_brands_then_the_products() -> None:
    def accent_of(brand: Brand, **changes: object) -> object:
        return paint(parse_spec(quote(**changes), "q.yml"), "square", brand).getpixel((5, 5))

    river = Brand(name="A", palette="song_huong")
    assert accent_of(river, palette="cung_dinh") == rgb(PALETTES["cung_dinh"].accent)
    assert accent_of(river) == rgb(PALETTES["song_huong"].accent)
    assert accent_of(Brand(name="A")) == rgb(PALETTES[DEFAULT].accent)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("template", ["quote", "steps"])
def test_a_long_name_loses_no_word_and_stays_on_the_sheet(template: str, size: str) -> None:
    values = quote(template=template) | ({"items": [{"head": "Nộp"}] * 3} if template == "steps" else {})
    brand = plan().brand().model_copy(update={"name": LONG})
    lines = compose(parse_spec(values, "q.yml"), size, brand).lines
    assert LONG in " ".join(line.text for line in lines).replace(NO_BREAK, " ")
    assert not out_of_place(lines, size)


def test_a_name_that_no_size_can_hold_is_refused_with_its_words() -> None:
    with pytest.raises(ContentError, match=r"q\.yml: chữ không vừa khổ 1280 x 720: “.*trung ương"):
        signed_by(Brand(name=f"{LONG} " * 3), "wide", template="steps", items=[{"head": "Nộp"}] * 3)


@pytest.mark.parametrize("shape", [(100, 100), (300, 100), (500, 100), (100, 200)])
def test_a_logo_keeps_its_shape_and_the_same_optical_size(shape: tuple[int, int]) -> None:
    brand = Brand(name="A", picture=logo(shape))
    assert brand.mark is not None
    width, height = signature(brand, 900, Face(34), 28).logo
    assert width / height == pytest.approx(brand.mark.width / brand.mark.height)
    assert 0.6 <= width * height / 85**2 <= 1.01


def test_a_logo_gets_a_plate_only_where_it_would_not_be_seen() -> None:
    palette = PALETTES["tim_hue"]
    violet, white = (
        Brand(name="A", picture=logo((200, 200), palette.accent)),
        Brand(name="A", picture=logo((200, 200), "white")),
    )
    assert plate_for(violet, palette, palette.paper) == ""
    assert plate_for(violet, palette, palette.accent) == palette.paper
    assert plate_for(white, palette, palette.accent) == ""
    assert plate_for(white, palette, palette.paper) == palette.accent


def test_a_scanned_logo_stands_on_a_plate_of_its_own_colour() -> None:
    scan = Image.new("RGBA", (200, 200), "#f0f0f0ff")
    scan.paste("red", (50, 50, 150, 150))
    for ground in ("#ffffff", "#5a2a82"):
        assert plate_for(Brand(name="A", picture=encoded(scan)), PALETTES["tim_hue"], ground) == "#f0f0f0"
