"""A picture on its way in: stripped by its format's reader, then decoded once to see that it is whole."""

import io
import warnings
from typing import NamedTuple

from PIL import Image, ImageOps

from content.media import gif, jpeg, png, webp
from content.media.stripped import Stripped
from content.media.verdict import BROKEN_PICTURE, Unfit, notes_of

PIXELS_MAX = 50_000_000
"""About 8.100 x 6.100, the largest a phone takes; decoded, it needs 200 MB of memory."""
SIDE_MAX = 30_000

_READERS = {
    "image/jpeg": ("JPEG", jpeg.strip),
    "image/png": ("PNG", png.strip),
    "image/webp": ("WEBP", webp.strip),
    "image/gif": ("GIF", gif.strip),
}
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""Orientation as EXIF numbers it -> what puts the picture upright."""
_TOO_BIG = "ảnh có quá nhiều điểm ảnh (quá 50 triệu, hoặc một cạnh quá 30.000); hãy thu nhỏ rồi thử lại."
_MOVING = (
    "đây là ảnh động, các kênh chỉ hiện một khung hình; hãy xuất thành video MP4, "
    "hoặc lưu khung hình cần đăng thành ảnh PNG."
)


class Picture(NamedTuple):
    """The bytes to keep, pixels as people see the picture, and what staff should know."""

    data: bytes
    width: int
    height: int
    notes: tuple[str, ...]


def clean(data: bytes, mime: str) -> Picture:
    """The picture without what it tells besides itself. Raises `Unfit` when it is broken, too big or moving."""
    form, strip = _READERS[mime]
    try:
        stripped = strip(data)
    except (ValueError, LookupError, ArithmeticError) as error:
        raise Unfit(BROKEN_PICTURE) from error
    if stripped.frames > 1:
        raise Unfit(_MOVING)
    with decode(stripped.data, form) as seen:
        size, kept = seen.size, _turned(seen, stripped, form)
    notes = notes_of(place=stripped.place, hidden=stripped.hidden, tail=stripped.tail)
    width, height = size if stripped.turn < 5 else size[::-1]
    return Picture(kept, width, height, notes)


def decode(data: bytes, form: str | None = None) -> Image.Image:
    """The picture, turned the way its camera held it. Raises `Unfit` for a broken one or one with too many pixels."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data), formats=[form] if form else None)
            if picture.width * picture.height > PIXELS_MAX or max(picture.size) > SIDE_MAX:
                raise Unfit(_TOO_BIG)
            picture.load()
            ImageOps.exif_transpose(picture, in_place=True)
            return picture
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Unfit(_TOO_BIG) from error
    except Unfit:
        raise
    except Exception as error:  # a decoder that meets hostile bytes may raise anything
        raise Unfit(BROKEN_PICTURE) from error


def _turned(seen: Image.Image, stripped: Stripped, form: str) -> bytes:
    """Where few programs heed the orientation, the pixels themselves are turned; nothing is lost in PNG."""
    if stripped.turn == 1:
        return stripped.data
    out = io.BytesIO()
    seen.transpose(_TURNS[stripped.turn]).save(out, form, icc_profile=seen.info.get("icc_profile"))
    return out.getvalue()
