"""One vocabulary for every kind of feed: names without namespaces, articles as nodes, bases of relative addresses."""

import html
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass

from portal.links import absolute
from portal.tree import Element

_ATOM = frozenset({"www.w3.org/2005/atom", "purl.org/atom/ns"})
_PREFIXES = {
    "search.yahoo.com/mrss": "media",
    "purl.org/rss/1.0/modules/content": "content",
    "purl.org/dc/elements/1.1": "dc",
    "purl.org/dc/terms": "dcterms",
    "www.w3.org/1999/02/22-rdf-syntax-ns": "rdf",
    "www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "purl.org/rss/1.0": "",
    "my.netscape.com/rdf/simple/0.9": "",
    "channel.netscape.com/rdf/simple/0.9": "",
    "backend.userland.com/rss2": "",
    "blogs.law.harvard.edu/tech/rss": "",
}
"""Namespace, in small letters and without scheme and end -> the prefix by which it is known here."""
_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_ALTERNATE = frozenset({"", "alternate", "http://www.iana.org/assignments/relation/alternate"})
_PAGES = frozenset({"", "text/html", "application/xhtml+xml"})
_DEEPEST = 200
_MANY = 100
"""Attributes; an element with more is an attack on what lists them."""


def name_of(element: Element, *, atom: bool) -> str:
    """The name of an element as this program writes it: "pubdate", "media:content", "atom:link".

    `atom`: whether the feed is Atom itself, whose names then have no prefix.
    """
    tag = element.tag
    if not isinstance(tag, str):
        return ""
    prefix: str | None
    if tag.startswith("{"):
        uri, _, local = tag[1:].partition("}")
        known = uri.lower().partition("://")[2].rstrip("/#")
        prefix = "atom" if known in _ATOM else _PREFIXES.get(known, (element.prefix or "").lower())
    else:
        prefix, _, local = tag.rpartition(":")  # a prefix that nobody declared
        prefix = prefix.lower()
    if prefix == "a10":
        prefix = "atom"
    if atom and prefix == "atom":
        prefix = ""
    return f"{prefix}:{local.lower()}" if prefix else local.lower()


