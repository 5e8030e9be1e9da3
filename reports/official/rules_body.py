"""R19-R23, R30, R33: the body, its tables, its capitals."""

import re
from collections.abc import Iterator

from reports.official import form
from reports.official.found import (
    Answer,
    Check,
    Parts,
    answer,
    capital,
    folded,
    pars_of,
    points,
    shortened,
    unlike,
)
from reports.official.wordfile import Par, Tab

_SECTION = re.compile(r"([IVXLC]+)\.\s+\S")
_ARTICLE = re.compile(r"(\d{1,2})\.\s+\S")
_POINT = re.compile(r"(\w)\)\s")
_CAPTION = re.compile(r"(bảng|hình|biểu|biểu đồ)\s+[\divxlc.]+", re.IGNORECASE)
_LONGEST_TITLE = 150
_CITED = re.compile(r"\b(\d{1,5}(?:/\d{4})?/[A-ZĐƯ0-9]+(?:-[A-ZĐƯa-z0-9&]+)+)")
_DATED = re.compile(
    r"ngày[ \u00a0]+\d{1,2}([/.-]\d{1,2}[/.-]\d{4}|[ \u00a0]+tháng[ \u00a0]+\d{1,2}[ \u00a0]+năm[ \u00a0]+\d{4})"
)
_KIND_BEFORE = re.compile(r"\w+[ \u00a0]+(số[ \u00a0]*)?$")
_NEAR = 160
"""Signs after a number in which its date and issuer are looked for."""
_VIETNAMESE_NUMBER = re.compile(r"[-+−]?\d{1,3}(\.\d{3})*(,\d+)?[ \u00a0]?%?")
_NUMBER_LIKE = re.compile(r"[-+−]?\d[\d.,]*[ \u00a0]?%?")
_YEAR = re.compile(r"(19|20)\d{2}")
_COUNTING = {"stt", "tt", "số tt", "số thứ tự", "năm"}
_CAPITALS = (
    (re.compile(r"\b(Ủy|Uỷ) Ban\b|\bỦy ban Nhân [Dd]ân\b|\bỦy ban nhân Dân\b"), "“Ủy ban nhân dân”"),
    (re.compile(r"\bHội Đồng\b|\bHội đồng Nhân [Dd]ân\b"), "“Hội đồng nhân dân”"),
    (re.compile(r"\b(Sở|Bộ|Ban|Phòng|Văn Phòng|Trung Tâm)( \w+){1,4} Và \w+"), "“Sở Khoa học và Công nghệ”"),
    (re.compile(r"\b[Tt]hứ (hai|ba|tư|năm|sáu|bảy)\b(?= ngày|,| \()"), "“thứ Hai”"),
    (re.compile(r"(?<=[\w,;] )Tháng \d"), "“tháng 11”"),
    (re.compile(r"(?<=[\w,;] )Ngày \d"), "“ngày 05”"),
    (re.compile(r"\bCải Cách\b|\bHành Chính\b|\bThành Phố\b"), "chỉ viết hoa chữ đầu của tên"),
)


def _text_pars(parts: Parts) -> Iterator[Par]:
    """What R19 speaks of: no headings, no captions, no notes right under a table."""
    after_table = False
    for block in parts.body:
        if isinstance(block, Tab):
            after_table = True
        elif not block.blank:
            if after_table and block.size <= form.LOOKS["note"].sizes[1]:
                continue
            after_table = False
            if not (_SECTION.match(block.text) or _titled(block) or _CAPTION.match(block.text)):
                yield block


def _titled(par: Par) -> bool:
    """An article's title: a number, a short text, no full stop."""
    return bool(_ARTICLE.match(par.text)) and len(par.text) <= _LONGEST_TITLE and par.text[-1] not in ".;:,"


def r19(parts: Parts) -> Answer:
    """Size, justification, indent, gap and line spacing of every paragraph of the body."""
    pars = list(_text_pars(parts))
    if not pars:
        return False, "không thấy đoạn nội dung nào"
    problems = [f"{one} ở {shortened(par.text)}" for par in pars if par.text != form.END for one in _unlike_body(par)]
    return answer(problems, f"{len(pars)} đoạn")


