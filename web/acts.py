"""A record of what people did at the desk that no other table tells."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlmodel import Session, col, select

from content.origin import origin
from records.canonical import sha256, text_of
from web.act_states import state_of
from web.roles import Permission, Person
from web.tables import DeskAct

if TYPE_CHECKING:
    from fastapi import Request


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
    PLAN = "plan"
    LIBRARY = "library"
    EXPORT = "export"
    BACKUP = "backup"
    RESTORE = "restore"
    KEY = "key"
    MOVED = "moved"


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
    Act.ARCHIVE: "Gói lưu trữ tháng",
    Act.PERSONAL_DATA: "Dữ liệu cá nhân",
    Act.PLAN: "Nạp kế hoạch",
    Act.LIBRARY: "Nạp thư viện",
    Act.EXPORT: "Xuất nhật ký kiểm toán",
    Act.BACKUP: "Sao lưu",
    Act.RESTORE: "Khôi phục",
    Act.KEY: "Khóa bảo vệ bí mật",
    Act.MOVED: "Chuyển cơ sở dữ liệu",
}


def acting(someone: Person, permission: Permission) -> str:
    """The name that a history gets: who did it, and in whose name."""
    other = someone.on_behalf_of(permission)
    return f"{someone.name} (thay {other})" if other else someone.name


def note(
    session: Session, request: "Request | None", who: Person | str, act: Act, subject: str = "", words: str = "", *,
    now: datetime,
) -> None:  # fmt: skip
    """Leave a row in the same transaction as what was done; the caller commits."""
    name = who.name if isinstance(who, Person) else who
    address = _address_of(request) if request is not None else origin().address
    before, after = hashes(session, act, subject)
    session.add(
        DeskAct(
            at=now, actor=name, act=act, subject=subject, words=words, address=address, before_hash=before,
            after_hash=after,
        )
    )  # fmt: skip


def _address_of(request: "Request") -> str:
    from web.door import client_address  # commands leave acts, too, and do without the desk

    return client_address(request)


def hashes(session: Session, act: str, subject: str) -> tuple[str, str]:
    """Of what the act is about, as the log knew it last and as it stands now; empty where an act changes nothing that
    has a state of its own, or another table keeps every state (`act_record`, `post_revision`)."""
    session.flush()
    state = state_of(session, act, subject)
    if state is None:
        return "", ""
    same = (DeskAct.subject == state.subject,) if state.subject else ()
    earlier = select(DeskAct.after_hash).where(col(DeskAct.act).in_(state.acts), col(DeskAct.after_hash) != "", *same)
    before = session.exec(earlier.order_by(col(DeskAct.id).desc()).limit(1)).first()
    return before or "", sha256(text_of(state.facts))
