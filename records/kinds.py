"""Every table of the house and what may become of its rows: one decision for each, and none may be missing.

The law (Luật Lưu trữ 33/2024/QH15, domain.md section 4) makes records of what was published, of who decided it and of
what was reported about it. Those rows are never deleted: the product does not, and the database refuses whoever tries
(`records.guards`). A table that is not named here fails the build.
"""

from enum import StrEnum


class Kind(StrEnum):
    """What may become of a table's rows."""

    RECORD = "record"
    """Kept for good. Deleting is refused by the database itself; what was wrong is withdrawn, with who and when."""
    CURRENT = "current"
    """How something stands now; its rows come and go with a person's work, and what a record needs of them was copied
    into one."""
    EXPIRING = "expiring"
    """Kept for the period that the office sets, then removed by the nightly job (`records.rules`)."""
    TRANSIENT = "transient"
    """Working state of hours or days that says nothing of what the office did; it goes by itself."""
    DERIVED = "derived"
    """Made from other tables by the database; it can be made again."""


RECORDS = {
    "plan": "kế hoạch được giao, căn cứ của mọi con số",
    "post": "nội dung soạn, duyệt, đăng",
    "asset": "ảnh, video đã dùng",
    "review": "việc soạn, trình, duyệt, trả lại",
    "post_revision": "nội dung đúng như lúc duyệt",
    "campaign": "chiến dịch",
    "activity": "hoạt động trực tiếp",
    "submission": "việc nộp báo cáo của đơn vị",
    "evidence": "tài liệu kiểm chứng",
    "act_record": "sửa đổi hoạt động, tài liệu",
    "channel": "kênh được phép sử dụng",
    "publication": "lượt đăng",
    "publication_event": "diễn biến của lượt đăng",
    "attempt": "lần gửi lên nền tảng",
    "reading": "số liệu đã đọc",
    "collection": "lần thu số liệu (nguyên văn trả lời có thời hạn riêng)",
    "pause": "lệnh tạm dừng",
    "choice": "yêu cầu ghim, loại bài",
    "recurrence": "lịch đăng lặp lại",
    "summary": "tổng hợp tuần",
    "summary_figure": "con số của tổng hợp",
    "report": "báo cáo",
    "staff": "người dùng mà nhật ký nhắc tới",
    "delegation": "ủy quyền duyệt",
    "desk_act": "việc làm tại bàn làm việc",
    "audit_entry": "chuỗi nhật ký kiểm toán",
    "audit_check": "lần kiểm tra chuỗi nhật ký",
    "legal_hold": "lệnh giữ hồ sơ",
    "retention_period": "thời hạn do cơ quan quy định",
    "archive_seal": "niêm phong gói lưu trữ tháng",
    "restoration": "lần khôi phục từ bản sao",
}
"""Table -> what its rows prove."""

KINDS: dict[str, Kind] = {
    **dict.fromkeys(RECORDS, Kind.RECORD),
    # What a person changes at will; the approved form is in post_revision, the acts in desk_act.
    **dict.fromkeys(("post_asset", "campaign_post", "portal_source", "office_setting", "slot"), Kind.CURRENT),
    # The sealed secrets of a channel: replaced, taken out with the channel's access.
    "credential": Kind.CURRENT,
    **dict.fromkeys(("suggestion", "job_run", "notice", "notice_delivery", "token_refresh"), Kind.EXPIRING),
    **dict.fromkeys(("summary_delivery", "staff_session", "invitation", "sign_in_try", "api_token"), Kind.EXPIRING),
    **dict.fromkeys(("work_copy", "idempotent_answer"), Kind.EXPIRING),
    **dict.fromkeys(("pending_consent", "spending", "usage_level", "heartbeat", "lineage"), Kind.TRANSIENT),
    "post_search": Kind.DERIVED,
}
"""Table -> what may become of its rows."""


def kept_for_good() -> tuple[str, ...]:
    """The tables whose rows nobody deletes, by name."""
    return tuple(sorted(name for name, kind in KINDS.items() if kind is Kind.RECORD))
