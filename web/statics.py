"""Style sheets, scripts and the font: ours, served by us, cached for ever under the hash of their bytes."""

import gzip
import hashlib
import io
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

FOLDER = Path(__file__).parent / "static"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
WEIGHTS = {"400": "Regular", "500": "Medium", "700": "Bold"}
_LETTERS = (
    *range(0x20, 0x7F), *range(0xA0, 0x180), 0x1A0, 0x1A1, 0x1AF, 0x1B0, *range(0x1EA0, 0x1EFA),
    *range(0x2010, 0x2027), 0x2030, 0x2039, 0x203A, 0x20AB, 0x20AC, 0x2192, 0x2190, 0x2212, 0x00D7,
    *range(0x300, 0x304), 0x309, 0x323,
)  # fmt: skip
"""What Vietnamese offices write; other letters come from the browser's own font."""


@dataclass(frozen=True, slots=True)
class Static:
    """One file as it is sent."""

    body: bytes
    packed: bytes | None
    """The same under gzip, where that is shorter."""
    type: str
    mark: str
    """The start of its hash."""


def names() -> list[str]:
    """Every file that is served."""
    own = sorted(path.name for path in FOLDER.iterdir() if path.suffix in TYPES)
    return own + [f"be-vietnam-pro-{weight}.woff2" for weight in WEIGHTS]


@cache
def static(name: str) -> Static | None:
    """The file of that name; None when there is none, whatever the name looks like."""
    if name not in names():
        return None
    body = _font(name) if name.endswith(".woff2") else _linked(_whole(name))
    packed = None if name.endswith(".woff2") else gzip.compress(body, mtime=0)
    return Static(body, packed, TYPES[Path(name).suffix], hashlib.sha256(body).hexdigest()[:12])


def address(name: str) -> str:
    """Where a page finds the file. Raises KeyError for a file that is not there: a bug in a template."""
    found = static(name)
    if found is None:
        raise KeyError(name)
    return f"/static/{name}?v={found.mark}"


_IMPORT = re.compile(r'^@import "(?P<name>[\w-]+\.css)";\n', re.MULTILINE)


def _whole(name: str) -> str:
    """A file with the style sheets that it begins with: a browser asks once for all of them."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    return _IMPORT.sub(lambda found: (FOLDER / found["name"]).read_text(encoding="utf-8"), text)


_LINK = re.compile(r'(?P<before>url\("|from "\./)(?P<name>[\w.-]+)"')


def _linked(text: str) -> bytes:
    """What a style sheet or a script fetches has its mark too: cached for ever, and never loaded twice."""
    return _LINK.sub(lambda found: f'{found["before"]}{address(found["name"]).rpartition("/")[2]}"', text).encode()


def _font(name: str) -> bytes:
    """The package's font with the letters that are needed, as browsers like it."""
    weight = WEIGHTS[name.removeprefix("be-vietnam-pro-").removesuffix(".woff2")]
    source = files("fontpkg_be_vietnam_pro").joinpath("files", f"BeVietnamPro-{weight}.ttf")
    options = subset.Options(flavor="woff2", layout_features=["*"], hinting=False, desubroutinize=True)
    with source.open("rb") as opened, TTFont(opened, recalcTimestamp=False) as font:
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=_LETTERS)
        subsetter.subset(font)
        font.flavor = "woff2"
        out = io.BytesIO()
        font.save(out)
    return out.getvalue()
