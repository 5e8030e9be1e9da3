"""Alternative texts for people who do not see the picture, and pictures that bring colours of their own.

The palettes are measured for contrast; a colour that somebody sets in a picture's description is not, so it is
refused (TT 32/2017/TT-BTTTT, Điều 18).
"""

import re
from collections.abc import Iterator, Sequence

from content.checks.blanks import is_blank
from content.checks.values import AssetPlace, Drawn, Finding, Picture, Words, warn
from content.vietnamese import fold, nfc

ALT_WORDS_MIN = 4
ALT_MAX = 500
"""Characters. No platform's sheet names a limit; a listener has to hear it to the end."""

DRAWN_MAX = 2_000
"""Values read of one description; no picture holds more."""

_ROLES = {"image": "ảnh", "cover": "ảnh bìa", "video": "video"}
_FILE_ENDINGS = (
    *(".png", ".jpg", ".jpeg", ".gif", ".webp", ".heic", ".bmp", ".svg"),
    *(".mp4", ".mov", ".webm", ".yml", ".yaml"),
)
_CAMERA = re.compile(r"(?:img|dsc|dscn|pxl|image|screenshot|photo|z\d{6,})[\W_]*\d[\w .()-]*", re.IGNORECASE)
_EMPTY_WRITTEN = (
    "anh hinh minh hoa bia dai dien do image picture photo infographic banner poster cover logo video clip alt"
)
_EMPTY_WORDS = frozenset(_EMPTY_WRITTEN.split())
"""A text made of these alone says nothing: "ảnh", "hình minh họa", "ảnh bìa"."""
_COLOUR_NAMES = re.compile(r"(?:^|_)(?:colou?rs?|mau_sac)(?:$|_)")
_COLOUR = re.compile(r"#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})|(?:rgb|hsl)a?\([^)]*\)", re.IGNORECASE)


def find_picture_faults(post: Words, assets: Sequence[Picture], drawn: Sequence[Drawn]) -> Iterator[Finding]:
    """What is wrong with the alternative texts, what is missing, and which descriptions set colours."""
    for place, asset in enumerate(assets, 1):
        yield from _alternative_text(post, asset, place)
    if post.form == "infographic" and not any(one.role == "image" for one in assets):
        yield Finding("assets", "bài hình thức infographic nhưng chưa có ảnh; hãy thêm dòng infographic hoặc image.")
    for picture in drawn:
        if picture.colours:
            yield Finding(
                "assets",
                f"{picture.file} tự đặt màu ({', '.join(picture.colours)}); hãy bỏ, chỉ chọn bảng màu ở palette, vì "
                "các bảng màu có sẵn đã bảo đảm độ tương phản.",
            )


def _alternative_text(post: Words, asset: Picture, place: int) -> Iterator[Finding]:
    where = _where(asset, place)
    alt = " ".join(asset.alt.split())
    if is_blank(alt):
        return
    if asset.role == "video":
        if not alt and not _has_captions(post):
            yield Finding(
                "assets", f"{where}: chưa có phụ đề hoặc văn bản thay thế (alt); hãy viết vài câu kể nội dung."
            )
        return
    if not alt:
        yield Finding("assets", f"{where}: chưa có văn bản thay thế (alt) cho người không nhìn thấy ảnh; hãy tả ảnh.")
    elif _is_file_name(alt, asset):
        yield Finding("assets", f"{where}: văn bản thay thế “{alt}” là tên tệp; hãy tả điều nhìn thấy trong ảnh.")
    elif not set(re.findall(r"\w+", fold(alt))) - _EMPTY_WORDS:
        yield Finding("assets", f"{where}: văn bản thay thế “{alt}” chưa nói gì; hãy tả điều nhìn thấy trong ảnh.")
    elif len(alt.split()) < ALT_WORDS_MIN:
        yield warn("assets", f"{where}: văn bản thay thế “{alt}” quá ngắn; hãy tả ảnh bằng một câu.")
    elif fold(alt).rstrip(".") == fold(post.title).rstrip("."):
        yield warn("assets", f"{where}: văn bản thay thế chép lại tiêu đề; hãy tả điều nhìn thấy trong ảnh.")
    if len(alt) > ALT_MAX:
        yield warn("assets", f"{where}: văn bản thay thế dài {len(alt)} ký tự; nên viết trong {ALT_MAX} ký tự.")


def _where(asset: Picture, place: int) -> str:
    if isinstance(asset, AssetPlace) and asset.line:
        return f"mục {asset.line} ({_ROLES.get(asset.role, asset.role)})"
    name = getattr(asset, "name", "")
    return f"{_ROLES.get(asset.role, asset.role)} {name or f'thứ {place}'}"


def _is_file_name(alt: str, asset: Picture) -> bool:
    name = str(getattr(asset, "name", "") or "")
    stem = name.rpartition(".")[0] or name
    if alt.endswith(".") and len(alt.split()) >= ALT_WORDS_MIN and not _CAMERA.fullmatch(alt):
        return False  # a sentence
    told = {fold(alt), re.sub(r"[\W_]+", " ", fold(alt)).strip()}
    known = {fold(name), fold(stem), re.sub(r"[\W_]+", " ", fold(stem)).strip()} - {""}
    same = bool(known & told) and len(alt.split()) < ALT_WORDS_MIN
    slug = " " not in alt and re.search(r"[-_]|\w\.\w", alt) is not None
    return same or slug or fold(alt).endswith(_FILE_ENDINGS) or bool(_CAMERA.fullmatch(alt))


def _has_captions(post: Words) -> bool:
    """Whether a variant brings a transcript or captions for its video."""
    options = [variant.get("options") for variant in post.variants.values()]
    return any(
        value
        for one in options
        if isinstance(one, dict)
        for name, value in one.items()
        if str(name).startswith(("caption", "transcript"))
    )


def drawn_from(values: object, file: str) -> Drawn:
    """What the description of a picture or a clip says, read from its plain YAML values whatever its template is."""
    texts: list[str] = []
    colours: list[str] = []
    waiting: list[tuple[str, object]] = [("", values)]
    for _ in range(DRAWN_MAX):  # YAML can refer to itself
        if not waiting:
            break
        name, value = waiting.pop(0)
        if isinstance(value, dict):
            waiting[:0] = [(str(key), inner) for key, inner in value.items()]
        elif isinstance(value, list | tuple):
            waiting[:0] = [(name, inner) for inner in value]
        elif isinstance(value, str) and value.strip():
            text = nfc(value.strip())
            if _COLOUR_NAMES.search(fold(name)) or _COLOUR.fullmatch(text):
                colours.append(f"{name}: {text}")
            elif name not in ("template", "icon", "palette", "sizes", "logo"):
                texts.append(text)
    agency = values.get("agency") if isinstance(values, dict) else None
    return Drawn(file, tuple(texts), tuple(colours), agency.strip() if isinstance(agency, str) else "")
