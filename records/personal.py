"""The register of personal data: in which column something of a staff member may stand, and what erasing does to it.

Of nobody else anything is stored: of followers and commenters only sums (Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15,
NĐ 356/2025/NĐ-CP; domain.md section 4). A column whose name sounds of a person and that is not here fails the build.

A name in a record stays: who wrote, approved, published, took down or reported is what the record proves (Luật Lưu trữ
33/2024/QH15), and the audit log's chain is over those rows. Everything else goes when a person is erased.
"""

from dataclasses import dataclass
from enum import StrEnum


class Finds(StrEnum):
    """How a column tells whose it is."""

    NAME = "name"
    """The person's name, perhaps "Lan (thay Minh)" for who acted in another's name."""
    LOGIN = "login"
    SUBJECT = "subject"
    """The login or the name of whom an act is about, among the subjects of other acts."""
    ID = "id"
    """The number of the person's row."""
    BESIDE = "beside"
    """It says nothing of whose it is; another column of the row does."""
    FREE = "free"
    """Words that people write; they may name somebody, and the office reads them."""


class Erased(StrEnum):
    """What erasing the person does."""

    KEPT = "kept"
    """A record: it stays as it is."""
    REPLACED = "replaced"
    """By the pseudonym."""
    REMOVED = "removed"
    """The row goes."""
    EMPTIED = "emptied"


@dataclass(frozen=True, slots=True)
class Personal:
    """One column."""

    what: str
    finds: Finds
    erased: Erased


def _kept(what: str, finds: Finds = Finds.NAME) -> Personal:
    return Personal(what, finds, Erased.KEPT)


_BY = "người làm"
_WORDS = _kept("lời ghi của người làm", Finds.FREE)
_SESSION = "phiên đăng nhập"

REGISTER: dict[str, Personal] = {
    # The person's own row: it stays without the person, because records point to its number.
    "staff.login": Personal("tên đăng nhập", Finds.LOGIN, Erased.REPLACED),
    "staff.name": Personal("họ tên", Finds.NAME, Erased.REPLACED),
    "staff.name_key": Personal("họ tên để tìm", Finds.BESIDE, Erased.REPLACED),
    "staff.password_hash": Personal("mật khẩu đã băm", Finds.BESIDE, Erased.EMPTIED),
    "staff.totp": Personal("khóa xác thực hai bước đã mã hóa", Finds.BESIDE, Erased.EMPTIED),
    "staff.totp_step": Personal("lần dùng mã xác thực cuối", Finds.BESIDE, Erased.EMPTIED),
    # What lets the person in, and what they left unsaved.
    "staff_session.staff_id": Personal(_SESSION, Finds.ID, Erased.REMOVED),
    "staff_session.token_hash": Personal(_SESSION, Finds.BESIDE, Erased.REMOVED),
    "staff_session.address": Personal("địa chỉ mạng", Finds.BESIDE, Erased.REMOVED),
    "staff_session.device": Personal("trình duyệt", Finds.BESIDE, Erased.REMOVED),
    "staff_session.flash": Personal("câu báo chờ hiện", Finds.BESIDE, Erased.REMOVED),
    "invitation.staff_id": Personal("đường dẫn mời", Finds.ID, Erased.REMOVED),
    "invitation.token_hash": Personal("đường dẫn mời", Finds.BESIDE, Erased.REMOVED),
    "sign_in_try.login": Personal("lần thử đăng nhập", Finds.LOGIN, Erased.REMOVED),
    "sign_in_try.address": Personal("địa chỉ mạng", Finds.BESIDE, Erased.REMOVED),
    "api_token.staff_id": Personal("mã truy cập cho chương trình", Finds.ID, Erased.REMOVED),
    "api_token.name": Personal("tên mã truy cập", Finds.BESIDE, Erased.REMOVED),
    "api_token.token_hash": Personal("mã truy cập đã băm", Finds.BESIDE, Erased.REMOVED),
    "work_copy.staff_id": Personal("bản đang soạn chưa lưu", Finds.ID, Erased.REMOVED),
    "work_copy.fields": Personal("bản đang soạn chưa lưu", Finds.BESIDE, Erased.REMOVED),
    "idempotent_answer.staff_id": Personal("câu trả lời đã nhớ cho chương trình", Finds.ID, Erased.REMOVED),
    "idempotent_answer.answer": Personal("câu trả lời đã nhớ cho chương trình", Finds.BESIDE, Erased.REMOVED),
    # How something stands now, with who changed it last: no record.
    "suggestion.decided_by": Personal(_BY, Finds.NAME, Erased.REPLACED),
    "office_setting.actor": Personal(_BY, Finds.NAME, Erased.REPLACED),
    "campaign_post.added_by": Personal(_BY, Finds.NAME, Erased.REPLACED),
    "retention_period.actor": Personal(_BY, Finds.NAME, Erased.REPLACED),
    # Records: who wrote, decided, published, reported.
    **dict.fromkeys(
        (
            *("act_record.actor", "choice.actor", "choice.ended_by", "collection.actor", "desk_act.actor"),
            *("post.author", "post_search.author", "post_revision.actor", "publication_event.actor"),
            *("recurrence.actor", "recurrence.ended_by", "review.actor", "pause.started_by", "pause.ended_by"),
            *("activity.created_by", "activity.updated_by", "activity.withdrawn_by"),
            *("archive_seal.made_by", "legal_hold.placed_by", "legal_hold.lifted_by"),
            *("campaign.created_by", "campaign.updated_by", "campaign.ended_by", "delegation.created_by"),
            *("evidence.added_by", "evidence.withdrawn_by", "submission.recorded_by", "submission.withdrawn_by"),
            *("report.made_by", "report.updated_by", "report.withdrawn_by", "summary.edited_by"),
            *("audit_entry.actor", "audit_check.actor"),
        ),
        _kept(_BY),
    ),
    **dict.fromkeys(
        ("desk_act.subject", "audit_entry.subject_key"),
        _kept("người mà việc đó nói tới, cạnh mọi đối tượng khác", Finds.SUBJECT),
    ),
    "delegation.from_id": _kept("người ủy quyền", Finds.ID),
    "delegation.to_id": _kept("người được ủy quyền", Finds.ID),
    **dict.fromkeys(
        ("desk_act.address", "review.address", "publication_event.address", "pause.address", "act_record.address"),
        _kept("địa chỉ mạng lúc làm", Finds.BESIDE),
    ),
    "audit_entry.address": _kept("địa chỉ mạng lúc làm", Finds.BESIDE),
    # Words that people write. The office reads them; nobody can find a person in them by rule.
    **dict.fromkeys(
        (
            *("activity.words", "activity.withdrawn_words", "choice.reason", "collection.words", "delegation.reason"),
            *("desk_act.words", "evidence.words", "legal_hold.reason", "legal_hold.lifted_words", "pause.words"),
            *("publication.reason", "publication_event.words", "report.heading", "report.texts", "review.reason"),
            *("submission.words", "summary.texts", "notice.words", "job_run.words"),
        ),
        _WORDS,
    ),
    # Addresses that the office set up for its own mail: a person's, if the office wrote one there.
    "notice_delivery.target": _kept("địa chỉ nhận thông báo, theo thời hạn lưu giữ", Finds.FREE),
    "summary_delivery.address": _kept("địa chỉ nhận tổng hợp, theo thời hạn lưu giữ", Finds.FREE),
}
"""Column -> what of a person stands there."""

