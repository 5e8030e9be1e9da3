"""Everything the page of one post shows: the form, what the checks say of it, who else writes, where it stands."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session, col, select

from connectors import CONNECTORS, connector_class
from connectors.base import Kind, Part
from content.campaigns import of_post
from content.checks import FORMS, AssetPlace, Finding, Grade, check
from content.checks.telling import HEADINGS
from content.editing import ROLES, PostFields, as_post, fields_of
from content.editorial import ACTION_WORDS, STATE_WORDS
from content.plan import LEGAL_WORDS, Plan, active_plan
from content.tables import Asset, Editorial, Post, Review
from content.tags import KNOWN
from content.vietnamese import local_day
from scheduler.db import reading
from scheduler.lifecycle import WORDS, State
from scheduler.submission import accepted, mark_of
from web.door import house_of
from web.forms import Form
from web.options import Option, options_of
from web.page import page
from web.roles import Permission, Person
from web.rooms.compose import rules, schedule, working
from web.rooms.compose.drawn import drawn_hashes
from web.rooms.compose.fields import ROLE_WORDS, VARIANT_TEXTS, legal_lines, read_fields, start_of
from web.tables import WorkCopy

_ASSETS = re.compile(r"assets\b.*")
_VARIANT = re.compile(r"variants\.(?P<platform>\w+)(?:\.(?P<name>options\.\w+|\w+))?")
RULES = ("sensitive", "evergreen", "valid_from", "valid_to", "late_rule", "late_minutes", *rules.NAMES)
HISTORY = 8


@dataclass(frozen=True, slots=True)
class Place:
    """A platform as the form shows it: its name, which of a post's own words it uses, what it lets staff choose."""

    code: str
    label: str
    uses: frozenset[str]
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """One line of the list of pictures and videos."""

    place: int
    sha256: str
    asset: Asset | None


@dataclass(frozen=True, slots=True)
class Told:
    """What the checks say, by the field it concerns."""

    fields: dict[str, list[Finding]] = field(default_factory=dict)
    grades: list[tuple[str, Grade, list[tuple[str, Finding]]]] = field(default_factory=list)
    """Heading, grade, and each finding with the field it stands beside."""
    warnings: list[tuple[str, str, list[Finding]]] = field(default_factory=list)
    """Field, its name on the page, and its warnings, for whoever accepts them."""
    mark: str = ""
    """Of all warnings, so that nobody accepts what they were not shown."""


@dataclass(slots=True)
class Sheet:
    """One post on the desk of one person."""

    key: str
    form: Form
    seen: str = ""
    """The content hash of what the form was opened with."""
    post: Post | None = None
    copy: WorkCopy | None = None
    """The person's copy, when the form shows it or goes on in it."""
    offer: WorkCopy | None = None
    """A copy that the form does not show."""
    findings: Sequence[Finding] | None = None
    """What was found at this moment; None: the page looks by itself."""
    asks: bool = False
    """Whether the person wanted to submit and was not let through."""
    blocked: bool = False
    """Whether something has to be mended first; else the warnings only have to be accepted."""
    live: Any = None
    """How the form would go out (`compose.live.Live`), where it was asked for."""
    beside: PostFields | None = None
    """The words that were saved meanwhile, to be read beside one's own."""
    saved_by: Review | None = None


def places() -> tuple[Place, ...]:
    """Every platform there is."""
    return tuple(_place(code) for code in CONNECTORS)


def _place(code: str) -> Place:
    limits = connector_class(code).capabilities
    uses = {
        "title": limits.title_max > 0,
        "summary": limits.summary_max > 0,
        "text": limits.text_max > 0,
        "link": Kind.LINK in limits.kinds,
        "first_comment": Part.COMMENT in limits.parts,
    }
    return Place(code, limits.label, frozenset(name for name, used in uses.items() if used), options_of(code))


def pictures(session: Session, form: Form) -> list[Picture]:
    """The pictures and videos of the form, in its order, with what is known of each."""
    names = form.data.keys() if form.data is not None else form.start
    found = sorted(int(one[1]) for name in names if (one := re.fullmatch(r"a\.(\d{1,4})\.sha256", name)))
    hashes = {place: form.raw(f"a.{place}.sha256") for place in found}
    rows = session.exec(select(Asset).where(col(Asset.sha256).in_(set(hashes.values())))).all() if hashes else []
    known = {row.sha256: row for row in rows}
    return [Picture(place, sha256, known.get(sha256)) for place, sha256 in hashes.items()]


def anchor(name: str) -> str:
    """The field of the form that a finding's field is about."""
    if _ASSETS.fullmatch(name):
        return "assets"
    if found := _VARIANT.fullmatch(name):
        inner = (found["name"] or "text").replace("options.", "o.")
        return f"v.{found['platform']}.{inner}"
    return rules.ANCHORS.get(name, name)


def speaks(form: Form, place: Place) -> bool:
    """Whether the form has words or choices for this platform alone."""
    names = [f"v.{place.code}.{name}" for name in VARIANT_TEXTS]
    names += [f"v.{place.code}.o.{one.name}" for one in place.options]
    return any(form.raw(name).strip() for name in names)


def told(findings: Iterable[Finding]) -> Told:
    """The findings in the order of their grades, and by field."""
    made = Told(mark=mark_of(accepted(list(findings))))
    for one in findings:
        made.fields.setdefault(anchor(one.field), []).append(one)
    for grade, heading in HEADINGS.items():
        if chosen := [(anchor(one.field), one) for one in findings if one.grade is grade]:
            made.grades.append((heading, grade, chosen))
    for name, found in made.fields.items():
        if warnings := [one for one in found if one.grade is Grade.WARNING]:
            made.warnings.append((name, label_of(name), warnings))
    return made


def label_of(name: str) -> str:
    """What the page calls a field."""
    if name.startswith("v."):
        _, platform, inner = name.split(".", 2)
        if platform not in CONNECTORS:
            return f"{platform}: {inner}"
        options = {f"o.{one.name}": one.label for one in options_of(platform)}
        own = "Tiêu đề riêng" if inner == "title" else LABELS.get(inner, options.get(inner, inner))
        return f"{connector_class(platform).capabilities.label}: {own}"
    return LABELS.get(name, name)


LABELS = {
    "title": "Tiêu đề",
    "body": "Nội dung",
    "text": "Nội dung riêng",
    "summary": "Tóm tắt",
    "link": "Liên kết",
    "first_comment": "Bình luận đầu tiên",
    "topic": "Nội dung tuyên truyền",
    "form": "Hình thức",
    "audiences": "Đối tượng",
    "source": "Nguồn",
    "source_url": "Địa chỉ bài gốc",
    "legal_refs": "Văn bản căn cứ",
    "hashtags": "Thẻ",
    "platforms": "Kênh đăng",
    "assets": "Ảnh và video",
    "valid_from": "Dùng từ ngày",
    "valid_to": "Dùng đến hết ngày",
    "sensitive": "Nội dung nhạy cảm",
    "evergreen": "Dùng lại được",
    "allowed_in_pause": "Được đăng khi tạm dừng",
    "agency": "Cơ quan, đơn vị",
    **rules.LABELS,
}


