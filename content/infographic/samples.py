"""What the templates look like: one example of each in each palette, drawn when somebody first looks, then kept.

One picture is drawn at a time, whatever number of processes share the folder, and none twice: whoever waits for the
same one finds it drawn. The folder may be emptied at any time.
"""

import io
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from filelock import FileLock, Timeout
from PIL import Image

from content.brand import Brand
from content.drawings import made_of
from content.errors import ContentError
from content.infographic import Spec, paint
from content.infographic.gallery import examples, read_specs
from content.palette import PALETTES
from content.store import write_whole

WIDTH, SIZE = 480, "portrait"
"""Pixels; twice the width of a card, for fine screens."""
MIME = "image/webp"
_QUALITY = 82
_PATIENCE = 60.0
"""Seconds to wait for one's turn."""
_LOOK = 2
"""Rises when the pictures are made otherwise from the same words."""

USES = {
    "facts": "Ba đến bảy điều người dân cần biết về một việc.",
    "steps": "Một việc phải làm theo thứ tự, mỗi bước một câu.",
    "checklist": "Giấy tờ cần mang theo, việc cần kiểm tra trước khi đi.",
    "quote": "Một câu nói ngắn, kèm tên và chức vụ người nói.",
    "compare": "Trước và sau, hoặc hai cách làm đặt cạnh nhau.",
    "key_figures": "Vài con số quan trọng nhất, kèm nguồn và thời điểm.",
    "scene": "Một cảnh trong video ngắn; không dùng làm ảnh riêng.",
    "timeline": "Các mốc thời gian của một chương trình, kế hoạch.",
    "ranking": "Thứ hạng, chỉ số của các năm hoặc các đơn vị.",
    "qa": "Câu người dân hay hỏi và câu trả lời ngắn.",
    "notice": "Thông báo: việc gì, ở đâu, từ khi nào, ai cần biết.",
    "event": "Sự kiện: tên, giờ, nơi tổ chức, cách tham gia.",
}
"""What each template is for."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One template in one palette, before it is drawn."""

    spec: Spec
    brand: Brand
    mark: str
    """Over everything the picture is made of: the address of a picture that never changes."""

    @property
    def template(self) -> str:
        """Its name."""
        return self.spec.template


@cache
def _examples(specs: Path) -> tuple[Spec, ...]:
    """The shipped examples, read once: they are part of the program."""
    return tuple(examples(read_specs(specs)))


def samples(specs: Path, palette: str, brand: Brand) -> list[Sample]:
    """One of every template in a palette, in the order of the templates, signed by `brand`."""
    found = []
    for spec in _examples(specs):
        shown = spec.model_copy(update={"palette": palette, "agency": ""})
        found.append(Sample(shown, brand, f"{made_of(shown, brand, SIZE)[:24]}-{_LOOK}"))
    return found


def find_sample(specs: Path, template: str, palette: str, brand: Brand) -> Sample | None:
    """One of them; None when there is no such template or palette."""
    if palette not in PALETTES:
        return None
    return next((one for one in samples(specs, palette, brand) if one.template == template), None)


def picture_of(sample: Sample, folder: Path) -> Path | None:
    """The picture, drawn now unless it was before; None when too many are being drawn, or when it cannot be."""
    target = folder / f"{sample.template}-{sample.spec.palette}-{sample.mark}.webp"
    if target.is_file():
        return target
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".lock", timeout=_PATIENCE):
            if not target.is_file():
                write_whole(target, _drawn(sample))
    except (OSError, ContentError, Timeout):
        return None
    return target


def _drawn(sample: Sample) -> bytes:
    picture = paint(sample.spec, SIZE, sample.brand)
    picture.thumbnail((WIDTH, WIDTH * 2), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=_QUALITY, method=4)
    return out.getvalue()
