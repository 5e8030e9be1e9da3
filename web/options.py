"""What a platform lets staff choose per channel or per post, read from its own `Options`, for forms.

The words come with each field: `description`, `json_schema_extra={"words": {value: words}}` for a choice, and
`{"lines": True}` for a text of several lines.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, get_args, get_origin

from pydantic import ValidationError
from pydantic_core import PydanticUndefined

from connectors import connector_class
from web.forms import Form
from web.words import say

LINE_MOST, LINES_MOST = 300, 500_000


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose."""

    name: str
    label: str
    kind: Literal["choice", "line", "lines"]
    default: Any
    choices: tuple[tuple[str, str], ...] = ()
    """Values as forms send them, each with its words."""
    is_yes_no: bool = False
    most: int = LINE_MOST


@cache
def options_of(platform: str) -> tuple[Option, ...]:
    """Everything the platform declares, in its own order."""
    return tuple(_option(name, field) for name, field in connector_class(platform).Options.model_fields.items())


def _option(name: str, field: Any) -> Option:
    extra = field.json_schema_extra or {}
    default = None if field.default is PydanticUndefined else field.default
    label = (field.description or name).rstrip(".")
    if field.annotation is bool:
        return Option(name, label, "choice", default, (("1", "Có"), ("0", "Không")), is_yes_no=True)
    if get_origin(field.annotation) is Literal:
        words = extra.get("words", {})
        return Option(
            name, label, "choice", default, tuple((one, words.get(one, one)) for one in get_args(field.annotation))
        )
    if extra.get("lines"):
        return Option(name, label, "lines", default, most=LINES_MOST)
    return Option(name, label, "line", default)


def shown(option: Option, value: Any) -> str:
    """A stored value as its field shows it."""
    if option.is_yes_no:
        return "1" if value else "0"
    return str(value)


def read_options(form: Form, platform: str, prefix: str) -> dict[str, Any]:
    """What was chosen in the fields `prefix` + name; a field left empty chooses nothing: the channel's own stays.

    What the platform does not take stands beside its field.
    """
    found: dict[str, Any] = {}
    for option in options_of(platform):
        field, value = prefix + option.name, ""
        if option.kind == "choice":
            value = form.choice(field, option.label, [one for one, _ in option.choices], required=False)
        elif option.kind == "lines":
            value = form.long_text(field, option.label, most=option.most)
        else:
            value = form.text(field, option.label, most=option.most)
        if not value:
            continue
        chosen: Any = value == "1" if option.is_yes_no else value
        if field not in form.errors and not takes(platform, option.name, chosen):
            form.fail(field, say("“{label}”: giá trị này không đúng quy cách.", label=option.label))
        found[option.name] = chosen
    return found


def takes(platform: str, name: str, value: Any) -> bool:
    """Whether the platform declares this option and takes this value."""
    try:
        connector_class(platform).Options.model_validate({name: value})
    except ValidationError:
        return False
    return True
