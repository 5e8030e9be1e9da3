"""What is wrong with a command line, as one Vietnamese sentence: the library that reads it speaks English only."""

import re
from typing import Any

import typer

UsageError: type[Exception] = typer.BadParameter.__mro__[1]
"""Everything that can be wrong with a command line; the library shows only this one kind of it."""
LOOK = "xem cách dùng bằng --help"
_QUOTED = re.compile(r"'([^']*)'")
_FAULTS = (
    (re.compile(r"valid integer"), "phải là số nguyên"),
    (re.compile(r"valid number"), "phải là số"),
    (re.compile(r"valid boolean"), "chỉ nhận true hoặc false"),
    (re.compile(r"greater than or equal to (\S+)"), "nhỏ nhất là {0}"),
    (re.compile(r"greater than (\S+)"), "phải lớn hơn {0}"),
    (re.compile(r"less than or equal to (\S+)"), "lớn nhất là {0}"),
    (re.compile(r"less than (\S+)"), "phải nhỏ hơn {0}"),
    (re.compile(r"'(.*)' is not one of (.*)"), "không có “{0}”; chỉ nhận {1}"),
)
"""What the library says of a value, and the same for staff."""


def words_of(error: Any) -> str:
    """The sentence; what nobody foresaw is told as the library tells it."""
    match type(error).__name__:
        case "MissingParameter":
            return f"Thiếu {_name(error)} trên dòng lệnh; {LOOK}."
        case "NoSuchOption":
            near = ", ".join(sorted(error.possibilities or ()))
            return f"Không có lựa chọn {error.option_name}" + (f"; có phải là {near}?" if near else f"; {LOOK}.")
        case "BadOptionUsage":
            return f"Lựa chọn {error.option_name} cần một giá trị đi kèm; {LOOK}."
        case "BadParameter":
            return f"{_name(error)}: {_about_the_value(error)}; {LOOK}."
    found = _QUOTED.findall(error.message)
    if error.message.startswith("No such command"):
        return f"Không có lệnh “{found[0] if found else ''}”; {LOOK}."
    if error.message.startswith("Missing command"):
        return f"Chưa ghi lệnh nào; {LOOK}."
    if "unexpected extra argument" in error.message:
        more = error.message.rpartition("(")[2].rstrip(")") or found[0]
        return f"Thừa “{more}” trên dòng lệnh; chữ có dấu cách phải đặt trong dấu nháy kép."
    return f"Dòng lệnh chưa đúng ({error.message.rstrip('.')}); {LOOK}."


def _name(error: Any) -> str:
    """The argument or option, as people type it."""
    parameter = error.param
    if parameter is None:
        return str(error.param_hint or "một giá trị")
    options = [one for one in parameter.opts if one.startswith("-")]
    return options[0] if options else f"“{parameter.name}”"


def _about_the_value(error: Any) -> str:
    told = str(error.message).removeprefix("Value error, ").rstrip(".")
    for fault, words in _FAULTS:
        if found := fault.search(told):
            return words.format(*(one.replace("'", "") for one in found.groups()))
    return told
