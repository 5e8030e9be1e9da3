"""What a report's heading begins with: the last report's of the same kind, else what the plan tells."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from content.errors import ContentError
from content.plan import Agency, Plan
from content.vietnamese import local_day, nfc
from reports.official.bodies import REPORT
from reports.official.data import ReportData
from reports.official.values import Heading
from reports.official.words import subject
from reports.tables import Report

LINES = ("addressees", "basis", "signing", "recipients")
"""The fields that are lists, a line each."""
LABELS = {
    "parent": "Cơ quan chủ quản",
    "issuer": "Cơ quan ban hành",
    "symbol": "Ký hiệu cơ quan",
    "place": "Địa danh",
    "dated": "Tháng ban hành",
    "subject": "Trích yếu",
    "addressees": "Kính gửi",
    "basis": "Căn cứ",
    "signing": "Quyền hạn, chức vụ người ký",
    "signer": "Họ và tên người ký",
    "recipients": "Nơi nhận",
    "archive": "Lưu",
}
"""What the office fills in, in the order of the form."""
NEEDED = ("issuer", "symbol", "place", "subject")
TEXT_MOST, LINE_MOST, LINES_MOST = 300, 300, 30
_SYMBOL = re.compile(r"[A-ZĐ&0-9]+(-[A-ZĐ&0-9]+)*")
_FOLLOWS = "lưu:"


class HeadingError(ContentError):
    """A heading that cannot be kept; `problems` are pairs of field and sentence."""

    def __init__(self, problems: list[tuple[str, str]]) -> None:
        super().__init__("\n".join(words for _, words in problems))
        self.problems = problems


def checked(given: Mapping[str, Any]) -> dict[str, Any]:
    """The heading as it is kept: NFC, trimmed. Raises `HeadingError` with everything that is wrong."""
    found: dict[str, Any] = {}
    problems: list[tuple[str, str]] = []
    for name, label in LABELS.items():
        value = given.get(name, "")
        if name in LINES:
            lines = [_line(one) for one in value]
            found[name] = [one for one in lines if one]
            if len(found[name]) > LINES_MOST or any(len(one) > LINE_MOST for one in lines):
                problems.append((name, f"“{label}” tối đa {LINES_MOST} dòng, mỗi dòng {LINE_MOST} ký tự."))
        elif name == "dated":
            found[name] = value.isoformat() if isinstance(value, date) else ""
            if not found[name]:
                problems.append((name, f"Hãy chọn “{label}”."))
        else:
            found[name] = _line(str(value))
            if len(found[name]) > TEXT_MOST:
                problems.append((name, f"“{label}” tối đa {TEXT_MOST} ký tự."))
            if name in NEEDED and not found[name]:
                problems.append((name, f"Hãy điền “{label}”."))
    if found["symbol"] and not _SYMBOL.fullmatch(found["symbol"]):
        problems.append(("symbol", "Ký hiệu viết hoa, không có dấu cách, như SKHCN hoặc UBND."))
    if problems:
        raise HeadingError(problems)
    return found


def _line(text: str) -> str:
    return " ".join(nfc(text).split(" ")).strip()


def shown(kept: Mapping[str, Any]) -> dict[str, Any]:
    """Each field as people read it."""
    return {name: "\n".join(kept[name]) if name in LINES else kept[name] for name in LABELS}


def begun(session: Session, data: ReportData, plan: Plan | None) -> dict[str, Any]:
    """The heading of a new report: as in the last one of the same preset, else in the last one of any."""
    statement = (
        select(Report.heading).where(col(Report.withdrawn_at).is_(None)).order_by(col(Report.id).desc()).limit(1)
    )
    last = session.exec(statement.where(Report.preset == preset_code(data))).first() or session.exec(statement).first()
    fresh = {"subject": subject(data), "dated": local_day(data.cutoff_at).isoformat()}
    start = last if last is not None else kept(from_plan(plan, local_day(data.cutoff_at)))
    return {**start, **fresh}


def preset_code(data: ReportData) -> str:
    """As `Report.preset` keeps it; "tuy-chon" for days of one's own."""
    return data.preset.value if data.preset else OWN


