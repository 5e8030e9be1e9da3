"""WebP without what its picture does not need: chunks are dropped, the coded picture is not touched."""

import struct
from collections.abc import Iterator

from content.media.exif import only_orientation, read_exif, tells_place
from content.media.stripped import Stripped
from content.media.verdict import BROKEN_PICTURE, Unfit

_PICTURE = frozenset({b"VP8 ", b"VP8L", b"ALPH", b"ICCP"})
_HAS_XMP, _HAS_EXIF = 0x04, 0x08
_MOST_CHUNKS = 100_000


def strip(data: bytes) -> Stripped:
    """The same picture with its colours and its orientation, and no other EXIF, XMP, strange chunks or tail.

    Raises `Unfit` for one that is cut off.
    """
    (length,) = struct.unpack_from("<I", data, 4)
    end = 8 + length
    if end > len(data) + (length & 1):
        raise Unfit(BROKEN_PICTURE)
    kept: list[bytes] = []
    extended, orientation, place, hidden, frames = -1, 1, False, False, 0
    for kind, start, stop in _chunks(data, min(end, len(data))):
        payload = data[start + 8 : stop]
        if kind == b"VP8X" and len(payload) >= 10 and extended < 0:
            extended = len(kept)
            kept.append(payload[:10])
        elif kind in _PICTURE:
            kept.append(_chunk(kind, payload))
        elif kind in (b"ANIM", b"ANMF"):
            frames += kind == b"ANMF"
        elif kind == b"EXIF":
            orientation, has_place = read_exif(payload.removeprefix(b"Exif\0\0"))
            hidden, place = hidden or payload != only_orientation(orientation), place or has_place
        else:
            hidden, place = True, place or tells_place(payload)
    if frames:
        return Stripped(data, frames=max(2, frames))
    if extended >= 0:
        flags = kept[extended][0] & ~(_HAS_XMP | _HAS_EXIF)
        if orientation != 1:
            kept.append(_chunk(b"EXIF", only_orientation(orientation)))
            flags |= _HAS_EXIF
        kept[extended] = _chunk(b"VP8X", bytes((flags,)) + kept[extended][1:])
    body = b"WEBP" + b"".join(kept)
    whole = b"RIFF" + struct.pack("<I", len(body)) + body
    return Stripped(whole, place, hidden, bool(data[end:].strip(b"\0\r\n")))


def _chunks(data: bytes, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start and end of each chunk, without the byte that makes its length even."""
    place = 12
    for _ in range(_MOST_CHUNKS):
        if place + 8 > end:
            return
        kind, length = struct.unpack_from("<4sI", data, place)
        stop = place + 8 + length
        if stop > end:
            break
        yield kind, place, stop
        place = stop + (length & 1)
    raise Unfit(BROKEN_PICTURE)


def _chunk(kind: bytes, payload: bytes) -> bytes:
    return kind + struct.pack("<I", len(payload)) + payload + bytes(len(payload) & 1)
