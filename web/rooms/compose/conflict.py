"""Two people saved the same post: both texts side by side, and nothing lost whatever is chosen.

One's own text is kept as a working copy before the page is shown; the other's was kept when it was saved.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session, col, select
from starlette.datastructures import FormData

from content.checks import FORMS
from content.differences import Kind, compared
from content.editing import PostFields, fields_of
from content.plan import Plan, active_plan
from content.seasons import season_words
from content.tables import Asset, Post, Review
from content.tags import tag_words
from content.vietnamese import day
from scheduler.db import reading, writing
from web.door import Posted, Someone, house_of
from web.page import page
from web.roles import Person
from web.rooms.compose import rules, working
from web.rooms.compose.fields import ROLE_WORDS
from web.rooms.compose.sheet import label_of, places
from web.rooms.compose.working import Key

router = APIRouter()
Mark = tuple[bool, str]
"""Whether only this side says so, and the words."""


@dataclass(frozen=True, slots=True)
class Differing:
    """One field in which the two versions differ, each with its own words marked."""

    label: str
    mine: list[Mark]
    theirs: list[Mark]


def shown(request: Request, person: Person, key: str, posted: FormData, mine: PostFields) -> Response:
    """The page with both versions; what the person wrote is kept first."""
    house, now = house_of(request), house_of(request).now()
    with writing(house.engine) as session:
        if working.is_new(key):
            key = working.saved_as(working.find(session, person, key)) or key
        copy = working.keep(
            session, person, key, posted, seen=str(posted.get("seen", "")), known="", now=now, force=True
        )
    with reading(house.engine) as session:
        post = session.exec(select(Post).where(Post.key == key)).first()
        if post is None or not person.sees(post):
            raise HTTPException(404)
        theirs = fields_of(session, post)
        plan, names = active_plan(session), _names(session, (mine, theirs))
        last = session.exec(select(Review).where(Review.post_id == post.id).order_by(col(Review.id).desc())).first()
    return page(
        request,
        "compose/conflict.html",
        status=409,
        post=post,
        key=key,
        last=last,
        differing=list(differing(mine, theirs, plan, names)),
        mine=[(name, value) for name, value in copy.fields["form"]],
        version=working.version_of(copy),
    )


@router.post("/soan/{key}/chep-tay")
def copy_by_hand(request: Request, key: Key, person: Someone, posted: Posted) -> Response:
    """Go on in one's own text with the saved one beside it: from now on that one counts as seen."""
    seen = str(posted.get("seen", ""))
    with writing(house_of(request).engine) as session:
        copy = working.find(session, person, key)
        if copy is not None and re.fullmatch(r"[0-9a-f]{64}", seen):
            copy.base_hash = seen
            session.add(copy)
    return RedirectResponse(f"/soan/{key}?tiep=1&so=1", status_code=303)


# What differs -------------------------------------------------------------------------------------------


def differing(mine: PostFields, theirs: PostFields, plan: Plan, names: dict[str, str]) -> Iterator[Differing]:
    """The fields in which the two differ, in the order of the form."""
    own, other = _told(mine, plan, names), _told(theirs, plan, names)
    for name in dict.fromkeys((*own, *other)):
        left, right = own.get(name, ""), other.get(name, "")
        if left != right:
            yield Differing(label_of(name), *marked(left, right))


def marked(mine: str, theirs: str) -> tuple[list[Mark], list[Mark]]:
    """Both texts in pieces, those that only one of them has marked."""
    pieces = compared(theirs, mine)
    left = [(one.kind is Kind.NEW, one.text) for one in pieces if one.kind is not Kind.GONE]
    return left, [(one.kind is Kind.GONE, one.text) for one in pieces if one.kind is not Kind.NEW]


def _told(fields: PostFields, plan: Plan, names: dict[str, str]) -> dict[str, str]:
    """Every field as people read it."""
    topic = plan.topic(fields.topic)
    found = {
        "title": fields.title,
        "body": fields.body,
        "topic": f"{topic.letter}) {topic.label}" if topic else fields.topic,
        "form": FORMS.get(fields.form, fields.form),
        "audiences": _labels(fields.audiences, {one.code: one.label for one in plan.audiences}),
        "source": fields.source,
        "source_url": fields.source_url,
        "legal_refs": "\n".join(fields.legal_refs),
        "hashtags": " ".join(fields.hashtags),
        "platforms": _labels(fields.platforms, names),
        "agency": _labels([fields.agency], {one.code: one.short for one in plan.agencies}),
        "assets": "\n".join(_asset(one.sha256, one.role, one.platform, one.alt, names) for one in fields.assets),
        "sensitive": _yes(fields.sensitive),
        "evergreen": _yes(fields.evergreen),
        "allowed_in_pause": _yes(fields.allowed_in_pause),
        "valid_from": day(fields.valid_from),
        "valid_to": day(fields.valid_to),
        "late_rule": rules.LATE_WORDS.get(fields.late_rule, fields.late_rule),
        "late_minutes": str(fields.late_minutes),
        "tags": ", ".join(map(tag_words, fields.tags)),
        "season_from": season_words(fields.season),
        "repeat_days": str(fields.repeat_days or ""),
        "repeat_most": str(fields.repeat_most or ""),
        "repeat_until": day(fields.repeat_until),
        "series": fields.series,
        "series_part": str(fields.series_part or ""),
    }
    for platform, variant in fields.variants.items():
        words: dict[str, Any] = {**variant, **{f"o.{name}": one for name, one in variant.get("options", {}).items()}}
        words.pop("options", None)
        found |= {f"v.{platform}.{name}": _value(value) for name, value in words.items()}
    return found


def _asset(sha256: str, role: str, platform: str, alt: str, names: dict[str, str]) -> str:
    where = f", {names.get(platform, platform)}" if platform else ""
    return f"{ROLE_WORDS.get(role, role)}{where}: {names.get(sha256) or sha256[:12]} ({alt or '-'})"


def _labels(codes: Sequence[str], known: dict[str, str]) -> str:
    return ", ".join(known.get(one, one) for one in codes)


def _value(value: Any) -> str:
    return _yes(value) if isinstance(value, bool) else str(value)


def _yes(value: object) -> str:
    return "Có" if value else "Không"


def _names(session: Session, versions: Sequence[PostFields]) -> dict[str, str]:
    """What files are called, and platforms."""
    hashes = {one.sha256 for fields in versions for one in fields.assets}
    rows = session.exec(select(Asset.sha256, Asset.name).where(col(Asset.sha256).in_(hashes))).all() if hashes else []
    return {**{one.code: one.label for one in places()}, **dict(rows)}
