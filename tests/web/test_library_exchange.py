"""Tables in and out on the page: looked at first, written whole or not at all, kept for nobody else."""

import io
import re
import threading
from pathlib import Path
from typing import Any

import requests
from PIL import Image
from sqlmodel import select

from content.tables import Asset, Editorial, Post, PostAsset, Review
from scheduler.db import reading
from tests.scheduler.house import HOUR
from tests.web.desk import Desk, Visitor
from tests.web.library_case import shelf
from web.roles import Role

HEADER = "Mã bài;Tiêu đề;Nội dung;Điểm;Hình thức;Đối tượng;Nguồn;Kênh;Ảnh/Video;Văn bản thay thế"
GOOD = (
    "giay-hen-moi;Giấy hẹn mới;Giữ giấy hẹn để tra hồ sơ. Nguồn: Cổng Thông tin điện tử.;d;Văn bản;Người dân;"
    "Cổng Thông tin điện tử;facebook;;"
)
BAD = "hong;Bài hỏng;Chữ.;z;Phim;Ai đó;Cổng;tiktok;khong-co.png;"
TABLE = "tu-lieu.csv"


def csv(*lines: str) -> bytes:
    return "\n".join((HEADER, *lines)).encode("utf-8-sig")


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (640, 360), "teal").save(out, "PNG")
    return out.getvalue()


def hand_in(visitor: Visitor, data: bytes, *others: tuple[str, bytes], name: str = TABLE) -> requests.Response:
    files: list[Any] = [("bang", (name, data)), *(("tep", one) for one in others)]
    return visitor.post("/thu-vien/nhap", files=files)


def kept_name(answer: requests.Response) -> str:
    assert answer.status_code == 200, answer.text[:3000]
    found = re.search(r'action="/thu-vien/nhap/([^"]+)"', answer.text)
    assert found is not None
    return found[1]


def posts(desk: Desk) -> dict[str, Post]:
    with reading(desk.engine) as session:
        return {one.key: one for one in session.exec(select(Post))}


def kept(desk: Desk) -> list[Path]:
    folder = desk.folder / "nhap-bang"
    return sorted(folder.iterdir()) if folder.is_dir() else []


# In ------------------------------------------------------------------------------------------------------


def test_a_dry_run_tells_every_row_and_writes_nothing(desk: Desk) -> None:
    answer = hand_in(desk.visit(desk.lan), csv(GOOD, BAD))
    assert answer.status_code == 200 and "Chưa ghi gì." in answer.text
    assert "Bài mới" in answer.text and "Còn lỗi" in answer.text and "Chỉ nhập các dòng không lỗi (1)" in answer.text
    for words in ("kế hoạch không có nội dung “z”", "không có kênh “tiktok”", "“khong-co.png”: không có trong các ảnh"):
        assert words in answer.text, words
    assert str(desk.folder) not in answer.text and "--media" not in answer.text
    assert posts(desk) == {} and len(kept(desk)) == 1
    with reading(desk.engine) as session:
        assert session.exec(select(Asset)).all() == []


def test_what_was_looked_at_is_then_imported_once(desk: Desk) -> None:
    lan = desk.visit(desk.lan)
    name = kept_name(hand_in(lan, csv(GOOD[:-1] + "anh.png;Một tấm ảnh"), ("anh.png", picture())))
    assert posts(desk) == {}
    answer = lan.post(f"/thu-vien/nhap/{name}", {"dong": ""})
    assert "Đã nhập: 1 bài mới" in answer.text
    made = posts(desk)["giay-hen-moi"]
    assert (made.state, made.author, made.file) == (Editorial.DRAFT, "Lan", TABLE)
    with reading(desk.engine) as session:
        assert [one.alt for one in session.exec(select(PostAsset))] == ["Một tấm ảnh"]
        assert [one.actor for one in session.exec(select(Review))] == ["Lan"]
    assert kept(desk) == [], "nothing is kept afterwards"
    again = lan.post(f"/thu-vien/nhap/{name}", {"dong": ""})
    assert "đã được nhập" in again.text and len(posts(desk)) == 1


