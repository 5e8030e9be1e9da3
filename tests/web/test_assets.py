"""The office's pictures and videos: handed in, shown to whoever may see them, chosen for a post."""

import io
import os
import socket
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect
from sqlmodel import col, select

from content.assets import keep_files
from content.store import AssetFile
from content.tables import Asset, PostAsset
from scheduler.db import reading, writing
from tests.conftest import NOW
from tests.content.films import mp4
from tests.web.browser import WIDTHS, violations, window
from tests.web.desk import Desk, Visitor, counted
from web.acts import Act
from web.door import csrf_of
from web.tables import DeskAct


def png(colour: str = "purple", size: tuple[int, int] = (640, 480), **options: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "PNG", **options)
    return out.getvalue()


def send(visitor: Visitor, body: bytes, name: str = "ảnh.png") -> tuple[int, dict[str, str]]:
    """As the page's script hands in one file."""
    headers = {"X-CSRF-Token": csrf_of(visitor.token), "Accept": "application/json", "Content-Type": "application/x"}
    answer = visitor.http.post(
        f"{visitor.address}/tu-lieu/tai-len", params={"ten": name}, data=body, headers=headers, timeout=30
    )
    return answer.status_code, answer.json()


def left_behind(desk: Desk) -> list[str]:
    """Every file below the data folder that is not the database, a key or a whole stored file."""
    found = [path.relative_to(desk.folder) for path in desk.folder.rglob("*") if path.is_file()]
    return [str(one) for one in found if one.parts[0] in ("assets", "cache") and not one.parts[1].startswith("nho")]


def assets(desk: Desk) -> list[Asset]:
    with reading(desk.engine) as session:
        return list(session.exec(select(Asset).order_by(col(Asset.name))))


# Handing in ------------------------------------------------------------------------------------------------


def test_a_file_handed_in_is_stored_once_with_who_brought_it(both: Desk) -> None:
    tu = both.visit(both.tu)
    status, told = send(tu, png(), "Bìa tuần.png")
    assert status == 200 and told["name"] == "Bìa tuần.png" and told["new"], told
    status, again = send(both.visit(both.lan), png(), "khác.png")
    assert status == 200 and not again["new"] and "đã có trong kho" in again["notes"][0]
    [asset] = assets(both)
    assert (asset.name, asset.width, asset.height) == ("Bìa tuần.png", 640, 480)
    with reading(both.engine) as session:
        acts = session.exec(select(DeskAct).where(DeskAct.act == Act.FILE).order_by(col(DeskAct.id))).all()
    assert [(act.actor, act.subject) for act in acts] == [("Tú", asset.sha256), ("Lan", asset.sha256)]
    assert "Tú" in both.visit(both.lan).get(f"/tu-lieu/{asset.sha256}/xem").text


def test_several_files_of_one_form_are_taken_and_the_bad_one_is_named(desk: Desk) -> None:
    lan = desk.visit(desk.lan)
    files = [
        ("tep", ("a.png", png("red"))), ("tep", ("thư mời.pdf", b"%PDF-1.7 x")), ("tep", ("b.mp4", mp4())),
    ]  # fmt: skip
    answer = lan.post("/tu-lieu/tai-len", {"tiep": "/tu-lieu"}, files=files)
    assert answer.status_code == 200 and urlsplit(answer.url).path == "/tu-lieu"
    assert "Đã nhận 2 tệp. Chưa nhận: thư mời.pdf: đây là tệp PDF" in answer.text
    assert [asset.name for asset in assets(desk)] == ["a.png", "b.mp4"]


def test_a_form_without_a_file_says_so_and_never_leads_to_another_site(desk: Desk) -> None:
    answer = desk.visit(desk.lan).post(
        "/tu-lieu/tai-len", {"tiep": "//evil.example"}, files=[("tep", ("", b""))], allow_redirects=False
    )
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert "Chưa chọn tệp nào" in desk.visit(desk.lan).post("/tu-lieu/tai-len", files=[("tep", ("", b""))]).text


SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    ("body", "name", "words"),
    [
        (SVG, "logo.svg", "ảnh vẽ SVG"),
        (SVG, "logo.png", "ảnh vẽ SVG"),
        (b"<html><script>alert(1)</script></html>" + b" " * 5000, "ảnh.jpg", "trang web"),
        (b"MZ" + bytes(5000), "ảnh.jpg", "chương trình máy tính"),
        (b"", "rỗng.png", "tệp rỗng"),
        (png()[:300], "cụt.png", "hỏng hoặc thiếu dữ liệu"),
        (png(size=(9000, 9000)), "bom.png", "quá nhiều điểm ảnh"),
        (mp4()[:200], "cụt.mp4", "video hỏng"),
    ],
)
def test_a_file_that_is_none_to_take_is_one_sentence_and_leaves_nothing(
    desk: Desk, body: bytes, name: str, words: str
) -> None:
    status, told = send(desk.visit(desk.lan), body, name)
    assert status == 422 and told["detail"].startswith(f"{name}: ") and words in told["detail"]
    assert "\n" not in told["detail"] and "<" not in told["detail"]
    assert assets(desk) == [] and left_behind(desk) == []


def test_a_file_that_lies_about_its_type_is_taken_as_what_it_is(desk: Desk) -> None:
    status, told = send(desk.visit(desk.lan), png(), "video.mp4")
    assert status == 200 and told["mime"] == "image/png" and "nội dung là PNG" in told["notes"][0]
    answer = desk.visit(desk.lan).get(f"/tu-lieu/{told['sha256']}")
    assert answer.headers["Content-Type"] == "image/png"


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd.png", "passwd.png"),
        ("C:\\Ảnh\\bìa.png", "bìa.png"),
        ("..", ".."),
        ("a\r\nSet-Cookie: x.png", "a��Set-Cookie: x.png"),
        ("<script>alert(1)</script>.png", "script>.png"),
    ],
)
def test_a_hostile_name_leads_nowhere(desk: Desk, name: str, kept: str) -> None:
    status, told = send(desk.visit(desk.lan), png(), name)
    assert (status, told["name"]) == (200, kept)
    answer = desk.visit(desk.lan).get(f"/tu-lieu/{told['sha256']}")
    assert answer.status_code == 200 and "Set-Cookie" not in answer.headers
    assert "<script>alert" not in desk.visit(desk.lan).get("/tu-lieu").text


def test_a_name_of_300_letters_is_shortened_and_keeps_its_ending(desk: Desk) -> None:
    _, told = send(desk.visit(desk.lan), png(), "ă" * 300 + ".png")
    assert len(told["name"]) < 130 and told["name"].endswith(".png")


def test_an_upload_that_breaks_off_leaves_nothing(desk: Desk) -> None:
    visitor = desk.visit(desk.lan)
    place = urlsplit(desk.address)
    with socket.create_connection((place.hostname, place.port)) as wire:
        head = (
            f"POST /tu-lieu/tai-len?ten=a.mp4 HTTP/1.1\r\nHost: {place.netloc}\r\nCookie: cchc={visitor.token}\r\n"
            f"X-CSRF-Token: {csrf_of(visitor.token)}\r\nContent-Length: 9000000\r\n\r\n"
        )
        wire.sendall(head.encode() + mp4()[:100] + bytes(2_000_000))
    for _ in range(3):  # the server is well, and has let go of what it had
        assert send(visitor, png())[0] == 200
    desk.server.__exit__(None, None, None)
    assert len(left_behind(desk)) == 1 and len(assets(desk)) == 1


def test_a_picture_over_the_limit_is_refused_whatever_it_claims(desk: Desk) -> None:
    desk.store._picture_bytes_max = 2_000_000
    status, told = send(desk.visit(desk.lan), png() + bytes(4_000_000), "to.png")
    assert status == 422 and "ảnh lớn hơn 2 MB" in told["detail"]
    assert left_behind(desk) == []


