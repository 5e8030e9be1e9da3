"""What holds for a paragraph and a run of a Word file: its defaults, its styles, then what is said on the spot."""

from collections.abc import Mapping
from functools import cache
from typing import Any

_NAMES = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
    "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
    "v": "urn:schemas-microsoft-com:vml",
}
W, R = (f"{{{_NAMES[one]}}}" for one in "wr")
MM_PER_TWIP = 25.4 / 1440
SLOTS = ("ascii", "hAnsi", "cs", "eastAsia")
_LONGEST_CHAIN = 30
_THEMES = {"ascii": "latin", "hAnsi": "latin", "cs": "cs", "eastAsia": "ea"}
_WORD_SIZE = 10.0
"""Of letters that nothing says anything about."""


def tag(name: str) -> str:
    """ "w:p" as lxml writes it."""
    prefix, _, local = name.partition(":")
    return f"{{{_NAMES[prefix]}}}{local}"


def value(element: Any | None, attribute: str, default: float = 0.0) -> float:
    """A number in an attribute; the default when it is not there or no number."""
    try:
        return default if element is None else float(element.get(f"{W}{attribute}", default))
    except ValueError:
        return default


def truth(element: Any | None) -> bool:
    """Whether a switch such as `w:b` is there and on."""
    return element is not None and element.get(f"{W}val", "true") not in ("0", "false", "off", "none")


class Styles:
    """The styles of one file."""

    def __init__(self, part: Any | None, theme: Any | None) -> None:
        found = () if part is None else part.findall(f"{W}style")
        self._styles = {one.get(f"{W}styleId"): one for one in found}
        self._normal = self._default(found, "paragraph")
        self._table = self._default(found, "table")
        self._theme = theme
        defaults = None if part is None else part.find(f"{W}docDefaults")
        self._run_defaults = self._read_run(None if defaults is None else defaults.find(f"{W}rPrDefault/{W}rPr"))
        self._par_defaults = _read_par(None if defaults is None else defaults.find(f"{W}pPrDefault/{W}pPr"))
        self._chained = cache(self._chain)
        self._base = cache(self._run_base)
        self._par_base = cache(self._paragraph_base)

    @staticmethod
    def _default(found: Any, kind: str) -> str | None:
        return next(
            (
                one.get(f"{W}styleId")
                for one in found
                if one.get(f"{W}type") == kind and one.get(f"{W}default") in ("1", "true")
            ),
            None,
        )

    def _chain(self, style: str | None) -> tuple[dict[str, Any], dict[str, Any]]:
        """What a style says about paragraphs and about runs, with everything it is based on."""
        line: list[Any] = []
        while style in self._styles and len(line) < _LONGEST_CHAIN:
            element = self._styles[style]
            line.append(element)
            based = element.find(f"{W}basedOn")
            style = None if based is None else based.get(f"{W}val")
        paragraph: dict[str, Any] = {}
        run: dict[str, Any] = {}
        for element in reversed(line):
            paragraph |= _read_par(element.find(f"{W}pPr"))
            run |= self._read_run(element.find(f"{W}rPr"))
        return paragraph, run

    def paragraph(self, properties: Any | None, table_style: str | None = None) -> Mapping[str, Any]:
        """align, first, left, right (mm), before, after (pt), line, line_rule, border, listed, style, mark_size."""
        named = None if properties is None else properties.find(f"{W}pStyle")
        style = self._normal if named is None else named.get(f"{W}val")
        looks = {**self._par_base(style, table_style), **_read_par(properties), "style": style}
        mark = None if properties is None else properties.find(f"{W}rPr")
        looks["mark_size"] = self.run(mark, style, table_style)["size"]
        return looks

    def _paragraph_base(self, style: str | None, table_style: str | None) -> dict[str, Any]:
        plain = {"align": "left", "first": 0.0, "left": 0.0, "right": 0.0, "before": 0.0, "after": 0.0, "line": 240.0,
                 "line_rule": "auto", "border": False, "listed": False}  # fmt: skip
        return plain | self._par_defaults | self._chained(table_style or self._table)[0] | self._chained(style)[0]

    def run(self, properties: Any | None, style: str | None, table_style: str | None = None) -> Mapping[str, Any]:
        """fonts by slot, size (pt), bold, italic, caps, underline, color, marked (highlight or shade), lang."""
        named = None if properties is None else properties.find(f"{W}rStyle")
        own = self._read_run(properties)
        base = self._base(style, None if named is None else named.get(f"{W}val"), table_style)
        return {**base, **own} if own else base

    def _run_base(self, style: str | None, character: str | None, table_style: str | None) -> dict[str, Any]:
        layers = [self._chained(one)[1] for one in (table_style or self._table, style, character)]
        plain = {"size": _WORD_SIZE, "bold": False, "italic": False, "caps": False, "underline": False, "color": "auto",
                 "marked": False, "lang": "", **dict.fromkeys(SLOTS, "")}  # fmt: skip
        made = plain | self._run_defaults
        for layer in layers:
            made |= layer
        for switch in ("bold", "italic", "caps"):
            # a switch that two kinds of styles both turn on is off again
            said = [layer[switch] for layer in layers if switch in layer]
            if said:
                made[switch] = sum(said) % 2 == 1
        return made

    def _read_run(self, properties: Any | None) -> dict[str, Any]:
        if properties is None:
            return {}
        made: dict[str, Any] = {}
        for child in properties:
            match child.tag.removeprefix(W) if isinstance(child.tag, str) else "":
                case "rFonts":
                    made |= self._fonts(child)
                case "sz":
                    made["size"] = value(child, "val") / 2
                case "b" | "i" | "caps" as switch:
                    made[{"b": "bold", "i": "italic", "caps": "caps"}[switch]] = truth(child)
                case "u":
                    made["underline"] = child.get(f"{W}val", "single") not in ("none", "0")
                case "color":
                    made["color"] = _color(child)
                case "highlight":
                    made["marked"] = child.get(f"{W}val") != "none"
                case "shd":
                    made["marked"] = shaded(child)
                case "lang":
                    made["lang"] = child.get(f"{W}val", "")
        return made

    def _fonts(self, element: Any) -> dict[str, str]:
        made = {}
        for slot in SLOTS:
            theme = element.get(f"{W}{'cstheme' if slot == 'cs' else slot + 'Theme'}")
            if theme:
                made[slot] = self._theme_font(theme, slot)
            elif element.get(f"{W}{slot}") is not None:
                made[slot] = element.get(f"{W}{slot}")
        return made

    def _theme_font(self, name: str, slot: str) -> str:
        kind = "majorFont" if name.startswith("major") else "minorFont"
        if self._theme is None:
            return f"phông của chủ đề ({name})"
        face = self._theme.find(f".//{tag(f'a:{kind}')}/{tag(f'a:{_THEMES[slot]}')}")
        return (face.get("typeface", "") if face is not None else "") or f"phông của chủ đề ({name})"

    def table_borders(self, style: str | None) -> Any | None:
        """The borders that a table's style gives it."""
        name, steps = style or self._table, 0
        while name in self._styles and steps < _LONGEST_CHAIN:
            element = self._styles[name]
            found = element.find(f"{W}tblPr/{W}tblBorders")
            if found is not None:
                return found
            based = element.find(f"{W}basedOn")
            name, steps = None if based is None else based.get(f"{W}val"), steps + 1
        return None


