"""Who signs a picture: the name, the second line, the logo and the colours of one agency.

Brands are data of a plan (`brands.yml`), because offices are renamed and merged. A logo is read once, when the
plan is read, and becomes a small PNG of ours that travels with the plan: drawing opens no file.
"""

import base64
import io
import re
from functools import lru_cache
from typing import Annotated

from PIL import Image
from pydantic import AfterValidator, Field

from content.errors import ContentError
from content.files import Entry
from content.palette import PALETTES
from content.vietnamese import nfc

PLACEHOLDER = "[Tên cơ quan]"
"""What stands where an office has not written its name yet."""

_UNFILLED = re.compile(r"\[[^\[\]]*\]|\{\{|\.{3,}|…|_{3,}")
_CODE = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")


def known_palette(name: str) -> str:
    """The name of a palette, or "" for "no wish". Raises ValueError with the names there are."""
    if name and name not in PALETTES:
        raise ValueError(f"không có bảng màu “{name}”; chỉ nhận một trong: {', '.join(PALETTES)}.")
    return name


def _one_line(text: str) -> str:
    return " ".join(nfc(text).split())


PaletteName = Annotated[str, AfterValidator(known_palette)]
Line = Annotated[str, AfterValidator(_one_line)]


class Brand(Entry):
    """How one agency signs its pictures."""

    agency: str = ""
    """Its code in the plan's register; empty for a name that stands in no register."""
    name: Annotated[str, Field(min_length=1), AfterValidator(_one_line)]
    line: Line = ""
    """A second line below the name, such as the portal of the agency."""
    logo: str = ""
    """A file beside brands.yml: PNG, JPEG, WebP or SVG."""
    palette: PaletteName = ""
    """The palette of pictures that do not ask for one; empty for the product's."""
    picture: str = Field(default="", repr=False)
    """The logo as it was read: a PNG with a clear ground, in base64. Nobody writes this by hand."""

    @property
    def filled(self) -> bool:
        """Whether the office has written its own name; a picture that is signed by a placeholder is not to go out."""
        return not (_UNFILLED.search(self.name) or _UNFILLED.search(self.line))

    @property
    def mark(self) -> Image.Image | None:
        """The logo, RGBA, without the empty margin it may have had; None for a brand without one."""
        return opened(self.picture) if self.picture else None

    def signing(self, agency: str, file: str = "") -> "Brand":
        """This brand, or what a spec's `agency` asks for instead: a name in free words, which stands alone.

        The logo and the line of one office never stand beside the name of another. A code has to be looked up in
        the plan first (`Plan.brand`); raises ContentError, naming `file`, when that was not done.
        """
        if not agency or agency in (self.agency, self.name):
            return self
        if _CODE.fullmatch(agency):
            raise ContentError(
                f"{file}: agency: kế hoạch chưa có cơ quan nào mang mã “{agency}”; hãy kiểm tra brands.yml."
            )
        return Brand(name=agency, palette=self.palette)


UNSIGNED = Brand(name=PLACEHOLDER)
"""Signs pictures that are drawn without a plan; the checks find it like every other placeholder."""


@lru_cache(maxsize=32)
def opened(picture: str) -> Image.Image:
    """A brand's `picture`, RGBA; kept open, so nobody may paint on it."""
    with Image.open(io.BytesIO(base64.b64decode(picture)), formats=("PNG",)) as drawn:
        return drawn.convert("RGBA")