OWN = "tuy-chon"


def kept(heading: Heading) -> dict[str, Any]:
    """A heading as JSON; only what the office fills in."""
    values = asdict(heading)
    values["dated"] = heading.dated.isoformat()
    return {name: list(values[name]) if name in LINES else values[name] for name in LABELS}


# The first one ---------------------------------------------------------------------------------------------


def from_plan(plan: Plan | None, on: date) -> Heading:
    """As the plan has it (domain 1.6): the agency that collects the year's reports writes to the one that issued it."""
    if plan is None:
        return Heading(parent="", issuer="", symbol="", place="", dated=on, subject="")
    collects = next((one.to for one in plan.deadlines if one.code == REPORT), "")
    agency = next((one for one in plan.agencies if collects and one.name == collects), None)
    issuer = _called(plan, collects, on) if agency else _called(plan, plan.issuer, on)
    parent = _called(plan, plan.issuer, on) if agency else ""
    recipients = tuple(one for one in plan.recipients if not one.casefold().startswith(_FOLLOWS))
    archive = next(
        (one[len(_FOLLOWS) :].strip() for one in plan.recipients if one.casefold().startswith(_FOLLOWS)), "VT"
    )
    return Heading(
        parent=parent,
        issuer=issuer,
        symbol=initials(issuer),
        place=_place(plan, on),
        dated=on,
        subject="",
        addressees=(parent,) if parent else (),
        signing=_signing(issuer, plan),
        recipients=recipients,
        archive=archive,
    )


def _called(plan: Plan, name: str, on: date) -> str:
    """What a body of that name is called on a day: it may have been replaced meanwhile."""
    agency: Agency | None = next((one for one in plan.agencies if one.name == name), None)
    gone = agency is not None and agency.valid_to is not None and agency.valid_to < on and agency.replaced_by
    if not gone or agency is None:
        return name
    by = next((one for one in plan.agencies if one.code == agency.replaced_by), None)
    return by.name if by else agency.replaced_by


_AREA = re.compile(r"(?:tỉnh|thành phố) (?P<name>\S.*)$")


def _place(plan: Plan, on: date) -> str:
    """The plan's own; where its issuer was replaced meanwhile, what the new one is named after."""
    issuer = _called(plan, plan.issuer, on)
    area = _AREA.search(issuer) if issuer != plan.issuer else None
    return area["name"] if area else plan.place


_SMALL = {"và", "các", "của"}
_PLACE = re.compile(r"\b(?=(?:tỉnh|thành phố|phường|xã)\b)", re.IGNORECASE)
"""Where the name of a place begins: it is not in the abbreviation of a department."""


def initials(name: str) -> str:
    """ "Sở Khoa học và Công nghệ thành phố Huế" as "SKHCN", "Ủy ban nhân dân tỉnh …" as "UBND"."""
    low = name.casefold()
    if low.startswith("ủy ban nhân dân"):
        return "UBND"
    if low.startswith("văn phòng"):
        return "VPUBND" if "ủy ban nhân dân" in low else "VP"
    own = _PLACE.split(name, maxsplit=1)[0] if not _PLACE.match(name) else name
    words = [word for word in re.findall(r"\w+", own) if word.casefold() not in _SMALL]
    return "".join(unicodedata.normalize("NFD", word)[0] for word in words).upper()


def _signing(issuer: str, plan: Plan) -> tuple[str, ...]:
    low = issuer.casefold()
    if low.startswith("ủy ban"):
        return plan.signed_for
    return ("CHÁNH VĂN PHÒNG",) if low.startswith("văn phòng") else ("GIÁM ĐỐC",) if low.startswith("sở") else ()
