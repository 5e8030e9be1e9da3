"""Small videos by hand: whole files, and every way in which one can be wrong."""

import struct

HANDLERS = {"vide": b"vide", "soun": b"soun", "meta": b"meta"}
UPRIGHT = (1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
LYING = (0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30)


def atom(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def track(
    handler: bytes = b"vide", *, codec: bytes = b"avc1", size: tuple[int, int] = (1280, 720), at: int = 0,
    samples: tuple[int, ...] = (16,), seconds: float = 2.0, matrix: tuple[int, ...] = UPRIGHT, extra: bytes = b"",
) -> bytes:  # fmt: skip
    """A `trak` whose samples lie in one chunk at offset `at`."""
    shown = size if handler == b"vide" else (0, 0)
    tkhd = struct.pack(">IIIIII8xHHHH", 7, 0, 0, 1, 0, round(seconds * 1000), 0, 0, 0, 0)
    tkhd += struct.pack(">9i", *matrix) + struct.pack(">II", shown[0] << 16, shown[1] << 16)
    entry = bytes(8) + bytes(16) + struct.pack(">HH", *shown) + bytes(50)
    stbl = atom(
        b"stbl",
        atom(b"stsd", struct.pack(">II", 0, 1), struct.pack(">I4s", 8 + len(entry), codec), entry),
        atom(b"stsc", struct.pack(">IIIII", 0, 1, 1, len(samples), 1)),
        atom(b"stsz", struct.pack(f">III{len(samples)}I", 0, 0, len(samples), *samples)),
        atom(b"stco", struct.pack(">III", 0, 1, at)),
    )
    mdhd = atom(b"mdhd", struct.pack(">IIIIII", 0, 0, 0, 1000, round(seconds * 1000), 0))
    hdlr = atom(b"hdlr", struct.pack(">II4s", 0, 0, handler), bytes(13))
    return atom(b"trak", atom(b"tkhd", tkhd), atom(b"mdia", mdhd, hdlr, atom(b"minf", stbl)), extra)


def mp4(
    payload: bytes = b"film" * 16, *, tracks: tuple[bytes, ...] | None = None, brand: bytes = b"isom",
    udta: bytes = b"", seconds: float = 2.0, before: bytes = b"", after: bytes = b"", in_moov: bytes = b"",
) -> bytes:  # fmt: skip
    """A whole film: `ftyp`, `mdat` with the payload, then `moov`. The payload begins at `PAYLOAD_AT` + len(before)."""
    at = PAYLOAD_AT + len(before)
    tracks = (track(at=at, seconds=seconds),) if tracks is None else tracks
    mvhd = atom(b"mvhd", struct.pack(">IIIII", 0, 0, 0, 1000, round(seconds * 1000)), bytes(80))
    head = atom(b"ftyp", brand, bytes(4), b"isomavc1")
    return head + before + atom(b"mdat", payload) + atom(b"moov", mvhd, *tracks, udta, in_moov) + after


PAYLOAD_AT = 24 + 8


def element(number: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return number + (len(body) | 1 << 56).to_bytes(8, "big") + body


def webm(
    *, doctype: bytes = b"webm", kind: int = 1, tags: bytes = b"", codec: bytes = b"V_VP9", seconds: float | None = 2.0,
    encodings: bytes = b"", open_ends: bool = False,
) -> bytes:  # fmt: skip
    """A whole WebM; with `open_ends` as a browser records it, with no lengths told."""
    length = b"" if seconds is None else element(b"\x44\x89", struct.pack(">d", seconds * 1000))
    info = element(b"\x15\x49\xa9\x66", element(b"\x2a\xd7\xb1", (1_000_000).to_bytes(3, "big")), length)
    video = element(b"\xe0", element(b"\xb0", (640).to_bytes(2, "big")), element(b"\xba", (360).to_bytes(2, "big")))
    entry = element(b"\xae", element(b"\x83", bytes((kind,))), element(b"\x86", codec), video, encodings)
    block = element(b"\xa3", bytes(32))
    cluster = element(b"\x1f\x43\xb6\x75", block)
    if open_ends:
        cluster = (b"\x1f\x43\xb6\x75\x01" + b"\xff" * 7 + block) * 2
    body = info + element(b"\x16\x54\xae\x6b", entry) + cluster + tags
    head = element(b"\x1a\x45\xdf\xa3", element(b"\x42\x82", doctype))
    return head + (b"\x18\x53\x80\x67\x01" + b"\xff" * 7 + body if open_ends else element(b"\x18\x53\x80\x67", body))


def tag(name: bytes, value: bytes) -> bytes:
    simple = element(b"\x67\xc8", b"\x45\xa3" + bytes((0x80 | len(name),)) + name, element(b"\x44\x87", value))
    return element(b"\x12\x54\xc3\x67", element(b"\x73\x73", simple))
