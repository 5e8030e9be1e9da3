"""How agencies sign, changed at the desk: no file that is no logo, and no approval that ends in silence."""

import io
import re
from typing import Any

import pytest
from PIL import Image
from sqlmodel import select

from content.plan import Plan, active_plan
from content.tables import Asset, Editorial, Post, PostAsset
from scheduler.db import reading, writing
from tests.conftest import NOW
from tests.web.desk import Desk, Visitor
from tests.web.forms import changed, fields
from web.door import csrf_of


def the_plan(desk: Desk) -> Plan:
    with reading(desk.engine) as session:
        return active_plan(session)


def logo(size: tuple[int, int] = (240, 200), kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "navy").save(out, kind)
    return out.getvalue()


def brand_form(desk: Desk, visitor: Visitor, agency: str, **values: str) -> dict[str, Any]:
    return {"csrf": csrf_of(visitor.token), **fields(visitor, f"/cau-hinh/nhan-dien/{agency}"), **values}


def test_a_logo_that_is_handed_in_signs_pictures_and_is_kept_until_it_is_taken_away(both: Desk) -> None:
    son, here = both.visit(both.son), "/cau-hinh/nhan-dien/snv"
    answer = son.http.post(
        both.address + here, data=brand_form(both, son, "snv", line="snv.hue.gov.vn"),
        files={"file": ("C:\\anh\\logo.png", logo(), "image/png")}, timeout=20,
    )  # fmt: skip
    assert "Đã lưu nhận diện" in answer.text
    brand = the_plan(both).brand("snv")
    assert (brand.line, brand.logo, brand.palette) == ("snv.hue.gov.vn", "logo.png", "cung_dinh")
    shown = son.get(here + "/logo.png")
    assert shown.headers["Content-Type"] == "image/png" and Image.open(io.BytesIO(shown.content)).size == (240, 200)
    assert son.get(here + "/xem.png").content[:4] == b"\x89PNG"
    changed(son, here, name="Sở Nội vụ")
    assert the_plan(both).brand("snv").picture == brand.picture
    changed(son, here, no_logo="1")
    assert (the_plan(both).brand("snv").picture, the_plan(both).brand("snv").logo) == ("", "")


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("logo.png", b"MZ this is a program", "tệp logo hỏng"),
        ("logo.png", logo(kind="JPEG"), "đuôi tệp không khớp"),
        ("logo.exe", logo(), "logo phải là tệp"),
        ("logo", logo(), "logo phải là tệp"),
        ("nho.png", logo((20, 20)), "logo quá nhỏ"),
        ("dai.png", logo((1200, 100)), "logo quá dài hoặc quá dẹt"),
        ("nang.png", b"\x89PNG" + b"0" * 2_000_001, "nặng hơn 2 MB"),
        ("la.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>', "la.svg"),
    ],
)
def test_a_file_that_is_no_logo_is_refused_beside_its_field(desk: Desk, name: str, data: bytes, told: str) -> None:
    son = desk.visit(desk.son)
    answer = son.http.post(
        f"{desk.address}/cau-hinh/nhan-dien/snv", data=brand_form(desk, son, "snv"), files={"file": (name, data)},
        timeout=20,
    )  # fmt: skip
    assert answer.status_code == 422 and told in answer.text
    assert the_plan(desk).brand("snv").picture == ""


def test_a_brand_is_looked_at_before_it_is_saved(desk: Desk) -> None:
    son = desk.visit(desk.son)
    first = changed(son, "/cau-hinh/nhan-dien/snv", xem="1", name="Tên khác")
    second = changed(son, "/cau-hinh/nhan-dien/snv", xem="1", name="Tên khác nữa")
    assert first.headers["Content-Type"] == "image/png" and first.content != second.content
    assert the_plan(desk).brand("snv").name == "Sở Nội vụ thành phố Huế"
    answer = changed(son, "/cau-hinh/nhan-dien/snv", xem="1", palette="xanh")
    assert answer.status_code == 422 and "Hãy chọn “Bảng màu”" in answer.text


def test_a_brand_is_added_made_the_first_and_removed(desk: Desk) -> None:
    son, here = desk.visit(desk.son), "/cau-hinh/nhan-dien"
    son.post(f"{here}-moi", {"agency": "bao_chi", "name": "Báo Huế", "palette": ""})
    assert the_plan(desk).brand("bao_chi").name == "Báo Huế"
    mark = re.findall(r'/bao_chi/mac-dinh">.*?name="dau" value="([^"]+)"', son.get(here).text)[0]
    son.post(f"{here}/bao_chi/mac-dinh", {"dau": mark})
    assert the_plan(desk).brand().name == "Báo Huế"
    mark = re.findall(r'/bao_chi/xoa">.*?name="dau" value="([^"]+)"', son.get(here).text)[0]
    son.post(f"{here}/bao_chi/xoa", {"dau": mark})
    assert the_plan(desk).brand().agency == "ubnd" and len(the_plan(desk).brands) == 5
    for forged in ("soyte", "snv", ""):
        assert son.post(f"{here}-moi", {"agency": forged, "name": "X"}).status_code == 422


def test_a_changed_brand_says_how_many_approved_posts_show_the_old_one_and_ends_no_approval(both: Desk) -> None:
    son = both.visit(both.son)
    with writing(both.engine) as session:
        session.add(Asset(sha256="a" * 64, mime="image/png", size=1, created_at=NOW))
    for agency_code, state in (("snv", Editorial.APPROVED), ("", Editorial.APPROVED), ("snv", Editorial.DRAFT)):
        post = both.post(state=state)
        with writing(both.engine) as session:
            facts = {"file": "x", "agency": agency_code, "signed": True, "texts": [], "colours": [], "made_of": "x"}
            for role in ("image", "cover"):
                session.add(PostAsset(post_id=post.id or 0, sha256="a" * 64, role=role, drawn=facts))
    assert "1 bài đã duyệt có ảnh vẽ theo nhận diện trước đó" in changed(son, "/cau-hinh/nhan-dien/snv", name="A").text
    assert "1 bài đã duyệt" in changed(son, "/cau-hinh/nhan-dien/ubnd", name="B").text
    assert "bài đã duyệt" not in changed(son, "/cau-hinh/nhan-dien/stp", name="C").text.partition("<h1")[0]
    with reading(both.engine) as session:
        assert len(session.exec(select(Post).where(Post.state == Editorial.APPROVED)).all()) == 2
