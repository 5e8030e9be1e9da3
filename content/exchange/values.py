"""Cells to values and back. What goes out as a cell comes back as the same value, to the letter.

A text that a spreadsheet would take for a formula (= + - @ first) leaves with an apostrophe before it, and
a text that already begins so with one more; coming in, one apostrophe before such a sign is dropped.
"""

import json
import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from content.errors import ContentError
from content.exchange.sheet import CELL_MAX, Cell, Odd
from content.files import parse_yaml
from content.seasons import parse
from content.tags import KNOWN, clean, named
from content.vietnamese import MISSING, day, fold, nfc, number

_DANGEROUS = "=+\\-@\t\r＝＋－＠"
_FORMULA = re.compile(rf"['\s]*[{_DANGEROUS}]|['\s]*[\t\r\n]")
_DEFUSED = re.compile(rf"'(?:{_FORMULA.pattern})")
"""Blanks before the sign count too: some programs take them away before they look."""
_DAY = re.compile(r"(\d{1,2})\s*[/.\-]\s*(\d{1,2})\s*[/.\-]\s*(\d{4})")
_ISO_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]00:00(?::00)?)?")
_QUOTED = re.compile(r'\s*"((?:[^"]|"")*)"\s*(?=[;,\n]|\Z)')
YES, NO = "Có", "Không"
_YES_NO = {
    **dict.fromkeys(("co", "x", "true", "yes", "y", "1", "dung"), True),
    **dict.fromkeys(("khong", "false", "no", "n", "0", "sai", "-"), False),
}
LATE = {"expire": "Bỏ qua", "next_slot": "Chuyển khung giờ", "any_time": "Vẫn đăng"}
_LATE = {fold(words): rule for rule, words in LATE.items()} | {rule: rule for rule in LATE}


class CellError(ContentError):
    """A cell that does not say what its column asks for; `words` is the sentence without its place."""


def lines_of(text: str) -> str:
    """Text with one kind of line end, NFC."""
    return nfc(text.replace("\r\n", "\n").replace("\r", "\n"))


def raw_text(cell: Cell) -> str:
    """The text of a cell, blanks at its ends kept. Raises `CellError` for what is no text."""
    if cell == "":
        return ""
    if isinstance(cell, Odd):
        raise CellError(cell.words)
    if isinstance(cell, bool):
        raise CellError("ô là giá trị đúng/sai; hãy gõ lại dưới dạng chữ.")
    if isinstance(cell, date):
        raise CellError(f"Excel đã đổi ô thành ngày {day(cell)}; hãy định dạng ô là Văn bản (Text) rồi gõ lại.")
    if isinstance(cell, float) and not cell.is_integer():
        raise CellError(f"Excel đã đổi ô thành số {number(cell)}; hãy định dạng ô là Văn bản (Text) rồi gõ lại.")
    if isinstance(cell, int | float):
        return str(int(cell))
    if len(cell) > CELL_MAX:
        raise CellError(f"ô có {number(len(cell))} ký tự, nhiều hơn {number(CELL_MAX)}; hãy kiểm tra lại tệp.")
    if "\0" in cell:
        raise CellError("ô có ký tự rỗng (NUL); hãy gõ lại ô này.")
    return lines_of(cell[1:] if _DEFUSED.match(cell) else cell)


def as_text(cell: Cell) -> str:
    """The text of a cell without blanks at its ends."""
    return raw_text(cell).strip()


def as_day(cell: Cell) -> str:
    """A date cell as ISO text; "" when it is empty. Raises `CellError` for another kind of value."""
    if isinstance(cell, date):
        return cell.isoformat()
    text = str(int(cell)) if isinstance(cell, float) and cell.is_integer() else as_text(cell)
    if not text:
        return ""
    if found := _DAY.fullmatch(text):
        parts = found[3], found[2], found[1]
    elif found := _ISO_DAY.fullmatch(text):
        parts = found[1], found[2], found[3]
    else:
        raise CellError(f"“{_short(text)}” không phải ngày; hãy viết ngày/tháng/năm như 31/12/2026.")
    try:
        return date(*map(int, parts)).isoformat()
    except ValueError:
        raise CellError(f"không có ngày “{_short(text)}”; hãy viết ngày/tháng/năm như 31/12/2026.") from None


