"""Official reports as they are kept: begun, written on, renewed, finished, taken back, withdrawn. Never deleted.

A report's figures are frozen; a document is made of its row alone, so the same row gives the same document for ever.
What a person wrote is never overwritten by figures: it keeps the words it stood in for (`base`), so that the desk can
say when those changed. Whoever writes says what they saw; of two who write at once nobody loses anything.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from content.vietnamese import moment, nfc
from reports.official.build import Wanted
from reports.official.data import ReportData
from reports.official.document import document, heading_of, words_of
from reports.official.gather import gathered
from reports.official.heads import LABELS, begun, checked, preset_code, shown
from reports.official.places import TEXT_MOST, Place, places
from reports.official.prefill import prefilled
from reports.official.values import OfficialDocument
from reports.official.words import subject
from reports.periods import ReportError
from reports.spans import PRESET_WORDS, Preset, Span, own_span
from reports.tables import Report
from scheduler.db import in_turn, reading, writing

DRAFT, FINAL = "draft", "final"
STATE_WORDS = {DRAFT: "Bản nháp", FINAL: "Đã chốt"}
REASON_MOST = 500
OWN = "tuy-chon"
KIND_WORDS = {**{preset.value: words for preset, words in PRESET_WORDS.items()}, OWN: "Từ ngày đến ngày tự chọn"}
"""Preset of a report -> its words."""


class NoReport(ReportError):
    """There is none of that number."""


class ReportConflict(ReportError):
    """Somebody wrote at the same place meanwhile; `theirs` is what stands there now."""

    def __init__(self, row: Report, theirs: str, who: str) -> None:
        super().__init__(f"{who or 'Người khác'} vừa sửa mục này; hãy xem lại rồi lưu lại nếu vẫn cần.")
        self.row = row
        self.theirs = theirs
        self.who = who


class Line(NamedTuple):
    """One report of a list."""

    id: int
    preset: str
    title: str
    first: Any
    last: Any
    cutoff_at: datetime
    state: str
    made_by: str
    made_at: datetime
    updated_by: str
    updated_at: datetime
    withdrawn_at: datetime | None


# Making ----------------------------------------------------------------------------------------------------


def wanted(preset: Preset | None, span: Span, cutoff: datetime, *, year: int = 0, number: int = 1) -> Wanted:
    """Which report; without a preset its days are one's own, and it is of the year of its last day.

    The cut-off is the whole minute that is printed. Raises `ReportError` for days the wrong way round or too far apart.
    """
    cutoff = cutoff.replace(second=0, microsecond=0)
    if preset is None:
        span = own_span(span.first, span.last)
    return Wanted(preset, year if preset else span.last.year, number, span, cutoff)


def make_report(engine: Engine, asked: Wanted, *, by: str, now: datetime) -> Report:
    """A new draft with the figures as they stood at the cut-off. The same one asked for again by the same person
    before anybody wrote in it (a double click) is the one that is there. Raises `ReportError`."""
    with reading(engine) as session:
        data, plan = gathered(session, asked, now)
        heading = begun(session, data, plan)
    with writing(engine) as session:
        in_turn(session.connection(), f"report of {by}")
        same = session.exec(
            select(Report).where(
                Report.preset == preset_code(data), Report.first == data.first, Report.last == data.last,
                Report.cutoff_at == data.cutoff_at, Report.made_by == by, Report.version == 1,
                col(Report.withdrawn_at).is_(None),
            ).order_by(col(Report.id))
        ).first()  # fmt: skip
        if same is not None:
            return same
        row = Report(
            preset=preset_code(data),
            title=subject(data),
            first=data.first,
            last=data.last,
            cutoff_at=data.cutoff_at,
            plan=data.plan.code if data.plan else "",
            heading=heading,
            texts={},
            data=data.model_dump(mode="json"),
            made_by=by,
            made_at=now,
            updated_by=by,
            updated_at=now,
        )
        session.add(row)
        session.flush()
        return row


def data_of(row: Report) -> ReportData:
    """The frozen figures."""
    return ReportData.model_validate(row.data)


def document_of(row: Report) -> OfficialDocument:
    """The document, made of the row alone."""
    return document(data_of(row), heading_of(row.heading), row.texts)


# Looking ---------------------------------------------------------------------------------------------------


def find_report(session: Session, number: int, *, locked: bool = False) -> Report:
    """The report of that number as it is now. Raises `NoReport`."""
    statement = select(Report).where(Report.id == number).execution_options(populate_existing=True)
    row = session.exec(statement.with_for_update() if locked else statement).one_or_none()
    if row is None:
        raise NoReport(f"Không có báo cáo số {number}; xem danh sách bằng lệnh: cchc report list.")
    return row


def reports(
    session: Session, *, limit: int = 50, offset: int = 0, before: int | None = None, withdrawn: bool = False
) -> list[Line]:
    """Reports, the last one made first; their figures are not read. `before`: those behind this number."""
    gone = col(Report.withdrawn_at)
    statement = select(*(getattr(Report, name) for name in Line._fields)).where(
        gone.is_not(None) if withdrawn else gone.is_(None)
    )
    if before is not None:
        statement = statement.where(col(Report.id) < before)
    ordered = statement.order_by(col(Report.id).desc()).limit(limit).offset(offset)
    return [Line(*row) for row in session.connection().execute(ordered)]


def count(session: Session, *, withdrawn: bool = False) -> int:
    """How many there are."""
    gone = col(Report.withdrawn_at)
    return session.exec(
        select(func.count(col(Report.id))).where(gone.is_not(None) if withdrawn else gone.is_(None))
    ).one()


@dataclass(frozen=True, slots=True)
class Written:
    """What stands at one place."""

    place: Place
    words: str
    """What the document says."""
    prefilled: str
    """What the figures say."""
    own: bool
    by: str = ""
    at: datetime | None = None
    moved: bool = False
    """The figures below a person's words changed after they were written."""
    base: str = ""
    """What the figures said when they were written."""

    @property
    def mark(self) -> str:
        """Of what a person sees before they write."""
        return mark_of(self.words if self.own else "")


