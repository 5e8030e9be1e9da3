"""Every template by its name: what people may write for it, and how it is drawn.

A new template is one module with a model (a `Spec`) and a function `draw(sheet, spec)`, and one line here.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import ValidationError

from content.errors import ContentError
from content.files import parse_yaml, problems_of, read_text
from content.infographic.comparison import Compare, draw_compare
from content.infographic.event import Event, draw_event
from content.infographic.frame import Sheet
from content.infographic.notice import Notice, draw_notice
from content.infographic.panels import KeyFigures, Quote, Scene, draw_figures, draw_quote, draw_scene
from content.infographic.questions import QuestionsAnswers, draw_questions
from content.infographic.ranking import Ranking, draw_ranking
from content.infographic.rows import Checklist, Facts, Steps, draw_list
from content.infographic.spec import Spec
from content.infographic.timeline import Timeline, draw_timeline

Draw = Callable[[Sheet, Any], None]
"""Composes a spec on an empty sheet. Raises DoesNotFit with the words that find no room."""

Model = TypeVar("Model", bound=Spec)

TEMPLATES: dict[str, type[Spec]] = {}
DRAW: dict[str, Draw] = {}


def _register(model: type[Model], draw: Callable[[Sheet, Model], None]) -> None:
    name = str(get_args(model.model_fields["template"].annotation)[0])
    TEMPLATES[name], DRAW[name] = model, draw


_register(Facts, draw_list)
_register(Steps, draw_list)
_register(Checklist, draw_list)
_register(Quote, draw_quote)
_register(Compare, draw_compare)
_register(KeyFigures, draw_figures)
_register(Scene, draw_scene)
_register(Timeline, draw_timeline)
_register(Ranking, draw_ranking)
_register(QuestionsAnswers, draw_questions)
_register(Notice, draw_notice)
_register(Event, draw_event)


def parse_spec(values: object, name: str) -> Spec:
    """Check values read from a file. Raises ContentError naming the file and the field."""
    if not isinstance(values, dict):
        raise ContentError(f"{name}: tệp phải gồm các trường “tên: giá trị”, bắt đầu bằng template.")
    kind = TEMPLATES.get(str(values.get("template")))
    if kind is None:
        raise ContentError(f"{name}: template: chỉ nhận một trong: {', '.join(TEMPLATES)}.")
    try:
        spec = kind.model_validate(values)
    except ValidationError as error:
        raise ContentError("\n".join(problems_of(error, name))) from error
    spec._name = name
    return spec


def read_spec(path: Path) -> Spec:
    """Read one infographic file. Raises ContentError with Vietnamese sentences naming the file and the field."""
    return parse_spec(parse_yaml(read_text(path), path.name), path.name)
