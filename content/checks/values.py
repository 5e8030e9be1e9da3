"""What the checks take and give: a post's words, its pictures, what was posted before, and findings."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from typing import Any, Protocol

from content.checks.runs import runs
from content.words import FORMS as FORMS


class Words(Protocol):
    """What is checked: a post in the library's files and a post in the table both have it."""

    title: str
    body: str
    topic: str
    form: str
    audiences: list[str]
    source: str
    source_url: str
    legal_refs: list[str]
    hashtags: list[str]
    platforms: list[str]
    variants: dict[str, dict[str, Any]]
    evergreen: bool
    valid_from: date | None
    valid_to: date | None
    tags: list[str]
    season: str
    repeat_days: int
    repeat_most: int
    repeat_until: date | None
    series: str
    series_part: int


class Picture(Protocol):
    """An asset in its place: role is image, cover or video. It may have a `name` (its file's) and a `line`."""

    @property
    def role(self) -> str:
        """The asset's place."""

    @property
    def alt(self) -> str:
        """Its alternative text."""


@dataclass(frozen=True, slots=True)
class AssetPlace:
    """An asset in one role, as the checks see it. `line` is its place in the post's list, 0 when it has none."""

    role: str
    alt: str
    name: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Drawn:
    """What the description of a drawn picture says: its file, every text in it, every colour of its own, who signs.

    `signed` is whether whoever signs had a name when the picture was drawn; None before it is drawn.
    """

    file: str
    texts: tuple[str, ...] = ()
    colours: tuple[str, ...] = ()
    agency: str = ""
    signed: bool | None = None


@dataclass(frozen=True)
class Earlier:
    """Another post that went out not long ago or stands in the queue: its words, when (aware) and where.

    Keep the values while several posts are checked: what each text is compared by is made once, when first asked for.
    """

    key: str
    title: str
    texts: tuple[str, ...]
    at: datetime
    channel: str
    published: bool = True

    @cached_property
    def runs(self) -> tuple[frozenset[int], ...]:
        """What its texts are compared by."""
        return tuple(map(runs, self.texts))


class Grade(StrEnum):
    """How much a finding stops."""

    ERROR = "error"
    """Keeps the post's file out of the library."""
    TO_FILL = "to_fill"
    """The office still has to fill something in: good for a draft, not for the approver."""
    WARNING = "warning"
    """Somebody has to say that it is meant so."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend, to fill in or to think about. `field` is the field's name in the post's file.

    `blocks`: the post cannot be submitted. `to_fill`: and yet it may wait in the library as a draft.
    """

    field: str
    words: str
    blocks: bool = True
    to_fill: bool = False

    @property
    def grade(self) -> Grade:
        """An error, something to fill in, or a warning."""
        if not self.blocks:
            return Grade.WARNING
        return Grade.TO_FILL if self.to_fill else Grade.ERROR

    @property
    def keeps_out(self) -> bool:
        """Whether it keeps the post's file out of the library."""
        return self.grade is Grade.ERROR


def warn(field: str, words: str) -> Finding:
    """Something to think about."""
    return Finding(field, words, blocks=False)


def fill(field: str, words: str) -> Finding:
    """Something the office has to fill in before the post is submitted."""
    return Finding(field, words, to_fill=True)


def texts_of(post: Words) -> Iterator[tuple[str, str]]:
    """Every text people may read, with the name of its field."""
    yield "title", post.title
    yield "body", post.body
    for platform, variant in post.variants.items():
        for name in ("title", "summary", "text", "first_comment"):
            if variant.get(name):
                yield f"variants.{platform}.{name}", str(variant[name])


def titles_of(post: Words) -> Iterator[tuple[str, str]]:
    """The title and each platform's own one."""
    return ((field, text) for field, text in texts_of(post) if field.rpartition(".")[2] == "title")


def bodies_of(post: Words) -> Iterator[tuple[str, str]]:
    """The body and each platform's own text."""
    return ((field, text) for field, text in texts_of(post) if field == "body" or field.endswith(".text"))
