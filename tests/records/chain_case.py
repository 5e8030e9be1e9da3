"""A small house with one row, or more, of every kind of evidence, for tests of the chain."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Boolean, Date, DateTime, Engine, Integer, LargeBinary, insert
from sqlmodel import SQLModel

import web.tables  # noqa: F401  every table of evidence is known
from records.canonical import plain
from records.chain import Sealed, Stamps, seal
from records.verify import Checked, verify
from tests.conftest import LAN, MINH, NOW

KEY = hashlib.sha256(b"a key of this test").digest()
STAMPS = Stamps([KEY])
LATER = NOW + timedelta(minutes=5)
EARLIER = NOW - timedelta(minutes=5)


_VALUES: dict[type[Any], Any] = {
    JSON: {}, DateTime: EARLIER, Date: EARLIER.date(), Boolean: False, Integer: 1, LargeBinary: b"x",
}  # fmt: skip
_KNOWN = {"pause": {"reason": "chi_dao"}, "choice": {"kind": "pin"}, "recurrence": {"every": "week"}}
_KNOWN |= {
    "legal_hold": {"scope": "everything"},
    "report": {"state": "draft"},
    "post": {"state": "approved"},
    "channel": {"state": "connected"},
}
_KNOWN |= {"publication": {"part": "post", "state": "published"}, "delegation": {"to_id": 2}}


def row_of(table: str, number: int, **facts: Any) -> dict[str, Any]:
    """A row with something in every column that may not be empty."""
    columns = SQLModel.metadata.tables[table].c
    filled: dict[str, Any] = {"id": number} if "id" in columns else {}
    for column in columns:
        if column.name not in filled and not column.nullable:
            kind = plain(column.type)
            filled[column.name] = next((value for known, value in _VALUES.items() if isinstance(kind, known)), "x")
    return {**filled, **_KNOWN.get(table, {}), **facts}


def put(engine: Engine, table: str, *rows: dict[str, Any]) -> None:
    """Add these rows."""
    with engine.begin() as connection:
        for row in rows:
            connection.execute(insert(SQLModel.metadata.tables[table]), row)


def fill(engine: Engine) -> None:
    """The house: two posts, a channel, a publication, and everything that was done with them."""
    put(engine, "post", *(row_of("post", n, key=f"bai-{n}", state="approved") for n in (1, 2)))
    put(engine, "channel", row_of("channel", 1, key="fanpage", state="connected"))
    put(engine, "publication", row_of("publication", 1, part="post", state="published"))
    put(engine, "activity", row_of("activity", 1))
    put(engine, "staff", *(row_of("staff", n, login=f"nguoi{n}", name_key=f"nguoi{n}") for n in (1, 2)))
    put(engine, "publication_event", *(row_of("publication_event", n, at=at(n), actor=LAN) for n in (1, 2, 3)))
    put(
        engine, "attempt", row_of("attempt", 1, finished_at=at(3), outcome="ok", words="Đã đăng."),
        row_of("attempt", 2, outcome=""),
    )  # fmt: skip
    put(engine, "desk_act", *(row_of("desk_act", n, at=at(n), act="setting", words="Sửa ngày nghỉ") for n in (1, 2)))
    put(engine, "review", *(row_of("review", n, at=at(n), actor=MINH, content_hash=f"{n}" * 64) for n in (1, 2)))
    put(engine, "post_revision", row_of("post_revision", 1, content_hash="1" * 64, data={"title": "Một cửa", "n": 1}))
    put(engine, "act_record", *(row_of("act_record", n, at=at(n), data={"a": n, "b": [1, 2]}) for n in (1, 2)))
    put(engine, "token_refresh", row_of("token_refresh", 1, started_at=at(-90), finished_at=at(-80), outcome="done"))
    put(
        engine, "pause", row_of("pause", 1, reason="chi_dao", since=at(1)),
        row_of("pause", 2, reason="quoc_tang", since=at(2), ended_at=at(3), ended_by=MINH),
    )  # fmt: skip
    put(engine, "choice", row_of("choice", 1, kind="pin"))
    put(engine, "recurrence", row_of("recurrence", 1, every="week"))
    put(engine, "delegation", row_of("delegation", 1, to_id=2, from_id=1))
    put(engine, "legal_hold", row_of("legal_hold", 1))
    put(engine, "archive_seal", row_of("archive_seal", 1))
    put(engine, "evidence", row_of("evidence", 1, activity_id=1))
    put(engine, "summary", row_of("summary", 1, data={"total": 12, "share": 0.25}))
    put(engine, "report", row_of("report", 1, state="draft"))


def at(minutes: int) -> datetime:
    """So many minutes after a quarter of an hour before NOW."""
    return NOW - timedelta(minutes=15) + timedelta(minutes=minutes)


def sealed(engine: Engine, *, now: datetime = NOW, stamps: Stamps = STAMPS, **facts: Any) -> Sealed:
    """Seal what is old enough."""
    return seal(engine, stamps, now=now, **facts)


def checked(engine: Engine, *, now: datetime = LATER, stamps: Stamps = STAMPS, **facts: Any) -> Checked:
    """Hold the chain against its sources."""
    return verify(engine, stamps, now=now, **facts)


def kinds(found: Checked) -> Sequence[str]:
    """What was found, in short."""
    return [one.kind for one in found.findings]
