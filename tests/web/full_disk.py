"""What people do at the desk that writes, for test_full_disk.py: how it is sent, and what tells that it is done."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import requests

from tests.content import papers
from tests.scheduler.portal_server import Portal
from tests.web.activity_case import furnished
from tests.web.desk import Desk, Visitor
from tests.web.door import PASSWORD
from tests.web.forms import changed, fields
from tests.web.test_activities import FORM as ACTIVITY
from tests.web.test_assets import png
from tests.web.test_drawing import facts
from tests.web.test_keeping import PERIOD as HOLD
from tests.web.test_library_exchange import GOOD, csv, kept_name
from tests.web.test_readings import form, oa_of
from tests.web.test_readings import sent as broadcast
from tests.web.test_records import OWN, published
from tests.web.test_reports import PERIOD, seen_in
from tests.web.test_settings_brands import logo
from tests.web.test_suggestions import TAKE, opened, suggest, with_picture
from tests.web.writing import sent
from web.door import csrf_of
from web.roles import Role
from web.rooms.records import making

TYPED = "Điều Lan vừa gõ “và không muốn gõ lại” <b>"


@dataclass(frozen=True, slots=True)
class Act:
    """Something that a person does."""

    visitor: Visitor
    send: Callable[[], requests.Response]
    done: str
    """Stands in the answer, or begins its content's kind, once it worked."""
    files: bool = False
    """Whether it writes a file: then a database on another machine does not help."""
    typed: bool = False
    """Whether `TYPED` was sent and must stand in the answer."""
    may_work: bool = False
    """What is small, or is made in memory, is handed out all the same."""
    stays: bool = False
    """The rows are whole without the files: each is made again when it is asked for."""


