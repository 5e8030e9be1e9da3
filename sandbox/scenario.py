"""A whole bad day as a file: which fault strikes which platform, from when to when.

A YAML list of events. Each names its `platform`, when it begins (`at: "07:30"`, a local time of day on the
platform's clock, or `after: 3` requests), a fault exactly as the control surface takes it (`kind`, `method`,
`path`, `times`, `effect`, `values`), and if wanted when it ends (`until: "08:10"`) and a sentence for a person
(`say`). Every mistake is told in one sentence, when the file is loaded. See docs/sandbox.md.
"""

import pkgutil
import re
from collections.abc import Iterator, Mapping
from datetime import time
from importlib import import_module
from typing import Annotated, Any

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

import sandbox
from sandbox import faults
from sandbox.world import PLATFORMS, Event, Fault

RAW = ("at", "until")
"""Fields whose text counts: YAML reads 12:00 without quotes as the number 720."""


class ScenarioError(Exception):
    """What is wrong with a scenario, one sentence for each mistake."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


def _time_of_day(value: Any) -> time:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", str(value)):
        raise ValueError(f"“{value}” is no time of day; write it as 07:30")
    return time.fromisoformat(str(value))


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"“{value}” is no regular expression: {error}") from None
    return value


Pattern = Annotated[str, AfterValidator(_pattern)]
TimeOfDay = Annotated[time, BeforeValidator(_time_of_day)]


class FaultForm(BaseModel):
    """See `sandbox.world.Fault`. Without `times`: once, or as often as it can until it is over."""

    model_config = ConfigDict(extra="forbid")
    kind: str
    path: Pattern = ".*"
    method: Pattern = ".*"
    times: Annotated[int, Field(ge=1)] | None = None
    effect: bool = True
    values: dict[str, Any] = Field(default_factory=dict)
    say: str = ""

    def fault(self, *, ends: bool = False) -> Fault:
        """The fault; `ends`: it has a time at which it is over."""
        return Fault(**self.model_dump(include=set(FaultForm.model_fields) - {"times"}),
                     times=self.times or (None if ends else 1))  # fmt: skip


class EventForm(FaultForm):
    """One event of a scenario."""

    platform: str
    at: TimeOfDay | None = None
    after: Annotated[int, Field(ge=0)] | None = None
    until: TimeOfDay | None = None


# What may be asked for -----------------------------------------------------------------------------------


def kinds_of(platform: str) -> dict[str, str]:
    """The kinds that a platform's own modules declare in `KINDS`; empty while none does."""
    names = [one.name for one in pkgutil.iter_modules(sandbox.__path__)]
    own = [name for name in names if name == platform or name.startswith(f"{platform}_")]
    return {kind: words for name in own for kind, words in _declared(name).items()}


def _declared(module: str) -> Mapping[str, str]:
    declared: Mapping[str, str] = getattr(import_module(f"sandbox.{module}"), "KINDS", {})
    return declared


def unknown_kind(platform: str, kind: str) -> str:
    """What is wrong with a kind of fault that nobody carries out; empty when somebody does, or may."""
    own = kinds_of(platform)
    if not own or kind in own or kind in faults.KINDS:
        return ""
    return f"{platform} knows no fault “{kind}”; it knows {', '.join(sorted({*faults.KINDS, *own}))}"


def _unknown_values(form: FaultForm) -> str:
    takes = re.findall(r"\{(\w+)\}", faults.KINDS.get(form.kind, ""))
    unknown = ", ".join(sorted(set(form.values) - set(takes)))
    if not unknown or form.kind not in faults.KINDS:
        return ""
    return f"“{form.kind}” takes no {unknown}; it takes {', '.join(takes) or 'nothing'}"


# Reading -------------------------------------------------------------------------------------------------


def read_scenario(text: str, name: str = "scenario") -> dict[str, list[Event]]:
    """The events of each platform. Raises `ScenarioError` with every mistake; `name` is what the file is called."""
    mistakes: list[str] = []
    events: dict[str, list[Event]] = {platform: [] for platform in PLATFORMS}
    for number, node in enumerate(_nodes(text, name), 1):
        form, wrong = _form(node)
        for field, words in wrong:
            mistakes.append(f"{name}, line {_line(node, field)}, event {number}, field “{field}”: {words}.")
        if form is not None and not wrong:
            event = Event(form.fault(ends=form.until is not None), form.at, form.after, form.until)
            events[form.platform].append(event)
    if mistakes:
        raise ScenarioError(mistakes)
    return events


def _nodes(text: str, name: str) -> list[yaml.MappingNode]:
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ScenarioError([f"{name}, line {line}: this is no YAML: {error.problem}."]) from None
    if not isinstance(root, yaml.SequenceNode) or not root.value:
        raise ScenarioError([f"{name}, line 1: a scenario is a list of events, each beginning with “- at:”."])
    odd = [node for node in root.value if not isinstance(node, yaml.MappingNode)]
    if odd:
        raise ScenarioError([f"{name}, line {_line(node)}: an event has fields, such as “kind: html”." for node in odd])
    return list(root.value)


def _form(node: yaml.MappingNode) -> tuple[EventForm | None, list[tuple[str, str]]]:
    """One event, and what is wrong with which of its fields."""
    names = [key.value for key, _ in node.value]
    twice = sorted({str(name) for name in names if names.count(name) > 1})
    if twice:
        return None, [(name, "it stands there twice") for name in twice]
    try:
        form = EventForm.model_validate(_values(node))
    except ValidationError as error:
        return None, [(str(one["loc"][0]), _words(one["type"], one["msg"])) for one in error.errors()]
    except yaml.MarkedYAMLError as error:
        return None, [(str(names[0]), f"this is no plain value: {error.problem}")]
    return form, list(_mistakes(form))


def _values(node: yaml.MappingNode) -> dict[str, Any]:
    loader = yaml.SafeLoader("")
    values = loader.construct_mapping(node, deep=True)
    raw = {key.value: child.value for key, child in node.value if key.value in RAW}
    return {str(name): raw.get(name, value) for name, value in values.items()}


def _words(kind: str, words: str) -> str:
    if kind == "missing":
        return "it is missing"
    if kind == "extra_forbidden":
        return f"there is no such field; there are {', '.join(EventForm.model_fields)}"
    words = words.removeprefix("Value error, ")
    return words[0].lower() + words[1:]


def _mistakes(form: EventForm) -> Iterator[tuple[str, str]]:
    if (form.at is None) == (form.after is None):
        yield "at", "say when it begins: either “at”, a time of day, or “after”, a number of requests"
    if form.until and form.until == form.at:
        yield "until", "it ends when it begins"
    if form.platform not in PLATFORMS:
        yield "platform", f"“{form.platform}” is no platform; there are {', '.join(PLATFORMS)}"
    elif words := unknown_kind(form.platform, form.kind):
        yield "kind", words
    if words := _unknown_values(form):
        yield "values", words


def _line(node: yaml.Node, field: str = "") -> int:
    """Where a field stands, or the event when the field is not there; from 1."""
    children = node.value if isinstance(node, yaml.MappingNode) else []
    found = next((key for key, _ in children if key.value == field), node)
    return int(found.start_mark.line) + 1
