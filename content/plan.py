"""The year's official communications plan as data: a folder of YAML files, read strictly.

The plan that the product was asked from (481/KH-UBND of 2022) is one such folder; `mau-nam` is a blank one
for a new year. Organisation, law and targets change every year, so none of them is code (domain 5).
Minimum numbers of posts are the product's proposal, not the plan's.
"""

import json
import re
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from pydantic import Field, ValidationError
from sqlalchemy import Select, cast
from sqlalchemy import Text as Text_
from sqlalchemy import select as columns
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select, update

from content.brand import Brand
from content.errors import ContentError, LibraryError
from content.files import Day, Entry, parse_yaml, problems_of, read_text
from content.logo import read_logo
from content.plan_goals import Deadline, Index
from content.tables import OfficeSetting, PlanRecord
from content.vietnamese import collation_key

Text = Annotated[str, Field(min_length=1)]


class LegalState(StrEnum):
    """Whether a document may still be cited."""

    IN_FORCE = "con_hieu_luc"
    EXPIRED = "het_hieu_luc"
    UNCHECKED = "can_kiem_tra"


LEGAL_WORDS = {
    LegalState.IN_FORCE: "Còn hiệu lực",
    LegalState.EXPIRED: "Hết hiệu lực",
    LegalState.UNCHECKED: "Cần kiểm tra hiệu lực",
}


class Topic(Entry):
    """One point of the plan's content: its letter is its name, `order` its place in the Vietnamese list."""

    letter: Text
    order: int = Field(ge=1)
    label: Text
    covers: Text
    weight: int = Field(default=1, ge=1, le=5)
    minimum_per_week: int = Field(default=1, ge=0)
    minimum_per_month: int = Field(default=0, ge=0)
    minimum_per_year: int = Field(default=0, ge=0)
    owners: tuple[str, ...] = ()
    legal_refs: tuple[str, ...] = ()


class WorkForm(Entry):
    """One form of communications; `online` says whether the scheduler does it or only its log knows it."""

    letter: Text
    label: Text
    covers: Text
    online: bool


class Audience(Entry):
    """A group of people a post is for."""

    code: Text
    label: Text
    covers: str = ""


class Agency(Entry):
    """A body named in the plan, and what became of it."""

    code: Text
    name: Text
    short: Text
    kind: Text
    duties: str = ""
    valid_from: Day | None = None
    valid_to: Day | None = None
    replaced_by: str = ""


class LegalRef(Entry):
    """A document posts may cite. `code` is its number and symbol, such as "118/2025/NĐ-CP"."""

    code: Text
    name: Text
    issued: Day | None = None
    state: LegalState
    effective_to: Day | None = None
    replaced_by: str = ""
    note: str = ""


class Plan(Entry):
    """Everything one year's plan says that the product acts on."""

    code: Text
    title: Text
    year: int = Field(ge=2000, le=2100)
    number: str = ""
    """Number and symbol; empty in a draft that is not issued yet."""
    issued: Day | None = None
    place: str = ""
    issuer: Text
    signed_for: tuple[str, ...] = ()
    signer: str = ""
    purpose: tuple[str, ...] = ()
    basis: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    report_period: str = ""
    link_domains: tuple[str, ...] = ("gov.vn", "chinhphu.vn")
    """Links may lead to these domains and everything below them; "example.com/ten-trang" is that page alone."""
    minimum_note: str = ""
    topics: tuple[Topic, ...]
    forms: tuple[WorkForm, ...]
    audiences: tuple[Audience, ...]
    agencies: tuple[Agency, ...]
    legal_refs: tuple[LegalRef, ...]
    deadlines: tuple[Deadline, ...]
    indices: tuple[Index, ...]
    brands: tuple[Brand, ...] = ()
    """How its agencies sign pictures; the first one signs what asks for none."""

    @property
    def letters(self) -> tuple[str, ...]:
        """The topic letters in the plan's own order."""
        return tuple(topic.letter for topic in self.topics)

    def topic(self, letter: str) -> Topic | None:
        """The topic of that letter."""
        return next((topic for topic in self.topics if topic.letter == letter), None)

    def legal_ref(self, code: str) -> LegalRef | None:
        """The document of that number and symbol."""
        return next((ref for ref in self.legal_refs if ref.code == code), None)

    def brand(self, code: str = "") -> Brand:
        """How the agency of that code signs; without a code the plan's first brand.

        An agency of the register that has no brand signs with its name, in the colours of the first brand.
        Raises ContentError with the codes there are.
        """
        first = self.brands[0] if self.brands else Brand(name=self.issuer)
        if not code:
            return first
        for brand in self.brands:
            if brand.agency == code:
                return brand
        for agency in self.agencies:
            if agency.code == code:
                return Brand(agency=code, name=agency.name, palette=first.palette)
        known = ", ".join(brand.agency for brand in self.brands) or "chưa có"
        raise ContentError(f"brands.yml: kế hoạch không có cơ quan mang mã “{code}”; các mã hiện có: {known}.")

    def signing(self, agency: str = "") -> Brand:
        """Who signs a picture whose spec says `agency`: empty, a code of the register, or a name in free words."""
        codes = {brand.agency for brand in self.brands} | {one.code for one in self.agencies}
        return self.brand(agency) if not agency or agency in codes else self.brand().signing(agency)