def acts_of(desk: Desk, portal: Portal) -> dict[str, Act]:
    """All of them, each over what it needs; in this order."""
    lan, son = desk.visit(desk.lan), desk.visit(desk.son)
    opened(desk, portal)
    suggest(desk, portal, with_picture(portal))
    furnished(desk)
    published(desk)
    post, other, third = (desk.post(state="draft", platforms=["facebook"]) for _ in range(3))
    mai = desk.person("mai", "Mai", Role.EDITOR, password=PASSWORD)
    letter = broadcast(desk, oa_of(desk, key="oa-thu"))
    report = lan.post("/bao-cao/tao-moi", PERIOD).url.removeprefix(desk.address)
    lan.post("/so-lieu/tuan")
    posts = kept_name(lan.post("/thu-vien/nhap", files=[("bang", ("a.csv", csv(GOOD)))]))
    table = lan.get("/hoat-dong/xuat?dang=csv").content.replace("Đối thoại trực tuyến với".encode(), "Mới".encode())
    rows = lan.post("/hoat-dong/nhap", {}, files={"bang": ("a.csv", table)}).text
    activities = rows.partition('action="/hoat-dong/nhap/')[2].partition('"')[0]
    picture, brand = png(size=(300, 200)), "/cau-hinh/nhan-dien/snv"
    logged = {**ACTIVITY, "title": TYPED}

    def get(path: str, done: str) -> Act:
        return Act(lan, lambda: lan.get(path), done, files=True, may_work=True)

    return {
        # the store, the documents
        "a file handed in": Act(
            lan, lambda: lan.post("/tu-lieu/tai-len", files=[("tep", ("a.png", picture))]), "Đã nhận 1 tệp", True
        ),
        "a file handed in by the script": Act(lan, lambda: streamed(lan, picture), "application/json", True),
        "a drawing": Act(
            lan, lambda: lan.post(f"/soan/{post.key}/hinh/facts", facts(alt=TYPED)), "Đã đưa hình", True, typed=True
        ),
        "a suggestion taken up": Act(lan, lambda: lan.post("/de-xuat/1/lay", TAKE), "Đã lấy thành bản nháp", True),
        "a logo": Act(
            son,
            lambda: son.post(brand, {**fields(son, brand), "line": TYPED}, files={"file": ("logo.png", logo())}),
            "Đã lưu nhận diện",
            typed=True,
        ),
        "an activity with its file": Act(
            lan,
            lambda: lan.post("/hoat-dong/moi", logged, files={"tep": paper(1)}),
            "mot.pdf",
            True,
            typed=True,
            stays=True,
        ),
        "evidence": Act(
            lan,
            lambda: lan.post("/hoat-dong/2/tep", {"chu_thich": TYPED}, files={"tep": paper(2)}),
            "Đã nhận 1 tệp",
            True,
        ),
        "a submission with its file": Act(
            lan,
            lambda: lan.post(
                "/hoat-dong/nop-bao-cao/bao_cao_nam/ubnd",
                {"received_on": "2023-10-20", "document": "15/BC-SNV", "words": TYPED, "seen": "0"},
                files={"tep": paper(3)},
            ),
            "Đã ghi:",
            True,
            typed=True,
            stays=True,
        ),
        # what is made to take along
        "an evidence file": Act(lan, lambda: made(desk, lan), "/kiem-chung/ho-so/", True),
        "the chain handed out": Act(
            son,
            lambda: son.post("/nhat-ky/chuoi/xuat", {"tu": "2026-11-01", "den": "2026-11-30"}),
            "application/zip",
            True,
        ),
        "open data": get("/kiem-chung/du-lieu/v_publication.csv", "text/csv"),
        "posts as a workbook": get("/thu-vien/xuat", "application/vnd"),
        "posts as CSV": get("/thu-vien/xuat?dang=csv", "text/csv"),
        "the template": get("/thu-vien/mau-nhap.xlsx", "application/vnd"),
        "activities": get("/hoat-dong/xuat", "application/vnd"),
        "the calendar": get("/lich/tai/2026-11.xlsx", "application/vnd"),
        "the coverage": get("/so-lieu/do-phu.xlsx", "application/vnd"),
        "the week on paper": get("/so-lieu/tuan/2026-W47/summary.pdf", "application/pdf"),
        "the report as a document": get(f"{report}/tai/bao-cao.docx", "application/vnd"),
        "the report to print": get(f"{report}/tai/xem-truoc.pdf", "application/pdf"),
        # tables
        "a table of posts looked at": Act(
            lan,
            lambda: lan.post("/thu-vien/nhap", files=[("bang", ("b.csv", csv(GOOD)))]),
            "/thu-vien/nhap/",
            True,
            may_work=True,
        ),
        "a table of posts imported": Act(lan, lambda: lan.post(f"/thu-vien/nhap/{posts}"), "Đã nhập"),
        "a table of activities looked at": Act(
            lan,
            lambda: lan.post("/hoat-dong/nhap", {}, files={"bang": ("b.csv", table)}),
            "/hoat-dong/nhap/",
            True,
            may_work=True,
        ),
        "a table of activities imported": Act(lan, lambda: lan.post(f"/hoat-dong/nhap/{activities}"), "Đã nhập"),
        # the database alone
        "a post": Act(lan, lambda: lan.post(f"/soan/{other.key}", sent(desk, other, body=TYPED)), "Đã lưu", typed=True),
        "a post kept by the script": Act(
            lan,
            lambda: lan.post(f"/soan/{third.key}/tu-luu", sent(desk, third, body=TYPED), headers=JSON),
            "application/json",
        ),
        "a report begun": Act(
            lan,
            lambda: lan.post("/bao-cao/tao-moi", {**PERIOD, "cutoff_hour": "16:00"}),
            "Kết quả công tác tuyên truyền",
        ),
        "a report written on": Act(
            lan,
            lambda: lan.post(f"{report}/muc/V", {"text": TYPED, "seen": seen_in(lan.get(f"{report}/muc/V").text)}),
            "Đã lưu",
            typed=True,
        ),
        "a week summed up again": Act(
            lan, lambda: lan.post("/so-lieu/tuan/2026-W47/lap-lai"), "Đã lập tổng hợp", stays=True, files=True
        ),
        "figures by hand": Act(
            lan,
            lambda: lan.post(f"/nhap-so-lieu/{letter.id}", form(sent="1.200", ghi_chu=TYPED)),
            "Đã lưu số liệu",
            typed=True,
        ),
        "an agency": Act(son, lambda: changed(son, "/cau-hinh/co-quan/stp", name=TYPED[:60]), "Đã lưu", typed=False),
        "a holiday": Act(
            son, lambda: son.post("/cau-hinh/ngay-nghi", {"on": "24/12/2026", "name": TYPED}), "Đã lưu ngày", typed=True
        ),
        "a person erased": Act(
            son, lambda: son.post(f"/nguoi-dung/{mai.id}/xoa", {"xac_nhan": "mai"}), "Người dùng đã xóa số"
        ),
        "a hold": Act(
            son, lambda: son.post("/kiem-chung/luu-tru/giu", {**HOLD, "ly_do": TYPED}), "lệnh giữ", typed=True
        ),
        "a period of keeping": Act(
            son,
            lambda: son.post("/kiem-chung/luu-tru/thoi-han", {"loai": "sign_in_try", "so_ngay": "800"}),
            "Đã đặt thời hạn",
        ),
    }


def paper(number: int) -> tuple[str, bytes, str]:
    """A document that is like no other."""
    return "mot.pdf", papers.a_pdf() + b"\n" * number, "application/pdf"


JSON = {"Accept": "application/json"}


def streamed(visitor: Visitor, data: bytes) -> requests.Response:
    """As the page's script hands in one file."""
    headers: dict[str, Any] = {**JSON, "X-CSRF-Token": csrf_of(visitor.token), "Content-Type": "application/x"}
    where = f"{visitor.address}/tu-lieu/tai-len"
    return visitor.http.post(where, params={"ten": "b.png"}, data=data, headers=headers, timeout=20)


def made(desk: Desk, visitor: Visitor) -> requests.Response:
    """Asked for, made or not in the background, and looked for."""
    answer = visitor.post("/kiem-chung", OWN)
    making.wait(desk.house)
    return answer if "đĩa" in answer.text else visitor.get("/kiem-chung")
