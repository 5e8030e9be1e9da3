"""An HTML page taken apart into what articles are told by; one pass, whatever the page looks like.

A tree is not built: parsers of HTML compare each attribute of a tag with every other, and a page with one tag of a
hundred thousand attributes keeps them busy for minutes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from portal.text import TOKEN, attributes, plain, read_markup

_SHOWN = frozenset({"title", "h1"})
_MOST_HEADS = 20
_LONGEST_HEAD = 1000
"""Characters."""
_ENDS_A_TITLE = frozenset({"meta", "link", "script", "style", "body", "h1"})


@dataclass(slots=True)
class Page:
    """What a page tells of itself."""

    meta: dict[str, str] = field(default_factory=dict)
    """`<meta>` by property, name or itemprop in small letters; the first of a name counts."""
    links: list[Mapping[str, str]] = field(default_factory=list)
    """The attributes of each `<link>`."""
    base: str = ""
    """The first `<base>`; "" when there is none."""
    title: str = ""
    heads: list[str] = field(default_factory=list)
    """The text of each `<h1>`, of the first ones at least."""
    times: list[str] = field(default_factory=list)
    """Whatever is marked as the time of publication in the text."""
    data: list[str] = field(default_factory=list)
    """Each piece of JSON-LD, not yet read."""
    text: str = ""
    """What a reader sees."""

    def linked(self, rel: str) -> Iterator[str]:
        """Where the `<link>`s of this kind lead."""
        return (one["href"] for one in self.links if rel in one.get("rel", "").lower().split() and one.get("href"))


def read_page(html: str) -> Page:
    """The page that `html` is."""
    page = Page(text=read_markup(html).text)
    shown, begin = "", 0
    """The element whose text is being waited for, and where it begins."""
    for token in TOKEN.finditer(html):
        name = (token["raw"] or token["name"] or "").lower()
        if shown and (name == shown or (shown == "title" and name in _ENDS_A_TITLE)):
            _show(page, shown, plain(html[begin : token.start()]))
            shown = ""
        if not name or token["close"]:
            continue
        if name in _SHOWN:
            shown, begin = name, token.end()
        given = dict(reversed(list(attributes(token["rest"] or token["about"] or ""))))
        _note(page, name, given, token["inside"] or "")
        if _is_time(name, given, token["rest"] or ""):
            page.times.append(
                plain(given.get("datetime")) or plain(html[token.end() : token.end() + 200].partition("<")[0])
            )
    return page


def _show(page: Page, name: str, text: str) -> None:
    if name == "h1" and text and len(page.heads) < _MOST_HEADS:
        page.heads.append(text[:_LONGEST_HEAD].strip())
    elif name == "title":
        page.title = page.title or text


def _note(page: Page, name: str, given: Mapping[str, str], inside: str) -> None:
    if name == "meta" and given.get("content"):
        key = given.get("property") or given.get("name") or given.get("itemprop") or ""
        page.meta.setdefault(key.strip().lower(), given["content"])
    elif name == "link":
        page.links.append(given)
    elif name == "base":
        page.base = page.base or given.get("href", "")
    elif name == "script" and "ld+json" in given.get("type", "").lower():
        page.data.append(inside)


def _is_time(name: str, given: Mapping[str, str], rest: str) -> bool:
    if name in ("meta", "link"):
        return False
    return given.get("itemprop", "").lower() == "datepublished" or (name == "time" and "pubdate" in rest.lower())
