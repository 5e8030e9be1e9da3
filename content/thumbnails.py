"""Small pictures to look at in lists: made once, kept in a folder that may be emptied at any time.

Any number of processes may share the folder: a picture appears whole or not at all. An old computer never makes more
than two at once, and nobody waits long for one: whoever cannot have it now shows the picture itself.
"""

import io
import threading
from pathlib import Path

from PIL import Image, ImageOps

from content.errors import ContentError
from content.media.pictures import PIXELS_MAX
from content.store import AssetStore, write_whole

BOX = (480, 640)
"""Pixels, at most: a card's width on a screen with twice as many of them."""
MIME = "image/webp"
_QUALITY = 78
_PATIENCE = 2.0
"""Seconds to wait for a turn."""
_TURNS = threading.BoundedSemaphore(2)


class Thumbnails:
    """The small pictures of one store."""

    def __init__(self, folder: Path, store: AssetStore) -> None:
        self.folder = folder
        self.store = store

    def path(self, sha256: str) -> Path:
        """Where the small picture of that hash lies, whether or not it is there yet."""
        return self.folder / sha256[:2] / f"{sha256}.webp"

    def of(self, sha256: str, mime: str) -> Path | None:
        """The small picture; None for a video, a lost or broken file, a full disk, or when too many are asked for."""
        target = self.path(sha256)
        if target.is_file():
            return target
        if not mime.startswith("image/") or not _TURNS.acquire(timeout=_PATIENCE):
            return None
        try:
            if not target.is_file():
                write_whole(target, _small(self.store.path(sha256, mime)))
        except (OSError, ContentError, ValueError, Image.DecompressionBombError):
            return None
        finally:
            _TURNS.release()
        return target


def _small(path: Path) -> bytes:
    """What was checked when it was stored is decoded only as large as needed."""
    with Image.open(path) as picture:
        if picture.width * picture.height > PIXELS_MAX:
            raise ValueError("more pixels than are ever stored")
        picture.draft("RGB", (BOX[0] * 2, BOX[1] * 2))
        upright = ImageOps.exif_transpose(picture)
        colours = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
        colours.thumbnail(BOX, Image.Resampling.LANCZOS)
        out = io.BytesIO()
        colours.save(out, "WEBP", quality=_QUALITY, method=4)
        return out.getvalue()
