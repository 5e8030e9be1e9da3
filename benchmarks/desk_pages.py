"""Every page of the desk, in one place: its address and who sees it. `benchmarks/desk.py` measures them.

Words in braces stand for something of the filled office (`benchmarks/desk_fill.py`, `Facts`).
"""

from dataclasses import dataclass

from web.roles import MAY, Permission, Role


@dataclass(frozen=True, slots=True)
class Page:
    """One page. `needs` None: everybody who is signed in sees it."""

    address: str
    needs: Permission | None = None

    @property
    def roles(self) -> tuple[Role, ...]:
        """Who sees it."""
        return tuple(role for role in Role if self.needs is None or self.needs in MAY[role])


P = Permission

PAGES = (
    Page("/"),
    Page("/lich", P.READ),
    Page("/lich?tuan={week}", P.READ),
    Page("/lich?thang={month}&xem=danh-sach", P.READ),
    Page("/lich?ngay={day}", P.READ),
    Page("/lich?diem=d&trang_thai=da-dang", P.READ),
    Page("/lich/muc/{published}", P.READ),
    Page("/lich/doi/{waiting}", P.SCHEDULE),
    Page("/lich/khung-gio?kenh={channel}&ngay={free_day}&gio={free_hour}", P.SCHEDULE),
    Page("/muc/{waiting}/doi-gio", P.SCHEDULE),
    Page("/soan", P.PROPOSE),
    Page("/soan/{draft}", P.EDIT),
    Page("/duyet", P.READ),
    Page("/duyet/{submitted}", P.READ),
    Page("/thu-vien"),
    Page("/thu-vien?q=ho%20chieu"),
    Page("/thu-vien/mau"),
    Page("/bai/{approved}", P.READ),
    Page("/tu-lieu", P.READ),
    Page("/tu-lieu/{asset}", P.READ),
    Page("/de-xuat", P.READ),
    Page("/kenh", P.READ),
    Page("/kenh/{channel}", P.READ),
    Page("/so-lieu", P.READ),
    Page("/so-lieu/do-phu", P.READ),
    Page("/so-lieu/bai", P.READ),
    Page("/so-lieu/kenh/{channel}", P.READ),
    Page("/so-lieu/tuan", P.READ),
    Page("/so-lieu/tuan/{last_week}", P.READ),
    Page("/nhat-ky", P.READ),
    Page("/muc/{published}", P.READ),
    Page("/cau-hinh", P.READ),
    Page("/cau-hinh/co-quan", P.READ),
    Page("/cau-hinh/ngay-nghi", P.READ),
    Page("/cau-hinh/tam-dung", P.READ),
    Page("/nguoi-dung", P.PEOPLE),
    Page("/tai-khoan"),
)

QUICK = ("/", "/lich")
"""What the quick mode measures."""
