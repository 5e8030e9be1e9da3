"""The two facts of an EXIF block that matter here: how the picture is to be turned, and whether it tells a place."""

import struct

_ORIENTATION, _GPS = 0x0112, 0x8825


def read_exif(block: bytes) -> tuple[int, bool]:
    """Orientation (1 to 8, 1 when it is not told or nonsense) and whether there is a place; never raises.

    `block` begins with the TIFF header. Only the first directory is read, so nothing in it can lead in circles.
    """
    order = {b"II": "<", b"MM": ">"}.get(block[:2])
    orientation, place = 1, False
    try:
        if order is None:
            return orientation, place
        (start,) = struct.unpack_from(f"{order}I", block, 4)
        (count,) = struct.unpack_from(f"{order}H", block, start)
        for number in range(count):
            tag, kind, _many, value, _rest = struct.unpack_from(f"{order}HHIHH", block, start + 2 + 12 * number)
            if tag == _GPS:
                place = True
            elif tag == _ORIENTATION and kind == 3 and 1 <= value <= 8:
                orientation = value
    except struct.error:
        pass  # cut off; what was read so far holds
    return orientation, place


def only_orientation(orientation: int) -> bytes:
    """A TIFF block that says this and nothing else."""
    entry = struct.pack(">HHIHH", _ORIENTATION, 3, 1, orientation, 0)
    return b"MM\0*\0\0\0\x08" + b"\0\x01" + entry + bytes(4)


def tells_place(text: bytes) -> bool:
    """Whether an XMP block or another text names a place."""
    return b"GPSL" in text or b"ISO6709" in text or b"gpsl" in text