def mark_of(own: str) -> str:
    """A mark over a person's own words at a place; "" where there are none."""
    return hashlib.sha256(own.encode()).hexdigest()[:20] if own else ""


def written(row: Report, data: ReportData) -> dict[str, Written]:
    """Every place with what stands there, in order."""
    heading = heading_of(row.heading)
    plain = prefilled(data, heading.issuer, heading.addressees)
    words = words_of(data, heading, row.texts)
    found = {}
    for code, place in places(data).items():
        own = row.texts.get(code)
        found[code] = Written(
            place=place,
            words=words[code],
            prefilled=plain[code],
            own=own is not None,
            by=own["by"] if own else "",
            at=datetime.fromisoformat(own["at"]) if own else None,
            moved=own is not None and own["base"] != plain[code],
            base=own["base"] if own else "",
        )
    return found


def left_open(row: Report, data: ReportData) -> list[Place]:
    """The places without which it cannot be finished and where nothing stands."""
    return [one.place for one in written(row, data).values() if one.place.needed and not one.words.strip()]


# Writing ---------------------------------------------------------------------------------------------------


def write(session: Session, number: int, code: str, text: str, *, seen: str, by: str, now: datetime) -> Report:
    """Put a person's words at a place. `seen`: the mark of what they saw there.

    Raises `ReportConflict` when something else stands there now, `ReportError` for a place there is not, words that
    are too long, and a report that is finished or withdrawn. What stands there already is written again by nobody.
    """
    row = _open(session, number)
    data = data_of(row)
    text = "\n".join(line.rstrip() for line in nfc(text).strip().splitlines())
    if code not in places(data):
        raise ReportError("Báo cáo không có mục này; hãy tải lại trang.")
    if len(text) > TEXT_MOST:
        raise ReportError(f"Mục này dài {len(text)} ký tự; tối đa {TEXT_MOST} ký tự.")
    before = row.texts.get(code)
    standing = before["text"] if before else ""
    if text == standing:
        return row
    _agreed(row, code, seen)
    if not text:
        raise ReportError("Mục này đang trống: hãy viết nội dung, hoặc bấm “Dùng lại lời theo số liệu”.")
    heading = heading_of(row.heading)
    base = prefilled(data, heading.issuer, heading.addressees)[code]
    entry = {"text": text, "base": base, "by": by, "at": now.isoformat()}
    return _changed(session, row, by, now, texts={**row.texts, code: entry})


def put_back(session: Session, number: int, code: str, *, seen: str, by: str, now: datetime) -> Report:
    """The prefilled words again. Raises as `write`."""
    row = _open(session, number)
    if code not in row.texts:
        return row
    _agreed(row, code, seen)
    return _changed(session, row, by, now, texts={name: one for name, one in row.texts.items() if name != code})


def keep_words(session: Session, number: int, code: str, *, seen: str, by: str, now: datetime) -> Report:
    """A person looked at figures that changed below their words and leaves the words as they are."""
    row = _open(session, number)
    if code not in row.texts:
        return row
    _agreed(row, code, seen)
    heading = heading_of(row.heading)
    base = prefilled(data_of(row), heading.issuer, heading.addressees)[code]
    return _changed(session, row, by, now, texts={**row.texts, code: {**row.texts[code], "base": base}})


def change_heading(
    session: Session, number: int, given: Mapping[str, Any], *, seen: str, by: str, now: datetime
) -> Report:
    """Change the heading. `seen`: `heading_mark` of what the person saw. Raises `HeadingError`, or as `write`."""
    row = _open(session, number)
    ready = checked(given)
    if ready == {name: row.heading[name] for name in LABELS}:
        return row
    if seen != heading_mark(row):
        raise ReportConflict(row, "", row.updated_by)
    return _changed(session, row, by, now, heading=ready, title=ready["subject"])


