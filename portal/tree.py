"""A safe tree of a feed that may be broken: no doors to the outside, no entities of its own, bounded depth and size.

First the text is tidied so that XML can take it: HTML's entities become letters, lone ampersands and control
characters go. If it still is no XML, its tags are mended by what is known of feeds: their vocabulary is small and
flat, so an unclosed `<title>` ends where `<link>` begins, and HTML that nobody escaped is put back into its text.
"""

import html
import re
from html.entities import html5
from typing import Any

from lxml import etree

from portal.text import attributes, names

_JUNK = 65536
"""Characters before the feed itself that are looked through."""
_DEEPEST = 24
_ROOTS = ("rss", "feed", "rdf:rdf", "channel")
_CONTAINERS = names(
    "rss rdf:rdf feed channel item entry image source media:group media:content textinput skiphours skipdays items "
    "rdf:seq"
)
_STRUCTURE = names("rss rdf:rdf feed channel item entry")
_PARTS = names(
    "title link description pubdate guid category comments enclosure author source summary content id published "
    "updated issued modified created tagline subtitle rights logo icon generator language copyright lastbuilddate "
    "managingeditor webmaster docs cloud ttl rating image textinput contributor date"
)
"""Elements without a prefix that begin anew wherever they stand."""
_PREFIXES = names("media content dc dcterms atom a10 slash wfw itunes geo georss rdf sy feedburner thr")

