"""The room of evidence files and open data: what it shows, makes and hands out, and who may not."""

import csv
import io
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser
from sqlalchemy import text
from sqlmodel import select

from content.record_tables import Activity
from reports.evidence.shelf import BUSY, CUT, Shelf
from reports.evidence.values import asked_for
from reports.evidence.verifying import verify
from scheduler.db import reading, writing
from scheduler.lifecycle import State
from scheduler.tables import Publication
from tests.conftest import LAN, NOW
from tests.web.browser import WIDTHS, violations, window
from tests.web.desk import Desk, counted
from web.acts import Act
from web.rooms.records import data, making
from web.tables import DeskAct

OWN = {"ky": "tuy-chon", "tu": "2026-11-01", "den": "2026-11-30"}


def published(desk: Desk, count: int = 2) -> None:
    channel = desk.channel(name="Trang Cải cách hành chính thành phố")
    for number in range(count):
        post = desk.post(title=f"Hướng dẫn nộp hồ sơ trực tuyến, phần {number}: đăng nhập và điền tờ khai tại nhà")
        desk.publication(post_id=post.id, channel_id=channel.id, state=State.PUBLISHED, prepared_hash=post.content_hash,
                         due_at=NOW - timedelta(hours=number + 2),
                         published_at=NOW - timedelta(hours=number + 1))  # fmt: skip
    with writing(desk.engine) as session:
        session.add(Activity(kind="tap_huan", title="Tập huấn", first=NOW.date(), last=NOW.date(), audiences=[],
                             figures={}, created_by=LAN, created_at=NOW, updated_at=NOW))  # fmt: skip


def shelf(desk: Desk) -> Shelf:
    return making.shelf_of(desk.house)


def test_it_tells_what_will_be_inside_before_anything_is_made(desk: Desk) -> None:
    published(desk)
    page = desk.visit(desk.charlie).get("/kiem-chung", params=OWN).text
    assert "từ ngày 01/11/2026 đến ngày 30/11/2026, chốt lúc 08:00 ngày 23/11/2026" in page
    counts = dict(re.findall(r"<dt>([^<]+)</dt><dd[^>]*>([^<]+?)<?/", page))
    assert (counts["Lượt đăng"], counts["Hoạt động"], counts["Trong đó đã gỡ"]) == ("2", "1", "0")
    assert "Lập hồ sơ kiểm chứng</button>" in page and shelf(desk).all() == []


def test_what_follows_a_post_is_not_counted_as_a_publication_of_its_own(desk: Desk) -> None:
    published(desk)
    with reading(desk.engine) as session:
        first = session.exec(select(Publication)).first()
    assert first is not None
    desk.publication(post_id=first.post_id, channel_id=first.channel_id, part="comment", follows_id=first.id,
                     state=State.PUBLISHED, due_at=NOW - timedelta(hours=1),
                     published_at=NOW - timedelta(hours=1))  # fmt: skip
    counts = dict(
        re.findall(r"<dt>([^<]+)</dt><dd[^>]*>([^<]+?)<?/", desk.visit(desk.lan).get("/kiem-chung", params=OWN).text)
    )
    assert (counts["Lượt đăng"], counts["Bình luận, tin, bản sửa theo bài"]) == ("2", "1")


def test_a_reader_makes_one_downloads_it_and_it_proves_itself(both: Desk, tmp_path: Path) -> None:
    published(both)
    visitor = both.visit(both.charlie)
    answer = visitor.post("/kiem-chung", OWN)
    assert answer.status_code == 200 and "Đã bắt đầu lập" in answer.text
    making.wait(both.house)
    page = visitor.get("/kiem-chung").text
    (kept,) = shelf(both).all()
    assert kept.manifest_sha256 in page and f"/kiem-chung/ho-so/{kept.name}" in page and kept.by == "Charlie"
    got = visitor.get(f"/kiem-chung/ho-so/{kept.name}")
    assert got.headers["Content-Type"] == "application/zip" and "attachment" in got.headers["Content-Disposition"]
    (tmp_path / "got.zip").write_bytes(got.content)
    assert verify(tmp_path / "got.zip", kept.manifest_sha256).ok and kept.publications == 2
    with reading(both.engine) as session:
        (act,) = session.exec(select(DeskAct).where(DeskAct.act == Act.EVIDENCE)).all()
    assert act.actor == "Charlie" and act.subject == kept.name and kept.manifest_sha256 in act.words
    assert "lập hồ sơ kiểm chứng" in visitor.get("/nhat-ky").text