def test_a_file_without_end_is_answered_long_before_its_end(desk: Desk) -> None:
    """Neither the disk nor the server's patience is used up by somebody who goes on sending."""
    desk.store._picture_bytes_max = 2_000_000
    visitor, place = desk.visit(desk.lan), urlsplit(desk.address)
    with socket.create_connection((place.hostname, place.port), timeout=30) as wire:
        head = (
            f"POST /tu-lieu/tai-len?ten=a.png HTTP/1.1\r\nHost: {place.netloc}\r\nCookie: cchc={visitor.token}\r\n"
            f"X-CSRF-Token: {csrf_of(visitor.token)}\r\nContent-Length: 9000000000\r\n\r\n"
        )
        wire.sendall(head.encode() + png())
        with suppress(ConnectionError):  # it hangs up while we still talk
            for _ in range(60):
                wire.sendall(bytes(1_000_000))
            assert wire.recv(12) == b"HTTP/1.1 422"
    assert left_behind(desk) == []


def test_who_may_not_write_may_not_hand_in(desk: Desk) -> None:
    for person in (desk.minh, desk.charlie, desk.quang):
        assert send(desk.visit(person), png())[0] == 403
        assert desk.visit(person).get("/tu-lieu/chon?bai=x").status_code == 403
    assert assets(desk) == []


# Showing ---------------------------------------------------------------------------------------------------


def test_a_file_is_shown_with_its_type_for_ever_and_only_to_who_is_signed_in(desk: Desk) -> None:
    lan = desk.visit(desk.lan)
    _, told = send(lan, png(), "bìa.png")
    path = f"/tu-lieu/{told['sha256']}"
    answer = lan.get(path)
    assert answer.content == desk.store.path(told["sha256"], "image/png").read_bytes()
    assert answer.headers["Content-Type"] == "image/png" and "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Disposition"].startswith("inline") and "private" in answer.headers["Cache-Control"]
    assert lan.get(f"{path}?tai=1").headers["Content-Disposition"].startswith("attachment")
    assert desk.visit().get(path, allow_redirects=False).status_code == 303
    assert desk.visit().get(f"{path}/nho", allow_redirects=False).status_code == 303


def test_of_a_video_a_browser_gets_the_piece_it_asks_for(desk: Desk) -> None:
    lan = desk.visit(desk.lan)
    film = mp4(b"film" * 5000)
    _, told = send(lan, film, "a.mp4")
    answer = lan.get(f"/tu-lieu/{told['sha256']}", headers={"Range": "bytes=100-199"})
    assert answer.status_code == 206 and len(answer.content) == 100
    assert answer.headers["Content-Range"] == f"bytes 100-199/{told['size']}"
    assert lan.get(f"/tu-lieu/{told['sha256']}", headers={"Range": "bytes=99999999-"}).status_code == 416
    assert lan.get(f"/tu-lieu/{told['sha256']}/nho").status_code == 404


def test_a_small_picture_is_made_once_and_never_larger_than_a_card(desk: Desk) -> None:
    lan = desk.visit(desk.lan)
    _, told = send(lan, png(size=(3000, 2000)))
    answer = lan.get(f"/tu-lieu/{told['sha256']}/nho")
    with Image.open(io.BytesIO(answer.content)) as seen:
        assert seen.size == (480, 320)
    [kept] = (desk.folder / "cache" / "nho").rglob("*.webp")
    stamp = kept.stat().st_mtime_ns
    lan.get(f"/tu-lieu/{told['sha256']}/nho")
    assert kept.stat().st_mtime_ns == stamp
    kept.unlink()  # the folder may be emptied at any time
    assert lan.get(f"/tu-lieu/{told['sha256']}/nho").content == answer.content


def test_where_no_small_picture_can_be_kept_the_picture_itself_is_shown(desk: Desk) -> None:
    (desk.folder / "cache").mkdir(exist_ok=True)
    (desk.folder / "cache" / "nho").write_bytes(b"in the way")
    lan = desk.visit(desk.lan)
    _, told = send(lan, png())
    answer = lan.get(f"/tu-lieu/{told['sha256']}/nho")
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "image/png"


