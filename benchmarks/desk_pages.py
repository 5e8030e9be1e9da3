"""Every page of the desk, in one place: its address and who sees it. `benchmarks/desk.py` measures them.

Words in braces stand for something of the filled office (`desk_fill.py`). A test holds this list against the desk's
routes (tests/web/test_pages.py): a new page has a line here, or a line in `NOT_PAGES` with what it is.
"""

from dataclasses import dataclass

from web.roles import MAY, Permission, Role


@dataclass(frozen=True, slots=True)
class Page:
    """One page. `needs` None: everybody who is signed in sees it; `outside`: it is for who is not signed in.

    `decides`: something large is made anew for it, as the autopilot's decision or the figures of a year, which few
    people ask for: it is measured alone and has seconds, not milliseconds.
    """

    address: str
    needs: Permission | None = None
    outside: bool = False
    decides: bool = False

    @property
    def roles(self) -> tuple[Role, ...]:
        """Who sees it."""
        return tuple(role for role in Role if self.needs is None or self.needs in MAY[role])


P = Permission

PAGES = (
    Page("/"),
    Page("/dang-nhap", outside=True),
    Page("/tam-dung", P.PAUSE),
    Page("/tam-dung/giu-lai", P.READ),
    Page("/tam-dung/tat-ca", P.READ),
    Page("/lich", P.READ),
    Page("/lich?tuan={week}", P.READ),
    Page("/lich?thang={month}&xem=danh-sach", P.READ),
    Page("/lich?ngay={day}", P.READ),
    Page("/lich?diem=d&trang_thai=da-dang", P.READ),
    Page("/lich/muc/{published}", P.READ),
    Page("/lich/doi/{waiting}", P.SCHEDULE),
    Page("/lich/khung-gio?kenh={channel}&ngay={free_day}&gio={free_hour}", P.SCHEDULE),
    Page("/lich/lap-lai", P.READ),
    Page("/lich/lap-lai?bai={approved}", P.READ),
    Page("/muc/{published}", P.READ),
    Page("/muc/{waiting}/doi-gio", P.SCHEDULE),
    Page("/bai/{approved}/dang-ngay", P.SCHEDULE),
    Page("/soan", P.PROPOSE),
    Page("/soan/{draft}", P.EDIT),
    Page("/soan/{draft}/hinh", P.EDIT),
    Page("/soan/{draft}/hinh/{template}", P.EDIT),
    Page("/duyet", P.READ),
    Page("/duyet/{submitted}", P.READ),
    Page("/thu-vien"),
    Page("/thu-vien?tim=ho+chieu"),
    Page("/thu-vien/mau"),
    Page("/thu-vien/nhap", P.EDIT),
    Page("/bai/{approved}", P.READ),
    Page("/tu-lieu", P.READ),
    Page("/tu-lieu/chon?bai={draft}", P.EDIT),
    Page("/tu-lieu/{asset}/xem", P.READ),
    Page("/de-xuat", P.READ),
    Page("/de-xuat/{suggestion}", P.READ),
    Page("/chien-dich", P.READ),
    Page("/chien-dich/{campaign}", P.READ),
    Page("/chien-dich/{campaign}/sua", P.EDIT),
    Page("/chien-dich/{campaign}/them-bai", P.EDIT),
    Page("/chien-dich/tao_moi", P.EDIT),
    Page("/kenh", P.READ),
    Page("/kenh/{channel}", P.READ),
    Page("/kenh/ket-noi", P.CHANNELS),
    Page("/so-lieu", P.READ),
    Page("/so-lieu/do-phu", P.READ),
    Page("/so-lieu/gio-dang", P.READ),
    Page("/so-lieu/bai", P.READ),
    Page("/so-lieu/kenh/{channel}", P.READ),
    Page("/so-lieu/tuan", P.READ),
    Page("/so-lieu/tuan/{last_week}", P.READ),
    Page("/nhap-so-lieu", P.READ),
    Page("/nhap-so-lieu/{broadcast}", P.READ),
    Page("/hoat-dong"),
    Page("/hoat-dong?loai=tap_huan&tim=tap+huan", P.READ),
    Page("/hoat-dong/moi", P.EDIT),
    Page("/hoat-dong/moi?loai=bao_chi", P.EDIT),
    Page("/hoat-dong/nhap", P.EDIT),
    Page("/hoat-dong/{activity}", P.READ),
    Page("/hoat-dong/{activity}/sua", P.EDIT),
    Page("/hoat-dong/chi-so", P.READ),
    Page("/hoat-dong/chi-so/{index}/2026", P.READ),
    Page("/hoat-dong/nop-bao-cao", P.READ),
    Page("/hoat-dong/nop-bao-cao/han", P.EDIT),
    Page("/hoat-dong/nop-bao-cao/han/{deadline}/sua", P.EDIT),
    Page("/hoat-dong/nop-bao-cao/{deadline}/{agency}", P.EDIT),
    Page("/bao-cao", P.READ),
    Page("/bao-cao/tao-moi", P.EDIT),
    Page("/bao-cao/{report}", P.READ),
    Page("/bao-cao/{report}/muc/V", P.EDIT),
    Page("/bao-cao/{report}/the-thuc", P.EDIT),
    Page("/bao-cao/{report}/so-lieu", P.EDIT, decides=True),
    Page("/bao-cao/{report}/kiem-tra", P.READ, decides=True),
    Page("/thong-bao", P.READ),
    Page("/nhat-ky", P.READ),
    Page("/nhat-ky/chuoi", P.READ),
    Page("/cau-hinh", P.READ),
    Page("/cau-hinh/cap-do", P.SETTINGS),
    Page("/cau-hinh/co-quan", P.READ),
    Page("/cau-hinh/co-quan/{agency}", P.SETTINGS),
    Page("/cau-hinh/co-quan-moi", P.SETTINGS),
    Page("/cau-hinh/ngay-nghi", P.READ),
    Page("/cau-hinh/ngay-nghi/{holiday}", P.SETTINGS),
    Page("/cau-hinh/nguon-tin", P.READ),
    Page("/cau-hinh/nguon-tin/{feed}", P.SETTINGS),
    Page("/cau-hinh/nguon-tin-moi", P.SETTINGS),
    Page("/cau-hinh/nhan-dien", P.READ),
    Page("/cau-hinh/nhan-dien/{brand}", P.SETTINGS),
    Page("/cau-hinh/nhan-dien-moi", P.SETTINGS),
    Page("/cau-hinh/tam-dung", P.READ),
    Page("/nguoi-dung", P.PEOPLE),
    Page("/nguoi-dung/them", P.PEOPLE),
    Page("/nguoi-dung/uy-quyen", P.PEOPLE),
    Page("/nguoi-dung/{staff}", P.PEOPLE),
    Page("/tu-dong", P.READ),
    Page("/tu-dong/du-kien", P.READ, decides=True),
    Page("/tu-dong/y-kien", P.READ),
    Page("/tu-dong/ghim", P.SCHEDULE),
    Page("/tu-dong/ghim?bai={approved}", P.SCHEDULE),
    Page("/tu-dong/loai?bai={approved}", P.SCHEDULE),
    Page("/tu-dong/muc/{chosen}/doi", P.SCHEDULE, decides=True),
    Page("/tu-dong/muc/{chosen}/loai", P.SCHEDULE),
    Page("/chay-thu", P.READ, decides=True),
    Page("/kiem-chung", P.READ),
    Page("/kiem-chung?ky=nam-nay", P.READ),
    Page("/kiem-chung/du-lieu", P.READ),
    Page("/kiem-chung/luu-tru", P.READ),
    Page("/kiem-chung/luu-tru/het-han", P.READ, decides=True),
    Page("/tai-khoan"),
    Page("/tai-khoan/bao-mat"),
    Page("/tai-khoan/ma-truy-cap"),
    Page("/tai-khoan/uy-quyen"),
)

