"""What an infographic says, as people write it in YAML: one idea, one template, a few short texts.

    template: facts
    title: Năm thói quen giữ an toàn khi lên mạng
    items:
      - head: Đặt mật khẩu mạnh
        icon: lock-password
    source: Chỉ thị số 14/CT-TTg ngày 07/6/2019

Icons are names from the Tabler outline set. Colours come from `palette`; sizes from `sizes`.
"""

from dataclasses import dataclass
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, PrivateAttr

from content.brand import PaletteName
from content.files import Entry
from content.infographic.canvas import icon_exists
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

T = TypeVar("T")


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


@dataclass(frozen=True)
class Between:
    """How many entries a list has, as a check; forms read it too."""

    fewest: int
    most: int

    def __call__(self, items: tuple[object, ...]) -> tuple[object, ...]:
        """The entries. Raises ValueError for too few or too many."""
        if not self.fewest <= len(items) <= self.most:
            raise ValueError(f"cần từ {self.fewest} đến {self.most} mục, hiện có {len(items)}.")
        return items


def between(fewest: int, most: int) -> AfterValidator:
    """A list of `fewest` to `most` entries."""
    return AfterValidator(Between(fewest, most))


def one_highlight(items: tuple[T, ...]) -> tuple[T, ...]:
    """At most one entry may be highlighted."""
    if sum(bool(getattr(item, "highlight", False)) for item in items) > 1:
        raise ValueError("chỉ được nhấn mạnh (highlight) một mục.")
    return items


Text = Annotated[str, AfterValidator(_clean)]
Words = Annotated[str, AfterValidator(_clean), AfterValidator(_written)]
Icon = Annotated[str, AfterValidator(_known_icon)]


class Item(Entry):
    """One point: a short head, an optional sentence below it, an optional icon."""

    head: Words
    text: Text = ""
    icon: Icon = ""


class Spec(Entry):
    """What every template has. Times and figures stand in the texts; nothing is computed."""

    template: str
    title: Words
    kicker: Text = ""
    """The topic in two or three words, above the title."""
    palette: PaletteName = ""
    """Empty: the brand's own, else the product's."""
    source: Text = ""
    agency: Text = ""
    """Who signs: empty for the plan's first brand, a code of its register, or a name in free words."""
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

    def alternative_text(self, agency: str = "") -> str:
        """The picture in words, for people who do not see it; `agency` is the name that signs it."""
        parts = [self.title, *self.texts(), f"Nguồn: {self.source}" if self.source else "", agency]
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
