"""One row of a table as a post: every cell read, everything that is wrong with it told at once."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from content.checks import FORMS, AssetPlace, check
from content.errors import ContentError
from content.exchange.columns import MEDIA_PAIRS, VARIANT_TEXTS, Header, Place, place_of_finding
from content.exchange.media import MediaFolder
from content.exchange.sheet import Cell, Line
from content.exchange.values import (
    CellError,
    as_day,
    as_late_rule,
    as_list,
    as_number,
    as_options,
    as_season,
    as_tags,
    as_text,
    as_yes_no,
    raw_text,
)
from content.files import problems_of
from content.keys import KEY, slug
from content.library import Placed
from content.plan import Plan
from content.postfile import PROJECT, SPEC_ENDINGS, AssetLine, Head, PostFile, drawn_by, post_file
from content.store import sniff
from content.vietnamese import fold, nfc


@dataclass(frozen=True, slots=True)
class Problem:
    """Something about a row; `row` 0 is the table itself. `blocks`: the row cannot be imported as it is."""

    row: int
    column: str
    words: str
    blocks: bool = True

    def __str__(self) -> str:
        place = f"Dòng {self.row}" if self.row else "Bảng"
        return f"{place}, cột “{self.column}”: {self.words}" if self.column else f"{place}: {self.words}"


@dataclass(frozen=True, slots=True)
class Compared:
    """A row beside the library."""

    outcome: str
    """new, changed, same, or left: the post belongs to the desk and stays as it is."""
    post: PostFile
    """With what the post in the library keeps where the table has no column."""
    placed: tuple[Placed, ...]
    findings: list[Problem]
    told: list[Problem] = field(default_factory=list)
    """What changes, and what a person should know before it does."""


@dataclass(slots=True)
class Row:
    """A row on its way to become a post."""

    number: int
    key: str = ""
    named: bool = False
    """Whether the row gave its key itself."""
    post: PostFile | None = None
    placed: tuple[Placed, ...] = ()
    problems: list[Problem] = field(default_factory=list)
    """About its cells and its files."""
    findings: list[Problem] = field(default_factory=list)
    """About the post it makes, were it a new one."""
    compared: Compared | None = None

    @property
    def outcome(self) -> str:
        """new, changed, same or left, once it was compared with the library."""
        return self.compared.outcome if self.compared else ""

    def told(self) -> list[Problem]:
        """Everything to tell about it."""
        if self.compared is None:
            return [*self.problems, *self.findings]
        return [*self.problems, *self.compared.findings, *self.compared.told]

    @property
    def blocked(self) -> bool:
        """Whether something has to be mended first."""
        return any(one.blocks for one in self.told())


class Reader:
    """Reads the rows of one table; what they have in common is looked up once."""

    def __init__(
        self, header: Header, plan: Plan, platforms: Collection[str], media: MediaFolder | None, file: str
    ) -> None:
        self.header, self.plan, self.media, self.file = header, plan, media, file
        self.platforms = {fold(name): name for name in platforms}
        self.forms = {_code(name): code for code, label in FORMS.items() for name in (code, label)}
        self.audiences = {_code(name): one.code for one in plan.audiences for name in (one.code, one.label)}
        self.topics = {fold(topic.label): topic.letter for topic in plan.topics}
        self._kinds: dict[Path, str] = {}
        self._drawn = cache(drawn_by)

    def read(self, line: Line, merged: Mapping[int, int]) -> Row:
        """The post of a row, and what is wrong with it. Its key may still be empty."""
        row = Row(line.number)
        cells = {place: line.cells[n] for n, place in self.header.columns.items() if n < len(line.cells)}
        self._shape(row, line, merged)
        facts, body, lines = self._facts(row, cells)
        row.post = post_file(Path(f"{row.key or '-'}.md"), self._head(row, facts), body, lines)
        row.post.file = self.file
        row.findings = findings_of(row, row.post, row.post.places(), self.header, self.plan)
        return row

    def _head(self, row: Row, facts: dict[str, Any]) -> Head:
        """The head; what it refuses is told and left out, so that the rest can still be checked."""
        try:
            return Head.model_validate(facts)
        except ValidationError as error:
            for told in problems_of(error, "-"):
                _, where, words = told.split(": ", 2)
                self._tell(row, place_of_finding(where), words)
        platforms = [name for name in dict.fromkeys(facts["platforms"]) if name in self.platforms.values()]
        return Head.model_validate(facts | {"platforms": platforms, "late": {}, "repeat": {}, "series": {}})

    def _tell(self, row: Row, place: Place, words: str, blocks: bool = True) -> None:
        row.problems.append(Problem(row.number, self.header.name(place), words, blocks))

    def _shape(self, row: Row, line: Line, merged: Mapping[int, int]) -> None:
        for column, top in merged.items():
            if place := self.header.columns.get(column):
                words = f"ô bị gộp với ô của dòng {top}; hãy bỏ gộp ô (Unmerge) rồi điền từng ô."
                self._tell(row, place, words)
        extra = [cell for cell in line.cells[self.header.width :] if not isinstance(cell, str) or cell.strip()]
        if extra:
            words = "có ô nằm ngoài các cột có tiêu đề; hãy kiểm tra dấu phân cách hoặc đặt tiêu đề cho cột đó."
            row.problems.append(Problem(row.number, "", words))

    def _facts(self, row: Row, cells: dict[Place, Cell]) -> tuple[dict[str, Any], str, list[AssetLine]]:
        """What `Head` is made of, the body, and the files; every cell that cannot be read is told."""

        def take(field_name: str, read: Callable[[Cell], Any], platform: str = "") -> Any:
            place = Place(field_name, platform)
            try:
                return read(cells.get(place, ""))
            except CellError as error:
                self._tell(row, place, error.words)
                return read("")

        row.key = take("key", as_text)
        row.named = bool(row.key)
        if row.named and not KEY.fullmatch(row.key):
            better = slug(row.key)
            self._tell(
                row,
                Place("key"),
                f"“{row.key}”: chỉ dùng chữ thường không dấu, số và gạch nối" + (f", như {better}." if better else "."),
            )
        facts: dict[str, Any] = {name: take(name, as_text) for name in ("title", "source", "source_url")}
        facts["topic"] = self._topic(take("topic", as_text))
        facts["form"] = self._form(take("form", as_text))
        facts["audiences"] = take("audiences", self._audiences)
        facts["legal_refs"] = take("legal_refs", lambda cell: as_list(cell, _are_codes))
        facts["hashtags"] = take("hashtags", as_list)
        facts["platforms"] = take("platforms", self._platforms)
        for name in ("valid_from", "valid_to"):
            facts[name] = take(name, as_day) or None
        for name in ("sensitive", "evergreen", "allowed_in_pause"):
            facts[name] = take(name, as_yes_no)
        late = {"rule": take("late_rule", as_late_rule), "minutes": take("late_minutes", as_number)}
        facts["late"] = {name: value for name, value in late.items() if value not in (None, "")}
        facts["tags"], facts["season"] = take("tags", as_tags), take("season", as_season)
        repeat = {"days": take("repeat_days", as_number), "most": take("repeat_most", as_number)}
        repeat["until"] = take("repeat_until", as_day) or None
        facts["repeat"] = {name: value for name, value in repeat.items() if value is not None}
        facts["series"] = {"name": take("series", as_text), "part": take("series_part", as_number) or 0}
        facts = {name: value for name, value in facts.items() if value is not None}
        facts["variants"] = {}
        for platform in dict.fromkeys(place.platform for place in cells if place.platform):
            own = {name: found for name in VARIANT_TEXTS if (found := take(name, as_text, platform))}
            options = take("options", as_options, platform)
            if own or options is not None:
                facts["variants"][platform] = own | ({"options": options} if options else {})
        return facts, take("body", as_text), self._files(row, cells, facts["platforms"])

    # Words staff use for our codes -----------------------------------------------------------------------

    def _topic(self, text: str) -> str:
        """The letter of "đ", "Điểm đ", "đ. Dịch vụ công trực tuyến" or the label alone; else the text."""
        if letter := self.topics.get(fold(text)):
            return letter
        bare = re.sub(r"^điểm\s+", "", text.casefold())
        first = re.match(r"(\w)(?=\s*(?:[.)(:–-]|$))", bare)
        return first[1] if first and first[1] in self.plan.letters else text

    def _form(self, text: str) -> str:
        return self.forms.get(_code(text), text)

    def _audiences(self, cell: Cell) -> list[str]:
        """Codes or labels; a label may have commas of its own."""
        found = as_list(cell, lambda parts: _code(", ".join(parts)) not in self.audiences)
        return [self.audiences.get(_code(one), one) for one in found]

    def _platforms(self, cell: Cell) -> list[str]:
        found = [self.platforms.get(fold(one), one) for one in as_list(cell)]
        for one in found:
            if one not in self.platforms.values():
                raise CellError(f"không có kênh “{one}”; chỉ có: {', '.join(self.platforms.values())}.")
        return found

    # Files -----------------------------------------------------------------------------------------------

    def _files(self, row: Row, cells: dict[Place, Cell], platforms: Collection[str]) -> list[AssetLine]:
        lines: list[AssetLine] = []
        for names_field, alt_field in MEDIA_PAIRS:
            for place in sorted(one for one in cells if one.field == names_field):
                try:
                    found = self._lines(place, cells[place], cells.get(place._replace(field=alt_field), ""))
                    if found and place.platform and place.platform not in platforms:
                        kept = self.header.name(Place("platforms"))
                        raise CellError(f"có tệp riêng cho kênh này nhưng cột “{kept}” không chọn nó.")
                    lines += found
                except ContentError as error:
                    self._tell(row, place, error.words)
        return lines

    def _lines(self, place: Place, names: Cell, alts: Cell) -> list[AssetLine]:
        files = [self._file(name) for name in as_list(names, lambda _: False)]
        told = [raw_text(alts).strip()] if len(files) < 2 else [one.strip() for one in raw_text(alts).split("\n")]
        while len(told) > len(files) and not told[-1]:
            told.pop()
        if len(told) > len(files):
            raise CellError(
                f"có {len(files)} tệp nhưng {len(told)} văn bản thay thế; mỗi tệp một dòng, theo cùng thứ tự."
            )
        told += [""] * (len(files) - len(told))
        own = (place.platform,) if place.platform else ()
        return [
            AssetLine(file, self._roles(place, file), alt, own, self._drawn(file))
            for file, alt in zip(files, told, strict=True)
        ]

    def _file(self, name: str) -> Path:
        if self.media is not None:
            try:
                return self.media.find(name)
            except ContentError:
                if not _is_spec(Path(name)):
                    raise
        shipped = PROJECT / nfc(name)
        if _is_spec(shipped) and ".." not in Path(name).parts and shipped.is_file() and not Path(name).is_absolute():
            return shipped
        raise CellError(f"không tìm thấy tệp “{name}”; hãy chỉ thư mục ảnh, video bằng --media.")

    def _roles(self, place: Place, path: Path) -> tuple[str, ...]:
        if place.field == "cover":
            return ("cover",)
        if _is_spec(path):
            return ("image", "cover")
        if path not in self._kinds:
            try:
                with path.open("rb") as file:
                    self._kinds[path] = "video" if sniff(file.read(16)).startswith("video/") else "image"
            except OSError as error:
                raise CellError(f"không đọc được tệp “{path.name}” ({error.strerror}).") from error
        return (self._kinds[path],)


def findings_of(row: Row, post: PostFile, assets: Sequence[AssetPlace], header: Header, plan: Plan) -> list[Problem]:
    """What the checks say of the post a row makes; an unreadable cell counts as empty, which is not told as well."""
    spoilt = {one.column for one in row.problems if one.blocks}
    found = ((header.name(place_of_finding(one.field)), one) for one in check(post, assets, plan, drawn=post.drawn()))
    return [Problem(row.number, name, one.words, one.keeps_out) for name, one in found if name not in spoilt]


def _is_spec(path: Path) -> bool:
    return path.suffix in SPEC_ENDINGS


def _code(name: str) -> str:
    return fold(name).replace("_", " ")


def _are_codes(parts: Sequence[str]) -> bool:
    """Numbers and symbols of documents have a stroke; a document called by its name may have commas."""
    return all("/" in part for part in parts)
