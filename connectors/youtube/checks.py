"""Everything YouTube would refuse, found without asking it; the wording, never cut, is theirs to send (youtube 2.5)."""

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from connectors.base import Media, Outgoing, Part, Problem
from connectors.youtube.captions import find_caption_problems
from connectors.youtube.settings import Options, Settings

TITLE_MAX = 100
TEXT_MAX = 5000
TAGS_MAX = 500
VIDEO_BYTES_MAX = 256 * 1024**3
VIDEO_TYPES = ("video/mp4", "video/quicktime", "video/webm", "video/x-msvideo", "video/mpeg", "video/x-matroska")
ANY_BYTES = "application/octet-stream"
"""What YouTube takes besides video/*, where a computer does not know the kind of a file (youtube 2.5)."""
VIDEO_SECONDS_MAX = 12 * 3600
COVER_BYTES_MAX = 52_428_800
COVER_TYPES = ("image/jpeg", "image/png")
COVER_WIDTH_MIN = 640

Json = dict[str, Any]


def count_tags(tags: Sequence[str]) -> int:
    """The length YouTube counts: a tag with a space is counted with its quotes, and a comma stands between tags."""
    quoted = sum(2 for tag in tags if " " in tag)
    return sum(map(len, tags)) + quoted + max(0, len(tags) - 1)


def number(value: int) -> str:
    """A whole number as it is written in Vietnamese: 1.234.567."""
    return f"{value:,}".replace(",", ".")


def find_problems(outgoing: Outgoing) -> list[Problem]:
    """What a person must mend before this can be uploaded, or before its new words can be sent."""
    if outgoing.part is Part.REVISION:
        return [
            *([] if outgoing.refs else [Problem("refs", "Chưa biết video nào trên kênh cần sửa.")]),
            *_title_problems(outgoing.title),
            *_text_problems(outgoing.text),
            *_tag_problems(outgoing.tags),
            *_option_problems(outgoing),
        ]
    return [
        *_title_problems(outgoing.title),
        *_text_problems(outgoing.text),
        *_tag_problems(outgoing.tags),
        *_video_problems(outgoing),
        *_cover_problems(outgoing.cover),
        *_option_problems(outgoing),
    ]


def _title_problems(title: str) -> list[Problem]:
    if not title.strip():
        return [Problem("title", "Video cần có tiêu đề.")]
    problems = []
    # Nobody says whether a "character" is a code point or a UTF-16 unit, so both must fit (youtube 2.5).
    length = max(len(title), len(title.encode("utf-16-le")) // 2)
    if length > TITLE_MAX:
        problems.append(Problem("title", f"Tiêu đề dài {length} ký tự; YouTube cho tối đa {TITLE_MAX}."))
    if _has_brackets(title):
        problems.append(Problem("title", "Tiêu đề không được có dấu < hoặc >."))
    return problems


def _text_problems(text: str) -> list[Problem]:
    problems = []
    size = len(text.encode())
    if size > TEXT_MAX:
        words = f"Mô tả dài {number(size)} byte; YouTube cho tối đa {number(TEXT_MAX)} (chữ có dấu chiếm 2-3 byte)."
        problems.append(Problem("text", words))
    if _has_brackets(text):
        problems.append(Problem("text", "Mô tả không được có dấu < hoặc >."))
    return problems


def _tag_problems(tags: Sequence[str]) -> list[Problem]:
    length = count_tags(tags)
    if length > TAGS_MAX:
        return [Problem("tags", f"Các thẻ dài tổng cộng {length} ký tự; YouTube cho tối đa {TAGS_MAX}.")]
    if any(not tag.strip() or _has_brackets(tag) for tag in tags):
        return [Problem("tags", "Thẻ không được để trống và không được có dấu < hoặc >.")]
    return []


def _video_problems(outgoing: Outgoing) -> list[Problem]:
    video = outgoing.video
    if video is None:
        return [Problem("video", "YouTube chỉ nhận video; bài này chưa có tệp video.")]
    name = video.path.name
    problems = []
    if not video.mime.startswith("video/") and video.mime != ANY_BYTES:
        problems.append(Problem("video", f"Tệp {name} không phải là video ({video.mime})."))
    if not 0 < video.size <= VIDEO_BYTES_MAX:
        problems.append(Problem("video", f"Tệp {name} rỗng hoặc lớn hơn 256 GB."))
    if video.seconds > VIDEO_SECONDS_MAX:
        problems.append(Problem("video", f"Video {name} dài hơn 12 giờ."))
    if outgoing.images:
        words = "YouTube không nhận ảnh kèm video; các ảnh của bài sẽ không được đăng ở kênh này."
        problems.append(Problem("images", words, blocks=False))
    return problems


def _cover_problems(cover: Media | None) -> list[Problem]:
    if cover is None:
        return []
    name = cover.path.name
    problems = []
    if cover.mime not in COVER_TYPES:
        problems.append(Problem("cover", f"Ảnh bìa {name} phải là JPEG hoặc PNG."))
    if not 0 < cover.size <= COVER_BYTES_MAX:
        problems.append(Problem("cover", f"Ảnh bìa {name} rỗng hoặc lớn hơn 50 MB."))
    if 0 < cover.width < COVER_WIDTH_MIN:
        problems.append(Problem("cover", f"Ảnh bìa {name} nên rộng ít nhất {COVER_WIDTH_MIN} điểm ảnh.", blocks=False))
    return problems


def _option_problems(outgoing: Outgoing) -> list[Problem]:
    try:
        options = Options.model_validate(dict(outgoing.options))
    except ValidationError as error:
        fields = ", ".join(sorted({".".join(map(str, one["loc"])) for one in error.errors()}))
        return [Problem("options", f"Lựa chọn cho YouTube không hợp lệ: {fields}.")]
    return find_caption_problems(options.captions_text)


def _has_brackets(text: str) -> bool:
    return "<" in text or ">" in text


def words_of(outgoing: Outgoing, settings: Settings) -> Json:
    """What the post says in words; the category only where the post names one."""
    options = Options.model_validate(dict(outgoing.options))
    words = {
        "title": outgoing.title,
        "description": outgoing.text,
        "tags": list(outgoing.tags),
        "defaultLanguage": settings.language,
    }
    return {**words, "categoryId": options.category_id} if options.category_id else words


def declared(outgoing: Outgoing) -> Json:
    """What staff declare about the video; always sent, never left to a default of YouTube's (youtube 2.5)."""
    options = Options.model_validate(dict(outgoing.options))
    return {
        "license": options.license,
        "selfDeclaredMadeForKids": options.made_for_kids,
        "containsSyntheticMedia": options.synthetic_media,
    }


def describe(outgoing: Outgoing, settings: Settings) -> Json:
    """The metadata of a private upload: every settable field we use, none left to a default (youtube 2.5).

    `privacyStatus` above all: left out, it means public.
    """
    return {
        "snippet": {"categoryId": settings.category_default, **words_of(outgoing, settings)},
        "status": {
            "privacyStatus": "private",
            "embeddable": True,
            "publicStatsViewable": True,
            **declared(outgoing),
        },
    }
