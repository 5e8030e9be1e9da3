"""Two people saved the same post: both texts side by side, and nothing lost whatever is chosen."""

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields as dataclass_fields
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import select
from starlette.datastructures import FormData

from content.editing import PostFields, fields_of
from content.plan import active_plan
from content.tables import Post
from content.vietnamese import day
from scheduler.db import reading, writing
from web.door import Posted, Someone, house_of
from web.page import page
from web.roles import Person
from web.rooms.compose import working
from web.rooms.compose.fields import LATE_WORDS, ROLE_WORDS
from web.rooms.compose.sheet import LABELS, label_of

router = APIRouter()
PIECES_MOST = 4_000
"""Words of one text that are compared one by one; longer texts are compared line by line."""
_PIECES = re.compile(r"\s+|\w+|[^\w\s]")

Mark = tuple[str, str]
"""same, mine or theirs, and the words."""


@dataclass(frozen=True, slots=True)
class Differing:
    """One field in which the two differ."""

    label: str
    mine: list[Mark]
    theirs: list[Mark]
