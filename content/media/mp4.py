"""MP4 and MOV by their structure: atoms within bounds, one picture track, its length and size, and no hidden place.

What is no picture and no sound is turned into `free` atoms of the same length, so nothing moves and nothing is
encoded again. Only the path moov/trak/mdia/minf/stbl is walked, so depth is bounded by the format, not by the file.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

from content.media.films import (
    AUDIO_ONLY,
    LOCKED,
    NO_LENGTH,
    NO_SUBTITLES,
    OTHER_CODEC,
    UNKNOWN_LENGTH,
    Film,
    codec_words,
    read_at,
    refuse_odd,
)
from content.media.samples import last_place, sample_ranges
from content.media.verdict import BROKEN_VIDEO, Unfit

_MOOV_MAX = 64 * 1024 * 1024
_MOST_ATOMS = 200_000
_TOP = frozenset((b"ftyp", b"styp", b"moov", b"moof", b"mdat", b"free", b"skip", b"wide", b"mfra", b"sidx", b"ssix"))
_IN_MOOV = frozenset((b"mvhd", b"trak", b"mvex", b"iods", b"free", b"skip", b"wide"))
_NOT_IN_TRAK = frozenset((b"udta", b"meta", b"uuid"))
_SPHERICAL = bytes.fromhex("ffcc8263f8554a938814587a02521fdd")
"""Says that a film is one of those to look around in; without it, it would be shown flat."""
_KEPT_TRACKS = frozenset((b"vide", b"soun", b"tmcd"))
_WRITTEN_TRACKS = frozenset((b"text", b"sbtl", b"subt", b"clcp"))
_PLACE_SIGNS = re.compile(rb"\xa9xyz|loci|ISO6709|GPSL|gps|gpmd|camm|mebx|djmd", re.IGNORECASE)
_TOOL_TAGS = frozenset((b"\xa9too", b"\xa9enc", b"\xa9swr"))
_TAG = re.compile(rb"\xa9[a-zA-Z]{3}")
_UNTOLD = (0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF)


class Atom(NamedTuple):
    """One atom: its kind, where it starts, where its content does, and where it ends."""

    kind: bytes
    start: int
    body: int
    end: int


@dataclass(slots=True)
class _Track:
    atom: Atom
    handler: bytes
    tables: dict[bytes, bytes]
    width: int = 0
    height: int = 0
    seconds: float = 0.0

    @property
    def codec(self) -> str:
        return self.tables.get(b"stsd", b"")[12:16].decode("latin-1")


def examine(file: BinaryIO, size: int) -> Film:
    """Read a file of `size` bytes. Raises `Unfit` when it is cut off, broken, locked, or has no picture."""
    top = list(_top_level(file, size))
    moov = next((atom for atom in top if atom.kind == b"moov"), None)
    if moov is None or moov.end - moov.body > _MOOV_MAX or not any(atom.kind in (b"mdat", b"moof") for atom in top):
        raise Unfit(BROKEN_VIDEO)
    data = read_at(file, moov.body, moov.end - moov.body)
    inner = list(_children(data, 0, len(data)))
    tracks = [_track(data, atom) for atom in inner if atom.kind == b"trak"]
    film = _film(data, inner, tracks)
    media = [(atom.body, atom.end) for atom in top if atom.kind == b"mdat"]
    pictures = [track for track in tracks if track.handler == b"vide"]
    if any(not any(start <= last_place(track.tables) < end for start, end in media) for track in pictures
           if last_place(track.tables) >= 0):  # fmt: skip
        raise Unfit(BROKEN_VIDEO)
    _wipe_atoms(file, film, [atom for atom in top if atom.kind not in _TOP])
    _wipe_atoms(file, film, [_moved(atom, moov.body) for atom in _hidden_atoms(data, inner, tracks)])
    _wipe_samples(film, [track for track in tracks if track.handler not in _KEPT_TRACKS], media)
    if any(track.handler in _WRITTEN_TRACKS for track in tracks):
        film.notes += (NO_SUBTITLES,)
    return film


def _film(data: bytes, inner: list[Atom], tracks: list[_Track]) -> Film:
    """The facts of the first track with pictures."""
    coded = {track.codec for track in tracks}
    if coded & {"encv", "enca", "drmi", "drms"} or any(atom.kind == b"pssh" for atom in inner):
        raise Unfit(LOCKED)
    main = next((track for track in tracks if track.handler == b"vide" and track.width and track.height), None)
    if main is None:
        raise Unfit(AUDIO_ONLY if any(track.handler == b"soun" for track in tracks) else BROKEN_VIDEO)
    whole = next((_seconds(data, atom) for atom in inner if atom.kind == b"mvhd"), 0.0) or main.seconds
    film = Film(whole, main.width, main.height, codec_words(main.codec))
    fragments = next((atom for atom in inner if atom.kind == b"mvex"), None)
    if not whole and fragments is None:
        raise Unfit(NO_LENGTH)
    if fragments is not None:
        if any(track.handler not in _KEPT_TRACKS for track in tracks):
            raise Unfit(NO_LENGTH)  # what such a track tells lies in pieces all over the file
        film.notes = () if whole else (UNKNOWN_LENGTH,)
    if film.codec != "H.264":
        film.notes += (OTHER_CODEC.format(codec=film.codec),)
    refuse_odd(film)
    return film


# Reading -------------------------------------------------------------------------------------------------


def _top_level(file: BinaryIO, size: int) -> Iterator[Atom]:
    place = 0
    for _ in range(_MOST_ATOMS):
        head = read_at(file, place, 16)
        if not head.strip(b"\0") and size - place < 65_536:
            return  # the end, or the padding some cameras leave there
        atom = _atom(head, place, size)
        yield atom
        place = atom.end
        if place == size:
            return
    raise Unfit(BROKEN_VIDEO)


def _children(data: bytes, start: int, end: int) -> Iterator[Atom]:
    place = start
    for _ in range(_MOST_ATOMS):
        if place + 8 > end or data[place : place + 8] == bytes(8):
            return  # the end, or QuickTime's mark for it
        atom = _atom(data[place : place + 16], place, end)
        yield atom
        place = atom.end
    raise Unfit(BROKEN_VIDEO)


def _atom(head: bytes, place: int, limit: int) -> Atom:
    """The atom whose first bytes these are. Raises `Unfit` when it does not lie within `limit`."""
    if len(head) < 8:
        raise Unfit(BROKEN_VIDEO)
    length, kind = struct.unpack_from(">I4s", head)
    body = place + 8
    if length == 1 and len(head) == 16:
        (length,), body = struct.unpack_from(">Q", head, 8), place + 16
    elif length == 0:
        length = limit - place
    if place + length < body or place + length > limit:
        raise Unfit(BROKEN_VIDEO)
    return Atom(kind, place, body, place + length)


def _track(data: bytes, trak: Atom) -> _Track:
    inner = {atom.kind: atom for atom in _children(data, trak.body, trak.end)}
    media = _inside(data, inner.get(b"mdia"))
    tables = _inside(data, _inside(data, media.get(b"minf")).get(b"stbl"))
    header = media.get(b"hdlr")
    handler = data[header.body + 8 : header.body + 12] if header else b""
    track = _Track(trak, handler, {kind: data[atom.body : atom.end] for kind, atom in tables.items()})
    try:
        track.seconds = _seconds(data, media[b"mdhd"])
        track.width, track.height = _pixels(data, inner[b"tkhd"], track.tables[b"stsd"] if handler == b"vide" else b"")
    except (KeyError, struct.error):
        pass  # a track without them is no picture track
    return track


def _inside(data: bytes, atom: Atom | None) -> dict[bytes, Atom]:
    return {} if atom is None else {child.kind: child for child in _children(data, atom.body, atom.end)}


def _seconds(data: bytes, header: Atom) -> float:
    """The length that mvhd or mdhd tells; 0 when it tells none."""
    try:
        if data[header.body]:
            scale, length = struct.unpack_from(">IQ", data[: header.end], header.body + 20)
        else:
            scale, length = struct.unpack_from(">II", data[: header.end], header.body + 12)
    except (struct.error, IndexError):
        return 0.0
    return length / scale if scale and length not in _UNTOLD else 0.0


def _pixels(data: bytes, tkhd: Atom, stsd: bytes) -> tuple[int, int]:
    """Width and height as people see them: stretched and turned as the track's header says."""
    if not stsd:
        return 0, 0
    wide = 12 if data[tkhd.body] else 0
    matrix = struct.unpack_from(">9i", data, tkhd.body + 40 + wide)
    width, height = (value >> 16 for value in struct.unpack_from(">II", data, tkhd.body + 76 + wide))
    if not (width and height):
        width, height = struct.unpack_from(">HH", stsd, 8 + 32)
    lies = matrix[0] == 0 and matrix[4] == 0 and (matrix[1] or matrix[3])
    return (height, width) if lies else (width, height)