_PROLOG = re.compile(r"(?:[^<]++|<\?[^<>]*+>?|<!--.*?(?:-->|\Z))*+", re.S)
_DOCTYPE = re.compile(r"<!\s*doctype\s+([^\s>\[]*)", re.I)
_TAG = re.compile(r"<([A-Za-z_][\w:.-]*)")
_ROOT = re.compile(r"<(?:[A-Za-z_][\w.-]{0,30}:)?(?:rss|feed|RDF)[\s>]", re.I)
_OUTSIDE = re.compile(
    r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|&(?:(#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});)?",
    re.S,
)
_TOKEN = re.compile(
    r"<!\[CDATA\[(?P<cdata>.*?)(?P<whole>\]\]>|\Z)"
    r"|(?P<comment><!--.*?(?:-->|\Z)|<\?[^<>]*+>?)"
    r"|<(?P<close>/?)(?P<name>[A-Za-z_][\w:.-]*+)(?P<rest>(?=[\s/>])(?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*+(?=>)|(?=[\s/>])[^<>]*+)>"
    r"|(?P<declaration><!\s*(?:doctype|entity)\b)"
    r"|(?P<stray><)",
    re.S | re.I,
)
_CONTROL: dict[int, str | None] = dict.fromkeys(
    [*range(9), *range(14, 32), *range(127, 133), *range(134, 160), 0xFFFE, 0xFFFF, *range(0xD800, 0xE000)]
)
_CONTROL |= {11: " ", 12: " "}
_PREDEFINED = frozenset({"amp", "lt", "gt", "quot", "apos"})

Element = Any
"""An lxml element; lxml tells no types."""


class NotAFeed(Exception):
    """There is no feed in it."""


class Declares(Exception):
    """It has a document type declaration, with which entity bombs and readers of foreign files begin."""


class Tree:
    """The root of a feed, and how whole the text was."""

    def __init__(self, root: Element, *, mended: bool = False, cut: bool = False) -> None:
        self.root = root
        self.mended = mended
        """Whether its tags had to be put in order."""
        self.cut = cut
        """Whether the text ends before the feed does. An article that was being told then is left out."""


def parse(text: str) -> Tree:
    """The tree of a decoded feed. Raises `NotAFeed` and `Declares`."""
    text = _tidy(_from_root(text.translate(_CONTROL)))
    try:
        return Tree(_xml(text, recover=False))
    except etree.XMLSyntaxError:
        mended, cut = mend(text)
    try:
        root = _xml(mended, recover=True)
    except etree.XMLSyntaxError:
        root = None
    if root is None:
        raise NotAFeed
    return Tree(root, mended=True, cut=cut)


def _xml(text: str, *, recover: bool) -> Element:
    parser = etree.XMLParser(
        encoding="utf-8", recover=recover, resolve_entities=False, no_network=True, load_dtd=False,
        dtd_validation=False, attribute_defaults=False, huge_tree=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    if root is not None and (root.getroottree().docinfo.internalDTD is not None):
        raise Declares
    return root


def _from_root(text: str) -> str:
    """`text` from its root on, without declaration, blank lines and what a broken server printed before it."""
    start = _PROLOG.match(text)
    begin = start.end() if start else 0
    if doctype := _DOCTYPE.match(text, begin):
        raise NotAFeed if doctype[1].lower() == "html" else Declares
    first = _TAG.match(text, begin)
    name = first[1].lower() if first else ""
    if name.partition(":")[2] in ("feed", "rss", "rdf") or name in _ROOTS:
        return text[begin:]
    if name in ("html", "head", "body"):
        raise NotAFeed
    # a notice of the server's own software, in its own HTML
    found = _ROOT.search(text, 0, _JUNK)
    if found is None:
        raise NotAFeed
    if declared := _DOCTYPE.search(text, 0, found.start()):
        raise NotAFeed if declared[1].lower() == "html" else Declares
    return text[found.start() :]


def _tidy(text: str) -> str:
    """`text` with letters for HTML's entities and no lone ampersand, CDATA left alone."""
    return _OUTSIDE.sub(_entity, text)


def _entity(found: re.Match[str]) -> str:
    if not found[0].startswith("&"):
        return found[0]
    name = found[1]
    if name is None:
        return "&amp;"
    if name in _PREDEFINED:
        return found[0]
    if name.startswith("#"):
        return html.escape(html.unescape(found[0]).translate(_CONTROL))
    letters = html5.get(f"{name};")
    return f"&amp;{name};" if letters is None else html.escape(letters)


def mend(text: str) -> tuple[str, bool]:
    """`text` with its tags in order, and whether it is cut short. Raises `Declares`."""
    mender = _Mender()
    end = 0
    for token in _TOKEN.finditer(text):
        mender.say(text[end : token.start()])
        end = token.end()
        mender.take(token)
        if mender.done:
            break
    else:
        mender.say(text[end:])
    return mender.result()


class _Mender:
    def __init__(self) -> None:
        self.out: list[str] = []
        self.open: list[str] = []
        self.done = False
        """Whether the root was closed: what stands behind it was put there by somebody else."""
        self._item_at: int | None = None
        self._closed = False

    def say(self, text: str) -> None:
        """Text between tags; between the elements of a container there is none to keep."""
        if text and self.open:
            self.out.append(text.replace("]]>", "]]&gt;").replace("<", "&lt;").replace(">", "&gt;"))

    def take(self, token: re.Match[str]) -> None:
        """One tag, CDATA section, comment or stray sign."""
        if token["cdata"] is not None:
            self.say(html.escape(token["cdata"], quote=False))
        elif token["declaration"]:
            if not (self._in_text() and _DOCTYPE.match(token.string, token.start())):
                raise Declares
            self.say("&lt;!")
        elif token["stray"]:
            self.say("<")
        elif token["name"]:
            self._tag(token, token["name"].lower())

    def result(self) -> tuple[str, bool]:
        """The text with everything closed."""
        cut = not (self.done or self._closed)
        if cut and self._item_at is not None:
            item = next(place for place, name in enumerate(self.open) if _local(name) in ("item", "entry"))
            del self.out[self._item_at :], self.open[item:]
        return "".join(self.out) + "".join(f"</{name}>" for name in reversed(self.open)), cut

    def _in_text(self) -> bool:
        return bool(self.open) and _plain(self.open[-1]) not in _CONTAINERS

    def _tag(self, token: re.Match[str], name: str) -> None:
        known = _plain(name) in _STRUCTURE | _PARTS or name.partition(":")[0] in _PREFIXES
        if self._in_text() and not known and token["name"] != self.open[-1]:
            self.say(html.escape(token[0]))  # HTML that nobody escaped
        elif token["close"]:
            self._close(token["name"])
        else:
            self._start(token, name)

    def _start(self, token: re.Match[str], name: str) -> None:
        while self._in_text() or (
            self.open and self.open[-1].lower().startswith("media:") and not name.startswith("media:")
        ):
            self._pop()
        if _plain(name) in ("item", "entry"):
            while self.open and self._item_at is not None:
                self._pop()
            self._item_at = len(self.out)
        if len(self.open) >= _DEEPEST:
            return
        given: dict[str, str] = {}
        for key, value in attributes(token["rest"]):
            if _NAME.fullmatch(key):
                given.setdefault(key, value)
        told = "".join(f' {key}="{html.escape(value)}"' for key, value in given.items())
        empty = token["rest"].rstrip().endswith("/")
        self.out.append(f"<{token['name']}{told}{'/' if empty else ''}>")
        if not empty:
            self.open.append(token["name"])
        elif _plain(name) in ("item", "entry"):
            self._item_at = None

    def _close(self, name: str) -> None:
        """Close back to `name`, but a part never closes the article it stands in."""
        wanted = _plain(name.lower())
        for depth, open_name in enumerate(reversed(self.open), 1):
            if _plain(open_name.lower()) == wanted:
                for _ in range(depth):
                    self._pop()
                return
            if _plain(open_name.lower()) in _STRUCTURE and wanted not in _STRUCTURE:
                return

    def _pop(self) -> None:
        name = self.open.pop()
        self.out.append(f"</{name}>")
        if _local(name) in ("item", "entry"):
            self._item_at = None
        self._closed = self._closed or (_local(name) == "channel" and bool(self.open) and _local(self.open[0]) == "rss")
        self.done = self.done or not self.open


_NAME = re.compile(r"[A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?")


def _local(name: str) -> str:
    return name.lower().rpartition(":")[2]


def _plain(name: str) -> str:
    """A name as the vocabulary has it: `atom:entry` and `rss:item` are what they are, whatever their prefix."""
    local = _local(name)
    return local if local in _STRUCTURE else name.lower()
