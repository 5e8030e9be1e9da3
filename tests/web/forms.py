"""Forms as a browser sends them back, for tests of the desk without one."""

import re

import requests
from sqlmodel import select

from scheduler.db import reading
from tests.web.desk import Desk, Visitor
from web.tables import DeskAct


def fields(visitor: Visitor, path: str) -> dict[str, str]:
    """What a form shows, as a browser would send it back."""
    text = visitor.get(path).text
    main = text[text.index("<main") :]
    inputs = [one for one in re.findall(r"<input[^>]*>", main) if 'type="checkbox"' not in one or " checked" in one]
    found = dict(re.findall(r' name="([^"]+)"[^>]*? value="([^"]*)"', " ".join(inputs)))
    found |= {name: value.strip() for name, value in re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>([^<]*)<', main)}
    for name, options in re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', main, re.DOTALL):
        found[name] = next(iter(re.findall(r'value="([^"]*)" selected', options)), "")
    return {name: value for name, value in found.items() if name not in ("csrf", "seen", "xem")}


def changed(visitor: Visitor, path: str, **values: str) -> requests.Response:
    """Open the form, change something, save it."""
    return visitor.post(path, fields(visitor, path) | values)


def acts(desk: Desk) -> list[tuple[str, str, str]]:
    with reading(desk.engine) as session:
        return [(one.actor, one.subject, one.words) for one in session.exec(select(DeskAct).order_by("id"))]
