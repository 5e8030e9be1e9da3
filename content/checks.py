"""What is wrong, or doubtful, about a post on every platform. Each platform adds its own limits elsewhere.

Pure: a post and the plan in, findings out. A finding that blocks keeps the post out of the library;
the others are shown to whoever submits and approves.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol
from urllib.parse import urlsplit

from content.plan import LegalState, Plan
from content.vietnamese import fold

TITLE_COMFORTABLE = 90
"""Longer titles are cut in most feeds (domain 2.7)."""
HASHTAGS_MAX = 8
FORMS = {
    "van_ban": "Văn bản",
    "infographic": "Infographic",
    "video": "Video",
    "lien_ket": "Chia sẻ liên kết",
}

_PLACEHOLDER = re.compile(r"\[[^\[\]\n]{1,80}\](?!\()|\{\{.*?\}\}|\bTODO\b|\.{6,}|…{2,}")
_LINK = re.compile(r"https?://[^\s<>\"“”()\[\]]+", re.IGNORECASE)
_HASHTAG = re.compile(r"#(?=\w*[^\W\d_])\w+")


class Words(Protocol):
    """What is checked: a post in the library's files and a post in the table both have it."""

    title: str
    body: str
    topic: str
    form: str
    audiences: list[str]
    source: str
    source_url: str
    legal_refs: list[str]
    hashtags: list[str]
    platforms: list[str]
    variants: dict[str, dict[str, Any]]
    valid_from: date | None
    valid_to: date | None


class Picture(Protocol):
    """An asset in its place: role is image, cover or video."""

    @property
    def role(self) -> str:
        """The asset's place."""

    @property
    def alt(self) -> str:
        """Its alternative text."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend (`blocks`) or to think about. `field` is the field's name in the post's file."""

    field: str
    words: str
    blocks: bool = True


def check(post: Words, assets: Sequence[Picture], plan: Plan) -> list[Finding]:
    """Everything to mend or to think about before the post is submitted, in reading order."""
    return [
        *_title(post),
        *_place_in_plan(post, plan),
        *_source(post),
        *_texts(post),
        *_links(post, plan),
        *_law(post, plan),
        *_hashtags(post),
        *_pictures(post, assets),
    ]


def texts_of(post: Words) -> Iterator[tuple[str, str]]:
    """Every text people may read, with the name of its field."""
    yield "title", post.title
    yield "body", post.body
    for platform, variant in post.variants.items():
        for name in ("title", "summary", "text", "first_comment"):
            if variant.get(name):
                yield f"variants.{platform}.{name}", str(variant[name])


def _title(post: Words) -> Iterator[Finding]:
    if not post.title.strip():
        yield Finding("title", "bài chưa có tiêu đề.")
    if not post.body.strip():
        yield Finding("body", "bài chưa có nội dung.")
    if len(post.title) > TITLE_COMFORTABLE:
        yield Finding(
            "title", f"tiêu đề dài {len(post.title)} ký tự; nên viết trong {TITLE_COMFORTABLE} ký tự.", blocks=False
        )
    words = post.title.split()
    if len(words) > 2 and post.title.isupper():
        yield Finding("title", "tiêu đề viết hoa toàn bộ; hãy viết thường như câu văn.", blocks=False)


def _place_in_plan(post: Words, plan: Plan) -> Iterator[Finding]:
    if plan.topic(post.topic) is None:
        listed = ", ".join(f"{topic.letter} ({topic.label})" for topic in plan.topics)
        yield Finding("topic", f"kế hoạch không có nội dung “{post.topic}”; hãy chọn một trong: {listed}.")
    if post.form not in FORMS:
        yield Finding("form", f"không có hình thức “{post.form}”; hãy chọn một trong: {', '.join(FORMS)}.")
    codes = [audience.code for audience in plan.audiences]
    if not post.audiences:
        yield Finding("audiences", f"chưa chọn đối tượng; hãy chọn trong: {', '.join(codes)}.")
    for audience in post.audiences:
        if audience not in codes:
            yield Finding("audiences", f"không có đối tượng “{audience}”; hãy chọn trong: {', '.join(codes)}.")
    if not post.platforms:
        yield Finding("platforms", "chưa chọn nền tảng nào để đăng.")
    for platform in post.variants:
        if platform not in post.platforms:
            yield Finding(f"variants.{platform}", "có lời riêng cho nền tảng này nhưng platforms không chọn nó.")
    if post.valid_from and post.valid_to and post.valid_from > post.valid_to:
        yield Finding("valid_to", "ngày hết hạn đứng trước ngày bắt đầu.")


def _source(post: Words) -> Iterator[Finding]:
    if not post.source.strip():
        yield Finding("source", "thiếu nguồn chính thống; hãy ghi số văn bản, cơ quan ban hành hoặc trang đăng gốc.")
    if post.form == "lien_ket" and not post.source_url:
        yield Finding("source_url", "bài chia sẻ liên kết phải có địa chỉ bài gốc.")


