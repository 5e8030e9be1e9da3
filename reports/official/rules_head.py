"""R5-R18: what stands above the body."""

import re
from collections.abc import Sequence

from reports.official import form
from reports.official.found import (
    Answer,
    Check,
    Parts,
    answer,
    capital,
    folded,
    measured,
    rule_in,
    shortened,
    unlike,
)
from reports.official.wordfile import Par

_KINDS = {
    "báo cáo", "nghị quyết", "quyết định", "chỉ thị", "quy chế", "quy định", "thông cáo", "thông báo", "hướng dẫn",
    "chương trình", "kế hoạch", "phương án", "đề án", "dự án", "biên bản", "tờ trình", "hợp đồng", "công điện",
    "bản ghi nhớ", "bản thỏa thuận", "giấy ủy quyền", "giấy mời", "giấy giới thiệu", "giấy nghỉ phép", "phiếu gửi",
    "phiếu chuyển", "phiếu báo",
}  # fmt: skip
_NUMBER = re.compile(r"Số:[ \u00a0]*(\d*)[ \u00a0]*/([A-ZĐ]+)-([A-ZĐƯ0-9&.-]+)")
_TIGHT = re.compile(r"Số:[ \u00a0]\d+/\S+")
_DATED = re.compile(r"(\S.*?), ngày[ \u00a0]*(\d*)[ \u00a0]*tháng[ \u00a0]*(\d*)[ \u00a0]*năm[ \u00a0]*(\d{4})")
_NO_HEAD = "không thấy bảng hai cột ở đầu trang"


def _like(par: Par | None, look: str, missing: str) -> Answer:
    if par is None:
        return False, missing
    return answer([f"{one} ở {shortened(par.text)}" for one in unlike(par, look)], shortened(par.text))


def _country(parts: Parts) -> Par | None:
    return next((par for par in parts.head_pars(1) if folded(par.text) == folded(form.COUNTRY)), None)


def _motto(parts: Parts) -> Par | None:
    bare = folded(form.MOTTO).replace(" ", "")
    return next(
        (
            par
            for par in parts.head_pars(1)
            if re.sub(r"[\s–—]", "", folded(par.text)).replace("-", "") == bare.replace("-", "")
        ),
        None,
    )


def r5(parts: Parts) -> Answer:
    """Quốc hiệu, letter by letter."""
    par = _country(parts)
    if par is not None and not capital(par):
        return False, f"không viết hoa: {shortened(par.text)}"
    return _like(par, "country", f"không thấy “{form.COUNTRY}” ở cột phải (chú ý chữ HÒA)")


def r6(parts: Parts) -> Answer:
    """Tiêu ngữ, with its hyphens."""
    par = _motto(parts)
    if par is not None and par.text != form.MOTTO:
        return False, f"viết là {shortened(par.text)}, phải là “{form.MOTTO}”"
    return _like(par, "motto", f"không thấy “{form.MOTTO}” ở cột phải")


def _ruled(pars: Sequence[Par], of: Par | None, available: float, share: tuple[float, float], slack: float) -> Answer:
    """Whether a line is drawn in these paragraphs, between these shares of the text's length."""
    if of is None:
        return False, "không thấy dòng chữ phía trên"
    rule = rule_in(pars, available)
    if rule is None:
        return False, f"không có đường kẻ dưới {shortened(of.text)}"
    if rule.underline:
        return False, f"gạch chân thay cho đường kẻ ở {shortened(of.text)}"
    if rule.length_mm is None:
        return True, "có đường kẻ; tệp không ghi độ dài, cần tự xem"
    text = measured(of, available)
    if not (share[0] - slack) * text <= rule.length_mm <= (share[1] + slack) * text:
        return False, f"đường kẻ dài {rule.length_mm:.0f} mm, dòng chữ dài khoảng {text:.0f} mm"
    return True, f"đường kẻ {rule.length_mm:.0f} mm, dòng chữ {text:.0f} mm"


