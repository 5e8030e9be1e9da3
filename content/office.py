"""What the office changed at the desk: its agencies, how they sign, holidays, words of a pause, indices, deadlines.

The plan's folder is where these lists begin. From the first change at the desk the list in the table wins, whole,
until the office gives it up (`give_up`) and goes by the file again. Every change raises the list's version; who
saves says which version they saw, so nobody overwrites what they have not read.
"""

import base64
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from PIL import Image
from pydantic import AfterValidator, Field, TypeAdapter, ValidationError
from sqlalchemy import bindparam, insert
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, delete, select, update

from content.act_records import Action, Subject, record
from content.brand import Brand
from content.errors import ContentError
from content.files import Entry, sentence_of
from content.holidays import Holiday, base_days, read_holidays
from content.logo import SIDE
from content.plan import OF_ONE_PLAN, Agency, Plan, Slip, active_plan, inconsistencies, stored_as
from content.plan_goals import Deadline, Index
from content.record_tables import Submission
from content.tables import OfficeSetting
from content.vietnamese import nfc
from content.words import REASON_WORDS as REASON_WORDS

PauseReason = Literal["quoc_tang", "thien_tai", "su_co_bao_mat", "chi_dao"]
KIND_WORDS = {
    "ubnd_tinh": "UBND cấp tỉnh",
    "so_nganh": "Sở, ban, ngành",
    "don_vi": "Đơn vị trực thuộc",
    "ubnd_xa": "UBND cấp xã",
    "nhom": "Nhóm cơ quan",
    "bao_chi": "Cơ quan báo chí",
    "khac": "Khác",
}
"""What an agency may be; a plan's file may say other words of its own."""


class PauseText(Entry):
    """What stands in the form when somebody pauses everything for this reason."""

    reason: PauseReason
    words: Annotated[str, Field(min_length=1), AfterValidator(nfc)]


PAUSES = (
    PauseText(
        reason="quoc_tang",
        words="Dừng đăng trong thời gian Quốc tang; không đăng tin vui, cuộc thi, nội dung giải trí.",
    ),
    PauseText(
        reason="thien_tai",
        words="Dừng đăng thường lệ để ưu tiên cảnh báo thiên tai; chỉ đăng tin được phép khi tạm dừng.",
    ),
    PauseText(
        reason="su_co_bao_mat",
        words="Dừng đăng để kiểm tra sự cố bảo mật của kênh; mở lại khi đã đổi mật khẩu và mã truy cập.",
    ),
    PauseText(reason="chi_dao", words="Dừng đăng theo chỉ đạo của lãnh đạo cho đến khi có thông báo mới."),
)
"""The product's proposal, until the office writes its own."""

AGENCIES, BRANDS, HOLIDAYS, PAUSE_TEXTS, INDICES, DEADLINES = NAMES = (
    *("agencies", "brands", "holidays", "pauses", "indices", "deadlines"),
)
ITEMS_MAX, TEXT_MAX, PICTURE_MAX = 1000, 2000, 1_000_000
_MODELS: dict[str, TypeAdapter[Any]] = {
    AGENCIES: TypeAdapter(tuple[Agency, ...]),
    BRANDS: TypeAdapter(tuple[Brand, ...]),
    HOLIDAYS: TypeAdapter(tuple[Holiday, ...]),
    PAUSE_TEXTS: TypeAdapter(tuple[PauseText, ...]),
    INDICES: TypeAdapter(tuple[Index, ...]),
    DEADLINES: TypeAdapter(tuple[Deadline, ...]),
}
_RECORDED = {INDICES: Subject.INDICES, DEADLINES: Subject.DEADLINES}
"""Lists of which every state is kept: what a report says of them is asked for years later."""


class Kept(NamedTuple):
    """A list as it stands in the table. Version 0: the office has changed nothing, the file holds."""

    data: list[dict[str, Any]]
    version: int = 0
    actor: str = ""
    updated_at: datetime | None = None


class Problem(NamedTuple):
    """What is wrong: at which item (counted from 0; None: the whole list), at which field, one sentence."""

    place: int | None
    field: str
    words: str


