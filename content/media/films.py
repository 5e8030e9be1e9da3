"""What a reader of videos found, whatever the container."""

import re
from dataclasses import dataclass, field
from typing import BinaryIO

from content.media.verdict import Unfit

SECONDS_MAX = 24 * 3600.0
SIDE_MAX = 16_384
CODECS = {
    **dict.fromkeys(("avc1", "avc3", "V_MPEG4/ISO/AVC"), "H.264"),
    **dict.fromkeys(("hvc1", "hev1", "dvh1", "dvhe", "V_MPEGH/ISO/HEVC"), "HEVC"),
    **dict.fromkeys(("av01", "V_AV1"), "AV1"),
    **dict.fromkeys(("vp09", "V_VP9"), "VP9"),
    **dict.fromkeys(("vp08", "V_VP8"), "VP8"),
    **dict.fromkeys(("mp4v", "V_MPEG4/ISO/ASP"), "MPEG-4"),
    **dict.fromkeys(("apch", "apcn", "apcs", "apco", "ap4h", "ap4x"), "ProRes"),
}

AUDIO_ONLY = "tệp chỉ có âm thanh, không có hình; hãy ghép với một hình nền thành video MP4."
LOCKED = "video bị khóa bản quyền (mã hóa); hãy dùng bản không khóa."
NO_LENGTH = "video không ghi thời lượng (quay dở hoặc ghi trực tiếp); hãy mở và xuất lại thành MP4."
ODD_SIZE = "video ghi kích thước hoặc thời lượng vô lý; hãy xuất lại thành MP4."
NO_SUBTITLES = "đã bỏ phụ đề và chương gắn trong video vì có thể chứa vị trí; phụ đề phải nộp thành tệp riêng"
OTHER_CODEC = "video mã hóa {codec}; nên xuất H.264 để mọi kênh đều phát được"
UNKNOWN_LENGTH = "không rõ thời lượng vì video ghi theo mảnh; nếu nền tảng từ chối, hãy xuất lại thành MP4 thường"


@dataclass(slots=True)
class Film:
    """One video: pixels as people see it, length, and the bytes that must not stay as they are.

    `wipe`: (start, end, what is written at the start); the rest of each range becomes zeros.
    """

    seconds: float
    width: int
    height: int
    codec: str
    wipe: list[tuple[int, int, bytes]] = field(default_factory=list)
    place: bool = False
    hidden: bool = False
    notes: tuple[str, ...] = ()


def codec_words(code: str) -> str:
    """A codec as staff know it, or its own code."""
    return CODECS.get(code, re.sub(r"[^\w/]", "", code)[:20] or "không rõ")


def refuse_odd(film: Film) -> None:
    """Raises `Unfit` when pixels or length are not those of a video one can post."""
    sides = film.width, film.height
    if not (min(sides) > 0 and max(sides) <= SIDE_MAX and 0 <= film.seconds <= SECONDS_MAX):
        raise Unfit(ODD_SIZE)


def read_at(file: BinaryIO, place: int, size: int) -> bytes:
    """Bytes of a file; fewer at its end."""
    file.seek(place)
    return file.read(size)


def apply(file: BinaryIO, film: Film) -> None:
    """Write over what must not stay; the file keeps its length."""
    step = 1 << 20
    for start, end, first in film.wipe:
        file.seek(start)
        file.write(first)
        for place in range(start + len(first), end, step):
            file.write(bytes(min(step, end - place)))
