"""Where in a file the samples of an MP4 track lie; hostile tables cost no more time than they have bytes."""

import struct
from array import array
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate

_MOST_CHUNKS = 2_000_000


def last_place(tables: Mapping[bytes, bytes]) -> int:
    """The highest offset at which the track has a chunk; -1 when it has none."""
    return max(_offsets(tables), default=-1)


def sample_ranges(tables: Mapping[bytes, bytes]) -> list[tuple[int, int]]:
    """The bytes of all samples as ranges (start, end) that do not overlap, in order."""
    found = sorted((offset, offset + size) for offset, size in _chunks(tables) if size > 0)
    merged: list[tuple[int, int]] = []
    for start, end in found:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _offsets(tables: Mapping[bytes, bytes]) -> Sequence[int]:
    if b"co64" in tables:
        return _numbers(tables[b"co64"], 8, "Q", 8)
    return _numbers(tables.get(b"stco", b""), 8, "I", 4)


def _numbers(table: bytes, start: int, code: str, width: int) -> Sequence[int]:
    """The big-endian numbers of a table, as many as it says and has."""
    if len(table) < start:
        return array(code)
    (told,) = struct.unpack_from(">I", table, start - 4)
    count = min(told, (len(table) - start) // width, _MOST_CHUNKS)
    return array(code, struct.unpack_from(f">{count}{code}", table, start))


def _chunks(tables: Mapping[bytes, bytes]) -> Iterator[tuple[int, int]]:
    """Offset and size of each chunk."""
    offsets = _offsets(tables)
    stsz = tables.get(b"stsz", b"")
    if len(stsz) < 12:
        return
    constant, count = struct.unpack_from(">II", stsz, 4)
    sums = [] if constant else [0, *accumulate(_numbers(stsz, 12, "I", 4))]
    place = 0
    for offset, many in zip(offsets, _per_chunk(tables.get(b"stsc", b""), len(offsets)), strict=False):
        after = min(place + many, count if constant else len(sums) - 1)
        yield offset, ((after - place) * constant if constant else sums[after] - sums[place])
        place = after


def _per_chunk(stsc: bytes, chunks: int) -> Iterator[int]:
    """How many samples each chunk has."""
    runs: Sequence[int] = ()
    if len(stsc) >= 8:
        count = min(struct.unpack_from(">I", stsc, 4)[0], (len(stsc) - 8) // 12)
        runs = struct.unpack_from(f">{count * 3}I", stsc, 8)
    number = 1
    for place in range(0, len(runs), 3):
        until = runs[place + 3] if place + 3 < len(runs) else chunks + 1
        for _ in range(min(until, chunks + 1) - number):
            yield runs[place + 1]
            number += 1