NOT_PAGES = {
    "/bao-cao/{number}/tai/{name}": "a file",
    "/bai/{key}/xuat": "a file",
    "/cau-hinh/nhan-dien/{agency}/logo.png": "a picture",
    "/cau-hinh/nhan-dien/{agency}/xem.png": "a picture",
    "/chien-dich/{key}/tai/{name}": "a file",
    "/dang-nhap/ma": "the second step of signing in, for who is halfway",
    "/dang-nhap/thiet-lap": "the same, the first time",
    "/hoat-dong/mau": "a file",
    "/hoat-dong/nhap/{name}": "a step of an import",
    "/hoat-dong/nop-bao-cao/lan-nop/{number}": "the way to a submission",
    "/hoat-dong/tep/{number}": "a file",
    "/hoat-dong/xuat": "a file",
    "/kenh/ket-noi/chon/{name}": "a step of a consent at a platform",
    "/kenh/ket-noi/lan/{state}": "a step of a consent at a platform",
    "/kenh/ket-noi/ve": "where a platform sends the browser back",
    "/kiem-chung/du-lieu/{name}.csv": "a file",
    "/kiem-chung/ho-so/{name}": "a file",
    "/kiem-chung/luu-tru/goi/{name}": "a file",
    "/kiem-chung/tien-do": "how far a file in the making is, for the page's script",
    "/lich/tai/{name}": "a file",
    "/moi/{token}": "an invitation, once",
    "/nhap-so-lieu/lan/{number}": "a file",
    "/so-lieu/bai.csv": "a file",
    "/so-lieu/do-phu.{kind}": "a file",
    "/so-lieu/tuan/{period}/{name}": "a file",
    "/soan/{key}/hinh/{template}/anh": "a picture",
    "/soan/{key}/hinh/{template}/mau": "a picture",
    "/thu-vien/mau-nhap.xlsx": "a file",
    "/thu-vien/mau/{template}/{palette}": "a picture",
    "/thu-vien/nhap/{name}": "a step of an import",
    "/thu-vien/xuat": "a file",
    "/tu-lieu/{sha256}/nho": "a picture",
    "/tu-lieu/{sha256}": "the file itself",
}
"""Addresses that answer a browser but are no page of their own: what they are."""

QUICK = ("/", "/lich")
"""What the quick mode measures."""