def show(request: Request, person: Person, sheet: Sheet, *, status: int = 200) -> HTMLResponse:
    """The page."""
    house, now = house_of(request), house_of(request).now()
    with reading(house.engine) as session:
        plan = active_plan(session)
        findings = sheet.findings
        if findings is None:
            findings = _look(request, session, plan, sheet)
        history = _history(session, sheet.post)
        facts: dict[str, Any] = {
            "pictures": pictures(session, sheet.form),
            "campaigns": of_post(session, sheet.post.id) if sheet.post and person.may(Permission.READ) else [],
            "drawn": drawn_hashes(session, sheet.post, sheet.copy),
            "others": working.others(session, person, sheet.key, now),
            "queue": schedule.standing(session, sheet.post) if sheet.post and person.may(Permission.READ) else None,
            "channels": schedule.channels(session, sheet.post)
            if sheet.post and person.may(Permission.SCHEDULE)
            else None,
        }
    checked = told(findings)
    return page(
        request,
        "compose/edit.html",
        status=status,
        **facts,
        history=history,
        sheet=sheet,
        form=sheet.form,
        post=sheet.post,
        plan=plan,
        places=places(),
        place_names=[(one.code, one.label) for one in places()],
        platform_words={one.code: one.label for one in places()},
        speaks={one.code for one in places() if speaks(sheet.form, one)},
        rules_open=rules.are_set(sheet.form) or not {*RULES}.isdisjoint({*checked.fields, *sheet.form.errors}),
        queue_words={state.value: words for state, words in WORDS.items()},
        movable={State.SCHEDULED, State.HELD, State.MISSED, State.FAILED, State.READY, State.RETRY_WAIT},
        tomorrow=(local_day(now) + timedelta(days=1)).isoformat(),
        checked=checked,
        version=working.version_of(sheet.copy),
        legal_lines=[*legal_lines(sheet.form), ""],
        topics=[(one.letter, f"{one.letter}) {one.label}") for one in plan.topics],
        forms=list(FORMS.items()),
        audiences=[(one.code, one.label) for one in plan.audiences],
        agencies=_agencies(plan, sheet),
        legal=[(one.code, f"{one.name} ({LEGAL_WORDS[one.state]})") for one in plan.legal_refs],
        late=list(rules.LATE_WORDS.items()),
        tags=list(KNOWN.items()),
        roles=[(one, ROLE_WORDS[one]) for one in ROLES],
        state_words=STATE_WORDS,
        action_words=ACTION_WORDS,
        grades=Grade,
        **standing_of(person, sheet, history),
    )


def standing_of(person: Person, sheet: Sheet, history: Sequence[Review]) -> dict[str, Any]:
    """What this person may do with the post as it stands, and what they should know first."""
    state = Editorial(sheet.post.state) if sheet.post else Editorial.DRAFT
    returned = next((one for one in history if one.action == "returned"), None) if state is Editorial.RETURNED else None
    return {
        "state": state,
        "returned": returned,
        "proposed": next((one for one in history if one.action == "proposed"), None),
        "may_submit": person.may(Permission.EDIT),
        "waits": state in (Editorial.SUBMITTED, Editorial.APPROVED),
    }


def _agencies(plan: Plan, sheet: Sheet) -> list[tuple[str, str]]:
    known = [(one.code, one.short) for one in plan.agencies]
    own = sheet.post.agency if sheet.post else ""
    return known if not own or own in dict(known) else [*known, (own, own)]


def _history(session: Session, post: Post | None) -> list[Review]:
    if post is None:
        return []
    rows = select(Review).where(Review.post_id == post.id).order_by(col(Review.id).desc()).limit(HISTORY)
    return list(session.exec(rows))


def _look(request: Request, session: Session, plan: Plan, sheet: Sheet) -> list[Finding]:
    """What the checks say of the form: all of it for a post as it is saved, the words alone for one that is not."""
    house = house_of(request)
    if sheet.post is not None and sheet.form.data is None:
        return house.submissions.findings(session, sheet.post, now=house.now(), beside_others=False)
    if sheet.post is None and not (sheet.copy and sheet.copy.fields.get("touched")):
        return []  # nobody has written anything yet
    quiet = Form(sheet.form.data, **sheet.form.start)
    fields = read_fields(quiet, plan)
    uses = [AssetPlace(one.role, one.alt, line=place) for place, one in enumerate(fields.assets, 1)]
    return check(as_post(fields, sheet.key), uses, plan, today=local_day(house.now()))


def opened(session: Session, post: Post) -> Form:
    """The form of a post as it is saved."""
    return Form(**start_of(fields_of(session, post)))
