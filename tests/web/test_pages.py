"""The list of pages that `benchmarks/desk.py` measures is whole: what it promises holds for every page there is."""

from collections.abc import Iterator
from typing import Any

from benchmarks import desk_pages
from web.rooms import routers


def _addresses(router: Any) -> Iterator[str]:
    """Every address of a room that answers a browser's GET, however deep its router stands."""
    for route in router.routes:
        if "GET" in (getattr(route, "methods", None) or ()):
            yield route.path.replace(":int", "")
        elif inner := getattr(route, "original_router", None):
            yield from _addresses(inner)


def test_every_page_of_the_desk_is_measured_or_named_as_none() -> None:
    there = {_shape(path) for router in routers() for path in _addresses(router)}
    measured = {_shape(page.address) for page in desk_pages.PAGES}
    named = {_shape(path) for path in desk_pages.NOT_PAGES}
    assert len(there) > 40, "the rooms were found"
    loose = {address: [path for path in there if _fits(address, path)] for address in measured - there}
    assert [address for address, paths in loose.items() if not paths] == [], "pages that are gone"
    missing = there - measured - named - {path for paths in loose.values() for path in paths}
    assert missing == set(), "a new page: give it a line in benchmarks/desk_pages.py"
    assert named - there == set(), "addresses that are gone"


def _shape(address: str) -> str:
    """The address with every word in braces alike."""
    return "/".join("{}" if "{" in part else part for part in address.partition("?")[0].split("/"))


def _fits(address: str, path: str) -> bool:
    """Whether a listed address leads to this route: "/muc/{}/doi-gio" is one of "/muc/{}/{verb}"."""
    one, other = address.split("/"), path.split("/")
    return len(one) == len(other) and all(a == b or b == "{}" for a, b in zip(one, other, strict=True))