def _texts(post: Words) -> Iterator[Finding]:
    for field, text in texts_of(post):
        for left in _PLACEHOLDER.findall(text):
            yield Finding(field, f"còn chỗ chưa điền: “{left}”.")
        if "\ufffd" in text:
            yield Finding(field, "có chữ bị hỏng khi chuyển mã (dấu hỏi đen); hãy gõ lại chữ đó.")
        doubtful = sorted({_name(letter) for letter in set(text) if _is_doubtful(letter)})
        if doubtful:
            yield Finding(field, f"có ký tự lạ, hãy xem lại: {', '.join(doubtful)}.", blocks=False)


def _is_doubtful(letter: str) -> bool:
    """Marks that found no letter, letters of other scripts, and invisible characters."""
    kind = unicodedata.category(letter)
    if kind in ("Mn", "Me"):
        return letter != "\ufe0f"
    if kind in ("Cc", "Cf", "Co", "Cs", "Cn"):
        return letter not in "\n\t\u200d"
    return kind.startswith("L") and not unicodedata.name(letter, "").startswith("LATIN")


def _name(letter: str) -> str:
    return f"U+{ord(letter):04X}" + (f" ({letter})" if letter.isprintable() and letter.isalpha() else "")


def _links(post: Words, plan: Plan) -> Iterator[Finding]:
    fields = [*texts_of(post), ("source_url", post.source_url)]
    fields += [(f"variants.{platform}.link", str(one.get("link", ""))) for platform, one in post.variants.items()]
    for field, text in fields:
        for address in _LINK.findall(text):
            yield from _link(field, address.rstrip(".,;:!?"), plan)
    if post.source_url and not _LINK.fullmatch(post.source_url):
        yield Finding("source_url", f"“{post.source_url}” không phải địa chỉ trang; hãy viết đủ https://…")


def _link(field: str, address: str, plan: Plan) -> Iterator[Finding]:
    parts = urlsplit(address)
    host = (parts.hostname or "").rstrip(".")
    if not any(host == domain or host.endswith(f".{domain}") for domain in plan.link_domains):
        allowed = ", ".join(plan.link_domains)
        yield Finding(field, f"liên kết tới {host} nằm ngoài danh sách tên miền cho phép ({allowed}).", blocks=False)
    if parts.scheme.lower() == "http":
        yield Finding(field, f"liên kết tới {host} dùng http; hãy dùng https.", blocks=False)


def _law(post: Words, plan: Plan) -> Iterator[Finding]:
    everything = fold(" ".join(text for _, text in texts_of(post)) + " " + post.source)
    for code in post.legal_refs:
        if plan.legal_ref(code) is None:
            yield Finding("legal_refs", f"“{code}” chưa có trong danh mục văn bản của kế hoạch.", blocks=False)
    for ref in plan.legal_refs:
        if ref.code not in post.legal_refs and not _cites(everything, fold(ref.code)):
            continue
        if ref.state is LegalState.EXPIRED:
            instead = f" Hãy dùng {ref.replaced_by}." if ref.replaced_by else ""
            yield Finding("legal_refs", f"Văn bản trích dẫn đã hết hiệu lực: {ref.name}.{instead}", blocks=False)
        elif ref.state is LegalState.UNCHECKED:
            yield Finding("legal_refs", f"Cần kiểm tra hiệu lực trước khi trích dẫn: {ref.name}.", blocks=False)


def _cites(text: str, code: str) -> bool:
    """Whether the number stands in the text by itself, not as the end of a longer one."""
    return re.search(rf"(?<!\w){re.escape(code)}(?!\w)", text) is not None


def _hashtags(post: Words) -> Iterator[Finding]:
    for tag in post.hashtags:
        if not _HASHTAG.fullmatch(tag):
            yield Finding("hashtags", f"“{tag}”: thẻ chỉ gồm chữ và số viết liền, không dấu cách, gạch nối hay &.")
        elif not tag.isascii():
            yield Finding("hashtags", f"“{tag}”: nên viết không dấu để không chia nhỏ người đọc.", blocks=False)
    if len(post.hashtags) > HASHTAGS_MAX:
        yield Finding("hashtags", f"có {len(post.hashtags)} thẻ; nên dùng tối đa {HASHTAGS_MAX}.", blocks=False)
    if len({fold(tag) for tag in post.hashtags}) < len(post.hashtags):
        yield Finding("hashtags", "có thẻ viết hai lần.", blocks=False)


def _pictures(post: Words, assets: Sequence[Picture]) -> Iterator[Finding]:
    roles: Mapping[str, int] = {role: sum(one.role == role for one in assets) for role in ("image", "cover", "video")}
    for place, asset in enumerate(assets, 1):
        if asset.role != "video" and not asset.alt.strip():
            yield Finding("assets", f"mục {place}: ảnh chưa có văn bản thay thế (alt) cho người không nhìn thấy ảnh.")
    if post.form == "video" and not roles["video"]:
        yield Finding("assets", "bài hình thức video nhưng chưa có tệp video.")
    if post.form == "infographic" and not roles["image"]:
        yield Finding("assets", "bài hình thức infographic nhưng chưa có ảnh.")
