"""What an infographic says, as people write it in YAML: one idea, one template, a few short texts.

    template: facts
    title: Năm thói quen giữ an toàn khi lên mạng
    items:
      - head: Đặt mật khẩu mạnh
        icon: lock-password
    source: Chỉ thị số 14/CT-TTg ngày 07/6/2019

Icons are names from the Tabler outline set. Colours come from `palette`; sizes from `sizes`.
"""

from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, PrivateAttr, ValidationError

from content.errors import ContentError
from content.files import Entry, parse_yaml, problems_of, read_text
from content.infographic.canvas import icon_exists
from content.palette import DEFAULT, PALETTES
from content.vietnamese import nfc

Size = Literal["portrait", "square", "wide", "story"]
SIZES: dict[str, tuple[int, int]] = {
    "portrait": (1080, 1350),
    "square": (1080, 1080),
    "wide": (1280, 720),
    "story": (1080, 1920),
}
"""Width and height in pixels: feed 4:5, feed 1:1, Zalo cover and YouTube thumbnail 16:9, story 9:16.

A cover (wide) is seen small: it shows the title and the heads; sentences, points and notes stand in the others.
"""

AGENCY = "UBND thành phố Huế"


def _clean(text: str) -> str:
    """NFC with single spaces; line breaks are ours to choose."""
    return " ".join(nfc(text).split(" ")).replace("\n", " ").strip()


def _written(text: str) -> str:
    if not text:
        raise ValueError("không được để trống.")
    return text


def _known_icon(name: str) -> str:
    if name and not icon_exists(name):
        raise ValueError(f"không có biểu tượng “{name}”; hãy chọn một tên trong bộ biểu tượng Tabler (kiểu outline).")
    return name


def _known_palette(name: str) -> str:
    if name not in PALETTES:
        raise ValueError(f"không có bảng màu “{name}”; chỉ nhận một trong: {', '.join(PALETTES)}.")
    return name


def _between(fewest: int, most: int) -> AfterValidator:
    def check(items: tuple[object, ...]) -> tuple[object, ...]:
        if not fewest <= len(items) <= most:
            raise ValueError(f"cần từ {fewest} đến {most} mục, hiện có {len(items)}.")
        return items

    return AfterValidator(check)


Text = Annotated[str, AfterValidator(_clean)]
Words = Annotated[str, AfterValidator(_clean), AfterValidator(_written)]
Icon = Annotated[str, AfterValidator(_known_icon)]


class Item(Entry):
    """One point: a short head, an optional sentence below it, an optional icon."""

    head: Words
    text: Text = ""
    icon: Icon = ""


class Figure(Entry):
    """One hero figure, written as it is to be read: "10", "88,38%"."""

    value: Words
    label: Words
    text: Text = ""


class Column(Entry):
    """One side of a comparison."""

    head: Words
    icon: Icon = ""
    points: Annotated[tuple[Words, ...], _between(1, 5)]


class Spec(Entry):
    """What every template has. Times and figures stand in the texts; nothing is computed."""

    template: str
    title: Words
    kicker: Text = ""
    """The topic in two or three words, above the title."""
    palette: Annotated[str, AfterValidator(_known_palette)] = DEFAULT
    source: Text = ""
    agency: Words = AGENCY
    sizes: tuple[Size, ...] = ("portrait", "square", "wide")
    """The sizes this picture is used in; any size may still be asked for."""

    _name: str = PrivateAttr("")

    @property
    def name(self) -> str:
        """The file's name, or the title for a spec that came from no file."""
        return self._name or self.title

    def texts(self) -> list[str]:
        """The words of the body in reading order."""
        return []

    def alternative_text(self) -> str:
        """The picture in words, for people who do not see it."""
        parts = [self.title, *self.texts(), f"Nguồn: {self.source}" if self.source else "", self.agency]
        return " ".join(part if part[-1] in ".?!:" else f"{part}." for part in parts if part)


class ListSpec(Spec):
    """What facts, steps and checklists share."""

    items: tuple[Item, ...]
    note: Text = ""
    """One closing sentence below the list."""

    def texts(self) -> list[str]:
        """Every point, then the note."""
        points = [f"{item.head}: {item.text}" if item.text else item.head for item in self.items]
        return [*points, *([self.note] if self.note else [])]


class Facts(ListSpec):
    """Three to seven short points."""

    template: Literal["facts"] = "facts"
    items: Annotated[tuple[Item, ...], _between(3, 7)]
    numbered: bool = True


class Steps(ListSpec):
    """A procedure of three to five steps."""

    template: Literal["steps"] = "steps"
    items: Annotated[tuple[Item, ...], _between(3, 5)]


class Checklist(ListSpec):
    """What to have ready, each point with a tick."""

    template: Literal["checklist"] = "checklist"
    items: Annotated[tuple[Item, ...], _between(3, 7)]


class Quote(Spec):
    """One big sentence (the title) and what it rests on."""

    template: Literal["quote"] = "quote"
    text: Text = ""

    def texts(self) -> list[str]:
        """The sentence below the title."""
        return [self.text] if self.text else []


class Compare(Spec):
    """Two columns, the second one the more important."""

    template: Literal["compare"] = "compare"
    left: Column
    right: Column
    note: Text = ""

    def texts(self) -> list[str]:
        """Both sides, then the note."""
        sides = [f"{side.head}: {'; '.join(side.points)}" for side in (self.left, self.right)]
        return [*sides, *([self.note] if self.note else [])]


class KeyFigures(Spec):
    """One to three hero figures."""

    template: Literal["key_figures"] = "key_figures"
    figures: Annotated[tuple[Figure, ...], _between(1, 3)]
    note: Text = ""

    def texts(self) -> list[str]:
        """Every figure with its label, then the note."""
        told = [" ".join(filter(None, (figure.value, figure.label, figure.text))) for figure in self.figures]
        return [*told, *([self.note] if self.note else [])]


class Scene(Spec):
    """One slide of a clip: a figure or an icon, a head (the title) and one sentence."""

    template: Literal["scene"] = "scene"
    mark: Text = ""
    """A short figure such as "1"; drawn large."""
    icon: Icon = ""
    text: Text = ""

    def texts(self) -> list[str]:
        """The sentence below the title."""
        return [self.text] if self.text else []


TEMPLATES: dict[str, type[Spec]] = {
    str(get_args(kind.model_fields["template"].annotation)[0]): kind
    for kind in (Facts, Steps, Checklist, Quote, Compare, KeyFigures, Scene)
}


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