def test_rows_with_faults_stop_everything_unless_only_the_good_ones_are_wanted(desk: Desk) -> None:
    lan = desk.visit(desk.lan)
    name = kept_name(hand_in(lan, csv(GOOD, BAD)))
    refused = lan.post(f"/thu-vien/nhap/{name}", {"dong": ""})
    assert "Chưa nhập dòng nào" in refused.text and posts(desk) == {}, (
        "the page did not offer it, a forged form may ask"
    )
    lan.post(f"/thu-vien/nhap/{name}", {"dong": "tot"})
    assert set(posts(desk)) == {"giay-hen-moi"}


def test_a_table_is_good_for_whoever_brought_it_only(desk: Desk) -> None:
    name = kept_name(hand_in(desk.visit(desk.lan), csv(GOOD)))
    other = desk.visit(desk.person("hoa", "Hoa", Role.EDITOR))
    assert other.get(f"/thu-vien/nhap/{name}").status_code == 404
    other.post(f"/thu-vien/nhap/{name}", {"dong": ""})
    mine = name.split("-", 1)[1]
    for forged in (f"{other.token}-{mine}", "..%2f..", "x", "1-1-" + "0" * 32, name + "-dang-nhap", "%00", "a" * 5000):
        assert other.get(f"/thu-vien/nhap/{forged}").status_code == 404, forged
    assert posts(desk) == {} and len(kept(desk)) == 1


def test_only_editors_import(desk: Desk) -> None:
    for staff in (desk.tu, desk.minh, desk.ha, desk.quang, desk.son, desk.charlie):
        visitor = desk.visit(staff)
        assert visitor.get("/thu-vien/nhap").status_code == 403, staff.name
        assert visitor.get("/thu-vien/mau-nhap.xlsx").status_code == 403, staff.name
        assert hand_in(visitor, csv(GOOD)).status_code == 403, staff.name
    assert kept(desk) == [] and posts(desk) == {}


