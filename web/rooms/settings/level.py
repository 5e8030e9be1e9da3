"""The helper for the level file: what this system is made of and how it stands, to be printed and put into the file."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session, col, func, select

from content.sources import sources
from content.vietnamese import number
from records.retention import periods
from scheduler.db import reading
from scheduler.tables import Channel, JobRun
from web.door import house_of
from web.house import House
from web.office_lists import Keeper
from web.page import page
from web.retention import all_rules
from web.roles import MAY, ROLE_WORDS, Permission, Role
from web.surroundings import Line, components
from web.tables import ApiToken, Staff
from web.words import say

router = APIRouter()

MAY_WORDS = {
    Permission.READ: "xem toàn bộ nội dung",
    Permission.PROPOSE: "soạn bài của cơ quan mình",
    Permission.EDIT: "sửa mọi bài, trình duyệt",
    Permission.SCHEDULE: "xếp lịch, giữ, hủy, gỡ bài",
    Permission.APPROVE: "duyệt, trả lại bài",
    Permission.APPROVE_SENSITIVE: "duyệt cấp hai bài nhạy cảm",
    Permission.PAUSE: "tạm dừng và cho đăng tiếp",
    Permission.CHANNELS: "kết nối, đặt quy tắc kênh",
    Permission.PEOPLE: "quản lý người dùng",
    Permission.SETTINGS: "sửa cấu hình",
}
DATA = (
    ("Nội dung công khai", "bài đăng, ảnh, video, infographic, phụ đề", "công khai sau khi đăng"),
    ("Lịch và kết quả đăng", "hàng chờ, lần gửi, mã bài trên nền tảng", "nội bộ"),
    ("Số liệu", "số đếm gộp theo bài và theo kênh; không có tên hay mã của người theo dõi, người bình luận", "nội bộ"),
    (
        "Tài khoản cán bộ",
        "họ tên, tên đăng nhập, cơ quan, mật khẩu đã băm, địa chỉ và thiết bị của phiên",
        "dữ liệu cá nhân",
    ),
    ("Nhật ký", "việc làm của cán bộ và của hệ thống", "nội bộ, có họ tên cán bộ"),
    ("Bí mật", "mã truy cập của kênh, khóa xác thực hai bước: mã hóa bằng tệp khóa để ngoài cơ sở dữ liệu", "bí mật"),
)
"""Kind, what belongs to it, whose eyes it is for."""


@router.get("/cau-hinh/cap-do")
def level(request: Request, _keeper: Keeper) -> HTMLResponse:
    """Everything on one page."""
    house = house_of(request)
    with reading(house.engine) as session:
        people = _people(session)
        keys = session.exec(select(func.count()).select_from(ApiToken).where(col(ApiToken.ended_at).is_(None))).one()
        channels = session.exec(select(Channel).order_by(Channel.key)).all()
        done = select(func.max(JobRun.finished_at)).where(JobRun.job == "backup", JobRun.outcome == "ok")
        backup = session.exec(done).first()
        lines = [*house.surroundings.lines, *_feeds(session)]
        rules = periods(session, all_rules(house.data_dir, house.service.policy.raw_days))
        kept = [(one.rule.label, say("{days} ngày", days=number(one.days))) for one in rules]
    return page(
        request,
        "settings/level.html",
        level=house.surroundings.level,
        components=list(components()),
        database=_database(house),
        lines=lines,
        roles=[(ROLE_WORDS[role], people.get(role, 0), [MAY_WORDS[one] for one in Permission if one in MAY[role]])
               for role in Role],
        keys=keys,
        second=[ROLE_WORDS[role] for role in Role if role in house.totp_roles],
        channels=channels,
        data=DATA,
        kept=[*house.surroundings.kept, *kept],
        backup=backup,
    )  # fmt: skip


def _people(session: Session) -> dict[str, int]:
    """Role -> how many who may sign in have it."""
    found: dict[str, int] = {}
    for roles in session.exec(select(Staff.roles).where(col(Staff.active).is_(True))):
        for role in roles:
            found[role] = found.get(role, 0) + 1
    return found


def _feeds(session: Session) -> Sequence[Line]:
    peers = {(parts.hostname or "", parts.scheme) for one in sources(session) if (parts := urlsplit(one.address))}
    return [
        Line(False, "Nguồn tin của cổng", host, "https (TLS)" if scheme == "https" else "không mã hóa, chỉ đọc")
        for host, scheme in sorted(peers)
    ]


def _database(house: House) -> str:
    """The kind and version of the database that answers."""
    kind = house.engine.dialect
    told = ".".join(str(one) for one in kind.server_version_info or ())
    return f"{'SQLite' if kind.name == 'sqlite' else 'PostgreSQL'} {told}".strip()
