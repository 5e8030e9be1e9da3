"""What the watch tells of the house itself: copies that are old, keys that others may read, a restore to compare."""

from datetime import datetime, timedelta
from pathlib import Path

from sqlmodel import Session

from cli.errors import UserError
from cli.manifest import stale
from cli.settings import CommonSettings
from content.vietnamese import number
from scheduler import recovery
from scheduler.jobs import installed_at
from scheduler.notices import Finding, Grade, Kind
from scheduler.vault import read_by_others

OLD = timedelta(hours=30)
"""A night's copy that failed is known by the morning."""


def safety(session: Session, settings: CommonSettings, *, now: datetime) -> list[Finding]:
    """What people should be told of copies, keys and restores at `now` (aware)."""
    found = []
    began = installed_at(session)
    if began is not None and began < now - OLD:
        words = stale(settings.data_dir / "backup", older_than=now - OLD)
        if words:
            found.append(Finding(Kind.BACKUP, "backup", Grade.ALARM, words))
    found += [
        Finding(Kind.BACKUP, f"keys:{place}", Grade.ALARM, words) for place, words in enumerate(exposed(settings))
    ]
    left = recovery.waits_to_be_compared(session)
    if left:
        words = (
            f"Dữ liệu được khôi phục từ bản cũ hơn: {number(left)} mục đang được đối chiếu với kênh, chưa đăng mục nào "
            "trong số đó. Hãy xem các kênh còn quyền truy cập không và trang Lịch đăng, mục “Đang kiểm tra kết quả”."
        )
        found.append(Finding(Kind.BACKUP, "restored", Grade.WARNING, words, "/lich"))
    return found


def key_file(settings: CommonSettings) -> Path:
    """Where the key lies that opens the stored secrets."""
    return settings.key_file or settings.data_dir / "cchc.key"


def exposed(settings: CommonSettings) -> list[str]:
    """What is wrong with where the keys lie and who may read them, in sentences."""
    found = []
    folder = (settings.data_dir / "backup").resolve()
    for what, file in (("Tệp khóa", key_file(settings)), ("Tệp khóa sao lưu", settings.backup_key_file)):
        if file is None or not file.exists():
            continue
        if read_by_others(file):
            found.append(f"{what} {file} đang cho người khác đọc hoặc thuộc người khác; hãy chạy: chmod 600 {file}")
        if file.resolve().is_relative_to(folder):
            found.append(
                f"{what} {file} nằm trong thư mục sao lưu; ai có bản sao sẽ có cả khóa, hãy chuyển đi nơi khác."
            )
    if settings.backup_key_file is None:
        return found
    from cli.sealing import copy_key  # with what encrypts, which only an office with such a key carries

    try:
        copy_key(settings.backup_key_file)
    except UserError as error:
        found.append(str(error))
    return found
