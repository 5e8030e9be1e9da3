"""Logos from strangers: bounded, told by name, and never a way to read another file."""

import base64
import io
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

import content.logo
from content.errors import ContentError
from content.logo import SIDE, read_logo
from content.svg import clean_svg
from tests.content.shelf import PLANS, png

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 120 120">'
RING = '<circle cx="60" cy="60" r="50" fill="#5a2a82"/>'
MASKS = '<mask id="m0"><rect width="9" height="9"/></mask>' + "".join(
    f'<mask id="m{n}">' + f'<rect width="9" height="9" mask="url(#m{n - 1})"/>' * 2 + "</mask>" for n in range(1, 25)
)
USES = '<g id="u0"><rect width="9" height="9"/></g>' + "".join(
    f'<g id="u{n}">' + f'<use href="#u{n - 1}"/>' * 2 + "</g>" for n in range(1, 25)
)


def svg(body: str, head: str = HEAD, before: str = "") -> bytes:
    return f"{before}{head}{body}</svg>".encode()


def read(folder: Path, data: bytes, name: str = "logo.svg") -> Image.Image:
    (folder / name).write_bytes(data)
    return Image.open(io.BytesIO(base64.b64decode(read_logo(folder / name))))


def refused(folder: Path, data: bytes, name: str = "logo.svg") -> str:
    with pytest.raises(ContentError) as told:
        read(folder, data, name)
    assert told.value.words.startswith(f"{name}: ")
    return told.value.words


def picture(kind: str, size: tuple[int, int] = (300, 200), colour: str = "navy") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind)
    return out.getvalue()


def png_header(width: int, height: int) -> bytes:
    """A PNG that promises this many pixels and has next to none."""
    chunks = b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in (
            (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
            (b"IDAT", zlib.compress(b"\0" * 1000)),
            (b"IEND", b""),
        )
    )
    return b"\x89PNG\r\n\x1a\n" + chunks


@pytest.mark.parametrize(
    ("name", "kind"), [("a.png", "PNG"), ("a.jpg", "JPEG"), ("a.JPEG", "JPEG"), ("a.webp", "WEBP")]
)
def test_each_kind_becomes_a_png_of_the_same_shape(tmp_path: Path, name: str, kind: str) -> None:
    made = read(tmp_path, picture(kind, (900, 600)), name)
    assert (made.format, made.mode, made.size) == ("PNG", "RGBA", (SIDE, round(SIDE * 2 / 3)))


def test_an_svg_is_drawn_large_and_without_its_empty_margin(tmp_path: Path) -> None:
    made = read(tmp_path, svg('<rect x="40" y="50" width="40" height="20" fill="red"/>', HEAD))
    assert made.width == pytest.approx(2 * made.height, abs=2)
    assert made.getpixel((made.width // 2, made.height // 2)) == (255, 0, 0, 255)


def test_classes_styles_and_doctypes_of_drawing_programs_are_understood(tmp_path: Path) -> None:
    before = (
        '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://x/svg11.dtd">'
    )
    style = "<style>/* a */ .st0, .st1 { fill: #FF0000 } .st1{stroke:none}</style>"
    path = '<g style="opacity:1"><path class="st1" d="M0 0H120V120H0z"/></g>'
    body = f"<title>Logo</title><metadata>x</metadata>{style}{path}"
    assert read(tmp_path, svg(body, before=before)).getpixel((9, 9)) == (255, 0, 0, 255)


def test_the_shipped_sample_is_a_logo() -> None:
    assert base64.b64decode(read_logo(PLANS / "thua-thien-hue-2023" / "vong-non.svg")).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ('<image href="{file}" width="120" height="120"/>', "có ảnh nhúng hoặc trỏ tới tệp khác"),
        ('<image xlink:href="data:image/png;base64,AAAA" width="9" height="9"/>', "có ảnh nhúng"),
        ('<use href="{file}#a"/>', "trỏ tới tệp hoặc trang khác"),
        ('<rect width="9" height="9" fill="url(https://x.example/#a)"/>', "trỏ tới tệp hoặc trang khác"),
        ('<rect width="9" height="9" style="mask: url( {file} )"/>', "trỏ tới tệp hoặc trang khác"),
        ('<style>@import "{file}";</style>', "bảng kiểu (style) phức tạp"),
        ("<style>* { opacity: 0.5 }</style>", "bảng kiểu (style) phức tạp"),
        ("<style>.a{mask:url({file})}</style><rect class='a' width='9' height='9'/>", "trỏ tới tệp hoặc trang khác"),
        ("<script>alert(1)</script>", "có mã lệnh"),
        ('<rect width="9" height="9" onload="alert(1)"/>', "có mã lệnh"),
        ("<foreignObject><p/></foreignObject>", "có mã lệnh"),
        ("<g><text>UBND</text></g>", "có chữ cần phông riêng"),
        ('<filter id="f"/>', "có hiệu ứng"),
        ('<rect width="9" height="9" stroke-dasharray="0.001"/>', "có nét đứt"),
        ("<video/>", "có phần tử “video”"),
        (MASKS + '<rect width="9" height="9" mask="url(#m24)"/>', "quá nhiều nét hoặc lớp"),
        (USES, "quá nhiều nét hoặc lớp"),
        ('<g id="a"><use href="#a"/></g>', "tham chiếu vòng"),
        ("<g>" * 3000 + "</g>" * 3000, "lồng nhau quá"),
        ('<rect width="9" height="9"/>' * 5000, "quá nhiều nét"),
        ('<g opacity="0.9"><rect width="9" height="9"/></g>' * 500, "quá nhiều nét hoặc lớp"),
        ("<style>" + "a" * 300_000 + "</style>", "bảng kiểu (style) phức tạp"),
        ('<path d="' + "M0 0" * 200_000 + '"/>', "nặng hơn 400 KB"),
        ("<g>", "hỏng hoặc không phải SVG"),
        ("", "không có nét nào nhìn thấy được"),
        ('<rect width="120" height="120" opacity="0"/>', "không có nét nào nhìn thấy được"),
    ],
)
def test_what_is_no_plain_drawing_is_refused_with_the_way_out(tmp_path: Path, body: str, told: str) -> None:
    (tmp_path / "geheim.png").write_bytes(png())
    assert told in refused(tmp_path, svg(body.replace("{file}", str(tmp_path / "geheim.png"))))


