"""Meta's own lists of parameters and fields, read as text from the source files of facebook-business.

The package is never imported: its files are generated from Meta's definitions of one Graph API version, and
the lists in them are plain literals.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

EVERYWHERE = frozenset({"access_token", "appsecret_proof", "fields", "limit", "since", "until", "after"})
"""Every call takes them (facebook 2.5, 2.6, 4.1)."""


def _source(name: str) -> str:
    file = distribution("facebook-business").locate_file(f"facebook_business/{name}.py")
    return Path(str(file)).read_text(encoding="utf-8")


@cache
def version() -> str:
    """The Graph API version that these lists belong to, such as "v26.0"."""
    found = re.search(r"'API_VERSION': '(v\d+\.\d+)'", _source("apiconfig"))
    assert found is not None
    return found[1]


class MetaObject:
    """One kind of object of the Graph API: its fields, its edges, and what each call takes."""

    def __init__(self, module: str) -> None:
        [self._class] = [
            node
            for node in ast.parse(_source(f"adobjects/{module}")).body
            if isinstance(node, ast.ClassDef) and node.name.lower() == module
        ]
        self.fields: dict[str, str] = _literal(self._class, "_field_types")

    def params(self, call: str) -> dict[str, str]:
        """The parameters of a call, such as `create_feed`, with their types."""
        found: dict[str, str] = _literal(self._method(call), "param_types")
        return found

    def values(self, enum: str) -> set[str]:
        """The values of an enumeration that is defined inside this object, such as `UploadPhase`."""
        [found] = [node for node in self._class.body if isinstance(node, ast.ClassDef) and node.name == enum]
        return {ast.literal_eval(node.value) for node in found.body if isinstance(node, ast.Assign)}

    @property
    def edges(self) -> set[str]:
        """What can be asked below an object, as a field with parts or by its own address."""
        names = [node.name for node in self._class.body if isinstance(node, ast.FunctionDef)]
        return {name.removeprefix("get_") for name in names if name.startswith("get_")}

    def _method(self, name: str) -> ast.FunctionDef:
        [found] = [node for node in self._class.body if isinstance(node, ast.FunctionDef) and node.name == name]
        return found


@cache
def meta_object(module: str) -> MetaObject:
    """The object of this module of Meta's package, such as `pagepost`; each file is read once."""
    return MetaObject(module)


def _literal(node: ast.AST, name: str) -> Any:
    [value] = _assigned(node, name)
    return ast.literal_eval(value)


def _assigned(node: ast.AST, name: str) -> Iterator[ast.expr]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Assign) and [one.id for one in inner.targets if isinstance(one, ast.Name)] == [name]:
            yield inner.value


def field_names(text: str) -> list[str]:
    """The outer names of a `fields` value: "a,b{c,d},e.limit(0)" asks for a, b and e."""
    depth, plain = 0, ""
    for letter in text:
        depth += letter in "{("
        plain += letter if depth == 0 else ""
        depth -= letter in "})"
    return [name.partition(".")[0] for name in plain.split(",")]