NOBODYS = {
    **dict.fromkeys(("archive_seal.name", "asset.name", "evidence.name"), "tên tệp"),
    **dict.fromkeys(("campaign.name", "channel.name", "portal_source.name", "office_setting.name"), "tên của một việc"),
    "reading.name": "tên số liệu của nền tảng",
    "portal_source.address": "địa chỉ của cổng",
    "heartbeat.owner": "tên tiến trình",
    "publication.lease_owner": "tên tiến trình",
    "campaign.targets": "chỉ tiêu",
    "pause.reason": "mã lý do",
    "publication.held_by": "mã lý do",
    **dict.fromkeys(("post_search.title_words", "post_search.words"), "từ của bài để tìm"),
    **dict.fromkeys(
        (
            *(
                "attempt.words",
                "audit_check.words",
                "channel.state_words",
                "notice_delivery.words",
                "portal_source.words",
            ),
            *("publication.problem", "publication.problem_code", "summary_delivery.problem", "token_refresh.detail"),
        ),
        "lời của hệ thống hoặc nền tảng",
    ),
    **dict.fromkeys(("attempt.evidence", "collection.payload", "collection.payload_bytes"), "trả lời đã lọc"),
    **dict.fromkeys(("credential.secret", "pending_consent.secret", "pending_consent.facts"), "bí mật của kênh"),
    **dict.fromkeys(("office_setting.data", "plan.data", "report.data", "summary.data"), "số liệu, danh mục"),
    **dict.fromkeys(("act_record.data", "post_revision.data"), "nội dung của hồ sơ; tên người làm ở cột riêng"),
    "publication.details": "tham số của lượt gửi",
    "post.body": "nội dung công khai",
}
"""Columns that sound of a person and are of none, and why."""


def columns(finds: Finds, erased: Erased | None = None) -> list[tuple[str, str]]:
    """(table, column) of the register, of one kind."""
    found = [name for name, one in REGISTER.items() if one.finds is finds and erased in (None, one.erased)]
    return [(table, column) for table, _, column in (name.partition(".") for name in found)]


ERASED_WORDS = {
    Erased.KEPT: "giữ (hồ sơ)",
    Erased.REPLACED: "thay bằng “Người dùng đã xóa số …”",
    Erased.REMOVED: "xóa",
    Erased.EMPTIED: "làm trống",
}


def documentation() -> str:
    """docs/data.md's table: every column that may hold a person, by table."""
    groups: dict[tuple[str, str, str], list[str]] = {}
    for name, one in REGISTER.items():
        table, _, column = name.partition(".")
        groups.setdefault((table, one.what, ERASED_WORDS[one.erased]), []).append(f"`{column}`")
    rows = (f"| `{table}` | {', '.join(names)} | {what} | {then} |" for (table, what, then), names in groups.items())
    return "\n".join(("| bảng | cột | là gì | khi xóa người dùng |", "| --- | --- | --- | --- |", *rows))
