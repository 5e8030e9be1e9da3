"""What a template left for the office to fill in: such a post is a draft, not something to submit.

Nobody can accept a place to fill in, so only what is clearly one stops a post. Brackets stand in honest texts too
("[Ảnh: TTXVN]", "Soạn: TC [Mã hồ sơ] gửi 8188"); those, and gaps that a form may have, are asked about.
"""

import re
from collections.abc import Iterator, Sequence

from content.checks.values import Drawn, Finding, Picture, Words, fill, texts_of, warn
from content.errors import ContentError
from content.plan import Plan
from content.vietnamese import fold

_BRACKET = re.compile(
    r"(?P<square>\[)(?=[^\[\]\n]*[^\W\d_])(?P<in>[^\[\]\n]{1,200})\](?!\()"  # no link's text, no quotation's […]
    r"|[<‹](?P<angle>[^\W\d_][^<>‹›\[\]\n]{0,199})[>›]"
)
_SURE = re.compile(
    r"\{\{[^{}\n]{0,200}\}\}"
    r"|\b(?:TODO|TBD|FIXME)\b"  # what editors leave in a draft for themselves; it must not go out
    r"|(?i:\blorem\ ipsum\b)"
    r"|\.{6,}|…{2,}|_{3,}"
    r"|(?:…|\.{3,})\s?/\s?\w[\w-]*"  # số …/KH-UBND
)
_BEFORE_A_GAP = (
    "xã|phường|đặc khu|thị trấn|huyện|tỉnh|thành phố|thôn|tổ dân phố|ông|bà|đồng chí|số|điện thoại|lúc|ngày|tháng|năm"
)
_DOUBTFUL = re.compile(
    rf"\b(?i:{_BEFORE_A_GAP})\s(?:…|\.{{2,5}})(?=\s\w)"
    r"|(?i:\bngày)\s{0,9}/\s{0,9}/\s{0,9}\d{0,4}"
    r"|\((?i:điền|(?:ghi|viết)\s(?:tên|số|địa\schỉ|ngày))\s[^()\n]{1,80}\)"
    r"|\b(?:[xX]{2}|dd)[/.-](?:[xX]{2}|mm)[/.-](?:20[xX]{2}|[xX]{2,4}|yyyy)\b"
    r"|\b(?:19|20)[xX]{2}\b"
    r"|\b0?x{3,}\b"
)

_ORDERS = "mô tả|viết|ghi|điền|nhập|chèn"
_ASKED = (
    "tên|họ tên|họ và tên|địa chỉ|khung giờ|loại giấy tờ|số liệu|số điện thoại|số văn bản|số|một câu|hai câu|ba câu|"
    "hai, ba câu|chức vụ"
)
_ALSO_LABELS = (
    "ngày|giờ|thời gian|câu hỏi|câu trả lời|đơn vị|cơ quan|cách làm|thủ tục|việc|một việc|một thói quen|mô hình"
)
"""Words that may also head a text: "[Câu hỏi] Nộp hồ sơ ở đâu?"."""
_OTHER_WORDS = re.compile(r"(?:số ho[áa]|số hóa|viết tắt|viet nam|một câu chuyện|tên gọi)\b")


