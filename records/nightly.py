"""What the service does with the chain by itself: seals every minute, verifies every night, and tells what is wrong."""

from datetime import datetime

import structlog
from sqlalchemy import Engine
from sqlmodel import Session

from content.vietnamese import moment, number
from records.chain import ChainError, Stamps, seal
from records.verify import keep, last_check, verify
from scheduler.clock import Clock
from scheduler.db import writing
from scheduler.notices import Finding, Grade, Kind
from scheduler.vault import Vault

PAGE = "/nhat-ky/chuoi"
"""Where at the desk the chain's state stands."""
_WORDS = 300

log = structlog.get_logger("records")


def seal_now(engine: Engine, vault: Vault, clock: Clock) -> None:
    """One turn of the sealer, with the keys as they stand in the file now.

    A chain that cannot be gone on with is told by the night's verification.
    """
    try:
        done = seal(engine, Stamps.of(vault), now=clock.now())
    except ChainError as error:
        log.error("audit_not_sealed", words=str(error))
        return
    if done.count:
        log.debug("audit_sealed", count=done.count, head=done.head.sequence)


def verify_nightly(engine: Engine, stamps: Stamps, *, now: datetime) -> str:
    """Seal what is left, verify everything, remember it; a sentence for the job's row.

    Whatever kept it from sealing is raised when what stands there was verified.
    """
    failed: Exception | None = None
    try:
        seal(engine, stamps, now=now)
    except ChainError as error:  # what is verified next tells of it
        log.error("audit_not_sealed", words=str(error))
    except Exception as error:
        failed = error
    checked = verify(engine, stamps, now=now)
    with writing(engine) as session:
        keep(session, checked, now=now)
    if failed is not None:
        raise failed
    if checked.is_sound:
        return f"Nhật ký kiểm toán nguyên vẹn: {number(checked.entries)} mục, đầu chuỗi {checked.head}."
    return f"Nhật ký kiểm toán có {number(checked.count)} điểm không đúng. {checked.words}"


def told_unsound(session: Session) -> list[Finding]:
    """An alarm while the last verification found something."""
    last = last_check(session)
    if last is None or last.is_sound:
        return []
    words = last.words if len(last.words) <= _WORDS else f"{last.words[:_WORDS].rstrip()}…"
    told = (
        f"Kiểm tra nhật ký kiểm toán lúc {moment(last.at)} thấy dấu hiệu bị sửa: {words} Hãy giữ nguyên máy chủ, báo "
        "người phụ trách an toàn thông tin và đối chiếu với bản sao lưu gần nhất."
    )
    return [Finding(Kind.AUDIT, "audit", Grade.ALARM, told, PAGE)]