@pytest.mark.parametrize("wrong", ["0" * 64, "x", "..%2f..%2fcchc.key", "A" * 64, "0" * 63, "chon%00"])
def test_a_hash_that_is_none_finds_nothing(desk: Desk, wrong: str) -> None:
    for end in ("", "/nho", "/xem"):
        assert desk.visit(desk.lan).get(f"/tu-lieu/{wrong}{end}").status_code == 404


def test_a_file_that_is_lost_from_the_disk_is_not_found_and_breaks_no_page(desk: Desk) -> None:
    lan = desk.visit(desk.lan)
    _, told = send(lan, png())
    desk.store.path(told["sha256"], "image/png").unlink()
    assert lan.get(f"/tu-lieu/{told['sha256']}").status_code == 404
    assert lan.get("/tu-lieu").status_code == 200


# Finding ---------------------------------------------------------------------------------------------------


def fill(desk: Desk, count: int) -> None:
    """Rows of as many files, all of one moment."""
    with writing(desk.engine) as session:
        files = [AssetFile(f"{place:064x}", "image/png", 1, name=f"ảnh {place}.png") for place in range(count)]
        keep_files(session, files, NOW)


def test_the_pages_show_every_file_once_and_newest_first(both: Desk) -> None:
    fill(both, 60)
    visitor, path, seen = both.visit(both.lan), "/tu-lieu", []
    for _ in range(4):
        text = visitor.get(path).text
        seen += [piece[:64] for piece in text.split('class="asset" href="/tu-lieu/')[1:]]
        if 'rel="next"' not in text:
            break
        path = text.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    assert sorted(seen) == [f"{place:064x}" for place in range(60)] and len(set(seen)) == 60


def test_a_name_is_found_without_marks_in_any_order_and_signs_mean_themselves(both: Desk) -> None:
    with writing(both.engine) as session:
        names = ["Giấy hẹn trả kết quả.png", "đường bay 100%.png", "giay_hen.mp4", "GIẤY KHÁC.png"]
        keep_files(
            session,
            [AssetFile(f"{place:064x}", "image/png", 1, name=name) for place, name in enumerate(names)], NOW,
        )  # fmt: skip
    lan = both.visit(both.lan)
    for asked, found in (
        ("giay hen", 2), ("hẹn giấy", 2), ("duong", 1), ("100%", 1), ("y_h", 1), ("%", 1), ("qua tra", 1), ("\\", 0),
    ):  # fmt: skip
        text = lan.get("/tu-lieu", params={"ten": asked}).text
        assert text.count('class="asset"') == found, asked


def test_files_are_narrowed_by_kind_and_by_whether_a_post_uses_them(desk: Desk) -> None:
    lan, post = desk.visit(desk.lan), desk.post()
    desk.picture(post)
    send(lan, png("red"), "đỏ.png")
    send(lan, mp4(), "phim.mp4")
    counts = {
        query: lan.get(f"/tu-lieu?{query}").text.count('class="asset"')
        for query in ("", "loai=anh", "loai=video", "dung=co", "dung=chua", "loai=video&dung=co", "loai=x&dung=y&sau=z")
    }
    assert list(counts.values()) == [3, 2, 1, 1, 2, 0, 3]


def test_a_contributor_sees_what_they_brought_and_what_is_in_their_own_posts(desk: Desk) -> None:
    mine, others = desk.post(agency="snv", title="Bài của sở"), desk.post(title="Bài kín")
    desk.picture(mine, "green")
    desk.picture(others, "black")
    tu = desk.visit(desk.tu)
    send(tu, png("blue"), "xanh.png")
    assert tu.get("/tu-lieu").text.count('class="asset"') == 2
    with reading(desk.engine) as session:
        secret = session.exec(select(PostAsset.sha256).where(PostAsset.post_id == others.id)).first()
    assert "Bài kín" not in tu.get(f"/tu-lieu/{secret}/xem").text
    assert "Bài kín" in desk.visit(desk.lan).get(f"/tu-lieu/{secret}/xem").text


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "x", "2026-11-23T00:00:00"])
def test_a_page_of_files_that_begins_at_no_moment_is_the_first_one(desk: Desk, at: str) -> None:
    send(desk.visit(desk.lan), png())
    answer = desk.visit(desk.lan).get("/tu-lieu", params={"sau": f"{at}_{'a' * 64}"})
    assert answer.status_code == 200 and answer.text.count('class="asset"') == 1


def test_a_page_of_files_asks_the_database_as_often_for_few_as_for_many(desk: Desk) -> None:
    lan = desk.visit(desk.lan)
    told = []
    for count in (3, 200):
        fill(desk, count)
        with counted(desk.engine) as statements:
            lan.get("/tu-lieu")
        told.append(len(statements))
    assert told[0] == told[1] <= 4


def test_what_was_chosen_stays_chosen_over_pages_and_searches(desk: Desk) -> None:
    fill(desk, 30)
    lan = desk.visit(desk.lan)
    first = f"{0:064x}"
    text = lan.get("/tu-lieu/chon?bai=bai-1").text
    after = text.partition('name="sau" value="')[2].partition('"')[0]
    text = lan.post("/tu-lieu/chon", {"bai": "bai-1", "tu_lieu": [first, "khong-phai"], "sau": after}).text
    assert f'value="{first}" checked' in text and "khong-phai" not in text and "Đã chọn ở trang khác" in text
    assert 'action="/soan/bai-1/them-tu-lieu"' in text
    assert lan.get("/tu-lieu/chon?bai=../x").status_code == 404


# In a browser ----------------------------------------------------------------------------------------------


def test_axe_finds_nothing_wrong_with_the_assets(desk: Desk, browser: Browser, tmp_path: Path) -> None:
    lan = desk.visit(desk.lan)
    post = desk.post(title="Nộp hồ sơ trực tuyến toàn trình tại nhà, nhận kết quả qua bưu chính công ích")
    desk.picture(post)
    send(lan, png("teal", (900, 1200)), "Ảnh chụp buổi ra quân tuyên truyền chuyển đổi số tại phường Thuận Hóa.png")
    _, film = send(lan, mp4(seconds=75), "phim hướng dẫn.mp4")
    with reading(desk.engine) as session:
        used = session.exec(select(PostAsset.sha256)).first()
    pages = ("/tu-lieu", "/tu-lieu?ten=khongco", f"/tu-lieu/{used}/xem", f"/tu-lieu/{film['sha256']}/xem",
             "/tu-lieu/chon?bai=bai-1")  # fmt: skip
    for width in WIDTHS:
        with window(browser, desk, desk.lan, width) as page:
            for place, path in enumerate(pages):
                page.goto(path)
                assert violations(page) == [], (path, width)
                if os.environ.get("LOOK"):
                    page.screenshot(path=Path(os.environ["LOOK"]) / f"assets-{place}-{width}.png", full_page=True)


def test_a_file_is_handed_in_with_progress_and_stands_first_on_the_shelf(desk: Desk, browser: Browser) -> None:
    with window(browser, desk, desk.lan) as page:
        page.goto("/tu-lieu/chon?bai=bai-1")
        files = [
            {"name": "một.png", "mimeType": "image/png", "buffer": png("red")},
            {"name": "hai.png", "mimeType": "image/png", "buffer": png("blue")},
        ]
        page.set_input_files("#f-tep", files)
        expect(page.locator("[data-shelf] .asset")).to_have_count(2)
        expect(page.locator("[data-shelf] input:checked")).to_have_count(2)
        expect(page.locator(".uploads li").first).to_contain_text("Đã nhận (PNG")


def test_without_scripts_the_same_form_sends_the_files(desk: Desk, browser: Browser) -> None:
    with window(browser, desk, desk.lan, java_script_enabled=False) as page:
        page.goto("/tu-lieu")
        page.set_input_files("#f-tep", [{"name": "một.png", "mimeType": "image/png", "buffer": png("red")}])
        page.get_by_role("button", name="Tải lên").click()
        expect(page.locator(".asset")).to_have_count(1)
