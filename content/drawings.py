"""Drawn pictures: what they say and what they are made of, kept beside their pixels.

The words are checked as they stand in the stored picture, wherever its post came from and whatever became of the
file. And a picture is not drawn anew as long as it is made of the same things: a newer program may set the type a
little differently, which is no reason to ask for an approval again.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

from sqlmodel import Session, col, func, select

import content.infographic
from content.brand import Brand
from content.checks import Drawn, drawn_from
from content.files import parse_yaml, read_text
from content.infographic import Spec
from content.plan import Plan
from content.store import AssetFile, AssetStore
from content.tables import Asset, Editorial, Post, PostAsset

IMAGE_SIZE, COVER_SIZE = "portrait", "wide"


@dataclass(frozen=True, slots=True)
class Sketch:
    """A picture before it is painted: what it will say, and a hash over everything that it is made of."""

    drawn: Drawn
    made_of: str
    paint: Callable[[], bytes]
    """The bytes of a PNG. Raises `ContentError` with the words that do not fit."""
    spec: Mapping[str, Any] = field(default_factory=dict)
    """What it is drawn from."""

    def facts(self) -> dict[str, Any]:
        """What is kept in `post_asset.drawn`; `drawn_in` and `spec_in` read it."""
        told = self.drawn
        return {
            "file": told.file,
            "agency": told.agency,
            "signed": told.signed,
            "texts": list(told.texts),
            "colours": list(told.colours),
            "made_of": self.made_of,
            "spec": dict(self.spec),
        }


Draw = Callable[[Path, str], Sketch]
"""An infographic's spec and a size (portrait, wide) to a picture; raises `ContentError`."""


def drawn_in(facts: Mapping[str, Any]) -> Drawn:
    """What the picture with these stored facts says."""
    return Drawn(
        facts["file"], tuple(facts["texts"]), tuple(facts["colours"]), facts["agency"], signed=bool(facts["signed"])
    )


def infographics_of(plan: Plan) -> Draw:
    """Draws spec files, signed as the plan says."""

    def draw(path: Path, size: str) -> Sketch:
        # read once: what is kept as the picture's words is what was painted, though somebody saves the file meanwhile
        values = parse_yaml(read_text(path), path.name)
        return sketch_of(plan, values, content.infographic.parse_spec(values, path.name), size)

    return draw


def sketch_of(plan: Plan, values: object, spec: Spec, size: str) -> Sketch:
    """The picture of a spec, which was read from `values`, signed as the plan says.

    Raises `ContentError` for an agency that signs nothing.
    """
    brand = plan.signing(spec.agency).signing(spec.agency, spec.name)
    drawn = replace(drawn_from(values, spec.name), signed=brand.filled)
    paint = cache(partial(content.infographic.draw, spec, size, brand))
    told = {"template": spec.template, **spec.model_dump(mode="json", exclude_defaults=True)}
    return Sketch(drawn, made_of(spec, brand, size), paint, told)


def spec_in(facts: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What a picture with these stored facts was drawn from, to be drawn again with other words; None: not known."""
    spec = (facts or {}).get("spec")
    return spec if isinstance(spec, dict) and spec.get("template") in content.infographic.TEMPLATES else None


def made_of(spec: Spec, brand: Brand, size: str) -> str:
    """SHA-256 over everything an office decides about a picture.

    Defaults are left out, so that a field nobody uses changes nothing when a later version brings it; of the logo
    its pixels count, not how this version packs them.
    """
    mark = brand.mark
    facts = {
        "template": spec.template,
        "spec": spec.model_dump(mode="json", exclude_defaults=True),
        "brand": brand.model_dump(mode="json", exclude_defaults=True, exclude={"logo", "picture"}),
        "mark": [*mark.size, hashlib.sha256(mark.tobytes()).hexdigest()] if mark else [],
        "size": size,
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


class Kept(NamedTuple):
    """A drawn picture that a post has already."""

    file: AssetFile
    facts: Mapping[str, Any]


KeptPictures = Mapping[str, Mapping[tuple[str, str], Kept]]
"""By the post's key, then by the alternative text and what the picture is made of (its size is part of that)."""


def kept_pictures(session: Session, store: AssetStore) -> KeptPictures:
    """The drawn pictures of all posts whose files are in the store, whole."""
    found: dict[str, dict[tuple[str, str], Kept]] = {}
    rows = session.exec(
        select(Post.key, PostAsset.alt, PostAsset.drawn, Asset)
        .where(
            col(PostAsset.post_id) == col(Post.id),
            col(PostAsset.sha256) == col(Asset.sha256),
            col(PostAsset.drawn).is_not(None),
        )
        .order_by(col(PostAsset.id))
    )
    for key, alt, facts, asset in rows:
        if facts and store.has(asset.sha256, asset.mime, asset.size):
            file = AssetFile(asset.sha256, asset.mime, asset.size, asset.width, asset.height, asset.name)
            found.setdefault(key, {})[alt, facts["made_of"]] = Kept(file, facts)
    return found


def approved_with(session: Session, agencies: Collection[str]) -> int:
    """How many approved posts have a drawn picture that is signed by one of these agencies; "" is the plan's first."""
    statement = select(func.count(func.distinct(PostAsset.post_id))).where(
        col(PostAsset.post_id) == col(Post.id),
        col(Post.state) == Editorial.APPROVED,
        col(PostAsset.drawn).is_not(None),
        col(PostAsset.drawn)["agency"].as_string().in_(agencies),
    )
    return session.exec(statement).one()


def name_of(spec_stem: str, size: str) -> str:
    """How a drawn picture is called in the store."""
    return f"{spec_stem}-{size}.png"


def has_drawn_name(name: str) -> bool:
    """Whether a stored file may be a drawn picture: one from before its words were kept shows it by its name alone."""
    return name.endswith(tuple(name_of("", size) for size in (IMAGE_SIZE, COVER_SIZE)))