def heading_mark(row: Report) -> str:
    """A mark over the heading as it stands."""
    return mark_of(repr(sorted(shown(row.heading).items())))


def _agreed(row: Report, code: str, seen: str) -> None:
    entry = row.texts.get(code)
    standing = entry["text"] if entry else ""
    if seen != mark_of(standing):
        raise ReportConflict(row, standing, entry["by"] if entry else row.updated_by)


def _open(session: Session, number: int) -> Report:
    row = find_report(session, number, locked=True)
    if row.withdrawn_at is not None:
        raise ReportError("Báo cáo đã rút: hãy khôi phục trước khi sửa.")
    if row.state == FINAL:
        raise ReportError("Báo cáo đã chốt: hãy mở lại, có ghi lý do, trước khi sửa.")
    return row


def _changed(session: Session, row: Report, by: str, now: datetime, **values: Any) -> Report:
    for name, value in values.items():
        setattr(row, name, value)
    row.version, row.updated_by, row.updated_at = row.version + 1, by, now
    session.add(row)
    session.flush()
    return row


# Figures anew ----------------------------------------------------------------------------------------------


def renewed(session: Session, row: Report, cutoff: datetime, now: datetime) -> ReportData:
    """What the figures would be at a later cut-off; nothing is kept. Raises `ReportError`."""
    old = data_of(row)
    cutoff = cutoff.replace(second=0, microsecond=0)
    if cutoff <= old.cutoff_at:
        raise ReportError(f"Số liệu đã chốt lúc {moment(old.cutoff_at)}: hãy chọn thời điểm sau đó.")
    return gathered(session, Wanted(old.preset, old.year, old.number, Span(old.first, old.last), cutoff), now)[0]


def data_mark(data: ReportData) -> str:
    """A mark over all figures, so that what is taken over is what was looked at."""
    return hashlib.sha256(data.model_dump_json().encode()).hexdigest()[:20]


def take_over(
    engine: Engine, number: int, cutoff: datetime, *, seen: str, from_: datetime, by: str, now: datetime
) -> Report:
    """Take the figures of a later cut-off over, as they were shown: `seen` is their `data_mark`, `from_` the cut-off
    they were compared with. Words that people wrote stay. Raises `ReportError` when either is something else now."""
    with reading(engine) as session:
        fresh = renewed(session, find_report(session, number), cutoff, now)
    with writing(engine) as session:
        row = _open(session, number)
        if row.cutoff_at != from_ or data_mark(fresh) != seen:
            raise ReportError("Số liệu vừa thay đổi so với bản so sánh bạn đã xem: hãy xem lại bản so sánh mới.")
        return _changed(session, row, by, now, data=fresh.model_dump(mode="json"), cutoff_at=fresh.cutoff_at)


# Where it stands -------------------------------------------------------------------------------------------


def finish(session: Session, number: int, *, seen: int, by: str, now: datetime) -> Report:
    """Freeze it. `seen`: the version the person read. Raises `ReportError` while something is left to write."""
    row = find_report(session, number, locked=True)
    if row.state == FINAL and row.withdrawn_at is None:
        return row
    row = _open(session, number)
    if row.version != seen:
        raise ReportError(f"{row.updated_by or 'Người khác'} vừa sửa báo cáo: hãy đọc lại bản mới rồi chốt.")
    left = left_open(row, data_of(row))
    if left:
        names = "; ".join(f"{one.code} {one.title}" for one in left)
        raise ReportError(f"Còn mục chưa có nội dung: {names}. Hãy viết, hoặc ghi “Không.” nếu không có.")
    return _changed(session, row, by, now, state=FINAL)


def take_back(session: Session, number: int, reason: str, *, by: str, now: datetime) -> Report:
    """A finished one becomes a draft again; the reason is needed, and the caller notes it."""
    _reasoned(reason)
    row = find_report(session, number, locked=True)
    if row.withdrawn_at is not None:
        raise ReportError("Báo cáo đã rút: hãy khôi phục trước.")
    return row if row.state == DRAFT else _changed(session, row, by, now, state=DRAFT)


def withdraw(session: Session, number: int, reason: str, *, by: str, now: datetime) -> Report:
    """Put it aside; it stays readable. The reason is needed, and the caller notes it."""
    _reasoned(reason)
    row = find_report(session, number, locked=True)
    return row if row.withdrawn_at else _changed(session, row, by, now, withdrawn_at=now, withdrawn_by=by)


def restore(session: Session, number: int, *, by: str, now: datetime) -> Report:
    """A withdrawn one counts again."""
    row = find_report(session, number, locked=True)
    return _changed(session, row, by, now, withdrawn_at=None, withdrawn_by="") if row.withdrawn_at else row


def _reasoned(reason: str) -> None:
    if not reason.strip():
        raise ReportError("Hãy ghi lý do.")
    if len(reason) > REASON_MOST:
        raise ReportError(f"Lý do tối đa {REASON_MOST} ký tự.")
