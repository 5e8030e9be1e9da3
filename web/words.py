"""The desk's sentences: Vietnamese in the code, other languages by catalogue (`web/locale/<language>.po`).

A sentence is translated when it is shown, so `say` keeps it together with what it speaks of.
"""

from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po

HOME = "vi"
LANGUAGES = {"vi": "Tiếng Việt", "en": "English"}
LOCALE = Path(__file__).parent / "locale"


class Say(str):
    """A Vietnamese sentence that knows how to be told in another language."""

    __slots__ = ("facts", "pattern")
    pattern: str
    facts: dict[str, Any]

    def __new__(cls, pattern: str, **facts: Any) -> "Say":
        """`pattern` with `{name}` for each of `facts`."""
        made = super().__new__(cls, pattern.format(**facts) if facts else pattern)
        made.pattern, made.facts = pattern, facts
        return made


def say(pattern: str, **facts: Any) -> Say:
    """A sentence for a page: `say("Đã lưu bài “{title}”.", title=post.title)`."""
    return Say(pattern, **facts)


def told(text: str, language: str, **facts: Any) -> str:
    """The sentence in `language`; what the catalogue does not know stays Vietnamese."""
    known = {**text.facts, **facts} if isinstance(text, Say) else facts
    known = {name: told(fact, language) if isinstance(fact, Say) else fact for name, fact in known.items()}
    pattern = text.pattern if isinstance(text, Say) else text
    if language != HOME:
        pattern = catalogue(language).get(pattern) or pattern
    return pattern.format(**known) if known else pattern


@cache
def catalogue(language: str) -> dict[str, str]:
    """Vietnamese sentence -> its translation."""
    file = LOCALE / f"{language}.po"
    if language not in LANGUAGES or not file.is_file():
        return {}
    with file.open("rb") as opened:
        return {str(one.id): str(one.string) for one in read_po(opened, locale=language) if one.id and one.string}