class OfficeError(ContentError):
    """A list that cannot be kept as it is; `problems` tells everything that is wrong with it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(f"{one.field}: {one.words}" for one in problems))
        self.problems = list(problems)


class Conflict(ContentError):
    """Somebody changed the list meanwhile; `kept` is how it stands now."""

    def __init__(self, kept: Kept) -> None:
        who = kept.actor or "Người khác"
        super().__init__(f"{who} vừa sửa danh sách này; hãy xem lại bản mới rồi lưu lại nếu vẫn cần.")
        self.kept = kept


# Reading ---------------------------------------------------------------------------------------------------


_NAMED = select(OfficeSetting).where(OfficeSetting.name == bindparam("name"))


def read(session: Session, name: str) -> Kept:
    """The list of that name as the office changed it."""
    row = session.exec(_NAMED, params={"name": _row(session, name)}).first()
    return Kept([]) if row is None else Kept(row.data, row.version, row.actor, row.updated_at)


def own_holidays(session: Session, plan_dir: Path | None, kept: Kept | None = None) -> dict[date, Holiday]:
    """What the office wrote over the base layer: its rows, else the plan's file. `kept`: the list, already read.

    Raises `LibraryError` for a file that cannot be read.
    """
    kept = kept or read(session, HOLIDAYS)
    if not kept.version:
        return read_holidays(plan_dir) if plan_dir else {}
    found: tuple[Holiday, ...] = _MODELS[HOLIDAYS].validate_python(kept.data)
    return {one.on: one for one in found}


def holidays(session: Session, plan_dir: Path | None, days: Iterable[date]) -> dict[date, Holiday]:
    """Those of these days that are special: the base layer, and over it what the office wrote.

    Raises `LibraryError` for a file that cannot be read.
    """
    asked, own = sorted(days), own_holidays(session, plan_dir)
    return {**base_days(asked), **{on: own[on] for on in asked if on in own}}


def holidays_anyway(session: Session, plan_dir: Path | None, days: Iterable[date]) -> tuple[dict[date, Holiday], bool]:
    """The same; a file that cannot be read costs what stands in it, and False says so."""
    asked = list(days)
    try:
        return holidays(session, plan_dir, asked), True
    except ContentError:
        return base_days(asked), False


def pauses(session: Session) -> tuple[PauseText, ...]:
    """The words of a pause for each reason, in a fixed order."""
    own = {one["reason"]: one for one in read(session, PAUSE_TEXTS).data}
    return tuple(PauseText(**own[one.reason]) if one.reason in own else one for one in PAUSES)


# Changing --------------------------------------------------------------------------------------------------


def save(session: Session, name: str, data: Sequence[Mapping[str, Any]], *, seen: int, by: str, now: datetime) -> Kept:
    """Keep the whole list as it shall stand; the caller commits. `seen` is the version that `by` had before them.

    Raises `OfficeError` with everything that is wrong, `Conflict` when the list was changed meanwhile.
    """
    row, ready = _row(session, name), _ready(session, name, data)
    kept = Kept(ready, seen + 1 if seen else _first(now), by, now)
    values: dict[str, Any] = {"data": ready, "version": kept.version, "actor": by, "updated_at": now}
    if seen:
        theirs = (col(OfficeSetting.name) == row, col(OfficeSetting.version) == seen)
        if session.exec(update(OfficeSetting).where(*theirs).values(**values)).rowcount != 1:
            raise Conflict(_now_standing(session, name))
    else:
        try:
            with session.begin_nested():
                session.exec(insert(OfficeSetting).values(name=row, **values))
        except IntegrityError:
            raise Conflict(_now_standing(session, name)) from None
    if name in _RECORDED:
        record(session, _RECORDED[name], kept.version, Action.CHANGED, {"name": row, "items": ready}, by=by, now=now)
    return kept


def give_up(session: Session, name: str, *, seen: int) -> None:
    """Go by the plan's file again; the caller commits. Raises `Conflict` when the list was changed meanwhile."""
    theirs = (col(OfficeSetting.name) == _row(session, name), col(OfficeSetting.version) == seen)
    if session.exec(delete(OfficeSetting).where(*theirs)).rowcount != 1:
        raise Conflict(_now_standing(session, name))


def _row(session: Session, name: str) -> str:
    """The name of the row in which a list stands. Raises KeyError for a list that there is not."""
    if name not in NAMES:
        raise KeyError(name)
    return stored_as(name, active_plan(session).code) if name in OF_ONE_PLAN else name


def _first(now: datetime) -> int:
    """The first version: minutes, so that a list given up and begun again never has a number it had before."""
    return int(now.timestamp() // 60)


def _now_standing(session: Session, name: str) -> Kept:
    session.expire_all()
    return read(session, name)


def _ready(session: Session, name: str, data: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The list as it is kept. Raises `OfficeError`."""
    if problems := list(_too_much(data)):
        raise OfficeError(problems)
    try:
        items = _MODELS[name].validate_python([dict(one) for one in data])
    except ValidationError as error:
        raise OfficeError([_problem(dict(one)) for one in error.errors()]) from error
    if name in (AGENCIES, BRANDS, INDICES, DEADLINES):
        plan = active_plan(session)
        problems = _against_the_plan(plan, name, items)
        if name == DEADLINES:
            problems += _of_deadlines(session, plan, items)
    elif name == HOLIDAYS:
        items = tuple(sorted(items, key=lambda one: one.on))
        problems = _of_holidays(items)
    else:
        problems = _doubles([one.reason for one in items], "reason")
    if problems:
        raise OfficeError(problems)
    return [one.model_dump(mode="json", exclude_defaults=True) for one in items]


def _too_much(data: Sequence[Mapping[str, Any]]) -> Sequence[Problem]:
    if len(data) > ITEMS_MAX:
        return [Problem(None, "", f"danh sách có {len(data)} mục; tối đa {ITEMS_MAX} mục.")]
    return [
        Problem(place, field, "dài quá; hãy viết ngắn lại.")
        for place, one in enumerate(data)
        for field, value in one.items()
        if isinstance(value, str) and len(value) > (PICTURE_MAX if field == "picture" else TEXT_MAX)
    ]


def _problem(error: dict[str, Any]) -> Problem:
    place, *rest = error["loc"] or (None,)
    return Problem(place if isinstance(place, int) else None, ".".join(map(str, rest)), sentence_of(error))


def _against_the_plan(plan: Plan, name: str, items: tuple[Any, ...]) -> list[Problem]:
    """What the list alone cannot know; what was wrong before it is not its fault."""
    changed = plan.model_copy(update={name: items})
    before = inconsistencies(plan)
    problems = [_as_problem(slip, items) for slip in inconsistencies(changed) if slip not in before]
    if name == BRANDS:
        return problems + [
            Problem(place, "picture", "không phải hình do phần mềm đọc từ tệp logo; hãy tải lại tệp logo.")
            for place, one in enumerate(items)
            if one.picture and not _is_our_png(one.picture)
        ]
    if name != AGENCIES:
        return problems
    gone = {one.code for one in plan.agencies} - {one.code for one in items}
    problems += [
        Problem(None, "code", f"“{code}” có thể đã được nêu tên ở bài đăng hoặc kế hoạch; hãy ghi ngày hết hiệu lực.")
        for code in sorted(gone)
    ]
    return problems + [
        Problem(place, "valid_to", "phải từ ngày bắt đầu trở đi.")
        for place, one in enumerate(items)
        if one.valid_from and one.valid_to and one.valid_to < one.valid_from
    ]


def _of_deadlines(session: Session, plan: Plan, items: tuple[Deadline, ...]) -> list[Problem]:
    """What somebody handed in for a deadline keeps it in the list."""
    there = session.exec(select(Submission.deadline).where(Submission.plan == plan.code).distinct())
    gone = set(there) - {one.code for one in items}
    return [Problem(None, "code", f"Hạn “{code}” đã có cơ quan nộp nên không xóa được.") for code in sorted(gone)]


def _as_problem(slip: Slip, items: tuple[Any, ...]) -> Problem:
    """A slip with the item it speaks of: the last one whose field holds the name in its sentence."""
    places = [place for place, one in enumerate(items) if f"“{getattr(one, slip.field, '')}”" in slip.words]
    return Problem(places[-1] if places else None, slip.field, slip.words)


def _of_holidays(items: tuple[Holiday, ...]) -> list[Problem]:
    empty = [Problem(place, "name", "không được để trống.") for place, one in enumerate(items) if not one.name]
    return empty + _doubles([one.on for one in items], "on")


def _doubles(values: Sequence[object], field: str) -> list[Problem]:
    return [
        Problem(place, field, "đã có trong danh sách; hãy sửa mục đang có.")
        for place, value in enumerate(values)
        if value in values[:place]
    ]


def _is_our_png(picture: str) -> bool:
    try:
        with Image.open(io.BytesIO(base64.b64decode(picture, validate=True)), formats=("PNG",)) as drawn:
            return max(drawn.size) <= SIDE
    except (ValueError, OSError, SyntaxError, Image.DecompressionBombError):
        return False
