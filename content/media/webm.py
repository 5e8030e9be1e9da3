"""WebM by its structure: elements within bounds, one picture track, its length and size, and no tags."""

import re
import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from content.media.films import AUDIO_ONLY, LOCKED, UNKNOWN_LENGTH, Film, codec_words, read_at, refuse_odd
from content.media.verdict import BROKEN_VIDEO, Unfit

_EBML, _DOCTYPE, _SEGMENT, _VOID = 0x1A45DFA3, 0x4282, 0x18538067, 0xEC
_INFO, _SCALE, _DURATION = 0x1549A966, 0x2AD7B1, 0x4489
_TRACKS, _ENTRY, _TYPE, _CODEC, _VIDEO, _WIDTH, _HEIGHT = 0x1654AE6B, 0xAE, 0x83, 0x86, 0xE0, 0xB0, 0xBA
_ENCODINGS, _ENCODING, _ENCRYPTION = 0x6D80, 0x6240, 0x5035
_CLUSTER, _SEEK, _CUES, _TAGS, _ATTACHED, _CHAPTERS = (
    0x1F43B675,
    0x114D9B74,
    0x1C53BB6B,
    0x1254C367,
    0x1941A469,
    0x1043A770,
)
_LEVEL_1 = frozenset((_INFO, _TRACKS, _CLUSTER, _SEEK, _CUES, _TAGS, _ATTACHED, _CHAPTERS))
_HEADER_MAX = 1 << 20
_MOST_ELEMENTS = 2_000_000
_TAG_NAME = re.compile(rb"\x45\xa3([\x81-\xff])")
_TOOL_TAGS = frozenset((b"ENCODER", b"DURATION", b"MAJOR_BRAND", b"MINOR_VERSION", b"COMPATIBLE_BRANDS"))
_MATROSKA = "đây là video MKV; hãy xuất lại thành MP4 (mã hóa H.264)."


class Element(NamedTuple):
    """One element: its id, where it starts, where its content does, and where it ends (None: not told)."""

    id: int
    start: int
    body: int
    end: int | None


def examine(file: BinaryIO, size: int) -> Film:
    """Read a file of `size` bytes. Raises `Unfit` when it is cut off, broken, locked, no WebM, or has no picture."""
    head = _element(read_at(file, 0, 12), 0)
    if head.id != _EBML or head.end is None or head.end > min(size, _HEADER_MAX):
        raise Unfit(BROKEN_VIDEO)
    words = {one.id: content for one, content in _children(read_at(file, head.body, head.end - head.body))}
    if words.get(_DOCTYPE, b"").rstrip(b"\0") != b"webm":
        raise Unfit(_MATROSKA)
    segment = _element(read_at(file, head.end, 12), head.end)
    end = size if segment.end is None else segment.end
    if segment.id != _SEGMENT or end > size:
        raise Unfit(BROKEN_VIDEO)
    parts: dict[int, bytes] = {}
    wipe: list[Element] = []
    for one in _level_1(file, segment.body, end):
        if one.id in (_INFO, _TRACKS) and one.end is not None and one.end - one.body <= _HEADER_MAX:
            parts.setdefault(one.id, read_at(file, one.body, one.end - one.body))
        elif one.id in (_TAGS, _ATTACHED) and one.end is not None:
            wipe.append(one)
        elif one.id == _CLUSTER:
            parts[_CLUSTER] = b""
    if not {_INFO, _TRACKS, _CLUSTER} <= parts.keys():
        raise Unfit(BROKEN_VIDEO)
    film = _film(parts[_TRACKS], _length(parts[_INFO]))
    _wipe(file, film, wipe)
    return film


