"""JPEG without what its picture does not need: segments are dropped, the picture itself is not touched."""

import re
import struct
from collections.abc import Iterator

from content.media.exif import only_orientation, read_exif, tells_place
from content.media.stripped import Stripped
from content.media.verdict import BROKEN_PICTURE, Unfit

_SOI, _EOI, _SOS, _COM = 0xD8, 0xD9, 0xDA, 0xFE
_APP0, _APP1, _APP2, _APP14, _APP15 = 0xE0, 0xE1, 0xE2, 0xEE, 0xEF
_EXIF = b"Exif\0\0"
_BARE = frozenset({0x01, *range(0xD0, 0xD8)})
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_MOST_SCANS = 100
"""A progressive picture has about ten; each one more costs a pass over the whole picture."""


def strip(data: bytes) -> Stripped:
    """The same picture and colours with no EXIF but the orientation, no XMP, IPTC, comments, thumbnails or tail.

    Raises `Unfit` for one that is cut off or whose segments do not follow each other.
    """
    kept: list[bytes] = []
    first: list[bytes] = []
    orientation, place, hidden, scans, end = 1, False, False, 0, 0
    for marker, start, stop in _segments(data):
        payload = data[start + 4 : stop]
        if marker == _EOI:
            end = stop
        elif marker == _APP0 and payload.startswith(b"JFIF\0") and len(payload) >= 14:
            hidden = hidden or len(payload) > 14
            first = first or [_segment(_APP0, payload[:12] + bytes(2))]
        elif marker == _APP14 and payload.startswith(b"Adobe") and len(payload) >= 12:
            kept.append(_segment(_APP14, payload[:12]))
        elif _is_needed(marker, payload):
            scans += marker == _SOS
            kept.append(data[start:stop])
        elif payload.startswith(_EXIF):
            turned, has_place = read_exif(payload[len(_EXIF) :])
            orientation, place = (turned if orientation == 1 else orientation), place or has_place
            hidden = hidden or payload != _EXIF + only_orientation(turned)
        else:
            hidden, place = True, place or tells_place(payload)
    if not end or not 0 < scans <= _MOST_SCANS:
        raise Unfit(BROKEN_PICTURE)
    if orientation != 1:
        first.append(_segment(_APP1, _EXIF + only_orientation(orientation)))
    whole = b"".join((b"\xff\xd8", *first, *kept, b"\xff\xd9"))
    return Stripped(whole, place=place, hidden=hidden, tail=bool(data[end:].strip(b"\0\r\n")))


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, start and end of each segment up to the end of the picture; a scan takes its coded data along."""
    place = 2
    while place + 2 <= len(data):
        if data[place] != 0xFF:
            raise Unfit(BROKEN_PICTURE)
        marker = data[place + 1]
        if marker == 0xFF:
            place += 1
            continue
        if marker == _EOI:
            yield marker, place, place + 2
            return
        if marker in _BARE:
            place += 2
            continue
        if place + 4 > len(data) or marker in (0x00, _SOI):
            raise Unfit(BROKEN_PICTURE)
        (length,) = struct.unpack_from(">H", data, place + 2)
        stop = place + 2 + length
        if length < 2 or stop > len(data):
            raise Unfit(BROKEN_PICTURE)
        if marker == _SOS:
            following = _NEXT_MARKER.search(data, stop)
            if following is None:
                raise Unfit(BROKEN_PICTURE)
            stop = following.start()
        yield marker, place, stop
        place = stop


def _is_needed(marker: int, payload: bytes) -> bool:
    """Besides the picture itself: the colour profile."""
    if _APP0 <= marker <= _APP15:
        return marker == _APP2 and payload.startswith(b"ICC_PROFILE\0")
    return marker != _COM


def _segment(marker: int, payload: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload
