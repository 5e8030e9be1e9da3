"""A record of what people did at the desk that no other table tells."""

from datetime import datetime
from enum import StrEnum

from fastapi import Request
from sqlmodel import Session

from web.door import client_address
from web.roles import Permission, Person
from web.tables import DeskAct


class Act(StrEnum):
    """What was done; `ACT_WORDS` says it to people."""

    SIGNED_IN = "signed_in"
    SIGNED_OUT = "signed_out"
    SESSION_ENDED = "session_ended"
    PASSWORD = "password"
    TOTP = "totp"
    PERSON = "person"
    DELEGATED = "delegated"
    TOKEN = "token"
    SETTING = "setting"
    FEED = "feed"
    CHANNEL = "channel"
    PAUSED = "paused"
    RESUMED = "resumed"
    FILE = "file"
    CAMPAIGN = "campaign"
    REPORT = "report"
    ACTIVITY = "activity"
    SUBMISSION = "submission"
    SUMMARY = "summary"
    EVIDENCE = "evidence"
    RETENTION = "retention"
    HOLD = "hold"
    ARCHIVE = "archive"
    PERSONAL_DATA = "personal_data"


ACT_WORDS = {
    Act.SIGNED_IN: "Đăng nhập",
    Act.SIGNED_OUT: "Đăng xuất",
    Act.SESSION_ENDED: "Kết thúc phiên",
    Act.PASSWORD: "Đặt mật khẩu",
    Act.TOTP: "Đổi xác thực hai bước",
    Act.PERSON: "Sửa người dùng",
    Act.DELEGATED: "Ủy quyền duyệt",
    Act.TOKEN: "Mã truy cập cho chương trình",
    Act.SETTING: "Sửa cấu hình",
    Act.FEED: "Sửa nguồn tin",
    Act.CHANNEL: "Sửa kênh",
    Act.PAUSED: "Tạm dừng",
    Act.RESUMED: "Tiếp tục",
    Act.FILE: "Tải tệp lên",
    Act.CAMPAIGN: "Sửa chiến dịch",
    Act.REPORT: "Lập, sửa báo cáo",
    Act.ACTIVITY: "Ghi hoạt động trực tiếp",
    Act.SUBMISSION: "Ghi việc nộp báo cáo",
    Act.SUMMARY: "Tổng hợp tuần",
    Act.EVIDENCE: "Lập hồ sơ kiểm chứng",
    Act.RETENTION: "Thời hạn lưu giữ",
    Act.HOLD: "Giữ hồ sơ",
    Act.ARCHIVE: "Niêm phong gói lưu trữ",
    Act.PERSONAL_DATA: "Dữ liệu cá nhân",
}


def acting(someone: Person, permission: Permission) -> str:
    """The name that a history gets: who did it, and in whose name."""
    other = someone.on_behalf_of(permission)
    return f"{someone.name} (thay {other})" if other else someone.name


def note(
    session: Session, request: Request | None, who: Person | str, act: Act, subject: str = "", words: str = "", *,
    now: datetime,
) -> None:  # fmt: skip
    """Leave a row in the same transaction as what was done; the caller commits."""
    name = who.name if isinstance(who, Person) else who
    address = client_address(request) if request is not None else ""
    session.add(DeskAct(at=now, actor=name, act=act, subject=subject, words=words, address=address))
