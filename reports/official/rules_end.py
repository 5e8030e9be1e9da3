"""R24-R29: signature, nơi nhận, annexes."""

import re
from collections.abc import Iterator

from reports.official import form
from reports.official.found import (
    Annexed,
    Answer,
    Check,
    Parts,
    answer,
    capital,
    folded,
    pars_of,
    shortened,
    unlike,
)
from reports.official.wordfile import Par

_NO_FOOT = "không thấy bảng hai cột có “Nơi nhận:” ở cuối văn bản"
_DEGREE = re.compile(r"\b(PGS|GS|TS|TSKH|ThS|Th\.S|CN|KS|BS|NGƯT|Ông|Bà)\b[. ]")
_OF = re.compile(
    r"\(Kèm theo \S.* số[ \u00a0]*\d*[ \u00a0]*/\S+[ \u00a0]+ngày[ \u00a0]*\d*[ \u00a0]*tháng .*năm \d{4} của \S.*\)"
)
_ANNEX = re.compile(r"Phụ lục( (?P<place>[IVXLC]+|\d+))?")


def _right(parts: Parts) -> list[Par]:
    cell = parts.foot_cell(1)
    return [] if cell is None else cell.pars


def _positions(parts: Parts) -> list[Par]:
    """The lines before the first blank one."""
    pars = _right(parts)
    blank = next((place for place, par in enumerate(pars) if par.blank), len(pars))
    return pars[:blank]


def _signer(parts: Parts) -> Par | None:
    rest = _right(parts)[len(_positions(parts)) :]
    return next((par for par in reversed(rest) if not par.blank), None)


def r24(parts: Parts) -> Answer:
    """Authority and position."""
    if parts.foot is None:
        return False, _NO_FOOT
    positions = _positions(parts)
    if not positions:
        return False, "chưa ghi quyền hạn, chức vụ của người ký"
    problems = []
    for par in positions:
        problems += [f"{one} ở {shortened(par.text)}" for one in unlike(par, "position")]
        if not capital(par):
            problems.append(f"không viết hoa: {shortened(par.text)}")
    return answer(problems, ", ".join(par.text for par in positions))


def r25(parts: Parts) -> Answer:
    """The signer's name, when it is there."""
    if parts.foot is None:
        return False, _NO_FOOT
    par = _signer(parts)
    if par is None:
        return True, "họ tên để trống, chờ người ký"
    problems = [f"{one} ở {shortened(par.text)}" for one in unlike(par, "signer")]
    if capital(par):
        problems.append(f"viết hoa toàn bộ: {shortened(par.text)}")
    if _DEGREE.search(f"{par.text} "):
        problems.append(f"ghi học hàm, học vị: {shortened(par.text)}")
    return answer(problems, shortened(par.text))


def r26(parts: Parts) -> Answer:
    """Room for the signature; no picture of one is there."""
    if parts.foot is None:
        return False, _NO_FOOT
    if any(par.drawing is not None for par in pars_of(parts.foot)):
        return False, "có hình ở chỗ ký"
    blank = sum(par.blank for par in _right(parts))
    if blank < form.BLANK_LINES:
        return False, f"chỉ có {blank} dòng trống để ký"
    return True, f"{blank} dòng trống, không có hình"


def r27(parts: Parts) -> Answer:
    """ "Nơi nhận:"."""
    cell = parts.foot_cell(0)
    pars = [] if cell is None else cell.pars
    par = next((one for one in pars if not one.blank), None)
    if par is None or par.text != form.RECIPIENTS:
        return False, f"không thấy “{form.RECIPIENTS}” ở đầu ô bên trái, cuối văn bản"
    problems = unlike(par, "recipients")
    if pars[0] is not par or (_right(parts) and _right(parts)[0].blank):
        problems.append("không ngang hàng với chức vụ người ký")
    return answer(problems, shortened(par.text))


def r28(parts: Parts) -> Answer:
    """The list of recipients."""
    cell = parts.foot_cell(0)
    pars = [] if cell is None else [par for par in cell.pars if not par.blank and par.text != form.RECIPIENTS]
    if not pars:
        return False, "không thấy danh sách nơi nhận"
    problems = [f"{one} ở {shortened(par.text)}" for par in pars for one in unlike(par, "recipient")]
    problems += [f"{shortened(par.text)} thiếu gạch đầu dòng" for par in pars if not par.text.startswith("- ")]
    problems += [f"{shortened(par.text)} không kết thúc bằng “;”" for par in pars[:-1] if not par.text.endswith(";")]
    if not re.fullmatch(r"- Lưu: ?VT.*\.", pars[-1].text):
        problems.append("dòng cuối phải là “- Lưu: VT, …” và kết thúc bằng “.”")
    above = folded(pars[0].text) == "- như trên;"
    if parts.to and not above:
        problems.append("có “Kính gửi” nên dòng đầu phải là “- Như trên;”")
    if above and not parts.to:
        problems.append("không có “Kính gửi” nên không ghi “Như trên”")
    return answer(problems, f"{len(pars)} dòng")


def r29(parts: Parts) -> Answer:
    """Annexes."""
    problems = [problem for place, annex in enumerate(parts.annexes, 1) for problem in _unlike(annex, place, parts)]
    return answer(problems, f"{len(parts.annexes)} phụ lục" if parts.annexes else "không có phụ lục")


def _unlike(annex: Annexed, place: int, parts: Parts) -> Iterator[str]:
    pars = [par for par in annex.pars if not par.blank]
    name = shortened(pars[0].text)
    yield from (f"{one} ở {name}" for one in unlike(pars[0], "annex"))
    match = _ANNEX.fullmatch(pars[0].text)
    if match is None:
        yield f"{name} không viết như “Phụ lục I”"
    elif len(parts.annexes) > 1 and match["place"] != _roman(place):
        yield f"{name} phải là “Phụ lục {_roman(place)}”"
    if len(pars) < 2:
        yield f"{name} không có tên"
        return
    titles, of = _titles(pars[1:])
    for par in titles:
        yield from (f"{one} ở {shortened(par.text)}" for one in unlike(par, "annex_title"))
        if not capital(par):
            yield f"không viết hoa: {shortened(par.text)}"
    if of is None:
        yield f"{name} thiếu chỉ dẫn “(Kèm theo …)”"
    else:
        yield from (f"{one} ở {shortened(of.text)}" for one in unlike(of, "annex_of"))
        if not _OF.fullmatch(of.text):
            yield f"{shortened(of.text)} không theo mẫu “(Kèm theo Báo cáo số …/BC-… ngày … tháng … năm … của …)”"
    if not annex.begins_section:
        yield f"{name} không bắt đầu ở phần (section) riêng nên không đánh số trang riêng được"
    elif annex.section.says("pgNumType", "start") != "1":
        yield f"{name} không đánh số trang lại từ 1"


def _titles(pars: list[Par]) -> tuple[list[Par], Par | None]:
    """The lines of an annex's title, and the line that says what it belongs to."""
    for place, par in enumerate(pars[:4]):
        if folded(par.text).startswith("(kèm theo"):
            return pars[:place], par
    return pars[:1], None


def _roman(value: int) -> str:
    tens, ones = divmod(value, 10)
    return "X" * tens + ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")[ones]


CHECKS: dict[str, Check] = {"R24": r24, "R25": r25, "R26": r26, "R27": r27, "R28": r28, "R29": r29}
