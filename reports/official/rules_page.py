"""R1-R4, R31, R32, R34: paper, letters, page numbers, colours, properties."""

import re
import unicodedata
from collections.abc import Iterator

from reports.official import form
from reports.official.found import Answer, Check, Parts, answer, folded, pars_of, points, shortened
from reports.official.wordfile import Par, Section, Tab, header_pars
from reports.official.wordstyles import SLOTS, W, shaded, tag

_BLACK = {"auto", form.BLACK, "text1", "windowText"}


def r1(parts: Parts) -> Answer:
    """A4 everywhere, on its side only where there is an annex or a table."""
    problems = []
    for place, section in enumerate(parts.file.sections, 1):
        across, along = section.page("pgSz", "w"), section.page("pgSz", "h")
        lying = across > along
        sides = (min(across, along), max(across, along))
        if any(abs(one - other) > form.PAPER_SLACK_MM for one, other in zip(sides, form.PAPER_MM, strict=True)):
            problems.append(f"phần {place} của tệp có khổ {across:.0f} × {along:.0f} mm")
        elif lying and (place == 1 or (section in parts.main_sections and not _has_table(section))):
            problems.append(f"phần {place} của tệp để giấy ngang mà không phải phụ lục hay bảng")
    return answer(problems, f"A4 ở cả {len(parts.file.sections)} phần của tệp")


def _has_table(section: Section) -> bool:
    return any(isinstance(block, Tab) for block in section.blocks)


def r2(parts: Parts) -> Answer:
    """Margins."""
    problems = []
    names = {"top": "trên", "bottom": "dưới", "left": "trái", "right": "phải"}
    for place, section in enumerate(parts.file.sections, 1):
        for edge, margin in form.MARGINS_MM.items():
            seen = section.page("pgMar", edge)
            if not margin.least - form.PAPER_SLACK_MM <= seen <= margin.most + form.PAPER_SLACK_MM:
                problems.append(f"lề {names[edge]} {seen:.0f} mm ở phần {place} của tệp")
    return answer(problems, "lề trong khoảng quy định")


def _lettered(parts: Parts) -> Iterator[Par]:
    yield from parts.everything()
    for section in parts.file.sections:
        for reference in () if section.element is None else section.element.findall(f"{W}headerReference"):
            yield from header_pars(parts.file, reference)


def r3(parts: Parts) -> Answer:
    """The face in all four slots, black, Unicode in its composed form."""
    problems: dict[str, None] = {}
    for par in _lettered(parts):
        for run in par.runs:
            if not run.text.strip():
                continue
            looks = run.looks
            if any(looks[slot] != form.FONT for slot in SLOTS):
                other = next(looks[slot] or "chưa đặt phông" for slot in SLOTS if looks[slot] != form.FONT)
                problems[f"phông {other} ở {shortened(par.text)}"] = None
            if looks["color"] not in _BLACK:
                problems[f"màu chữ {looks['color']} ở {shortened(par.text)}"] = None
            if not unicodedata.is_normalized("NFC", run.text):
                problems[f"dấu tiếng Việt rời (không phải Unicode dựng sẵn) ở {shortened(par.text)}"] = None
    return answer(list(problems), f"mọi chữ là {form.FONT}, màu đen")


def r4(parts: Parts) -> Answer:
    """The number in the header of every section, not on the first page."""
    problems = []
    header: list[Par] = []
    for place, section in enumerate(parts.file.sections, 1):
        where = f"phần {place} của tệp"
        found = [] if section.element is None else section.element.findall(f"{W}headerReference")
        own = [one for one in found if one.get(f"{W}type", "default") == "default"]
        header = header_pars(parts.file, own[0]) if own else header
        first = [par for one in found if one.get(f"{W}type") == "first" for par in header_pars(parts.file, one)]
        numbers = [par for par in header if _numbered(par)]
        if not numbers:
            problems.append(f"{where} không có số trang ở lề trên")
        problems += [f"số trang {one}, {where}" for par in numbers if own for one in _unlike_number(par)]
        if section.says("titlePg") is None or section.says("titlePg") in ("0", "false"):
            problems.append(f"{where} hiện số ở trang đầu")
        elif any(_numbered(par) for par in first):
            problems.append(f"{where} có số trang ở trang đầu")
        if section.says("pgNumType", "fmt") not in (None, "", "decimal"):
            problems.append(f"{where} không đánh số bằng chữ số Ả Rập")
    start = parts.file.sections[0].says("pgNumType", "start")
    if start not in (None, "", "1"):
        problems.append(f"số trang bắt đầu từ {start}")
    return answer(problems, "ở giữa lề trên, không hiện ở trang đầu")


def _numbered(par: Par) -> bool:
    told = [one.text or "" for one in par.element.iter(f"{W}instrText")]
    told += [one.get(f"{W}instr", "") for one in par.element.iter(f"{W}fldSimple")]
    return any(re.match(r"\s*PAGE\b", one) for one in told)


