"""A form made from the model of a drawn picture: what to ask for, what came, and whose fault it was.

Fields are called `s.title`, `s.items.2.head`, `s.left.points.0`; whatever a model asks for, a form can be made of it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import UnionType
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from content.files import sentence_of
from content.infographic import Spec
from content.infographic.notice import LEADS
from content.infographic.spec import Between
from content.vietnamese import day
from web.forms import Form
from web.rooms.compose.drawing_words import hint_of, label_of, row_of
from web.words import say

START = "s"
LETTERS_MOST = 500
ROWS_MOST = 500
"""Rows of one list that are read at all; no picture holds more than a few."""
_DEPTH_MOST = 6
"""How deep values may lie; no model goes deeper than a list in a group."""
_LEFT_OUT = frozenset({"template", "palette", "agency", "sizes"})
"""Asked for by the page itself."""
_CHOICES = {"urgency": {name: words[0] for name, words in LEADS.items()}}


@dataclass(frozen=True, slots=True)
class Line:
    """One field."""

    name: str
    label: str
    kind: Literal["line", "lines", "box", "number", "choice", "icon", "day"]
    required: bool = False
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that belong together."""

    name: str
    label: str
    parts: "tuple[Part, ...]"


@dataclass(frozen=True, slots=True)
class Rows:
    """A list: its rows as they stand, and how many it may have."""

    name: str
    label: str
    fewest: int
    most: int
    rows: "tuple[tuple[Group, int], ...]"
    """Each row with its number in the form."""

    @property
    def next(self) -> int:
        """The number of a new row."""
        return max((number for _, number in self.rows), default=-1) + 1


Part = Line | Group | Rows


@dataclass(slots=True)
class Asked:
    """What a form asks for, and what came in it."""

    parts: tuple[Part, ...]
    values: dict[str, Any]
    places: dict[tuple[int | str, ...], str] = field(default_factory=dict)
    """Where each value of the model stands in the form."""


def asked(model: type[Spec], form: Form) -> Asked:
    """The fields of this picture with what came for them; rows where nothing was written are left out."""
    made = Asked((), {})
    template = str(get_args(model.model_fields["template"].annotation)[0])
    made.parts, made.values = _parts(made, template, model, form, START, ())
    made.values["template"] = template
    return made


def check(model: type[Spec], form: Form, made: Asked, more: Mapping[str, Any]) -> Spec | None:
    """The picture's spec; None with what is wrong beside the fields of the form. `more`: palette and agency."""
    try:
        return model.model_validate({**made.values, **more})
    except ValidationError as error:
        for one in error.errors():
            name, told = _owner(made, one["loc"], sentence_of(dict(one)))
            form.fail(name, say("{words}", words=told[:1].upper() + told[1:]))
        return None


def _owner(made: Asked, place: tuple[int | str, ...], words: str) -> tuple[str, str]:
    """The form's field that an error belongs to: the nearest one that there is."""
    if not place and (found := re.match(r"(\w+): (.+)", words, re.DOTALL)):
        place, words = (found[1],), found[2]
    for end in range(len(place), 0, -1):
        if name := made.places.get(tuple(place[:end])):
            return name, words
    return f"{START}.title", words


def start_of(spec: Mapping[str, Any]) -> dict[str, str]:
    """What a form shows of a picture that was drawn from these values."""
    return dict(_flat(START, {name: value for name, value in spec.items() if name not in _LEFT_OUT}))


def _flat(name: str, value: Any, depth: int = 0) -> Iterator[tuple[str, str]]:
    if depth > _DEPTH_MOST:
        return
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(f"{name}.{key}", inner, depth + 1)
    elif isinstance(value, list | tuple):
        for place, inner in enumerate(value):
            yield from _flat(f"{name}.{place}", inner, depth + 1)
    elif isinstance(value, bool):
        yield name, "1" if value else "0"
    elif isinstance(value, date):
        yield name, day(value)
    elif value is not None:
        yield name, str(value)


# From the model ------------------------------------------------------------------------------------------


