"""Whether an article that Zalo shows is the one we wanted (zalo 2.4, 9.4). Pure.

Addresses of pictures are never compared: Zalo writes its own.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.zalo.article import LINE
from connectors.zalo.text import squeezed

_NAMES = ("title", "description", "author", "video_id")


def same_article(told: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool | None:
    """Whether `told` (of `getdetail`) is an article we may have made: its short texts, its first and last words.

    None when Zalo told too little to say so: a title alone is no proof.
    """
    if not _fields_agree(told, wanted, _NAMES):
        return False
    if wanted.get("video_id"):
        return True if told.get("video_id") is not None else None
    told_texts, wanted_texts = _texts(told), _texts(wanted)
    if not told_texts:
        return None
    return bool(wanted_texts) and (told_texts[0], told_texts[-1]) == (wanted_texts[0], wanted_texts[-1])


def same_content(told: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether everything that Zalo tells stands there as wanted: every word, every caption, the number of pictures."""
    if not _fields_agree(told, wanted, _NAMES):
        return False
    if told.get("comment") in ("show", "hide") and told["comment"] != wanted.get("comment"):
        return False
    if not isinstance(told.get("body"), list) or "body" not in wanted:
        return True
    if "".join(_texts(told)) != "".join(_texts(wanted)):
        return False
    told_captions, wanted_captions = list(_captions(told)), list(_captions(wanted))
    if len(told_captions) != len(wanted_captions):
        return False
    pairs = zip(told_captions, wanted_captions, strict=True)
    return all(one is None or _bare(one) == _bare(other) for one, other in pairs)


def line_in(told: Mapping[str, Any]) -> str:
    """The line at the end of a hidden article that says whose it is; "" when there is none (zalo 9.6)."""
    texts = [squeezed(block.get("content")) for block in _blocks(told, "text")]
    _, found, key = (texts[-1] if texts else "").rpartition(LINE)
    return f"{found}{key}" if found else ""


def _fields_agree(told: Mapping[str, Any], wanted: Mapping[str, Any], names: tuple[str, ...]) -> bool:
    asked = [name for name in names if name in wanted and told.get(name) is not None]
    return all(_bare(told[name]) == _bare(wanted[name]) for name in asked)


def _blocks(article: Mapping[str, Any], kind: str) -> Iterator[Mapping[str, Any]]:
    body = article.get("body")
    for block in body if isinstance(body, list) else []:
        if isinstance(block, dict) and block.get("type") == kind:
            yield block


def _texts(article: Mapping[str, Any]) -> list[str]:
    return [_bare(block.get("content")) for block in _blocks(article, "text")]


def _captions(article: Mapping[str, Any]) -> Iterator[object]:
    return (block.get("caption") for block in _blocks(article, "image"))


def _bare(text: object) -> str:
    """Without tags and blanks: Zalo may write the same HTML in another way."""
    return "".join(squeezed(text).split())