def _unlike_number(par: Par) -> list[str]:
    least, most = form.LOOKS["page_number"].sizes
    found = ["không ở giữa"] if par.looks["align"] != "center" else []
    for run in par.runs:
        if not least <= run.looks["size"] <= most:
            found.append(f"cỡ {points(run.looks['size'])}")
        if run.looks["italic"]:
            found.append("in nghiêng")
    return list(dict.fromkeys(found))


def r31(parts: Parts) -> Answer:
    """A table of two columns without borders."""
    head = parts.head
    if head is None:
        return False, "tệp không bắt đầu bằng bảng hai cột"
    problems = []
    if any(len(row) != 2 for row in head.rows):
        problems.append("bảng đầu trang không phải hai cột")
    elif sum(head.widths_mm) > 0:
        share = head.widths_mm[0] / sum(head.widths_mm)
        if not form.HEAD_SHARES[0] <= share <= form.HEAD_SHARES[1]:
            problems.append(f"cột trái chiếm {share * 100:.0f}%")
    if head.bordered:
        problems.append("bảng đầu trang có viền")
    return answer(problems, "bảng hai cột không viền")


def r32(parts: Parts) -> Answer:
    """No grounds, no pictures before the annexes, no coloured borders."""
    problems: dict[str, None] = {}
    if parts.file.root.find(f"{W}background") is not None:
        problems["trang có màu nền"] = None
    for par in parts.everything():
        if any(run.looks["marked"] for run in par.runs):
            problems[f"chữ có màu nền ở {shortened(par.text)}"] = None
    for element in parts.file.body.iter(f"{W}shd"):
        if element.getparent().tag != f"{W}rPr" and shaded(element):
            problems["có ô hoặc đoạn tô nền"] = None
    for edge in parts.file.body.iter(
        *(f"{W}{name}" for name in ("top", "bottom", "left", "right", "insideH", "insideV"))
    ):
        if edge.get(f"{W}color", "auto") not in _BLACK:
            problems[f"đường kẻ màu {edge.get(f'{W}color')}"] = None
    inside = {id(one) for one in _signed(parts)}
    for section in parts.main_sections:
        for block in section.blocks:
            for par in (block,) if isinstance(block, Par) else pars_of(block):
                if id(par) not in inside and _picture(par):
                    problems[
                        f"có hình ngoài phụ lục, gần {shortened(par.text)}" if par.text else "có hình ngoài phụ lục"
                    ] = None
    for par in _lettered(parts):
        if par.element.getroottree().getroot().tag == f"{W}hdr" and par.drawing is not None:
            problems["có hình ở lề trên"] = None
    return answer(list(problems), "không màu, không nền; hình ở phụ lục cần tự xem bản in đen trắng")


def _signed(parts: Parts) -> list[Par]:
    return [] if parts.foot is None else list(pars_of(parts.foot))


def _picture(par: Par) -> bool:
    return any(True for _ in par.element.iter(tag("a:blip"), "{urn:schemas-microsoft-com:vml}imagedata"))


def r34(parts: Parts) -> Answer:
    """Language, title, agency; no person's name, no trace of who typed."""
    told = parts.file.properties
    problems = [
        f"thuộc tính tệp chưa ghi {what}"
        for key, what in (("title", "tên văn bản"), ("creator", "cơ quan"))
        if not told.get(key)
    ]
    issuer = [folded(par.text) for par in parts.head_pars(0, 0)]
    for key, what in (("creator", "tác giả"), ("lastModifiedBy", "người sửa cuối"), ("Manager", "người quản lý")):
        name = folded(told.get(key, ""))
        if name and not any(name in one or one in name for one in issuer if one):
            problems.append(f"{what} trong thuộc tính tệp là “{told[key]}”, không phải cơ quan ban hành")
    if parts.file.other("comments") is not None or any(True for _ in parts.file.body.iter(f"{W}ins", f"{W}del")):
        problems.append("tệp còn ghi chú hoặc vết sửa có tên người")
    if "python-docx" in told.get("description", ""):
        problems.append("phần ghi chú của tệp còn tên công cụ")
    wrong = [
        par
        for par in _lettered(parts)
        if any(run.text.strip() and run.looks["lang"].casefold() != form.LANGUAGE.casefold() for run in par.runs)
    ]
    problems += [f"ngôn ngữ không phải tiếng Việt ở {shortened(par.text)}" for par in wrong]
    return answer(problems, f"ngôn ngữ {form.LANGUAGE}, tác giả là “{told.get('creator', '')}”")


CHECKS: dict[str, Check] = {"R1": r1, "R2": r2, "R3": r3, "R4": r4, "R31": r31, "R32": r32, "R34": r34}
