"""Reading what people wrote in YAML, and telling them in Vietnamese what is wrong with it.

YAML 1.1 turns `no` into false, `07:30` into 450 and `2026-01-02` into a date object. Here only true, false,
null and plain decimal numbers have a meaning of their own; everything else stays the text that was written.
"""

import re
from collections.abc import Hashable
from datetime import date
from pathlib import Path
from typing import Annotated, Any, cast

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from content.errors import ContentError
from content.vietnamese import nfc


class Entry(BaseModel):
    """A part of a file people write: unknown names are refused, text is not guessed from numbers."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


def _day(value: object) -> object:
    """31/12/2026 as the ISO text pydantic reads; a day that does not exist is left for it to refuse."""
    if isinstance(value, str) and (found := re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", value.strip())):
        return f"{found[3]}-{found[2]:0>2}-{found[1]:0>2}"
    return value


Day = Annotated[date, BeforeValidator(_day)]
"""A date written as 31/12/2026 or 2026-12-31."""


class _PlainLoader(yaml.SafeLoader):
    """YAML without the guesses of version 1.1, and without silently dropped double keys."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """References are refused: a few lines of them can stand for gigabytes, and nobody here needs them."""
        if self.check_event(yaml.AliasEvent):
            event: Any = cast("Any", self).peek_event()
            raise yaml.MarkedYAMLError(problem="dấu * trỏ tới chỗ khác", problem_mark=event.start_mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        names = [key.value for key, _ in node.value]
        for place, name in enumerate(names):
            if name in names[:place]:
                raise yaml.MarkedYAMLError(problem=f"{name}:", problem_mark=node.value[place][0].start_mark)
        return super().construct_mapping(node, deep=deep)


for _tag, _form, _starts in (
    ("bool", r"true|false", "tf"),
    ("null", r"null|~|", ["n", "~", ""]),
    ("int", r"-?(?:0|[1-9][0-9]*)", "-0123456789"),
    ("float", r"-?[0-9]+\.[0-9]+", "-0123456789"),
):
    _PlainLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_form})$"), list(_starts))


def read_text(path: Path) -> str:
    """The text of a UTF-8 file, NFC. Raises `ContentError` naming the file."""
    try:
        return nfc(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise ContentError(f"{path.name}: không tìm thấy tệp; hãy kiểm tra thư mục {path.parent}.") from error
    except UnicodeDecodeError as error:
        raise ContentError(f"{path.name}: tệp không phải UTF-8; hãy lưu lại với bảng mã UTF-8.") from error
    except OSError as error:
        raise ContentError(f"{path.name}: không đọc được tệp ({error.strerror}).") from error


def parse_yaml(text: str, name: str, first_line: int = 1) -> Any:
    """YAML to plain values. Raises `ContentError` naming the file and the line (`first_line` is the text's own)."""
    try:
        return yaml.load(text, Loader=_PlainLoader)  # noqa: S506  a SafeLoader of our own
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = first_line + mark.line if mark else first_line
        raise ContentError(
            f"{name}: dòng {line}: viết sai cú pháp YAML ({error.problem}); hãy xem lại dấu hai chấm, thụt lề "
            "và dấu nháy quanh dòng này, mỗi tên chỉ viết một lần."
        ) from error
    except RecursionError as error:
        raise ContentError(f"{name}: các mục lồng nhau quá sâu; hãy viết theo tệp mẫu.") from error
    except yaml.YAMLError as error:
        raise ContentError(f"{name}: có ký tự điều khiển không đọc được; hãy xóa và gõ lại đoạn đó.") from error


def problems_of(error: ValidationError, name: str) -> list[str]:
    """Each pydantic error as "file: field: sentence"."""
    return [f"{name}: {'.'.join(map(str, place)) or 'tệp'}: {words}" for place, words in faults_of(error)]


def faults_of(error: ValidationError) -> list[tuple[tuple[int | str, ...], str]]:
    """Each pydantic error as its place and a sentence."""
    return [(one["loc"], sentence_of(dict(one))) for one in error.errors()]


def sentence_of(error: dict[str, Any]) -> str:
    """One pydantic error in Vietnamese, chosen by its type."""
    facts = error.get("ctx", {})
    words = {
        "missing": "còn thiếu; hãy bổ sung.",
        "extra_forbidden": "tên trường không có trong mẫu; hãy kiểm tra chính tả.",
        "string_type": "phải là chữ; nếu là số hoặc để trống, hãy đặt trong dấu nháy.",
        "string_too_short": "không được để trống.",
        "bool_type": "chỉ nhận true hoặc false.",
        "bool_parsing": "chỉ nhận true hoặc false.",
        "list_type": "phải là danh sách, mỗi mục một dòng bắt đầu bằng dấu gạch ngang.",
        "tuple_type": "phải là danh sách, mỗi mục một dòng bắt đầu bằng dấu gạch ngang.",
        "dict_type": "phải là nhóm các trường viết thụt lề.",
        "model_type": "phải là nhóm các trường viết thụt lề.",
        "literal_error": f"chỉ nhận một trong: {facts.get('expected', '')}.".replace(" or ", ", "),
        "enum": f"chỉ nhận một trong: {facts.get('expected', '')}.".replace(" or ", ", "),
        "value_error": str(facts.get("error", "giá trị không hợp lệ.")),
    }
    kind = str(error["type"])
    if kind.startswith("date"):
        return "phải là ngày, viết như 31/12/2026."
    if kind.startswith(("int", "float", "greater", "less")):
        return "phải là số trong khoảng cho phép."
    return words.get(kind, "giá trị không hợp lệ; hãy xem lại theo mẫu.")
