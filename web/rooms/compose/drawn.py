"""Drawn pictures in a post that is being written: what they were drawn from, and a new one in the place of an old."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session, select

from content.drawings import spec_in
from content.editing import AssetUse
from content.tables import Post, PostAsset
from web.tables import WorkCopy


def drawn_facts(session: Session, post: Post | None, copy: WorkCopy | None, sha256: str) -> Mapping[str, Any] | None:
    """What is known of a drawn picture of this post, saved or not; None for any other."""
    told = of_copy(copy).get(sha256)
    if told is None and post is not None:
        row = select(PostAsset.drawn).where(PostAsset.post_id == post.id, PostAsset.sha256 == sha256)
        told = next((one for one in session.exec(row) if one), None)
    return told


def drawn_hashes(session: Session, post: Post | None, copy: WorkCopy | None) -> set[str]:
    """Those of the post's pictures, saved or not, that can be drawn again with other words."""
    rows = session.exec(select(PostAsset).where(PostAsset.post_id == post.id)).all() if post is not None else []
    facts = {**{row.sha256: row.drawn for row in rows}, **of_copy(copy)}
    return {sha256 for sha256, told in facts.items() if spec_in(told) is not None}


def exchange(copy: WorkCopy, old: set[str], new: Mapping[str, AssetUse]) -> list[AssetUse]:
    """The old pictures' places get the new ones of their role, or are given up; the new ones that found no place."""
    pairs: list[tuple[str, str]] = [(name, value) for name, value in copy.fields.get("form", [])]
    values = dict(pairs)
    places = {name.removesuffix(".sha256") for name, value in pairs if name.endswith(".sha256") and value in old}
    role_of = {place: values.get(f"{place}.role", "image") for place in places}
    kept: list[list[str]] = []
    for name, value in pairs:
        place, _, what = name.rpartition(".")
        if place not in places:
            kept.append([name, value])
        elif (use := new.get(role_of[place])) is not None and what != "alt":
            kept.append([name, use.sha256 if what == "sha256" else value])
            if what == "sha256":
                kept.append([f"{place}.alt", use.alt])
    used = {role for role in role_of.values() if role in new}
    told = {new[role].sha256: dict(new[role].drawn or {}) for role in used}
    copy.fields = {**copy.fields, "form": kept, "drawn": {**copy.fields.get("drawn", {}), **told}}
    return [use for role, use in new.items() if role not in used]


def of_copy(copy: WorkCopy | None) -> dict[str, Any]:
    """What the pictures say that were drawn for this copy, by their hash."""
    found = copy.fields.get("drawn", {}) if copy is not None else {}
    return found if isinstance(found, dict) else {}
