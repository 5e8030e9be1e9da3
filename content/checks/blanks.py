"""What a template left for the office to fill in: such a post is a draft, not something to submit."""

import re
from collections.abc import Iterator, Sequence

from content.checks.values import Drawn, Finding, Picture, Words, fill, texts_of
from content.errors import ContentError
from content.plan import Plan

_BLANK = re.compile(
    r"""
      \[ (?=[^\[\]\n]*[^\W\d_]) [^\[\]\n]{1,200} \] (?!\()  # [Tên cơ quan]; a link's text and a quotation's […] are not
    | \{\{ [^{}\n]{0,200} \}\}
    | \b(?:TODO|TBD|FIXME)\b
    | (?i:\blorem\ ipsum\b)
    | \.{6,} | …{2,} | _{3,}
    | (?:…|\.{3,}) \s? / \s? \w[\w-]*                       # số …/KH-UBND
    | (?i:\bngày \s (?:…|\.{2,}) \s? tháng)
    | \b(?:[xX]{2}|dd) [/.-] (?:[xX]{2}|mm) [/.-] (?:20[xX]{2}|[xX]{2,4}|yyyy)\b
    | \b(?:19|20)[xX]{2}\b
    | \b0?x{3,}\b
    """,
    re.VERBOSE,
)


def find_blanks(post: Words, assets: Sequence[Picture], plan: Plan, drawn: Sequence[Drawn]) -> Iterator[Finding]:
    """Every place that still waits for the office."""
    for field, text in _fields(post, assets, drawn):
        left = [f"“{blank}”" for blank in dict.fromkeys(found.group() for found in _BLANK.finditer(text))]
        if left:
            many = f"{len(left)} " if len(left) > 1 else ""
            yield fill(field, f"còn {many}chỗ chưa điền: {', '.join(left)}; hãy thay bằng thông tin của đơn vị.")
    if post.form == "video" and not any(one.role == "video" for one in assets):
        yield fill("assets", "bài hình thức video nhưng chưa có tệp video; hãy quay rồi ghi tệp ở dòng video.")
    for picture in drawn:
        if not _is_signed(picture, plan):
            yield fill("assets", f"{picture.file} chưa có tên cơ quan ký ở chân ảnh; hãy điền tên trong brands.yml.")


def _is_signed(picture: Drawn, plan: Plan) -> bool:
    """Whether the brand that signs the picture has its name. An agency that is not known is told when it is drawn."""
    try:
        return plan.signing(picture.agency).filled
    except ContentError:
        return True


def is_blank(text: str) -> bool:
    """Whether the whole text is one place to fill in."""
    return _BLANK.fullmatch(text.strip()) is not None


def _fields(post: Words, assets: Sequence[Picture], drawn: Sequence[Drawn]) -> Iterator[tuple[str, str]]:
    yield from texts_of(post)
    yield "source", post.source
    yield "source_url", post.source_url
    for platform, variant in post.variants.items():
        yield f"variants.{platform}.link", str(variant.get("link") or "")
    yield from (("legal_refs", code) for code in post.legal_refs)
    yield from (("assets", one.alt) for one in assets)
    yield from ((f"assets ({picture.file})", text) for picture in drawn for text in picture.texts)