@pytest.mark.parametrize(
    ("head", "told"),
    [
        ('<svg xmlns="http://www.w3.org/2000/svg">', "thiếu khung vẽ"),
        ('<svg xmlns="http://www.w3.org/2000/svg" width="100%" height="100%">', "thiếu khung vẽ"),
        ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1e300 1e300">', "kích thước quá lớn"),
        ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 nan 1">', "kích thước quá lớn"),
        ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 0 9">', "khung vẽ rỗng"),
        ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 9">', "quá dài hoặc quá dẹt"),
    ],
)
def test_an_impossible_sheet_is_refused(tmp_path: Path, head: str, told: str) -> None:
    assert told in refused(tmp_path, svg('<rect width="900" height="900"/>', head))


def test_an_entity_bomb_is_not_unpacked(tmp_path: Path) -> None:
    rows = [f"<!ENTITY a{n} '" + f"&a{n - 1};" * 10 + "'>" for n in range(1, 10)]
    bomb = '<!DOCTYPE svg [<!ENTITY a0 "aaaaaaaaaa">' + "".join(rows)
    assert "khai báo thực thể" in refused(tmp_path, svg("<title>&a9;</title>", before=f"{bomb}]>"))
    outside = '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    assert "khai báo thực thể" in refused(tmp_path, svg("<title>&x;</title>", before=outside))


def test_the_renderer_sees_no_word_of_the_original_but_shapes() -> None:
    ring = RING.replace("/>", ' data-f="g"/>')
    body = f'<!-- a --><?b c?><desc>d</desc><x:y xmlns:x="urn:x">e</x:y>{ring}'
    clean, width, height = clean_svg(svg(body), "a.svg")
    assert (width, height) == (120, 120)
    assert clean.count("<") == 3, clean
    assert "data-f" not in clean


@pytest.mark.parametrize(
    ("data", "name", "told"),
    [
        (png_header(60_000, 60_000), "a.png", "quá nhiều điểm ảnh"),
        (png_header(5_000, 5_000), "a.png", "logo quá lớn (5000 x 5000)"),
        (png_header(900, 900), "a.png", "tệp logo hỏng, thiếu dữ liệu"),
        (picture("JPEG")[:400], "a.jpg", "tệp logo hỏng, thiếu dữ liệu"),
        (picture("JPEG"), "a.png", "đuôi tệp không khớp, nội dung là JPEG"),
        (picture("GIF"), "a.png", "tệp logo hỏng, thiếu dữ liệu hoặc không phải PNG"),
        (b"GIF89a", "a.gif", "logo phải là tệp PNG, JPEG, WebP hoặc SVG"),
        (b"", "a.webp", "tệp logo hỏng"),
        (picture("PNG", (40, 40)), "a.png", "logo quá nhỏ (40 x 40)"),
        (picture("PNG", (900, 100)), "a.png", "quá dài hoặc quá dẹt (900 x 100)"),
        (picture("PNG") + b"\0" * 2_000_000, "a.png", "nặng hơn 2 MB"),
        (picture("PNG"), "a.svg", "hỏng hoặc không phải SVG"),
        (svg(RING), "a.png", "tệp logo hỏng"),
    ],
)
def test_a_broken_or_mislabelled_picture_is_told_by_its_name(tmp_path: Path, data: bytes, name: str, told: str) -> None:
    assert told in refused(tmp_path, data, name)


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unpack(*_: object) -> None:
        raise AssertionError("the picture was unpacked")

    monkeypatch.setattr(Image.Image, "load", unpack)
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", unpack)
    for side in (5_000, 60_000):
        refused(tmp_path, png_header(side, side), "a.png")


def test_a_logo_is_read_once_and_then_known(tmp_path: Path) -> None:
    content.logo._read.cache_clear()
    for _ in range(3):
        read(tmp_path, svg(RING))
    assert content.logo._read.cache_info().misses == 1