def _from(pars: list[Par], par: Par | None) -> list[Par]:
    """A paragraph and the blank ones after it."""
    if par is None:
        return []
    place = next(n for n, one in enumerate(pars) if one is par)
    following = pars[place + 1 :]
    blank = next((n for n, one in enumerate(following) if not one.blank), len(following))
    return [par, *following[:blank]]


def _column_mm(parts: Parts, column: int) -> float:
    widths = [] if parts.head is None else parts.head.widths_mm
    return widths[column] if len(widths) > column and widths[column] else parts.text_width_mm / 2


def r7(parts: Parts) -> Answer:
    """The rule under tiêu ngữ."""
    motto = _motto(parts)
    return _ruled(_from(parts.head_pars(1), motto), motto, _column_mm(parts, 1), form.FULL_RULE, 0.0)


def r8(parts: Parts) -> Answer:
    """Single spacing between quốc hiệu and tiêu ngữ."""
    country, motto = _country(parts), _motto(parts)
    if country is None or motto is None:
        return False, "không thấy Quốc hiệu hoặc Tiêu ngữ"
    problems = [
        f"{shortened(par.text)} không cách dòng đơn"
        for par in (country, motto)
        if (par.looks["line_rule"] == "auto" and par.looks["line"] != 240)
    ]
    if country.looks["after"] or motto.looks["before"]:
        problems.append("giữa Quốc hiệu và Tiêu ngữ có khoảng cách đoạn")
    return answer(problems, "cách dòng đơn")


def _bodies(parts: Parts) -> list[Par]:
    """Names of bodies: what is read in the left cell of the first row, above "Số:"."""
    pars = [par for par in parts.head_pars(0, 0) if not par.blank]
    return [par for par in pars if not folded(par.text).startswith("số:")]


def r9(parts: Parts) -> Answer:
    """The body above the issuer."""
    bodies = _bodies(parts)
    if not bodies:
        return False, _NO_HEAD
    if len(bodies) == 1:
        return True, "không ghi cơ quan chủ quản"
    problems = []
    for par in bodies[:-1]:
        problems += [f"{one} ở {shortened(par.text)}" for one in unlike(par, "parent")]
        if not capital(par):
            problems.append(f"không viết hoa: {shortened(par.text)}")
    return answer(problems, shortened(bodies[0].text))


def r10(parts: Parts) -> Answer:
    """The issuer."""
    bodies = _bodies(parts)
    if bodies and not capital(bodies[-1]):
        return False, f"không viết hoa: {shortened(bodies[-1].text)}"
    return _like(bodies[-1] if bodies else None, "issuer", _NO_HEAD)


def r11(parts: Parts) -> Answer:
    """The rule under the issuer."""
    bodies = _bodies(parts)
    issuer = bodies[-1] if bodies else None
    return _ruled(_from(parts.head_pars(0), issuer), issuer, _column_mm(parts, 0), form.SHORT_RULE, form.RULE_SLACK)


def _beginning(parts: Parts, column: int, words: str) -> Par | None:
    return next((par for par in parts.head_pars(column) if words in folded(par.text)), None)


def r12(parts: Parts) -> Answer:
    """Number and symbol."""
    par = _beginning(parts, 0, "số:")
    if par is None:
        return False, "không thấy dòng “Số:” ở cột trái"
    problems = [f"{one} ở {shortened(par.text)}" for one in unlike(par, "number")]
    match = _NUMBER.fullmatch(par.text)
    if match is None:
        problems.append(f"{shortened(par.text)} không theo mẫu “Số: 05/BC-SKHCN”")
    elif match[1] and (len(match[1]) < 2 or not _TIGHT.fullmatch(par.text)):
        problems.append(f"{shortened(par.text)}: số dưới 10 phải có số 0 ở trước, bên trong không có dấu cách")
    return answer(problems, shortened(par.text) if match and match[1] else "số để trống, chờ văn thư")