def _unlike_body(par: Par) -> list[str]:
    look, looks = form.LOOKS["body"], par.looks
    sizes = {run.looks["size"] for run in par.runs if run.text.strip()}
    problems = [f"cỡ {points(one)}" for one in sorted(sizes) if not look.sizes[0] <= one <= look.sizes[1]]
    leaning = sum(len(run.text) for run in par.runs if run.looks["italic"])
    if leaning > len(par.text) / 2:
        problems.append("chữ nghiêng")
    if looks["align"] != "both":
        problems.append("không canh đều hai bên")
    if not any(abs(looks["first"] - indent) <= form.INDENT_SLACK_MM for indent in form.INDENTS_MM):
        problems.append(f"lùi đầu dòng {points(round(looks['first'] / 10, 2))} cm")
    if looks["before"] + looks["after"] < form.GAP_LEAST_PT:
        problems.append(f"cách đoạn {points(looks['before'] + looks['after'])} pt")
    line = looks["line"] / 240 if looks["line_rule"] == "auto" else looks["line"] / 20 / (par.size * form.SINGLE_LINE)
    if not form.LINES[0] - form.RULE_SLACK <= line <= form.LINES[1] + form.RULE_SLACK:
        problems.append(f"cách dòng {points(round(line, 2))}")
    return problems


def r20(parts: Parts) -> Answer:
    """The first time a document's number stands in the text, its kind, date and issuer stand with it."""
    seen: set[str] = set()
    problems = []
    for par in (*parts.basis, *parts.said()):
        for match in _CITED.finditer(par.text):
            if match[1] in seen:
                continue
            seen.add(match[1])
            following = par.text[match.end() : match.end() + _NEAR]
            missing = [] if _KIND_BEFORE.search(par.text[: match.start()]) else ["tên loại"]
            missing += [] if _DATED.search(following) else ["ngày tháng"]
            missing += [] if re.search(r"\bcủa\s+\w", following) else ["cơ quan ban hành"]
            if missing:
                problems.append(f"{match[1]} thiếu {', '.join(missing)} ở lần viện dẫn đầu")
    return answer(problems, f"đã xem {len(seen)} văn bản viện dẫn có số, ký hiệu; chưa xem trích yếu")


def r21(parts: Parts) -> Answer:
    """Sections."""
    sections = [par for par in parts.said() if _SECTION.match(par.text)]
    problems = []
    for place, par in enumerate(sections, 1):
        problems += [f"{one} ở {shortened(par.text)}" for one in unlike(par, "section", aligned=False)]
        if not capital(par):
            problems.append(f"không viết hoa: {shortened(par.text)}")
        match = _SECTION.match(par.text)
        if match and _value(match[1]) != place:
            problems.append(f"sai thứ tự số La Mã ở {shortened(par.text)}")
    return answer(problems, f"{len(sections)} mục" if sections else "không chia mục")


def _value(roman: str) -> int:
    worth = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}
    numbers = [worth[letter] for letter in roman]
    return sum(-one if one < max(numbers[place:]) else one for place, one in enumerate(numbers))


def r22(parts: Parts) -> Answer:
    """Articles counted and bold when titled; points in the order of the alphabet; labels typed as text."""
    problems = []
    article, point, count = 0, -1, 0
    for par in parts.said():
        if par.looks["listed"]:
            problems.append(f"nhãn đánh số tự động ở {shortened(par.text)}; hãy gõ nhãn thành chữ")
        if _SECTION.match(par.text):
            article, point = 0, -1
        elif match := _ARTICLE.match(par.text):
            count, point = count + 1, -1
            if _titled(par):
                problems += [f"{one} ở {shortened(par.text)}" for one in unlike(par, "article", aligned=False)]
            if int(match[1]) != article + 1:
                problems.append(f"sai thứ tự khoản ở {shortened(par.text)}")
            article = int(match[1])
        elif match := _POINT.match(par.text):
            count += 1
            place = form.POINT_ORDER.find(match[1])
            if place not in (0, point + 1):
                problems.append(f"sai thứ tự điểm ở {shortened(par.text)}; thứ tự là a, b, c, d, đ, e, g")
            point = place
    return answer(problems, f"{count} khoản, điểm")


