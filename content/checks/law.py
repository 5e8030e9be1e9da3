"""Documents that are no longer in force, however they are cited: in a text, a picture, a source or the list.

"61/2018/NĐ-CP", "Nghị định 61/2018", "NĐ số 61/2018/NĐ-CP", "Nghị định số 61 ngày 23/4/2018" and "Luật Tổ chức
Chính phủ năm 2015" are all found, with or without marks. A number without its year ("23/CT-TTg") that is followed
by another year's date is another document.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache

from content.checks.values import Drawn, Finding, Picture, Words, texts_of, warn
from content.plan import LegalRef, LegalState, Plan
from content.vietnamese import day, fold

_KINDS = {
    "nd": "nghi dinh",
    "qd": "quyet dinh",
    "nq": "nghi quyet",
    "ct": "chi thi",
    "tt": "thong tu",
    "ttlt": "thong tu lien tich",
    "kh": "ke hoach",
    "qh": "luat",
    "cv": "cong van",
    "tb": "thong bao",
}
_NUMBERED = re.compile(r"0*(?P<number>\d+)(?:/(?P<year>\d{4}))?/(?P<symbol>(?P<kind>[a-z]+)[\w&-]*)")
_NAMED = re.compile(r"(?P<name>.*\D) (?:nam )?(?P<year>(?:19|20)\d{2})")
_DATED = r"(?:,?\s\(?|,)(?:ngay\s\S{1,10}\s?(?:thang\s\d{1,2}\s)?)?(?:nam\s)?"
_OWN_DATE = re.compile(r"[\s,(]*(?:ngay\s\S{0,8}?(?:\s?thang\s\d{1,2}\s?)?)?(?:nam\s)?(?P<year>(?:19|20)\d{2})\b")
_DASHES = re.compile(r"\s?[‐‑‒–—−-]\s?(?=[a-z])")
_REPLACED_MAX = 5


def find_law_faults(
    post: Words, assets: Sequence[Picture], plan: Plan, drawn: Sequence[Drawn], today: date | None
) -> Iterator[Finding]:
    """One finding per document that must not, or not yet, be cited, in the first field that cites it."""
    for code in post.legal_refs:
        if plan.legal_ref(code) is None:
            yield warn(
                "legal_refs",
                f"“{code}” chưa có trong danh mục văn bản của kế hoạch; hãy xem lại số, ký hiệu, "
                "hoặc nhờ bổ sung danh mục.",
            )
    fields = [(field, _plain(text)) for field, text in _fields(post, assets, drawn)]
    # a sign that is in no citation keeps the fields apart: what is nowhere in the whole is in none of them
    everything = "\x00".join(text for _, text in fields)
    for ref in plan.legal_refs:
        words = _doubt(ref, plan, today)
        if not words or not (ref.code in post.legal_refs or _cites(everything, ref)):
            continue
        places = [field for field, text in fields if _cites(text, ref)]
        if ref.code in post.legal_refs:
            places.append("legal_refs")
        if places:
            others = ", ".join(dict.fromkeys(place for place in places[1:] if place != places[0]))
            yield warn(places[0], words + (f" Văn bản này còn được nhắc ở: {others}." if others else ""))


def _fields(post: Words, assets: Sequence[Picture], drawn: Sequence[Drawn]) -> Iterator[tuple[str, str]]:
    yield from texts_of(post)
    yield "source", post.source
    yield from (("assets", one.alt) for one in assets)
    yield from ((f"assets ({picture.file})", "; ".join(picture.texts)) for picture in drawn)


def _doubt(ref: LegalRef, plan: Plan, today: date | None) -> str:
    """What is wrong with citing this document; "" when it is in force."""
    over = ref.effective_to is not None and today is not None and ref.effective_to < today
    if ref.state is LegalState.EXPIRED or over:
        until = f" (đến hết ngày {day(ref.effective_to)})" if ref.effective_to else ""
        instead = _replacement(ref, plan)
        way = f"Hãy dùng {instead}." if instead else "Hãy dẫn văn bản đang có hiệu lực hoặc bỏ câu này."
        return f"văn bản trích dẫn đã hết hiệu lực: {ref.name}{until}. {way}"
    if ref.state is LegalState.UNCHECKED:
        return f"cần kiểm tra hiệu lực trước khi trích dẫn: {ref.name}."
    return ""


def _replacement(ref: LegalRef, plan: Plan) -> str:
    """The document that holds now, by code and name: the replacement of a replacement, too."""
    code = ref.replaced_by
    for _ in range(_REPLACED_MAX):
        found = plan.legal_ref(code)
        if found is None:
            return code
        if found.state is not LegalState.EXPIRED or not found.replaced_by:
            return code if found.name in ("", code) or fold(code) in fold(found.name) else f"{code} ({found.name})"
        code = found.replaced_by
    return code


def _plain(text: str) -> str:
    """The text for searching: folded, one kind of dash, no blanks around slashes."""
    plain = _DASHES.sub("-", fold(text))
    return re.sub(r"\s?/\s?", "/", plain) if "/" in plain else plain


def _cites(text: str, ref: LegalRef) -> bool:
    """Whether the document is cited: its number by itself, not as the end of a longer one, and of its own year."""
    if _kernel(ref.code) not in text:
        return False
    for pattern in _patterns(ref.code):
        for found in pattern.finditer(text):
            year = _OWN_DATE.match(text, found.end())
            if year is None or ref.issued is None or int(year["year"]) == ref.issued.year or pattern.groups:
                return True
    return False


@lru_cache(maxsize=2_000)
def _kernel(code: str) -> str:
    """What stands in every way of writing it: finding out that it does not is much quicker than the patterns."""
    plain = _plain(code)
    numbered, named = _NUMBERED.fullmatch(plain), _NAMED.fullmatch(plain)
    return numbered["number"] if numbered else named["name"].strip() if named else plain


@lru_cache(maxsize=2_000)
def _patterns(code: str) -> tuple[re.Pattern[str], ...]:
    """How a document may be written in a folded text. A pattern with a group names the year itself."""
    plain = _plain(code)
    numbered = _NUMBERED.fullmatch(plain)
    if numbered:
        return tuple(map(re.compile, _of_number(numbered)))
    named = _NAMED.fullmatch(plain)
    if named:
        name = re.escape(named["name"].strip())
        number = r"(?:\s(?:so\s)?\d+/\d{4}/\S{1,8})?"
        return (re.compile(rf"(?<!\w){name}{number}{_DATED}({named['year']})(?!\d)"),)
    return (re.compile(rf"(?<![\w/]){re.escape(plain)}(?!\w)"),)


def _of_number(numbered: re.Match[str]) -> Iterator[str]:
    number, year, symbol = numbered["number"], numbered["year"], re.escape(numbered["symbol"])
    kind = numbered["kind"].rstrip("0123456789")
    kinds = "|".join(filter(None, (_KINDS.get(kind, ""), kind)))
    begin = rf"(?<!\w)(?:{kinds})\.?\s?(?:so\s?)?:?\s?0*{number}"
    if year:
        yield rf"(?<![\w/])0*{number}/({year})/{symbol}(?!\w)"
        yield rf"{begin}/({year})(?![\w/-])"
        yield rf"{begin}(?:/{symbol})?{_DATED}({year})(?!\d)"
    else:
        yield rf"(?<![\w/])0*{number}/{symbol}(?!\w)"