PARTS = ("topics", "forms", "audiences", "agencies", "legal_refs", "deadlines", "indices", "brands")
"""Each is a list in a file of its own, named like the field."""
_OPTIONAL = "brands"
"""A plan without brands signs with its issuer's name."""
AT_THE_DESK = ("agencies", "brands", "indices", "deadlines")
"""The parts an office changes at the desk; its list then stands in `office_setting` (see `content.office`)."""
OF_ONE_PLAN = ("deadlines",)
"""Of these, those that are changed for one plan alone: another year begins with what its own file says."""
_INSIDE_PART = re.compile(rf"plan\.yml: (?P<part>{'|'.join(PARTS)})(\.(?P<place>\d+))?(\.|: )(?P<rest>.*)", re.DOTALL)


def read_plan(folder: Path) -> Plan:
    """The plan in `folder`; its code is the folder's name.

    Raises `LibraryError` with every problem as "file: field: sentence"; nothing is half-read.
    """
    if not folder.is_dir():
        raise LibraryError([f"{folder.name}: không tìm thấy thư mục kế hoạch; hãy kiểm tra đường dẫn {folder}."])
    data: dict[str, Any] = {}
    problems: list[str] = []
    for part in ("plan", *PARTS):
        if part == _OPTIONAL and not (folder / f"{part}.yml").exists():
            continue
        try:
            value = parse_yaml(read_text(folder / f"{part}.yml"), f"{part}.yml")
        except ContentError as error:
            problems.append(error.words)
            continue
        if part == "plan" and isinstance(value, dict):
            data = {**value, **data, "code": folder.name}
        elif part != "plan":
            data[part] = [] if value is None else value
        else:
            problems.append("plan.yml: tệp: phải là các trường dạng tên: giá trị.")
    if problems:
        raise LibraryError(problems)
    try:
        plan = Plan.model_validate(data)
    except ValidationError as error:
        raise LibraryError([_in_its_file(line) for line in problems_of(error, "plan.yml")]) from error
    brands, problems = _with_logos(plan.brands, folder)
    if problems := [str(slip) for slip in inconsistencies(plan)] + problems:
        raise LibraryError(problems)
    return plan.model_copy(update={"brands": brands})


def _with_logos(brands: Sequence[Brand], folder: Path) -> tuple[tuple[Brand, ...], list[str]]:
    """The brands with their logos read, and what is wrong with the logos."""
    ready: list[Brand] = []
    problems: list[str] = []
    for place, brand in enumerate(brands, 1):
        if brand.picture:
            problems.append(f"brands.yml: mục {place}: picture: tên trường không có trong mẫu; hãy ghi tên tệp ở logo.")
        picture = ""
        if Path(brand.logo).name != brand.logo:
            problems.append(f"brands.yml: mục {place}: logo: chỉ ghi tên tệp đặt cạnh brands.yml, không có thư mục.")
        elif brand.logo:
            try:
                picture = read_logo(folder / brand.logo)
            except ContentError as error:
                problems.append(f"brands.yml: mục {place}: logo: {error.words}")
        ready.append(brand.model_copy(update={"picture": picture}))
    return tuple(ready), problems


def _in_its_file(line: str) -> str:
    """ "plan.yml: topics.3.label: …" as "topics.yml: mục 4: label: …"."""
    found = _INSIDE_PART.fullmatch(line)
    if found is None:
        return line
    place = f"mục {int(found['place']) + 1}: " if found["place"] else ""
    return f"{found['part']}.yml: {place}{found['rest']}"


class Slip(NamedTuple):
    """What is wrong between the parts of a plan: in which file, at which field, and one sentence."""

    file: str
    field: str
    words: str

    def __str__(self) -> str:
        return f"{self.file}: {self.field}: {self.words}"


