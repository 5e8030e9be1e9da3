"""A drawn picture on its way into the post that is being written, and the templates' examples."""

import io
from collections.abc import Sequence

from PIL import Image
from sqlmodel import Session, col, select

from content.brand import Brand
from content.drawings import IMAGE_SIZE, spec_in
from content.editing import AssetUse
from content.infographic import paint
from content.infographic.gallery import examples, read_specs
from content.postfile import PROJECT
from content.tables import Post, PostAsset
from web.forms import Form
from web.roles import Person
from web.rooms.compose import working
from web.rooms.compose.drawn import exchange, of_copy
from web.rooms.compose.pictures import put
from web.rooms.compose.sheet import opened
from web.tables import WorkCopy

SAMPLE_BOX = (360, 450)
"""Pixels, at most."""


def opened_form(session: Session, post: Post | None, copy: WorkCopy | None) -> Form:
    """The post's form as the person left it."""
    if copy is not None and copy.fields.get("form"):
        return working.form_of(copy)
    return opened(session, post) if post is not None else Form()


def put_drawn(
    session: Session, person: Person, key: str, uses: Sequence[AssetUse], *, instead_of: str = ""
) -> WorkCopy:
    """Put the pictures into the person's copy of the post, which it returns; the caller commits.

    `instead_of` is a picture that was drawn before: it, and its cover, make room for those of the same role.
    """
    if not instead_of:
        return put(session, person, key, uses)
    copy = put(session, person, key, [])
    post_id = select(Post.id).where(Post.key == copy.post_key).scalar_subquery()
    saved = session.exec(select(PostAsset).where(col(PostAsset.post_id) == post_id))
    facts = {**{row.sha256: row.drawn for row in saved}, **of_copy(copy)}
    old = spec_in(facts.get(instead_of))
    replaced = {one for one, told in facts.items() if one == instead_of or (old and spec_in(told) == old)}
    rest = exchange(copy, replaced, {use.role: use for use in uses})
    working.with_assets(copy, rest)
    session.add(copy)
    session.flush()
    return copy


def sample_of(template: str, brand: Brand) -> bytes:
    """A template's example as a small WebP, signed by the office."""
    specs = {one.template: one for one in examples(read_specs(PROJECT / "assets" / "infographics"))}
    spec = specs[template].model_copy(update={"agency": ""})
    picture: Image.Image = paint(spec, IMAGE_SIZE, brand)
    picture.thumbnail(SAMPLE_BOX, Image.Resampling.LANCZOS)
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=82, method=4)
    return out.getvalue()