def _color(element: Any) -> str:
    if element.get(f"{W}themeColor") not in (None, "text1", "dark1", "none"):
        return str(element.get(f"{W}themeColor"))
    return str(element.get(f"{W}val", "auto"))


def shaded(element: Any) -> bool:
    """Whether a `w:shd` gives a ground of another colour than white."""
    fill, pattern = element.get(f"{W}fill", "auto").lower(), element.get(f"{W}val", "clear")
    return fill not in ("auto", "ffffff", "") or pattern not in ("clear", "nil", "none")


def _read_par(properties: Any | None) -> dict[str, Any]:
    if properties is None:
        return {}
    made: dict[str, Any] = {}
    for child in properties:
        match child.tag.removeprefix(W) if isinstance(child.tag, str) else "":
            case "jc":
                said = child.get(f"{W}val", "left")
                made["align"] = {"start": "left", "end": "right", "distribute": "both"}.get(said, said)
            case "ind":
                made |= _indents(child)
            case "spacing":
                made |= _spacing(child)
            case "pBdr":
                edges = [child.find(f"{W}{edge}") for edge in ("bottom", "top")]
                made["border"] = any(
                    one is not None and one.get(f"{W}val") not in (None, "nil", "none") for one in edges
                )
            case "numPr":
                number = child.find(f"{W}numId")
                made["listed"] = number is None or number.get(f"{W}val") != "0"
    return made


def _indents(element: Any) -> dict[str, float]:
    made = {}
    for ours, theirs in (("left", ("left", "start")), ("right", ("right", "end")), ("first", ("firstLine",))):
        for name in theirs:
            if element.get(f"{W}{name}") is not None:
                made[ours] = value(element, name) * MM_PER_TWIP
    if element.get(f"{W}hanging") is not None:
        made["first"] = -value(element, "hanging") * MM_PER_TWIP
    return made


def _spacing(element: Any) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name in ("before", "after"):
        if element.get(f"{W}{name}") is not None:
            made[name] = value(element, name) / 20
    if element.get(f"{W}line") is not None:
        made["line"] = value(element, "line", 240.0)
        made["line_rule"] = element.get(f"{W}lineRule", "auto")
    return made
