"""Reading a logo that somebody put beside brands.yml: known kinds only, bounded in time and memory.

Whatever comes in, a small PNG of ours goes out. An SVG is not handed to the renderer as it came (which would open
any file an `<image>` names): a new one is written from the shapes we know, with every cost counted beforehand.
"""

import base64
import io
import warnings
from functools import lru_cache
from pathlib import Path

import resvg_py
from PIL import Image, ImageOps

from content.errors import ContentError
from content.svg import clean_svg

ENDINGS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP", ".svg": "SVG"}
KINDS = "PNG, JPEG, WebP hoặc SVG"
MAX_BYTES = 2_000_000
MAX_SIDE = 4000
"""Pixels; a bigger one is refused before it is unpacked."""
MIN_SIDE = 120
"""The longer side of a picture has to have this many pixels: logos are shown up to 200 pixels wide."""
MAX_RATIO = 6.0
"""Of the longer to the shorter side; beyond it a logo is a strip that nobody can read."""
SIDE = 400
"""The longer side of what is kept, in pixels."""


def read_logo(path: Path) -> str:
    """The logo in `path` as the base64 text of a PNG.

    Raises ContentError naming the file when it is missing, too large, broken, or not what its ending says.
    """
    name = path.name
    _kind(name)  # a file of another kind is not opened at all
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise ContentError(f"{name}: không tìm thấy tệp logo; hãy đặt tệp cạnh brands.yml.") from error
    except OSError as error:
        raise ContentError(f"{name}: không đọc được tệp logo ({error.strerror}).") from error
    return logo_of(data, name)


def logo_of(data: bytes, name: str) -> str:
    """The same for bytes that came from elsewhere; `name` is how errors call them, its ending what they should be.

    Raises ContentError like `read_logo`.
    """
    if len(data) > MAX_BYTES:
        raise ContentError(f"{name}: tệp logo nặng hơn 2 MB; hãy xuất lại nhỏ hơn.")
    return _read(data, name, _kind(name))


def _kind(name: str) -> str:
    kind = ENDINGS.get(Path(name).suffix.lower())
    if kind is None:
        raise ContentError(f"{name}: logo phải là tệp {KINDS}.")
    return kind


@lru_cache(maxsize=32)
def _read(data: bytes, name: str, kind: str) -> str:
    picture = _from_svg(data, name) if kind == "SVG" else _from_pixels(data, name, kind)
    box = picture.getchannel("A").point(lambda alpha: 255 if alpha > 8 else 0).getbbox()
    if box is None:
        raise ContentError(f"{name}: logo không có nét nào nhìn thấy được; hãy xuất lại.")
    picture = picture.crop(box)
    longer, shorter = max(picture.size), min(picture.size)
    if longer > MAX_RATIO * shorter:
        raise ContentError(f"{name}: logo quá dài hoặc quá dẹt ({picture.width} x {picture.height}); tối đa 6 : 1.")
    if longer < MIN_SIDE:
        raise ContentError(
            f"{name}: logo quá nhỏ ({picture.width} x {picture.height}); cạnh dài cần ít nhất {MIN_SIDE} điểm ảnh."
        )
    picture.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return base64.b64encode(out.getvalue()).decode("ascii")


def _from_pixels(data: bytes, name: str, kind: str) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP"))
            if picture.format != kind:
                raise ContentError(f"{name}: đuôi tệp không khớp, nội dung là {picture.format}; hãy đổi lại đuôi tệp.")
            if max(picture.size) > MAX_SIDE:
                raise ContentError(
                    f"{name}: logo quá lớn ({picture.width} x {picture.height}); mỗi cạnh tối đa {MAX_SIDE}."
                )
            picture.load()
            return ImageOps.exif_transpose(picture).convert("RGBA")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ContentError(f"{name}: logo có quá nhiều điểm ảnh; hãy thu nhỏ rồi thử lại.") from error
    except (OSError, ValueError, SyntaxError) as error:
        raise ContentError(f"{name}: tệp logo hỏng, thiếu dữ liệu hoặc không phải {KINDS}; hãy xuất lại.") from error


def _from_svg(data: bytes, name: str) -> Image.Image:
    svg, width, height = clean_svg(data, name)
    scale = SIDE / max(width, height)
    try:
        drawn = bytes(
            resvg_py.svg_to_bytes(
                svg_string=svg,
                width=max(1, round(width * scale)),
                height=max(1, round(height * scale)),
                skip_system_fonts=True,
            )
        )
    except ValueError as error:
        raise ContentError(f"{name}: không vẽ được SVG này; hãy xuất lại thành SVG thuần hoặc PNG.") from error
    with Image.open(io.BytesIO(drawn), formats=("PNG",)) as picture:
        return picture.convert("RGBA")
