"""What a file is, told by its first bytes and never by its name; and what to do with one that is not taken."""

import re

ENDINGS = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "video/mp4": ".mp4",
    "video/quicktime": ".mov",
    "video/webm": ".webm",
}
OTHER_ENDINGS = {".jpeg": "image/jpeg", ".jpe": "image/jpeg", ".jfif": "image/jpeg", ".m4v": "video/mp4"}
HEAD = 4096
"""Bytes from the beginning of a file that tell what it is."""

_STILL_BRANDS = {
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"mif2"), "HEIC"),
    **dict.fromkeys((b"avif", b"avis"), "AVIF"),
    b"crx ": "RAW",
}
_SAVE_AS_JPEG = "hãy mở ảnh và lưu lại thành JPEG hoặc PNG"
_EXPORT_MP4 = "hãy xuất lại thành MP4 (mã hóa H.264)"
_DOCUMENT = "hãy chụp hoặc xuất trang cần đăng thành ảnh PNG"
_KINDS: tuple[tuple[str, str, str], ...] = (
    (r"BM.{4}\0\0\0\0", "ảnh BMP", _SAVE_AS_JPEG),
    (r"II\*\0|MM\0\*|II\+\0|MM\0\+", "ảnh TIFF hoặc RAW", _SAVE_AS_JPEG),
    (r"\0\0\x01\0[^\0]", "biểu tượng ICO", _SAVE_AS_JPEG),
    (r"8BPS", "tệp Photoshop", "hãy xuất thành JPEG hoặc PNG"),
    (r"\xff\x0a|\0\0\0\x0cJXL ", "ảnh JPEG XL", _SAVE_AS_JPEG),
    (r"\0\0\0\x0cjP  ", "ảnh JPEG 2000", _SAVE_AS_JPEG),
    (r"\s*%PDF-", "tệp PDF", _DOCUMENT),
    (r"PK\x03\x04.{26}(\[Content_Types\]\.xml|_rels/|word/|xl/|ppt/|docProps/)", "tài liệu Word, Excel hoặc PowerPoint",
     _DOCUMENT),
    (r"PK\x03\x04.{26}mimetypeapplication/vnd\.oasis", "tài liệu OpenDocument", _DOCUMENT),
    (r"PK\x03\x04|PK\x05\x06|Rar!|7z\xbc\xaf|\x1f\x8b|\xfd7zXZ|BZh", "tệp nén",
     "hãy giải nén rồi chọn từng ảnh, từng video"),
    (r"\xd0\xcf\x11\xe0", "tài liệu Office đời cũ", _DOCUMENT),
    (r"\{\\rtf", "tài liệu RTF", _DOCUMENT),
    (r"RIFF.{4}AVI ", "video AVI", _EXPORT_MP4),
    (r"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video WMV", _EXPORT_MP4),
    (r"FLV\x01", "video FLV", _EXPORT_MP4),
    (r"\0\0\x01[\xba\xb3]|G.{187}G", "video MPEG", _EXPORT_MP4),
    (r"ID3|\xff[\xfb\xf3\xf2\xf1\xf9]|RIFF.{4}WAVE|OggS|fLaC|#!AMR", "tệp âm thanh",
     "hãy ghép với hình thành video MP4"),
    (r"MZ|\x7fELF|#!", "chương trình máy tính", "không đăng tệp này; hãy kiểm tra máy đã gửi tệp"),
)  # fmt: skip
_SIGNS = tuple((re.compile(sign.encode("latin-1"), re.DOTALL), what, way) for sign, what, way in _KINDS)
_SVG = re.compile(rb"<svg[\s>]|<!DOCTYPE svg", re.IGNORECASE)
_MARKUP = re.compile(rb"\s*<(!doctype|html|\?xml|head|body)", re.IGNORECASE)
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def sniff(head: bytes) -> str:
    """The media type told by the first bytes of a file; "" when it is none we carry."""
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp":
        if head[8:12] in _STILL_BRANDS:
            return ""
        return "video/quicktime" if head[8:12] == b"qt  " else "video/mp4"
    if head[4:8] in (b"moov", b"mdat", b"wide"):
        return "video/quicktime"  # older cameras write no ftyp
    return "video/webm" if head.startswith(b"\x1a\x45\xdf\xa3") else ""


def refusal(head: bytes) -> str:
    """Why a file that begins like this is not taken, and the way out: the words after its name."""
    if not head:
        return "tệp rỗng (0 byte); hãy chép lại hoặc xuất lại tệp."
    if head[4:8] == b"ftyp":
        kind = _STILL_BRANDS.get(head[8:12], "HEIC")
        return f"đây là ảnh {kind}, các kênh không nhận; {_SAVE_AS_JPEG}."
    for sign, what, way in _SIGNS:
        if sign.match(head):
            return f"đây là {what}, không phải ảnh hay video đăng được; {way}."
    text = head.replace(b"\0", b"") if head.startswith(_BOMS[1:]) else head
    for mark in _BOMS:
        text = text.removeprefix(mark)
    if _SVG.search(text) and text.lstrip().startswith(b"<"):
        return "đây là ảnh vẽ SVG, các kênh không nhận; hãy xuất thành ảnh PNG."
    if _MARKUP.match(text):
        return "đây là trang web, không phải ảnh; hãy lưu chính bức ảnh trong trang rồi chọn lại."
    return (
        "không phải ảnh (JPEG, PNG, GIF, WebP) hay video (MP4, MOV, WebM), dù tên tệp ghi gì; "
        "hãy xuất lại tệp đúng loại."
    )


def wrong_ending(ending: str, mime: str) -> bool:
    """Whether a name's ending promises another kind than the content is; an unknown ending promises nothing."""
    known = {**{end: kind for kind, end in ENDINGS.items()}, **OTHER_ENDINGS}
    told = known.get(ending.casefold(), "")
    return bool(told) and told != mime
