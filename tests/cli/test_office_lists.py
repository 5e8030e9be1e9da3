"""What the office changed at the desk holds for the commands too, and they say so."""

import zipfile
from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session

from content.office import read, save
from content.plan import active_plan
from scheduler.db import open_engine, writing
from tests.cli.conftest import POST, Cchc
from tests.conftest import LAN, MINH

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
SPEC = "template: quote\ntitle: Đúng hẹn\nsource: Cổng Thông tin điện tử của tỉnh\n"


def change(cchc: Cchc, name: str, data: list[dict[str, Any]] | None = None) -> None:
    """As somebody at the desk would."""
    engine = open_engine(f"sqlite:///{cchc.folder / 'data' / 'cchc.sqlite3'}")
    with writing(engine) as session:
        save(session, name, data or _signed(session), seen=read(session, name).version, by="Sơn", now=NOW)
    engine.dispose()


def _signed(session: Session) -> list[dict[str, Any]]:
    first, *rest = [one.model_dump(mode="json") for one in active_plan(session).brands]
    return [first | {"name": "Ủy ban nhân dân thành phố Huế"}, *rest]


def test_a_brand_changed_at_the_desk_takes_no_approval_away_in_silence(office: Cchc) -> None:
    folder = office.folder / "library"
    (folder / "hinh.yml").write_text(SPEC, encoding="utf-8")
    text = POST.format(title="Đúng hẹn trả kết quả", topic="d").replace("form: van_ban", "form: infographic")
    text = text.replace(
        "platforms:",
        "assets:\n  - infographic: hinh.yml\n    alt: Một câu trích về việc trả kết quả đúng hẹn.\nplatforms:",
    )
    (folder / "d-dung-hen.md").write_text(text, encoding="utf-8")
    office.ok("library", "load")
    change(office, "brands")
    office.ok("post", "submit", "d-dung-hen", "--by", LAN)
    office.ok("post", "approve", "d-dung-hen", "--by", MINH)
    told = office.ok("library", "load")
    assert "Trang Cấu hình đã có bản sửa riêng, dùng thay cho brands.yml của kế hoạch." in told
    assert "Cần trình duyệt lại: d-dung-hen." in told
    assert "Cần trình duyệt lại" not in office.ok("library", "load")


def test_the_months_sheet_knows_the_holidays_of_the_desk(office: Cchc) -> None:
    change(office, "holidays", [{"on": "24/12/2026", "name": "Ngày truyền thống của tỉnh"}])
    office.ok("queue", "month", "12/2026", "--out", ".")
    with zipfile.ZipFile(next(office.folder.glob("*.xlsx"))) as sheet:
        assert "Ngày truyền thống của tỉnh" in "".join(sheet.read(name).decode() for name in sheet.namelist())


def test_the_library_is_checked_before_there_is_a_database(cchc: Cchc) -> None:
    cchc.write_library()
    assert "3 bài đúng quy cách" in cchc.ok("library", "check")
    assert not (cchc.folder / "data").exists()