def r13(parts: Parts) -> Answer:
    """Place and date, level with the number."""
    par = _beginning(parts, 1, "ngày")
    if par is None:
        return False, "không thấy địa danh, thời gian ở cột phải"
    problems = [f"{one} ở {shortened(par.text)}" for one in unlike(par, "dated")]
    match = _DATED.fullmatch(par.text)
    if match is None:
        problems.append(f"{shortened(par.text)} không theo mẫu “Huế, ngày 05 tháng 3 năm 2027”")
    else:
        problems += _day_and_month(match[2], match[3])
    rows = [] if parts.head is None else parts.head.rows
    level = [row for row in rows if any(par in cell.pars for cell in row)]
    if level and not any(folded(one.text).startswith("số:") for one in level[0][0].pars):
        problems.append("không cùng dòng với số, ký hiệu")
    return answer(problems, shortened(par.text) if match and match[2] else "ngày để trống, chờ văn thư")


def _day_and_month(day: str, month: str) -> list[str]:
    problems = []
    if day and not (len(day) == 2 and 1 <= int(day) <= 31):
        problems.append(f"ngày viết là {day}")
    if month and (not 1 <= int(month) <= 12 or (len(month) == 2) != (int(month) <= 2 or int(month) >= 10)):
        problems.append(f"tháng viết là {month}; chỉ tháng 1, 2 có số 0 ở trước")
    return problems


def r14(parts: Parts) -> Answer:
    """The document's kind."""
    par = parts.kind
    if par is not None and folded(par.text) not in _KINDS:
        return False, f"không thấy tên loại văn bản; dòng đầu là {shortened(par.text)}"
    if par is not None and not capital(par):
        return False, f"không viết hoa: {shortened(par.text)}"
    return _like(par, "kind", "không thấy tên loại văn bản")


def r15(parts: Parts) -> Answer:
    """The subject."""
    if not parts.subject:
        return False, "không thấy trích yếu"
    problems = [f"{one} ở {shortened(par.text)}" for par in parts.subject for one in unlike(par, "subject")]
    if all(capital(par) for par in parts.subject):
        problems.append("trích yếu viết hoa toàn bộ")
    return answer(problems, shortened(parts.subject[0].text))


def r16(parts: Parts) -> Answer:
    """The rule under the subject."""
    longest = max(parts.subject, key=lambda par: measured(par, parts.text_width_mm), default=None)
    return _ruled(parts.subject_rule, longest, parts.text_width_mm, form.SHORT_RULE, form.RULE_SLACK)


def _ends(pars: Sequence[Par]) -> list[str]:
    """Each ends with ";", the last with "."."""
    problems = [f"{shortened(par.text)} không kết thúc bằng “;”" for par in pars[:-1] if not par.text.endswith(";")]
    problems += [f"{shortened(par.text)} không kết thúc bằng “.”" for par in pars[-1:] if not par.text.endswith(".")]
    return problems


def r17(parts: Parts) -> Answer:
    """Kính gửi, when there is one."""
    if not parts.to:
        return True, "không có “Kính gửi”"
    problems = [f"{one} ở {shortened(par.text)}" for par in parts.to for one in unlike(par, "to", aligned=False)]
    if not parts.to[0].text.startswith("Kính gửi:"):
        problems.append(f"{shortened(parts.to[0].text)} phải bắt đầu bằng “Kính gửi:”")
    problems += _ends(parts.to[1:] or parts.to)
    if len(parts.to) == 2 or parts.to[-1].text.rstrip().endswith(":"):
        problems.append("một nơi nhận thì viết cùng dòng với “Kính gửi:”")
    count = max(len(parts.to) - 1, 1)
    return answer(problems, f"{count} nơi")


def r18(parts: Parts) -> Answer:
    """Căn cứ, when there are any."""
    if not parts.basis:
        return True, "không có căn cứ"
    problems = [f"{one} ở {shortened(par.text)}" for par in parts.basis for one in unlike(par, "basis")]
    return answer(problems + _ends(parts.basis), f"{len(parts.basis)} căn cứ")


CHECKS: dict[str, Check] = {
    "R5": r5, "R6": r6, "R7": r7, "R8": r8, "R9": r9, "R10": r10, "R11": r11, "R12": r12, "R13": r13, "R14": r14,
    "R15": r15, "R16": r16, "R17": r17, "R18": r18,
}  # fmt: skip