class Bases:
    """What `xml:base` says of each element of a feed that came from `address`; each element is asked only once."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._known: dict[Element, str | None] = {}

    def of(self, element: Element) -> str | None:
        """The base of an element, each read from the one outside it; None when none says one."""
        unknown = []
        one = element
        while one is not None and one not in self._known:
            unknown.append(one)
            one = one.getparent()
        base = self._known[one] if one is not None else None
        for one in reversed(unknown):
            if said := one.get(_BASE):
                outside = base or self._address
                base = absolute(said, outside) or outside
            self._known[one] = base
        return base


class Node:
    """A channel or an article: its parts by name, in the order they stand."""

    def __init__(self, element: Element, bases: Bases, *, atom: bool) -> None:
        self.element = element
        self._bases = bases
        self._parts: dict[str, list[Element]] = {}
        self._gather(element, atom, within="")

    def _gather(self, element: Element, atom: bool, within: str) -> None:
        for child in element:
            name = name_of(child, atom=atom)
            if not within or name.startswith("media:"):
                self._parts.setdefault(name, []).append(child)
            if name in ("media:group", "media:content") and within != "media:content":
                self._gather(child, atom, name)

    @property
    def about(self) -> str:
        """The address that RSS 1.0 names an article by; "" elsewhere."""
        return _given(self.element).get("about", "")

    def is_empty(self) -> bool:
        """Whether nothing is told of it."""
        return not any(
            inner(part).strip() or _given(part) for name, parts in self._parts.items() if name for part in parts
        )

    def all(self, name: str) -> list[str]:
        """What stands in every part of this name, HTML and all; Atom's categories stand in attributes."""
        told = []
        for part in self._parts.get(name, []):
            given = _given(part)
            told.append(inner(part).strip() or given.get("label") or given.get("term") or "")
        return told

    def first(self, name: str) -> str:
        """What stands in the first part of this name that is not empty; "" when there is none."""
        for part in self._parts.get(name, []):
            if _is_text(part) and (told := inner(part)).strip():
                return told
        return ""

    def attribute(self, name: str, attribute: str) -> str:
        """An attribute of the first part of this name; "" when there is none."""
        return next((_given(part).get(attribute, "") for part in self._parts.get(name, [])), "")

    def links(self, default: str) -> Iterator[str]:
        """The pages it names as its own, made absolute from `xml:base` or else `default`, the likeliest first."""
        found: list[tuple[int, str]] = []
        for late, name in enumerate(("link", "atom:link")):
            for part in self._parts.get(name, []):
                given = _given(part)
                raw, rank = inner(part).strip(), late * 2
                if not raw and given.get("rel", "").strip().lower() in _ALTERNATE:
                    raw = given.get("href", "")
                    rank += given.get("type", "").strip().lower().partition(";")[0] not in _PAGES
                page = absolute(raw, self._bases.of(part) or default)
                if page:
                    found.append((rank, page))
        return iter(page for _rank, page in sorted(found, key=lambda one: one[0]))

    def base(self) -> str | None:
        """What its `xml:base` says; None when there is none."""
        return self._bases.of(self.element)

    def base_in(self, name: str) -> str | None:
        """The same for what stands in the first part of this name."""
        return next((self._bases.of(part) for part in self._parts.get(name, [])), None)

    def media(self, names: Set[str]) -> Iterator[tuple[str, Mapping[str, str]]]:
        """What is attached: the name and the attributes in small letters."""
        for name, parts in self._parts.items():
            for part in parts:
                given = _given(part)
                if name == "link" and given.get("rel", "").lower() == "enclosure":
                    yield "enclosure", given
                elif name in names:
                    yield name, given if given.get("url") or given.get("href") else {**given, "url": _address_in(part)}


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed of any kind."""

    head: Node
    items: tuple[Node, ...]


def of_feed(root: Element, address: str) -> Feed:
    """The channel and the articles under `root`, wherever the articles stand, of a feed that came from `address`.

    What calls itself an article inside an article is none.
    """
    local = root.tag.rpartition("}")[2].rpartition(":")[2].lower() if isinstance(root.tag, str) else ""
    atom = local == "feed"
    bases = Bases(address)
    items = tuple(Node(one, bases, atom=atom) for one in _articles(root, atom=atom))
    channel = root if atom else next((one for one in root.iter() if name_of(one, atom=False) == "channel"), root)
    return Feed(Node(channel, bases, atom=atom), items)


def _articles(root: Element, *, atom: bool) -> Iterator[Element]:
    waiting = [root]
    while waiting:
        one = waiting.pop()
        if name_of(one, atom=atom) == ("entry" if atom else "item"):
            yield one
        else:
            waiting += reversed(one)


def inner(element: Element) -> str:
    """What stands in an element, with elements inside it written as HTML again."""
    pieces: list[str] = []
    _write(element, pieces, 0)
    return "".join(pieces)


def _write(element: Element, pieces: list[str], depth: int) -> None:
    pieces.append(element.text or "")
    for child in element:
        if isinstance(child.tag, str) and depth < _DEEPEST:
            name = child.tag.rpartition("}")[2]
            given = "".join(f' {key}="{html.escape(value)}"' for key, value in _given(child).items())
            pieces.append(f"<{name}{given}>")
            _write(child, pieces, depth + 1)
            pieces.append(f"</{name}>")
        pieces.append(child.tail or "")


def _given(element: Element) -> dict[str, str]:
    if len(element.attrib) > _MANY:
        return {}
    return {name.rpartition("}")[2].lower(): value for name, value in element.attrib.items() if name != _BASE}


def _is_text(element: Element) -> bool:
    """Whether Atom's `type` is one of text: a picture or a film in base64 is no summary."""
    kind = _given(element).get("type", "").strip().lower()
    return "/" not in kind or kind.startswith("text/") or kind.endswith(("+xml", "/xml"))


def _address_in(element: Element) -> str:
    """The address in `<image><url>…</url></image>` or `<thumb>…</thumb>`."""
    for child in element:
        if isinstance(child.tag, str) and child.tag.rpartition("}")[2].lower() == "url":
            return (child.text or "").strip()
    return (element.text or "").strip()
