"""A judge made of one of Google's discovery documents: it says what is wrong with a request or an answer.

The documents come with google-api-python-client; nothing of that package is imported, only its files are read.
"""

import json
import re
from collections.abc import Iterator, Mapping
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

Json = dict[str, Any]
FOLDER = "googleapiclient/discovery_cache/documents"
SIZE_UNITS = {"": 1, "KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30, "TB": 1 << 40}
TEXT_FORMATS = {
    "int64": r"-?\d{1,19}",
    "uint64": r"\d{1,20}",
    "date-time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)",
    "google-datetime": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z",
}
PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "array": (list,),
    "object": (dict,),
}


class Discovery:
    """One API: its methods by verb and path, and its schemas."""

    def __init__(self, name: str) -> None:
        file = Path(str(distribution("google-api-python-client").locate_file(f"{FOLDER}/{name}.json")))
        self.document: Json = json.loads(file.read_text(encoding="utf-8"))
        self.schemas: Json = self.document["schemas"]
        self.methods: dict[tuple[str, str], Json] = {}
        for method in _methods(self.document):
            uploads = method.get("mediaUpload", {}).get("protocols", {}).values()
            for path in (method.get("flatPath") or method["path"], *(one["path"] for one in uploads)):
                self.methods[method["httpMethod"], "/" + path.strip("/")] = method

    def method(self, verb: str, path: str) -> Json | None:
        """The documented method behind this request; None when there is no such thing."""
        return self.methods.get((verb, path))

    # Requests ------------------------------------------------------------------------------------------

    def query_problems(self, method: Json, query: Mapping[str, str]) -> Iterator[str]:
        """Unknown names, missing ones, and values that are none."""
        own: Json = method.get("parameters", {})
        known: Json = {**self.document["parameters"], **own}
        for name in query.keys() - known.keys():
            yield f"no such parameter: {name}"
        for name, facts in own.items():
            if facts.get("required") and not query.get(name):
                yield f"missing: {name}"
        for name in query.keys() & known.keys():
            yield from self._value_problems(name, query[name], known[name])
        for part in filter(None, query.get("part", "").split(",")):
            if part not in self._parts(method):
                yield f"no such part: {part}"

    def _value_problems(self, name: str, text: str, facts: Json) -> Iterator[str]:
        kind = facts["type"]
        if kind == "boolean" and text not in ("true", "false"):
            yield f"{name} is not true or false: {text}"
        if kind == "integer":
            if not re.fullmatch(r"-?\d+", text):
                yield f"{name} is no number: {text}"
            elif not int(facts.get("minimum", text)) <= int(text) <= int(facts.get("maximum", text)):
                yield f"{name} is out of its range: {text}"
        values = text.split(",") if facts.get("repeated") else [text]
        if "enum" in facts and not set(values) <= set(facts["enum"]):
            yield f"{name} has no such value: {text}"
        if "pattern" in facts and not all(re.fullmatch(facts["pattern"], value) for value in values):
            yield f"{name} has not the form {facts['pattern']}: {text}"

    def _parts(self, method: Json) -> set[str]:
        """The parts of a resource are the properties of its schema; those of a list, of its items."""
        schema: Json = self.schemas[method["response"]["$ref"]]
        items = schema["properties"].get("items", {}).get("items", {}).get("$ref")
        return set(self.schemas[items]["properties"] if items else schema["properties"])

    def body_problems(self, method: Json, body: Any) -> Iterator[str]:
        """What is wrong with a request's JSON: also what this very method requires."""
        if (body is None) != ("request" not in method or method["id"].endswith("thumbnails.set")):
            yield "a body where none is taken, or none where one is needed"
        if body is not None and "request" in method:
            yield from self._problems(method["request"], body, "body", method["id"])

    def upload_problems(self, method: Json, mime: str, size: int) -> Iterator[str]:
        """Whether the method takes a file of this type and size in bytes."""
        facts = method.get("mediaUpload", {})
        takes = facts.get("accept", [])
        if not {mime, f"{mime.partition('/')[0]}/*", "*/*"} & set(takes):
            yield f"takes {takes}, not {mime}"
        most = re.fullmatch(r"(\d+)([KMGT]B|)", facts.get("maxSize", "0"))
        assert most is not None, facts
        if size > int(most[1]) * SIZE_UNITS[most[2]]:
            yield f"takes {facts.get('maxSize')} bytes, not {size}"

    # Answers -------------------------------------------------------------------------------------------

    def answer_problems(self, method: Json, answer: Any) -> Iterator[str]:
        """What a client that trusts the document could not read."""
        if "response" in method:
            yield from self._problems(method["response"], answer, "answer", "")
        elif answer is not None:
            yield "an answer where none is told"

    def _problems(self, schema: Json, value: Any, place: str, method_id: str) -> Iterator[str]:
        if "$ref" in schema:
            schema = self.schemas[schema["$ref"]]
        kind = schema.get("type", "any")
        if kind == "any":
            return
        if not _is_of(kind, value):
            yield f"{place} is no {kind}: {value!r}"
        elif kind == "object":
            yield from self._object_problems(schema, value, place, method_id)
        elif kind == "array":
            for number, item in enumerate(value):
                yield from self._problems(schema["items"], item, f"{place}[{number}]", method_id)
        elif "enum" in schema and value not in schema["enum"]:
            yield f"{place} has no such value: {value!r}"
        elif kind == "string" and not re.fullmatch(TEXT_FORMATS.get(schema.get("format", ""), r"(?s).*"), value):
            yield f"{place} is no {schema['format']}: {value!r}"

    def _object_problems(self, schema: Json, value: Json, place: str, method_id: str) -> Iterator[str]:
        properties: Json = schema.get("properties", {})
        others: Any = schema.get("additionalProperties")
        for name, item in value.items():
            if name in properties or others:
                yield from self._problems(properties.get(name, others), item, f"{place}.{name}", method_id)
            else:
                yield f"{place} has no {name}"
        for name, facts in properties.items():
            if method_id and method_id in facts.get("annotations", {}).get("required", ()) and name not in value:
                yield f"{place} lacks {name}"


def _is_of(kind: str, value: Any) -> bool:
    return isinstance(value, PYTHON_TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _methods(resource: Json) -> Iterator[Json]:
    yield from resource.get("methods", {}).values()
    for inner in resource.get("resources", {}).values():
        yield from _methods(inner)
