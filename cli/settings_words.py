"""What is said of settings: a sentence for one that is wrong, and which values must never be said at all."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, SecretStr

PREFIX = "CCHC_"
CLOCK = r"^([01]\d|2[0-3]):[0-5]\d$"

_WORDS = {
    "int_parsing": "phải là một số nguyên",
    "float_parsing": "phải là một số",
    "bool_parsing": "chỉ nhận true hoặc false",
    "time_delta_parsing": "phải có dạng giờ:phút:giây, như 0:01:00",
    "greater_than": "phải lớn hơn {gt}",
    "greater_than_equal": "nhỏ nhất là {ge}",
    "less_than_equal": "lớn nhất là {le}",
    "literal_error": "chỉ nhận {expected}",
    "multiple_of": "phải là bội số của {multiple_of}",
    "string_pattern_mismatch": "không đúng dạng {pattern}",
}
"""What the checker found, in words for staff."""


def sentence(problem: Any) -> str:
    """One finding of the checker, with the variable's name and the way out."""
    name = PREFIX + "__".join(str(part) for part in problem["loc"]).upper().removeprefix(PREFIX)
    if problem["type"] == "extra_forbidden":
        return f"{name} không phải tên cấu hình có thật, xem config.example.env"
    words, facts = _WORDS.get(problem["type"], ""), problem.get("ctx", {})
    if facts.get("pattern") == CLOCK:
        return f"{name}: phải là giờ trong ngày từ 00:00 đến 23:59, như 16:30"
    told = words.format(**facts).replace("' or '", "' hoặc '")
    return f"{name}: {told or problem['msg'].removeprefix('Value error, ')}"


def secrets_of(settings: BaseModel) -> Iterator[str]:
    """What must stand in no line that is written: secret settings, and passwords within addresses."""
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, BaseModel):
            yield from secrets_of(value)
        elif isinstance(value, SecretStr):
            yield value.get_secret_value()
        elif isinstance(value, str) and "://" in value:
            for one in value.split(","):
                with suppress(ValueError):
                    yield unquote(urlsplit(one.strip()).password or "")