def _parts(
    made: Asked, template: str, model: type[BaseModel], form: Form, at: str, place: tuple[int | str, ...]
) -> tuple[tuple[Part, ...], dict[str, Any]]:
    parts: list[Part] = []
    values: dict[str, Any] = {}
    for name, told in model.model_fields.items():
        if name in _LEFT_OUT or (template == "notice" and name == "kicker"):
            continue
        here = (*place, name)
        made.places[here] = f"{at}.{name}"
        part, value = _part(made, template, name, told, form, f"{at}.{name}", here)
        parts.append(part)
        if value is not None:
            values[name] = value
    order = {"title": 0, "kicker": 1, "note": 8, "source": 9}
    parts.sort(key=lambda part: order.get(part.name.removeprefix(f"{at}."), 5))
    return tuple(parts), values


def _part(
    made: Asked, template: str, name: str, told: FieldInfo, form: Form, at: str, place: tuple[int | str, ...]
) -> tuple[Part, Any]:
    kind, label = told.annotation, label_of(template, name)
    if get_origin(kind) is tuple:
        return _rows(made, template, name, told, form, at, place)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        parts, values = _parts(made, template, kind, form, at, place)
        return Group(at, label, parts), values
    return _line(template, name, told, form, at, label)


def _line(template: str, name: str, told: FieldInfo, form: Form, at: str, label: str) -> tuple[Line, Any]:
    kind, required, hint = told.annotation, told.is_required(), hint_of(template, name)
    sent = form.data is not None
    value: Any
    if not sent and not told.is_required() and told.default not in ("", None):
        form.start.setdefault(at, str(int(told.default) if kind is bool else told.default))
    if kind is bool:
        return Line(at, label, "box"), form.yes(at)
    if get_origin(kind) is Literal:
        words = _CHOICES.get(name, {})
        known = tuple((str(one), words.get(str(one), str(one))) for one in get_args(kind))
        value = form.raw(at) or told.default
        return Line(at, label, "choice", choices=known), value
    if kind is int:
        return Line(at, label, "number", required, hint), form.raw(at).strip() or 0
    if kind is date or (get_origin(kind) is UnionType and date in get_args(kind)):
        return Line(at, label, "day", required, hint), form.text(at, label, most=40) or None
    value = form.text(at, label, most=LETTERS_MOST)
    if name.endswith("icon"):
        return Line(at, label, "icon", False, HINT_ICON), value
    long = name in ("text", "what", "answer", "about", "note")
    return Line(at, label, "lines" if long else "line", required, hint), value


HINT_ICON = "Chọn trong danh sách gợi ý, hoặc để trống."


def _rows(
    made: Asked, template: str, name: str, told: FieldInfo, form: Form, at: str, place: tuple[int | str, ...]
) -> tuple[Rows, list[Any]]:
    inner = get_args(told.annotation)[0]
    bounds = next(
        (one.func for one in told.metadata if isinstance(getattr(one, "func", None), Between)), Between(0, 10)
    )
    rows: list[tuple[Group, int]] = []
    values: list[Any] = []
    value: Any
    label, called = label_of(template, name), row_of(template, name)
    for count, number in enumerate(_numbers(form, at, bounds.fewest), 1):
        where = (*place, len(values))
        title = say(called, number=count)
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            parts, value = _parts(made, template, inner, form, f"{at}.{number}", where)
            rows.append((Group(f"{at}.{number}", title, parts), number))
            written = any(one for one in value.values() if not isinstance(one, bool))
        else:
            made.places[where] = f"{at}.{number}"
            value = form.text(f"{at}.{number}", title, most=LETTERS_MOST)
            rows.append((Group(f"{at}.{number}", "", (Line(f"{at}.{number}", title, "line"),)), number))
            written = bool(value)
        if written:
            values.append(value)
    return Rows(at, label, bounds.fewest, bounds.most, tuple(rows)), values


def _numbers(form: Form, at: str, fewest: int) -> list[int]:
    """The rows that the form has, in order; at least as many as the list needs."""
    names = form.data.keys() if form.data is not None else form.start
    found = re.compile(rf"{re.escape(at)}\.(\d{{1,4}})(?:\.|$)")
    numbers = sorted({int(one[1]) for name in names if (one := found.match(name))})[:ROWS_MOST]
    while len(numbers) < fewest:
        numbers.append(numbers[-1] + 1 if numbers else 0)
    return numbers