# Wiping --------------------------------------------------------------------------------------------------


def _hidden_atoms(data: bytes, inner: list[Atom], tracks: list[_Track]) -> Iterator[Atom]:
    """What stands in moov and is neither picture nor sound, and what would point to it."""
    yield from (atom for atom in inner if atom.kind not in _IN_MOOV)
    dropped = [track for track in tracks if track.handler not in _KEPT_TRACKS]
    for track in tracks:
        if track in dropped:
            yield track.atom
            continue
        for atom in _children(data, track.atom.body, track.atom.end):
            spherical = data[atom.body : atom.body + 16] == _SPHERICAL
            if (atom.kind in _NOT_IN_TRAK and not spherical) or (atom.kind == b"tref" and dropped):
                yield atom


def _moved(atom: Atom, by: int) -> Atom:
    return Atom(atom.kind, atom.start + by, atom.body + by, atom.end + by)


def _wipe_atoms(file: BinaryIO, film: Film, atoms: list[Atom]) -> None:
    for atom in atoms:
        head = read_at(file, atom.start, atom.body - atom.start)
        content = read_at(file, atom.body, min(atom.end - atom.body, 1 << 20))
        film.wipe.append((atom.start, atom.end, head[:4] + b"free" + head[8:]))
        film.place = film.place or bool(_PLACE_SIGNS.search(atom.kind + content))
        film.hidden = film.hidden or (atom.kind != b"tref" and not _only_tool(atom, content))


def _only_tool(atom: Atom, content: bytes) -> bool:
    """Whether this names nothing but the program that wrote the file, as every program does."""
    tags = set(_TAG.findall(content))
    return atom.kind in (b"udta", b"meta") and len(content) < 256 and tags <= _TOOL_TAGS and b"mdta" not in content


def _wipe_samples(film: Film, dropped: list[_Track], media: list[tuple[int, int]]) -> None:
    """Where a camera wrote its places beside the pictures: the track is gone, and so are its bytes."""
    for track in dropped:
        for start, end in sample_ranges(track.tables):
            film.wipe += [
                (max(start, low), min(end, high), b"") for low, high in media if max(start, low) < min(end, high)
            ]
