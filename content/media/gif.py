"""GIF without what its picture does not need: comments and applications' blocks are dropped."""

from content.media.exif import tells_place
from content.media.stripped import Stripped
from content.media.verdict import BROKEN_PICTURE, Unfit

_IMAGE, _EXTENSION, _TRAILER = 0x2C, 0x21, 0x3B
_GRAPHIC_CONTROL, _APPLICATION = 0xF9, 0xFF
_LOOPS = (b"\x0bNETSCAPE2.0", b"\x0bANIMEXTS1.0")


def strip(data: bytes) -> Stripped:
    """The same picture with no comments, XMP or tail. Reading stops at a second picture: it is a moving one.

    Raises `Unfit` for one that is cut off.
    """
    try:
        return _strip(data)
    except IndexError:
        raise Unfit(BROKEN_PICTURE) from None


def _strip(data: bytes) -> Stripped:
    place = 13 + _table(data[10])
    kept, frames, hidden, has_place = [data[:place]], 0, False, False
    while place < len(data) and data[place] != _TRAILER:
        start = place
        if data[place] == _IMAGE:
            frames += 1
            if frames > 1:
                return Stripped(data, frames=frames)
            place = _after_blocks(data, place + 11 + _table(data[place + 9]))
            kept.append(data[start:place])
        elif data[place] == _EXTENSION:
            label = data[place + 1]
            place = _after_blocks(data, place + 2)
            if label == _GRAPHIC_CONTROL:
                kept.append(data[start:place])
            elif label != _APPLICATION or not data.startswith(_LOOPS, start + 2):
                hidden, has_place = True, has_place or tells_place(data[start:place])
        else:
            raise Unfit(BROKEN_PICTURE)
    if not frames or place > len(data):
        raise Unfit(BROKEN_PICTURE)
    tail = bool(data[place + 1 :].strip(b"\0\r\n"))
    return Stripped(b"".join((*kept, bytes((_TRAILER,)))), has_place, hidden, tail)


def _table(flags: int) -> int:
    """Bytes of the colour table these flags announce."""
    return 3 << (flags & 0x07) + 1 if flags & 0x80 else 0


def _after_blocks(data: bytes, place: int) -> int:
    """Behind the row of blocks that begins at `place`; an empty one ends it."""
    while data[place]:
        place += data[place] + 1
    return place + 1