def _cues(words: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Begins with one of them: with marks ("Việt Nam" is no "viết"), and for texts written without any."""
    return re.compile(rf"(?:{words})\b"), re.compile(rf"(?:{fold(words)})\b")


_ORDER, _ASKS, _MAY_ASK = _cues(_ORDERS), _cues(_ASKED), _cues(_ALSO_LABELS)
_BARE_NAMES = frozenset(("đơn vị", "cơ quan", "don vi", "co quan"))


def find_blanks(post: Words, assets: Sequence[Picture], plan: Plan, drawn: Sequence[Drawn]) -> Iterator[Finding]:
    """Every place that still waits for the office, and what may be one."""
    for field, text in _fields(post, assets, drawn):
        left, doubtful = _places(text)
        if left:
            yield fill(field, f"còn {_many(left)}chỗ chưa điền: {_told(left)}; hãy thay bằng thông tin của đơn vị.")
        if doubtful:
            yield warn(
                field, f"có {_many(doubtful)}chỗ giống như chưa điền: {_told(doubtful)}; nếu còn thiếu thì hãy điền."
            )
    if post.form == "video" and not any(one.role == "video" for one in assets):
        yield fill("assets", "bài hình thức video nhưng chưa có tệp video; hãy quay rồi ghi tệp ở dòng video.")
    for picture in drawn:
        if not _is_signed(picture, plan):
            yield fill(
                "assets",
                f"{picture.file} chưa có tên cơ quan ký ở chân ảnh; hãy điền tên ở brands.yml rồi nạp lại.",
            )


def _many(found: Sequence[str]) -> str:
    return f"{len(found)} " if len(found) > 1 else ""


def _told(found: Sequence[str]) -> str:
    return ", ".join(f"“{one}”" for one in found)


def _places(text: str) -> tuple[list[str], list[str]]:
    """What is to be filled in, and what only looks like it; each once, in its order."""
    sure = [(found.start(), found.group()) for found in _SURE.finditer(text)]
    doubtful = [(found.start(), found.group()) for found in _DOUBTFUL.finditer(text)]
    for found in _BRACKET.finditer(text):
        if _asks(text, found):
            sure.append((found.start(), found.group()))
        elif found["square"]:
            doubtful.append((found.start(), found.group()))
    left = list(dict.fromkeys(words for _, words in sorted(sure)))
    return left, [words for words in dict.fromkeys(words for _, words in sorted(doubtful)) if words not in left]


def _asks(text: str, found: re.Match[str]) -> bool:
    """Whether a bracket's words tell what to write there."""
    inside = " ".join((found["in"] or found["angle"]).split())
    words = inside.casefold()
    bare = words.isascii()
    if _OTHER_WORDS.match(words) or _is_message(text, found):
        return False
    if _ORDER[bare].match(words):
        return True
    if re.search(r"\d", words):  # it has its number or its date already
        return False
    if _ASKS[bare].match(words) or words in _BARE_NAMES:
        return True
    return bool(_MAY_ASK[bare].match(words)) and not (inside[:1].isupper() and _heads_a_line(text, found))


def _heads_a_line(text: str, found: re.Match[str]) -> bool:
    before = text[text.rfind("\n", 0, found.start()) + 1 : found.start()]
    return not before.strip() and bool(re.match(r"[^\S\n]*[^\s.]", text[found.end() :][:80]))


def _is_message(text: str, found: re.Match[str]) -> bool:
    """Whether readers are told to put something there themselves: "Soạn TC [Mã hồ sơ] gửi 8188"."""
    before = fold(text[max(text.rfind("\n", 0, found.start()) + 1, found.start() - 80) : found.start()])
    after = fold(text[found.end() : found.end() + 80].partition("\n")[0])
    return bool(re.search(r"\bsoan\b", before) and re.search(r"\bgui\b", after))


def _is_signed(picture: Drawn, plan: Plan) -> bool:
    """Whether the brand that signs the picture has its name. An agency that is not known is told when it is drawn."""
    if picture.signed is not None:
        return picture.signed
    try:
        return plan.signing(picture.agency).filled
    except ContentError:
        return True


def is_blank(text: str) -> bool:
    """Whether the whole text is one place to fill in."""
    text = text.strip()
    bracket = _BRACKET.fullmatch(text)
    return _SURE.fullmatch(text) is not None or (bracket is not None and _asks(text, bracket))


def _fields(post: Words, assets: Sequence[Picture], drawn: Sequence[Drawn]) -> Iterator[tuple[str, str]]:
    yield from texts_of(post)
    yield "source", post.source
    yield "source_url", post.source_url
    for platform, variant in post.variants.items():
        yield f"variants.{platform}.link", str(variant.get("link") or "")
    yield from (("legal_refs", code) for code in post.legal_refs)
    yield from (("assets", one.alt) for one in assets)
    yield from ((f"assets ({picture.file})", text) for picture in drawn for text in picture.texts)