def test_two_clicks_at_once_import_once(both: Desk) -> None:
    visitors = [both.visit(both.lan) for _ in range(4)]
    name = kept_name(hand_in(visitors[0], csv(GOOD)))
    told: list[str] = []

    def click(visitor: Visitor) -> None:
        told.append(visitor.post(f"/thu-vien/nhap/{name}", {"dong": ""}).text)

    threads = [threading.Thread(target=click, args=(one,)) for one in visitors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ["Đã nhập: 1 bài mới" in one for one in told].count(True) == 1
    assert ["Bảng này đ" in one for one in told].count(True) == 3
    assert set(posts(both)) == {"giay-hen-moi"} and kept(both) == []
    with reading(both.engine) as session:
        assert len(session.exec(select(Review)).all()) == 1


def test_a_file_that_lies_or_is_too_large_is_refused_beside_its_field(desk: Desk) -> None:
    lan = desk.visit(desk.lan)
    for data, name, words in (
        (picture(), "bang.csv", "nội dung là ảnh"),
        (b"", "bang.csv", "tệp trống"),
        (b"PK\x03\x04" + b"x" * 200, "bang.xlsx", "bang.xlsx"),
        (b"<html><table>", "bang.xlsx", "trang web"),
        (b"a;b\n1;2\n", "bang.csv", "không thấy dòng tiêu đề cột"),
        (b"\x00" * 3000, "bang.csv", "bang.csv"),
        (b"x" * 60_000_000, "bang.csv", "lớn hơn 20 MB"),
        (csv(GOOD), "../../../../etc/passwd\x00.csv", ""),
    ):
        answer = hand_in(lan, data, name=name)
        if words:
            assert answer.status_code == 422 and 'id="e-bang"' in answer.text and words in answer.text, name
    assert lan.post("/thu-vien/nhap").status_code == 422, "no file at all"
    assert posts(desk) == {}
    assert [one.name for one in kept(desk)[0].glob("bang/*")] == ["passwd.csv"]


def test_a_picture_that_lies_is_told_on_its_row(desk: Desk) -> None:
    answer = hand_in(desk.visit(desk.lan), csv(GOOD[:-1] + "anh.png;Ảnh"), ("anh.png", b"GIF no picture at all"))
    assert answer.status_code == 200 and "Còn lỗi" in answer.text


def test_two_files_of_one_name_are_refused(desk: Desk) -> None:
    answer = hand_in(desk.visit(desk.lan), csv(GOOD), ("a/anh.png", picture()), ("b/anh.png", picture()))
    assert answer.status_code == 422 and "hai tệp cùng tên" in answer.text and kept(desk) == []


def test_an_approval_that_an_import_would_end_is_told_first(desk: Desk) -> None:
    post = desk.post(key="giay-hen-moi", file=TABLE)
    desk.publication(post_id=post.id)
    answer = hand_in(desk.visit(desk.lan), csv(GOOD))
    assert "lần duyệt hết hiệu lực" in answer.text and "trong hàng chờ" in answer.text and "Thay đổi" in answer.text
    assert posts(desk)["giay-hen-moi"].state == Editorial.APPROVED


def test_a_table_is_forgotten_when_it_is_put_away_or_after_a_day(desk: Desk) -> None:
    lan = desk.visit(desk.lan)
    first = kept_name(hand_in(lan, csv(GOOD)))
    lan.post(f"/thu-vien/nhap/{first}", {"viec": "bo"})
    assert kept(desk) == []
    old = kept_name(hand_in(lan, csv(GOOD)))
    desk.clock.set(desk.clock.now() + 25 * HOUR)
    young = kept_name(hand_in(lan, csv(GOOD)))
    assert [one.name for one in kept(desk)] == [young] != [old]


# Out -----------------------------------------------------------------------------------------------------


def test_what_is_exported_comes_back_as_the_same_without_its_pictures(desk: Desk) -> None:
    shelf(desk)
    lan = desk.visit(desk.lan)
    for form in ("csv", "xlsx"):
        data = lan.get(f"/thu-vien/xuat?dang={form}")
        assert f"thu-vien-2026-11-23.{form}" in data.headers["Content-Disposition"]
        answer = hand_in(lan, data.content, name=f"x.{form}")
        assert "không có trong các ảnh" not in answer.text
        assert "Nếu nhập: 0 bài mới, 0 bài thay đổi" in answer.text, form


def test_an_export_has_what_the_list_shows(desk: Desk) -> None:
    shelf(desk)
    text = desk.visit(desk.charlie).get("/thu-vien/xuat?dang=csv&noi_dung=đ&trang_thai=submitted").content.decode()
    assert "mot-cua" in text and "giay-hen;" not in text and "cua-tu;" not in text
    nothing = desk.visit(desk.lan).get("/thu-vien/xuat?dang=csv&tim=khong-co")
    assert "Chưa xuất được" in nothing.text
    assert desk.visit(desk.tu).get("/thu-vien/xuat").status_code == 403


def test_the_template_is_a_workbook_that_the_import_reads(desk: Desk) -> None:
    lan = desk.visit(desk.lan)
    data = lan.get("/thu-vien/mau-nhap.xlsx")
    assert data.content.startswith(b"PK")
    assert "chỉ có dòng ví dụ" in hand_in(lan, data.content, name="mau.xlsx").text


# Templates -----------------------------------------------------------------------------------------------


def test_each_template_has_a_picture_that_is_drawn_once(desk: Desk) -> None:
    charlie = desk.visit(desk.charlie)
    text = charlie.get("/thu-vien/mau?mau=cung_dinh").text
    shots = re.findall(r'<img src="(/thu-vien/mau/\w+/cung_dinh\?v=[^"]+)"', text)
    assert len(shots) == 12 and "/soan?mau=" not in text, "a reader writes nothing"
    cache = desk.folder / "cache" / "mau"
    assert not cache.exists(), "the page waits for no picture"
    answers: list[requests.Response] = []
    threads = [threading.Thread(target=lambda: answers.append(desk.visit(desk.lan).get(shots[0]))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {one.headers["Content-Type"] for one in answers} == {"image/webp"}
    assert len({one.content for one in answers}) == 1 and len(list(cache.glob("*.webp"))) == 1
    assert "immutable" in answers[0].headers["Cache-Control"]
    made = next(cache.glob("*.webp"))
    made.write_bytes(b"from the cache")
    assert charlie.get(shots[0]).content == b"from the cache"
    assert "/soan?mau=facts" in desk.visit(desk.lan).get("/thu-vien/mau").text


def test_a_template_that_is_not_there_is_not_found(desk: Desk) -> None:
    lan = desk.visit(desk.lan)
    for path in ("x/tim_hue", "facts/x", "facts/..%2f..", "facts/%00", "x" * 3000 + "/tim_hue"):
        assert lan.get(f"/thu-vien/mau/{path}").status_code == 404, path
    assert lan.get("/thu-vien/mau?mau=%00").status_code == 200
