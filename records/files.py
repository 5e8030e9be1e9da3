"""The rules of files in the data folder: logs, backups, what was handed in or made for a while. Only names that this
program gives are looked at; whatever else lies there is somebody's."""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, time
from pathlib import Path

from content.vietnamese import LOCAL
from records.rules import PERSONAL, SECURITY, WORKING, FileRule, Thing

LOG = re.compile(r"cchc-(?P<day>\d{4}-\d\d-\d\d)(?:\.\d+)?\.log")
DEMO = re.compile(r"demo-(?P<stamp>\d{8}-\d{6})-\d+")
HANDED_IN = re.compile(r"\d+-(?P<seconds>\d{9,11})-[0-9a-f]{32}(?:-dang-nhap)?")
MADE = re.compile(r"kiem-chung-[a-z0-9_-]{1,150}\.(?:zip|json)")
BROKEN_OFF = re.compile(r"\..*\.part|\.hs-.*")
SHELVES = ("nhap-bang", "nhap-hoat-dong")
"""Folders of tables that were handed in and not imported yet (`web.kept_tables`)."""
PROOFS, ARCHIVE, LOGS = "proofs", "archive", "logs"
At = Callable[[Path], datetime | None]


def file_rules(data_dir: Path) -> tuple[FileRule, ...]:
    """The rules of this data folder. Backups have a rule of their own, where they are made."""
    return (
        FileRule(
            "log", "Nhật ký kỹ thuật trên đĩa", SECURITY, days=400, least=90, most=3_650, tells_of_things=True,
            find=lambda: _those(data_dir / LOGS, LOG, _by_day(LOG)),
        ),
        FileRule(
            "handed_in", "Bảng đã nộp mà chưa nhập", PERSONAL, days=1, least=1, most=30,
            find=lambda: (
                one for name in SHELVES for one in _those(data_dir / name, HANDED_IN, _by_seconds, folders=True)
            ),
        ),
        FileRule(
            "proof", "Hồ sơ kiểm chứng đã lập để tải về", WORKING, days=730, least=30, most=3_650, tells_of_things=True,
            find=lambda: _those(data_dir / PROOFS, MADE, _by_age),
        ),
        FileRule(
            "demo", "Thư mục chạy thử", WORKING, days=30, least=1, most=365,
            find=lambda: _those(data_dir, DEMO, _by_stamp, folders=True),
        ),
        FileRule(
            "broken_off", "Tệp làm dở bị ngắt giữa chừng", WORKING, days=2, least=1, most=30,
            find=lambda: (
                one for name in (PROOFS, ARCHIVE) for one in _those(data_dir / name, BROKEN_OFF, _by_age, folders=None)
            ),
        ),
    )  # fmt: skip


def _those(folder: Path, name: re.Pattern[str], at: At, *, folders: bool | None = False) -> Iterator[Thing]:
    """What in `folder` is called so; `folders`: only folders, only files, or (None) both. Links are left alone."""
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.is_symlink() or not name.fullmatch(path.name) or (folders is not None and path.is_dir() != folders):
            continue
        moment = at(path)
        if moment is not None:
            yield Thing(path, moment, _size(path))


def _size(path: Path) -> int:
    files: Iterable[Path] = path.rglob("*") if path.is_dir() else (path,)
    total = 0
    for one in files:
        try:
            total += one.stat().st_size if one.is_file() else 0
        except OSError:  # gone meanwhile
            continue
    return total


def _by_day(name: re.Pattern[str]) -> At:
    def at(path: Path) -> datetime | None:
        found = name.fullmatch(path.name)
        try:
            return datetime.combine(datetime.fromisoformat(found["day"]).date(), time(), LOCAL) if found else None
        except ValueError:  # no such day
            return None

    return at


def _by_seconds(path: Path) -> datetime | None:
    found = HANDED_IN.fullmatch(path.name)
    return datetime.fromtimestamp(int(found["seconds"]), UTC) if found else None


def _by_stamp(path: Path) -> datetime | None:
    found = DEMO.fullmatch(path.name)
    try:
        return datetime.strptime(found["stamp"], "%Y%m%d-%H%M%S").replace(tzinfo=UTC) if found else None
    except ValueError:
        return None


def _by_age(path: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError:
        return None