def _film(tracks: bytes, seconds: float) -> Film:
    entries = [
        {one.id: content for one, content in _children(data)} for one, data in _children(tracks) if one.id == _ENTRY
    ]
    for entry in entries:
        for one, encoding in _children(entry.get(_ENCODINGS, b"")):
            if one.id == _ENCODING and any(inner.id == _ENCRYPTION for inner, _ in _children(encoding)):
                raise Unfit(LOCKED)
    pictures = [entry for entry in entries if _number(entry.get(_TYPE)) == 1]
    if not pictures:
        raise Unfit(AUDIO_ONLY if any(_number(entry.get(_TYPE)) == 2 for entry in entries) else BROKEN_VIDEO)
    video = {one.id: content for one, content in _children(pictures[0].get(_VIDEO, b""))}
    code = pictures[0].get(_CODEC, b"").decode("latin-1").rstrip("\0")
    film = Film(seconds, _number(video.get(_WIDTH)), _number(video.get(_HEIGHT)), codec_words(code))
    film.notes = () if seconds else (UNKNOWN_LENGTH,)
    refuse_odd(film)
    return film


def _length(info: bytes) -> float:
    """The length in seconds; 0 when it is not told, as in a recording that was never finished."""
    facts = {one.id: content for one, content in _children(info)}
    raw = facts.get(_DURATION, b"")
    if len(raw) not in (4, 8):
        return 0.0
    (ticks,) = struct.unpack(">f" if len(raw) == 4 else ">d", raw)
    length = float(ticks) * (_number(facts.get(_SCALE)) or 1_000_000) / 1e9
    return length if length == length else -1.0  # not a number is no length


def _number(content: bytes | None) -> int:
    return int.from_bytes((content or b"")[:8], "big")


# Reading -------------------------------------------------------------------------------------------------


def _element(head: bytes, place: int) -> Element:
    """The element whose first bytes these are. Raises `Unfit` when they are none."""
    marks = 8 - head[0].bit_length() + 1 if head and head[0] else 0
    if not 1 <= marks <= 4 or len(head) <= marks or not head[marks]:
        raise Unfit(BROKEN_VIDEO)
    width = 8 - head[marks].bit_length() + 1
    raw = head[marks : marks + width]
    if len(raw) < width:
        raise Unfit(BROKEN_VIDEO)
    value = int.from_bytes(raw, "big") & ((1 << 7 * width) - 1)
    body = place + marks + width
    untold = value == (1 << 7 * width) - 1
    return Element(int.from_bytes(head[:marks], "big"), place, body, None if untold else body + value)


def _children(data: bytes) -> Iterator[tuple[Element, bytes]]:
    place = 0
    while place < len(data):
        one = _element(data[place : place + 12], place)
        if one.end is None or one.end > len(data):
            raise Unfit(BROKEN_VIDEO)
        yield one, data[one.body : one.end]
        place = one.end


def _level_1(file: BinaryIO, place: int, end: int) -> Iterator[Element]:
    """The parts of the segment. A cluster of untold length is walked through until the next part begins."""
    inside = False
    for _ in range(_MOST_ELEMENTS):
        if place >= end:
            return
        one = _element(read_at(file, place, 12), place)
        if one.end is None:
            if one.id != _CLUSTER:
                raise Unfit(BROKEN_VIDEO)
            inside = True
        elif one.end > end:
            raise Unfit(BROKEN_VIDEO)
        if one.id in _LEVEL_1 or not inside:
            yield one
            inside = one.end is None
        place = one.body if one.end is None else one.end
    raise Unfit(BROKEN_VIDEO)


def _wipe(file: BinaryIO, film: Film, elements: list[Element]) -> None:
    """Tags and attached files become void elements of the same length."""
    for one in elements:
        assert one.end is not None, "only elements that tell their length are wiped"
        content = read_at(file, one.body, min(one.end - one.body, _HEADER_MAX))
        names = {content[found.end() : found.end() + (found[1][0] & 0x7F)] for found in _TAG_NAME.finditer(content)}
        film.place = film.place or any(b"LOCATION" in name or b"GPS" in name for name in names) or b"ISO6709" in content
        film.hidden = film.hidden or one.id == _ATTACHED or not names <= _TOOL_TAGS
        length = one.end - one.start
        width = 8 if length >= 9 else 1
        void = (length - 1 - width) | (1 << 7 * width)
        film.wipe.append((one.start, one.end, bytes((_VOID,)) + void.to_bytes(width, "big")))