def test_only_one_is_made_at_a_time_whoever_asks(desk: Desk) -> None:
    published(desk)
    asked = asked_for(NOW.date(), NOW.date(), None, NOW)
    place = shelf(desk).begin(asked, "Một tiến trình khác", 7, 0)
    page = desk.visit(desk.lan).post("/kiem-chung", OWN).text
    assert BUSY in page and "Một tiến trình khác đang lập" in page
    told = desk.visit(desk.lan).get("/kiem-chung/tien-do").json()
    assert told == {"running": True, "done": 0, "total": 7}
    place.lock.release()
    assert CUT in desk.visit(desk.lan).get("/kiem-chung").text


def test_the_same_file_again_is_not_made_twice(desk: Desk) -> None:
    published(desk)
    visitor = desk.visit(desk.lan)
    visitor.post("/kiem-chung", OWN)
    making.wait(desk.house)
    assert "đã có trong danh sách" in visitor.post("/kiem-chung", OWN).text
    assert len(shelf(desk).all()) == 1


def test_a_failure_is_told_and_leaves_nothing_behind(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    published(desk)

    def breaks(*_: Any, **__: Any) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(making, "make", breaks)
    visitor = desk.visit(desk.lan)
    visitor.post("/kiem-chung", OWN)
    making.wait(desk.house)
    assert "Chưa lập được hồ sơ" in visitor.get("/kiem-chung").text
    monkeypatch.undo()
    visitor.post("/kiem-chung", OWN)
    making.wait(desk.house)
    assert "Chưa lập được" not in visitor.get("/kiem-chung").text and len(shelf(desk).all()) == 1


def test_a_full_disk_is_said_before_it_is_filled(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    published(desk)
    usage = type("Usage", (), {"free": 1_000})
    monkeypatch.setattr("reports.evidence.shelf.shutil.disk_usage", lambda _folder: usage)
    assert "Máy chủ chỉ còn trống" in desk.visit(desk.lan).post("/kiem-chung", OWN).text
    assert shelf(desk).all() == [] and shelf(desk).work() is None


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("ky", "khong-co"), ("tu", "hôm qua"), ("den", "2026-10-01"), ("kenh", "'; DROP"), ("diem", "zz"),
        ("chot_ngay", "2030-01-01"), ("chot_ngay", "x"), ("chot_gio", "99:99"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_told_beside_it_and_nothing_is_made(desk: Desk, field: str, wrong: str) -> None:
    published(desk)
    visitor = desk.visit(desk.lan)
    sent = {**OWN, "chot_ngay": "2026-11-23", "chot_gio": "07:00", field: wrong}
    assert 'class="error"' in visitor.get("/kiem-chung", params=sent).text
    answer = visitor.post("/kiem-chung", sent)
    assert answer.status_code == 422 and 'class="error"' in answer.text and shelf(desk).all() == []


def test_an_empty_period_is_not_made(desk: Desk) -> None:
    visitor = desk.visit(desk.lan)
    assert "chưa có lượt đăng hay hoạt động nào" in visitor.get("/kiem-chung").text
    assert "chưa có gì để kiểm chứng" in visitor.post("/kiem-chung", OWN).text


def test_who_may_not_read_sees_nothing_and_makes_nothing(desk: Desk) -> None:
    published(desk)
    contributor = desk.visit(desk.tu)
    for path in ("/kiem-chung", "/kiem-chung/du-lieu", "/kiem-chung/du-lieu/v_post.csv", "/kiem-chung/tien-do",
                 "/kiem-chung/ho-so/kiem-chung-x.zip"):  # fmt: skip
        assert contributor.get(path).status_code == 403, path
    assert contributor.post("/kiem-chung", OWN).status_code == 403 and shelf(desk).all() == []
    assert desk.visit(desk.lan).http.post(f"{desk.address}/kiem-chung", data=OWN, timeout=20).status_code == 403


@pytest.mark.parametrize("name", ["../cchc.sqlite3", "..%2Fcchc.key", "kiem-chung-x.zip", "kiem-chung-x.json", "x.zip"])
def test_nothing_but_what_was_made_is_handed_out(desk: Desk, name: str) -> None:
    shelf(desk).folder.mkdir()
    (shelf(desk).folder / "kiem-chung-x.json").write_text("{}")
    assert desk.visit(desk.lan).get(f"/kiem-chung/ho-so/{name}").status_code == 404


def test_a_table_of_open_data_opens_in_a_spreadsheet(both: Desk) -> None:
    published(both)
    visitor = both.visit(both.charlie)
    assert "Mỗi dòng là một lượt đăng" in visitor.get("/kiem-chung/du-lieu").text
    got = visitor.get("/kiem-chung/du-lieu/v_publication.csv")
    rows = list(csv.DictReader(io.StringIO(got.content.decode("utf-8-sig"), newline="")))
    assert len(rows) == 2 and rows[0]["state"] == "published"
    assert "v_publication-2026-11-23.csv" in got.headers["Content-Disposition"]
    for name in ("publication", "staff", "v_nothing", "v_post;--"):
        assert visitor.get(f"/kiem-chung/du-lieu/{name}.csv").status_code == 404


def test_too_many_tables_at_a_time_are_put_off(desk: Desk) -> None:
    taken = [data._AT_ONCE.acquire(blocking=False) for _ in range(2)]
    try:
        assert taken == [True, True]
        assert "Đang có người khác tải" in desk.visit(desk.lan).get("/kiem-chung/du-lieu/v_post.csv").text
    finally:
        for _ in taken:
            data._AT_ONCE.release()


def test_the_page_asks_the_database_the_same_however_much_there_is(desk: Desk) -> None:
    published(desk, 1)
    visitor = desk.visit(desk.lan)
    with counted(desk.engine) as few:
        visitor.get("/kiem-chung", params=OWN)
    published(desk, 25)
    with counted(desk.engine) as many:
        visitor.get("/kiem-chung", params=OWN)
    assert len(many) == len(few) <= 10


def test_the_preview_counts_files_once_and_films_only_when_they_come_along(both: Desk) -> None:
    channel = both.channel()
    film = both.post(title="Phim", form="video")
    both.video(film)
    for hours in (1, 2):
        both.publication(post_id=film.id, channel_id=channel.id, state=State.PUBLISHED,
                         due_at=NOW - timedelta(hours=hours), published_at=NOW - timedelta(hours=hours))  # fmt: skip
    visitor = both.visit(both.lan)
    sizes = []
    for more in ({}, {"bo_video": "1"}):
        page = visitor.get("/kiem-chung", params={**OWN, **more}).text
        assert re.search(r"<dt>Video</dt><dd>1", page)
        sizes.append(float(re.search(r"([\d,.]+) [MK]B</dd>", page)[1].replace(".", "").replace(",", ".")))  # type: ignore[index]  # it is there
    assert sizes[0] > sizes[1] and "không kèm" in page
    with reading(both.engine) as session:
        assert session.connection().execute(text("SELECT count(*) FROM post_asset")).scalar_one() == 1


@pytest.mark.parametrize("width", WIDTHS)
def test_both_pages_are_fit_for_everybody_at_every_width(desk: Desk, browser: Browser, width: int) -> None:
    published(desk)
    desk.visit(desk.lan).post("/kiem-chung", OWN)
    making.wait(desk.house)
    with window(browser, desk, desk.charlie, width) as page:
        for path in ("/kiem-chung?ky=tuy-chon&tu=x&den=2026-11-30", "/kiem-chung?ky=thang-nay", "/kiem-chung/du-lieu"):
            page.goto(desk.address + path)
            assert violations(page) == []
