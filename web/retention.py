"""How long the rows of the desk's own tables stay, and of the summaries' mails: see `records.rules`."""

from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlmodel import col

from content.tables import Post
from records.files import file_rules
from records.holds import Held
from records.retention import Told
from records.rules import PERSONAL, SECURITY, WORKING, Clauses, Rule, TableRule, below
from reports.tables import SummaryDelivery
from scheduler.deliveries import Sending
from web.acts import Act, note
from web.guessing import REMEMBERED
from web.tables import ApiToken, IdempotentAnswer, Invitation, SignInTry, StaffSession, WorkCopy


def copies_of(hold: Held) -> Clauses:
    """The unsaved drafts of posts under a hold."""
    keys = select(col(Post.key)).where(col(Post.id).in_(hold.posts))
    return (col(WorkCopy.post_key).in_(keys),) if hold.posts else ()


RULES = (
    TableRule(
        "staff_session", "Phiên đăng nhập đã kết thúc", PERSONAL,
        days=90, least=1, most=1_100, table=StaffSession, key=col(StaffSession.id),
        since=col(StaffSession.created_at), at=func.coalesce(col(StaffSession.ended_at), col(StaffSession.expires_at)),
    ),
    TableRule(
        "sign_in_try", "Lần thử đăng nhập", PERSONAL,
        # shorter, and guessing would be quicker
        days=7, least=REMEMBERED.days + 1, most=1_100, table=SignInTry, key=col(SignInTry.id),
        since=col(SignInTry.at), at=col(SignInTry.at),
    ),
    TableRule(
        "invitation", "Đường dẫn mời đã dùng hoặc hết hạn", PERSONAL,
        days=30, least=1, most=1_100, table=Invitation, key=col(Invitation.token_hash),
        since=col(Invitation.created_at), at=func.coalesce(col(Invitation.used_at), col(Invitation.expires_at)),
    ),
    TableRule(
        "api_token", "Mã truy cập cho chương trình đã kết thúc", SECURITY,
        days=400, least=30, most=3_650, table=ApiToken, key=col(ApiToken.id),
        since=col(ApiToken.created_at), at=func.coalesce(col(ApiToken.ended_at), col(ApiToken.expires_at)),
    ),
    TableRule(
        "idempotent_answer", "Câu trả lời đã nhớ cho chương trình gọi lại", WORKING,
        days=2, least=2, most=60, table=IdempotentAnswer, key=col(IdempotentAnswer.id),
        since=col(IdempotentAnswer.created_at), at=col(IdempotentAnswer.created_at),
    ),
    TableRule(
        "work_copy", "Bản đang soạn chưa lưu, không ai mở lại", WORKING,
        days=365, least=30, most=3_650, table=WorkCopy, key=col(WorkCopy.id),
        since=col(WorkCopy.updated_at), at=col(WorkCopy.updated_at), held=copies_of,
    ),
    TableRule(
        "summary_delivery", "Việc gửi tổng hợp tuần qua thư", PERSONAL,
        days=400, least=60, most=3_650, table=SummaryDelivery, key=col(SummaryDelivery.id),
        since=col(SummaryDelivery.created_at), at=col(SummaryDelivery.created_at),
        which=(col(SummaryDelivery.state).in_((Sending.SENT, Sending.UNKNOWN, Sending.FAILED)),),
    ),
)  # fmt: skip


def acts_of(who: str, now: datetime) -> Told:
    """How `records.retention.carry_out` leaves what went among the acts of the desk."""
    return lambda session, words: note(session, None, who, Act.RETENTION, "", words, now=now)


def all_rules(data_dir: Path, raw_days: int) -> tuple[Rule, ...]:
    """Every rule of the house. `raw_days`: the default for raw answers, a setting."""
    return (*below(raw_days=raw_days), *RULES, *file_rules(data_dir))