def r23(parts: Parts) -> Answer:
    """ "./." at the end, once."""
    texts = [par.text for par in parts.said()]
    if not texts or not texts[-1].endswith(form.END) or isinstance(_last(parts), Tab):
        return False, f"nội dung kết thúc bằng {shortened(texts[-1])}" if texts else "không thấy nội dung"
    more = [text for text in texts[:-1] if text.endswith(form.END)]
    return answer([f"có thêm “{form.END}” ở {shortened(text)}" for text in more], shortened(texts[-1][-30:]))


def _last(parts: Parts) -> Par | Tab | None:
    return next((one for one in reversed(parts.body) if isinstance(one, Tab) or not one.blank), None)


def r30(parts: Parts) -> Answer:
    """Tables with data."""
    problems: list[str] = []
    tabs = list(parts.tabs())
    for place, tab in enumerate(tabs, 1):
        problems += [f"bảng {place}: {one}" for one in _unlike_table(tab)]
    return answer(problems, f"{len(tabs)} bảng" if tabs else "không có bảng")


def _unlike_table(tab: Tab) -> Iterator[str]:
    if not tab.rows:
        return
    if not tab.headers[0]:
        yield "dòng tiêu đề không lặp lại ở mỗi trang"
    if not all(tab.whole):
        yield "có dòng bị ngắt qua hai trang"
    least, most = form.LOOKS["cell"].sizes
    sizes = {run.looks["size"] for par in pars_of(tab) for run in par.runs if run.text.strip()}
    if wrong := sorted(one for one in sizes if not least <= one <= most):
        yield f"cỡ chữ {', '.join(map(points, wrong))}"
    data = [row for row, header in zip(tab.rows, tab.headers, strict=True) if not header]
    for column, title in enumerate(cell.text for cell in tab.rows[0]):
        cells = [row[column] for row in data if len(row) > column and len(row) == len(tab.rows[0])]
        told = [cell for cell in cells if cell.text]
        numbers = [cell for cell in told if _NUMBER_LIKE.fullmatch(cell.text)]
        counting = folded(title) in _COUNTING
        if not numbers or any(cell.text != "-" and not _NUMBER_LIKE.fullmatch(cell.text) for cell in told) or counting:
            continue
        if any(par.looks["align"] != "right" for cell in told for par in cell.pars if not par.blank):
            yield f"số ở cột {shortened(title)} không canh phải"
        foreign = next((cell.text for cell in numbers if not _vietnamese(cell.text)), None)
        if foreign:
            yield f"số {foreign} ở cột {shortened(title)} không viết kiểu Việt Nam (1.234,5)"


def _vietnamese(text: str) -> bool:
    return bool(_VIETNAMESE_NUMBER.fullmatch(text) or _YEAR.fullmatch(text))


def r33(parts: Parts) -> Answer:
    """Capitals that a machine can see to be wrong; the rest is for the eye."""
    problems = []
    for par in (*parts.head_pars(0), *parts.head_pars(1), *parts.subject, *parts.to, *parts.basis, *parts.said()):
        if capital(par):
            continue
        for pattern, right in _CAPITALS:
            if match := pattern.search(par.text):
                problems.append(f"“{match[0]}” ở {shortened(par.text)}; hãy viết như {right}")
    return answer(problems, "không thấy lỗi viết hoa thường gặp ở tên cơ quan, ngày tháng; tên riêng cần tự xem")


CHECKS: dict[str, Check] = {
    "R19": r19, "R20": r20, "R21": r21, "R22": r22, "R23": r23, "R30": r30, "R33": r33,
}  # fmt: skip
