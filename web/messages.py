"""Collects every sentence the desk can say, and keeps the catalogues whole: `python -m web.messages` adds what is new.

A sentence is what stands in `_(…)` or is handed to a macro in a template, what `say(…)` makes, every text with
Vietnamese letters in the code of this package, and the words that lower floors give to states, roles and figures.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from jinja2 import nodes

from connectors import CONNECTORS, connector_class
from content.act_records import ACTION_WORDS as ACTED_WORDS
from content.activity_fields import LABELS as ACTIVITY_LABELS
from content.activity_kinds import COLUMN_WORDS, FIGURES, KIND_NAMES, TONES
from content.activity_kinds import KINDS as ACTIVITY_KINDS
from content.campaigns import PHASE_WORDS
from content.checks.telling import HEADINGS
from content.checks.values import FORMS
from content.days import ORIGIN_WORDS
from content.documents import MIME_WORDS
from content.editorial import ACTION_WORDS, STATE_WORDS
from content.indices import MET_WORDS
from content.infographic.gallery import SIZE_NAMES, TEMPLATE_NAMES
from content.infographic.samples import USES
from content.office import KIND_WORDS
from content.plan import LEGAL_WORDS
from content.submissions import STATE_WORDS as HANDED_WORDS
from content.suggestions import STATE_WORDS as SUGGESTION_WORDS
from content.tags import KNOWN as TAG_WORDS
from content.vietnamese import WEEKDAYS
from records.holds import SCOPE_WORDS
from records.rules import PERSONAL, SECURITY, WORKING
from reports.coverage_table import TABLE_WORDS, VIEW_WORDS
from reports.deliveries import DELIVERY_WORDS
from reports.lives import OUTCOMES, TRIES
from reports.official.document import ANNEXES
from reports.official.keeping import KIND_WORDS as REPORT_WORDS
from reports.official.keeping import STATE_WORDS as REPORT_STATES
from reports.phrases import METRIC_WORDS
from reports.spans import SPAN_WORDS
from reports.summary import BASES, PARTS
from scheduler.agenda import GROUP_WORDS
from scheduler.channels import CHANNEL_WORDS
from scheduler.deliveries import SENDING_WORDS, WAY_WORDS
from scheduler.foresight.values import CAUSE_WORDS
from scheduler.foresight.values import GRADE_WORDS as FORESEEN_WORDS
from scheduler.lifecycle import WORDS
from scheduler.notices import GRADE_WORDS, KINDS
from scheduler.parts import PART_WORDS
from scheduler.pauses import REASONS
from web.page import NAV, environment
from web.retention import all_rules
from web.rooms.compose.drawing_words import ICONS
from web.rooms.figures.weeks import FILES
from web.words import HOME, LANGUAGES, LOCALE

HERE = Path(__file__).parent
_VIETNAMESE = re.compile(r"[À-ỹĐđ]")
_FACT = re.compile(r"\{\w+\}")
_LETTER = re.compile(r"[^\W\d_]")
_TABLES = (
    *(FORMS, HEADINGS, ACTION_WORDS, STATE_WORDS, SUGGESTION_WORDS, KIND_WORDS, LEGAL_WORDS),
    *(SIZE_NAMES, TEMPLATE_NAMES, USES, METRIC_WORDS, SPAN_WORDS, BASES, PARTS),
    *(PHASE_WORDS, CHANNEL_WORDS, WORDS, PART_WORDS, GROUP_WORDS, REASONS, OUTCOMES, TRIES, ICONS, TAG_WORDS),
    *(ORIGIN_WORDS, KINDS, GRADE_WORDS, WAY_WORDS, SENDING_WORDS, DELIVERY_WORDS),
    *(FORESEEN_WORDS, CAUSE_WORDS),
    *(VIEW_WORDS, TABLE_WORDS),
    *(ACTED_WORDS, ACTIVITY_LABELS, COLUMN_WORDS, KIND_NAMES, TONES, MIME_WORDS, MET_WORDS, HANDED_WORDS),
    {name: one.label for name, one in FIGURES.items()},
    {name: one.unit for name, one in FIGURES.items()},
    {name: one.covers for name, one in ACTIVITY_KINDS.items()},
    *(REPORT_WORDS, REPORT_STATES, dict(enumerate(ANNEXES)), FILES),
    *(SCOPE_WORDS, dict(enumerate((PERSONAL, SECURITY, WORKING)))),
    {one.kind: one.label for one in all_rules(HERE, raw_days=1)},
)
"""Their words are shown on pages; a text without a Vietnamese letter ("xong") is found nowhere else."""


def messages() -> list[str]:
    """Every sentence, each once, in the order of their letters."""
    found = {name for _address, name, _icon, _needs in NAV}
    found |= set(WEEKDAYS)
    found |= {str(words) for table in _TABLES for words in table.values()}
    by_hand = (one for name in CONNECTORS for one in connector_class(name).capabilities.by_hand)
    found |= {words for one in by_hand for words in (one.label, one.where)}
    for file in sorted((HERE / "templates").rglob("*.html")):
        found |= set(of_template(file.read_text(encoding="utf-8")))
    for file in sorted(HERE.rglob("*.py")):
        if file != Path(__file__) and "api" not in file.relative_to(HERE).parts:
            found |= set(of_code(file.read_text(encoding="utf-8")))
    return sorted(filter(is_sentence, found))


def is_sentence(text: str) -> bool:
    """It says something by itself: there is a letter besides the facts in it."""
    return bool(_LETTER.search(_FACT.sub("", text)))


def of_template(source: str) -> Iterator[str]:
    """What a template says: the first argument of `_`, and every text with Vietnamese letters."""
    tree = environment().parse(source)
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name == "_" and call.args:
            yield from _texts([call.args[0]])
        elif isinstance(call.node, nodes.Getattr) and isinstance(call.node.node, nodes.Name):
            handed = [*call.args[2:3], *(pair.value for pair in call.kwargs)]
            yield from filter(_said, _texts(handed))
    yield from filter(_VIETNAMESE.search, _texts([tree]))


def _said(text: str) -> bool:
    """Words for people, and no name of a field, an address or a kind of input."""
    return bool(_VIETNAMESE.search(text)) or (text[:1].isupper() and " " in text)


def _texts(places: Iterable[nodes.Node]) -> Iterator[str]:
    for place in places:
        here = [place] if isinstance(place, nodes.Const) else []
        yield from (one.value for one in (*here, *place.find_all(nodes.Const)) if isinstance(one.value, str))


def of_code(source: str) -> Iterator[str]:
    """What a module says: texts with Vietnamese letters, without docstrings, and what `say` is given."""
    tree = ast.parse(source)
    docs = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    pieces = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say" and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value
        text = node.value if isinstance(node, ast.Constant) and id(node) not in docs | pieces else None
        if isinstance(text, str) and _VIETNAMESE.search(text):
            yield text


def renew(language: str) -> Catalog:
    """The catalogue with every sentence of today; translations that are still asked for stay."""
    file = LOCALE / f"{language}.po"
    known: dict[str, str] = {}
    if file.is_file():
        with file.open("rb") as opened:
            known = {str(one.id): str(one.string) for one in read_po(opened, locale=language) if one.id}
    catalogue = Catalog(locale=language, project="CCHC Campaign Scheduler", fuzzy=False)
    for sentence in messages():
        catalogue.add(sentence, known.get(sentence, ""))
    return catalogue


if __name__ == "__main__":
    for language in LANGUAGES:
        if language != HOME:
            whole = renew(language)
            out = BytesIO()
            write_po(out, whole, width=0, omit_header=True, sort_output=True)
            # one line's end at the end, as every file has it
            (LOCALE / f"{language}.po").write_bytes(out.getvalue().rstrip() + b"\n")
            missing = sum(not one.string for one in whole if one.id)
            print(f"{language}: {len(whole)} sentences, {missing} without a translation")  # noqa: T201  this is the command's output
