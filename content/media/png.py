"""PNG without what its picture does not need: chunks are dropped, those that stay keep their bytes."""

import struct
import zlib
from collections.abc import Iterator

from content.media.exif import read_exif, tells_place
from content.media.stripped import Stripped
from content.media.verdict import BROKEN_PICTURE, Unfit

_SIGNATURE = 8
_CRITICAL = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND"})
_COLOURS = frozenset({b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"sBIT", b"bKGD", b"pHYs", b"cICP", b"mDCV", b"cLLI"})
_MOVING = frozenset({b"acTL", b"fcTL", b"fdAT"})
_MOST_CHUNKS = 100_000
_PROFILE_MAX = 4 * 1024 * 1024
"""Bytes of an unpacked colour profile; real ones have a few thousand."""


def strip(data: bytes) -> Stripped:
    """The same picture with its colours, and no text, EXIF, time, other people's chunks or tail.

    Raises `Unfit` for one that is cut off; check sums are left to who decodes it. An orientation is handed on.
    """
    kept = [data[:_SIGNATURE]]
    orientation, place, hidden, frames, end = 1, False, False, 0, 0
    for kind, start, stop in _chunks(data):
        payload = memoryview(data)[start + 8 : stop - 4]
        if kind in _CRITICAL or kind in _COLOURS or (kind == b"iCCP" and _is_small_profile(bytes(payload))):
            kept.append(data[start:stop])
            end = stop if kind == b"IEND" else 0
            continue
        if kind[:1].isupper():
            raise Unfit(BROKEN_PICTURE)  # needed for the picture, and nobody knows what it is
        frames += kind == b"fcTL"
        hidden = hidden or kind not in _MOVING
        if kind == b"eXIf":
            orientation, has_place = read_exif(bytes(payload))
            place = place or has_place
        place = place or tells_place(bytes(payload))
    if not end:
        raise Unfit(BROKEN_PICTURE)
    tail = bool(data[end:].strip(b"\0\r\n"))
    return Stripped(b"".join(kept), place, hidden, tail, turn=orientation, frames=max(1, frames))


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start and end of each chunk up to and with IEND."""
    place = _SIGNATURE
    for number in range(_MOST_CHUNKS):
        if place + 12 > len(data):
            break
        length, kind = struct.unpack_from(">I4s", data, place)
        stop = place + 12 + length
        if stop > len(data) or not kind.isalpha() or (kind == b"IHDR") != (number == 0):
            break
        yield kind, place, stop
        if kind == b"IEND":
            return
        place = stop
    raise Unfit(BROKEN_PICTURE)


def _is_small_profile(payload: bytes) -> bool:
    """Whether a colour profile unpacks, and to no more than a profile needs."""
    _name, _, packed = payload.partition(b"\0")
    unpack = zlib.decompressobj()
    try:
        return len(unpack.decompress(packed[1:], _PROFILE_MAX)) < _PROFILE_MAX and unpack.eof
    except zlib.error:
        return False