def inconsistencies(plan: Plan) -> list[Slip]:
    """What each file alone cannot know: double names, and names that lead nowhere."""
    agencies = {agency.code for agency in plan.agencies}
    refs = {ref.code for ref in plan.legal_refs}
    problems: list[Slip] = []
    for file, field, names in (
        ("topics.yml", "letter", plan.letters),
        ("forms.yml", "letter", [form.letter for form in plan.forms]),
        ("audiences.yml", "code", [audience.code for audience in plan.audiences]),
        ("agencies.yml", "code", [agency.code for agency in plan.agencies]),
        ("legal_refs.yml", "code", [ref.code for ref in plan.legal_refs]),
        ("deadlines.yml", "code", [deadline.code for deadline in plan.deadlines]),
        ("indices.yml", "code", [index.code for index in plan.indices]),
        ("brands.yml", "agency", [brand.agency for brand in plan.brands]),
    ):
        problems += [Slip(file, field, f"“{name}” viết hai lần; mỗi mã chỉ dùng một lần.") for name in _doubles(names)]
    if [topic.order for topic in plan.topics] != list(range(1, len(plan.topics) + 1)):
        problems.append(Slip("topics.yml", "order", "phải là 1, 2, 3… đúng theo thứ tự các mục trong tệp."))
    if list(plan.letters) != sorted(plan.letters, key=collation_key):
        alphabet = "phải theo thứ tự chữ cái tiếng Việt (a, b, c, d, đ, e, g, h, i, k, l)."
        problems.append(Slip("topics.yml", "letter", alphabet))
    problems += [
        Slip("brands.yml", "agency", f"“{brand.agency}” chưa có trong agencies.yml.")
        for brand in plan.brands
        if brand.agency not in agencies
    ]
    problems += [
        Slip("deadlines.yml", "agencies", f"“{name}” chưa có trong agencies.yml.")
        for deadline in plan.deadlines
        for name in deadline.agencies
        if name not in agencies
    ]
    if not plan.topics:
        problems.append(Slip("topics.yml", "tệp", "kế hoạch phải có ít nhất một nội dung tuyên truyền."))
    for topic in plan.topics:
        for field, wanted, known, file in (
            ("owners", topic.owners, agencies, "agencies.yml"),
            ("legal_refs", topic.legal_refs, refs, "legal_refs.yml"),
        ):
            problems += [
                Slip("topics.yml", f"điểm {topic.letter}: {field}", f"“{name}” chưa có trong {file}.")
                for name in wanted
                if name not in known
            ]
    return problems


def _doubles(names: Sequence[str]) -> list[str]:
    doubles = {name for name in names if list(names).count(name) > 1}
    return sorted(doubles, key=lambda name: (collation_key(name), name))


def load_plan(session: Session, plan: Plan, now: datetime) -> PlanRecord:
    """Store the plan under its code and make it the active one; the caller commits. `now` is aware UTC."""
    known = select(PlanRecord).where(PlanRecord.code == plan.code)
    record = session.exec(known).one_or_none()
    if record is None:
        record = PlanRecord(code=plan.code, year=plan.year, title=plan.title, data={}, loaded_at=now)
        try:
            with session.begin_nested():
                session.add(record)
        except IntegrityError:  # who begins this office at the same moment has just loaded it
            record = session.exec(known).one()
    record.year, record.title, record.loaded_at = plan.year, plan.title, now
    record.data = plan.model_dump(mode="json")
    record.active = True
    session.exec(update(PlanRecord).where(col(PlanRecord.code) != plan.code).values(active=False))
    session.add(record)
    session.flush()
    return record


def stored_as(part: str, plan: str) -> str:
    """The name of the row in which a part stands that was changed at the desk under the plan of this code."""
    return f"{part}:{plan}" if part in OF_ONE_PLAN else part


def active_plan(session: Session) -> Plan:
    """The plan that was loaded last, as the office changed it at the desk. Raises `ContentError` when there is none."""
    found = session.connection().execute(_active()).first()
    if found is None:
        raise ContentError("Chưa có kế hoạch tuyên truyền nào được nạp; hãy nạp trước bằng lệnh: cchc library load.")
    return _put_together(*found)


@cache
def _active() -> Select[*tuple[Any, ...]]:
    tables = {part: aliased(OfficeSetting) for part in AT_THE_DESK}
    # as texts: what was put together once is known again by them
    texts = [cast(col(one.data), Text_) for one in tables.values()]
    statement = columns(cast(col(PlanRecord.data), Text_), *texts).select_from(PlanRecord)
    for part, one in tables.items():
        code = f"{part}:" + col(PlanRecord.code) if part in OF_ONE_PLAN else part
        statement = statement.outerjoin(one, col(one.name) == code)
    return statement.where(col(PlanRecord.active).is_(True))


@lru_cache(maxsize=4)
def _put_together(data: str, *changed: str | None) -> Plan:
    """The plan of these texts. It is asked for at every page and every job, and it never changes by itself."""
    ours = {part: json.loads(rows) for part, rows in zip(AT_THE_DESK, changed, strict=True) if rows is not None}
    return Plan.model_validate({**json.loads(data), **ours})


def plan_as_changed(session: Session, plan: Plan) -> Plan:
    """A plan just read from its folder, as the office changed it at the desk: so it will be once it is loaded.

    Raises `LibraryError` when the two do not fit together: the new plan names an agency that the desk's list lacks.
    """
    changed = changes_at_the_desk(session, plan.code)
    if not changed:
        return plan
    ours = Plan.model_validate({**plan.model_dump(mode="json"), **changed})
    if slips := inconsistencies(ours):
        way_out = "danh sách cơ quan, nhận diện đang theo bản sửa ở trang Cấu hình: hãy thêm ở đó rồi nạp lại."
        raise LibraryError([*map(str, slips), way_out])
    return ours


def changes_at_the_desk(session: Session, plan: str) -> dict[str, list[dict[str, Any]]]:
    """The parts that the office changed at the desk, as they hold for the plan of this code, by name."""
    names = {stored_as(part, plan): part for part in AT_THE_DESK}
    rows = session.exec(select(OfficeSetting).where(col(OfficeSetting.name).in_(names)))
    return {names[row.name]: row.data for row in rows}