def as_yes_no(cell: Cell) -> bool | None:
    """Có or Không; None when it is empty."""
    if isinstance(cell, bool):
        return cell
    text = as_text(cell)
    if not text:
        return None
    if fold(text) not in _YES_NO:
        raise CellError(f"“{_short(text)}”: chỉ nhận {YES} hoặc {NO}.")
    return _YES_NO[fold(text)]


def as_number(cell: Cell) -> int | None:
    """A whole number, also as text with Vietnamese separators ("1.440"); None when it is empty."""
    if isinstance(cell, float) and not isinstance(cell, bool) and not cell.is_integer():
        raise CellError(f"“{number(cell)}” phải là số nguyên.")
    told = as_text(cell)
    text = told.replace(" ", "")
    if not text:
        return None
    if re.fullmatch(r"\d{1,3}(\.\d{3})+", text):
        text = text.replace(".", "")
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII):
        raise CellError(f"“{_short(told)}” phải là số nguyên, như 180.")
    return int(text)


def as_late_rule(cell: Cell) -> str:
    """The late rule's name; "" when it is empty."""
    text = as_text(cell)
    if text and fold(text) not in _LATE:
        raise CellError(f"“{_short(text)}”: chỉ nhận {', '.join(f'“{words}”' for words in LATE.values())}.")
    return _LATE.get(fold(text), "")


def as_season(cell: Cell) -> str:
    """A season as it is kept; "" when it is empty."""
    try:
        return parse(as_text(cell))
    except CellError:
        raise
    except ContentError as error:
        raise CellError(error.words) from error


def as_tags(cell: Cell) -> list[str]:
    """Tags, each by its name or by the words that staff have for it."""
    found = as_list(cell, lambda parts: named(", ".join(parts)) not in KNOWN)
    try:
        return clean(map(named, found))
    except ContentError as error:
        raise CellError(error.words.removeprefix("tags: ")) from error


def as_options(cell: Cell) -> dict[str, Any] | None:
    """A platform's options: JSON, or a line "name: value" for each; None when it is empty."""
    text = as_text(cell)
    if not text:
        return None
    try:
        found = json.loads(text) if text.startswith("{") else parse_yaml(text, "ô")
        if isinstance(found, dict) and all(isinstance(name, str) for name in found):
            json.dumps(found, ensure_ascii=False, allow_nan=False).encode()
            return found
    except (ValueError, TypeError, RecursionError, ContentError):
        pass
    raise CellError("không hiểu tùy chọn; mỗi dòng viết một tùy chọn dạng tên: giá trị.")


def as_list(cell: Cell, comma: Callable[[Sequence[str]], bool] = lambda _: True) -> list[str]:
    """The items of a cell, divided by semicolons and line ends; an item in quotes is taken whole.

    Commas divide an item further where `comma` says that what comes of it are items.
    """
    text, place, items = as_text(cell), 0, list[str]()
    while place < len(text):
        if found := _QUOTED.match(text, place):
            items.append(found[1].replace('""', '"').strip())
            place = found.end() + 1
            continue
        end = min((at for sign in ";\n" if (at := text.find(sign, place)) >= 0), default=len(text))
        parts = [part.strip() for part in text[place:end].split(",") if part.strip()]
        items += parts if len(parts) < 2 or comma(parts) else [text[place:end].strip()]
        place = end + 1
    return [item for item in items if item]


def list_cell(items: Sequence[str]) -> str:
    """Items as one cell that `as_list` reads back, whatever signs are in them."""
    return "; ".join(
        '"' + item.replace('"', '""') + '"' if re.search(r'[;,"\n]', item) or item != item.strip() else item
        for item in items
    )


def yes_no_cell(value: bool) -> str:
    """A yes or a no as staff write it."""
    return YES if value else NO


def options_cell(options: dict[str, Any]) -> str:
    """Options as JSON, which comes back with the same types."""
    return json.dumps(options, ensure_ascii=False)


def defuse(text: str, *, plain: bool) -> str:
    """A text as it stands in a cell. `plain`: the file has no cell types, so a formula could wake up."""
    return f"'{text}" if (_FORMULA if plain else _DEFUSED).match(text) else text


def harmless(value: object) -> object:
    """A cell of a table that is only read: no formula wakes up in it. Our sign for "not told" is none."""
    return defuse(value, plain=True) if isinstance(value, str) and value != MISSING else value


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"
