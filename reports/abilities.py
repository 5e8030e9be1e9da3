"""What a platform takes and tells, as words: for the command line, the desk and the README."""

from collections.abc import Mapping

from connectors import connector_class
from connectors.base import Capabilities, Kind, Part
from content.vietnamese import day, number
from reports.phrases import METRIC_WORDS
from scheduler.parts import PART_WORDS

KIND_WORDS = {
    Kind.TEXT: "văn bản",
    Kind.LINK: "liên kết",
    Kind.IMAGE: "một ảnh",
    Kind.ALBUM: "nhiều ảnh",
    Kind.ARTICLE: "bài viết",
    Kind.VIDEO: "video",
}


def about_platform(name: str) -> Mapping[str, str]:
    """One platform's limits and abilities as words; README's table is held against this."""
    limits = connector_class(name).capabilities
    unit = {"characters": "ký tự", "bytes": "byte"}[limits.text_unit]

    def most(value: int, what: str) -> str:
        return f"{number(value)} {what}" if value else "-"

    return {
        "Loại bài": ", ".join(words for kind, words in KIND_WORDS.items() if kind in limits.kinds),
        "Tiêu đề": most(limits.title_max, "ký tự"),
        "Tóm tắt": most(limits.summary_max, "ký tự"),
        "Nội dung": most(limits.text_max, unit),
        "Số ảnh": most(limits.images_max, "ảnh"),
        "Mỗi ảnh": most(limits.image_bytes_max, "byte"),
        "Video": most(limits.video_bytes_max, "byte"),
        "Cần địa chỉ ảnh công khai": "có" if limits.needs_public_media else "không",
        "Sau khi đăng": ", ".join(_afterwards(limits)),
        "Chuẩn bị trước": f"{int(limits.prepare_ahead.total_seconds() // 3600)} giờ",
        "Số liệu": ", ".join(METRIC_WORDS[metric] for metric in limits.metrics),
        "Số liệu nhập tay": ", ".join(METRIC_WORDS[one.metric] for one in limits.by_hand) or "-",
        "Đổi cách tính": ", ".join(f"{METRIC_WORDS[one.metric]} {day(one.on)}" for one in limits.breaks) or "-",
    }


def _afterwards(limits: Capabilities) -> list[str]:
    """What may follow a public post, in words."""
    words = [words for part, words in PART_WORDS.items() if part != Part.POST and part in limits.parts]
    return [*words, "gỡ bài"] if "withdraw" in limits.abilities else words
