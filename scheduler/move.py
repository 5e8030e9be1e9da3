"""The only code that changes a publication's state: compare, swap, and leave a row that names the edge."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import Insert, String, Text, Update, bindparam, insert, literal_column, null, update
from sqlalchemy import select as sa_select
from sqlmodel import Session, col

from content.origin import address_now, via_now
from scheduler.db import columns_of, spelled
from scheduler.lifecycle import TRANSITIONS, Event, State
from scheduler.tables import Publication, PublicationEvent

Names = tuple[str, ...]
Emptied = tuple[tuple[str, str | None], ...]
"""Columns, and whether they get "" or NULL."""


class LostRace(Exception):
    """Somebody else moved this publication first; whoever gets this has nothing more to do with it."""


@dataclass(frozen=True, slots=True)
class Move:
    """One publication along one edge. `facts` are further columns to set in the same statement."""

    publication: Publication
    event: Event
    at: datetime
    words: str = ""
    actor: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def before(self) -> State:
        """Where it stands."""
        return State(self.publication.state)

    @property
    def after(self) -> State:
        """Where it goes. Raises KeyError for a move the table does not have (a bug)."""
        return TRANSITIONS[self.before, self.event]

    def values(self) -> dict[str, Any]:
        """The columns that change."""
        after, claimed = self.after, self.event is Event.CLAIMED
        lease = {} if claimed else {"lease_until": None, "lease_owner": ""}
        return {
            **lease,
            "state": after,
            "fence": self.publication.fence + claimed,
            "held_by": self.event if after is State.HELD else "",
            **self.facts,
        }


def apply(
    session: Session,
    publication: Publication,
    event: Event,
    *,
    now: datetime,
    words: str = "",
    actor: str = "",
    **facts: Any,
) -> State:
    """Move one publication along one edge and leave an event row; the caller commits.

    `facts` are further columns to set in the same statement. The move is a compare-and-swap on state and
    fence. Raises KeyError for a move the table does not have (a bug) and `LostRace` when the row is not
    as `publication` says any more. `publication` itself is not changed: load it again to see the result.
    """
    move = Move(publication, event, now, words, actor, facts)
    apply_all(session, [move])
    return move.after


def apply_all(session: Session, moves: Sequence[Move]) -> None:
    """Make these moves, in few statements; the caller commits. Raises `LostRace` when not one and all can be made:
    then some may have been, so whoever gets it rolls back.
    """
    alike: dict[tuple[State, Emptied, Names], list[dict[str, Any]]] = defaultdict(list)
    events, origin = [], {"via": via_now(), "address": address_now()}  # once, not by SQLAlchemy for each row
    for move in moves:
        row, values = move.publication, move.values()
        emptied = tuple((name, value) for name, value in values.items() if value is None or value == "")
        told = {f"to_{name}": value for name, value in values.items() if value is not None and value != ""}
        alike[move.before, emptied, tuple(told)].append({"of_id": row.id, "of_fence": row.fence, **told})
        events.append(
            {
                "publication_id": row.id,
                "at": move.at,
                "event": move.event,
                "state_before": move.before,
                "state_after": move.after,
                "fence": values["fence"],
                "words": move.words,
                "actor": move.actor,
                **origin,
            }
        )
    connection = session.connection()
    for which, rows in alike.items():
        if connection.execute(_swap(*which), rows).rowcount != len(rows):
            ids = ", ".join(str(one["of_id"]) for one in rows[:5])
            raise LostRace(f"not all of {len(rows)} publications ({ids}…) are any more as they were")
    if events:
        connection.execute(_NOTED, events)


_NOTED = insert(PublicationEvent)


def apply_alike(session: Session, moves: Sequence[Move]) -> None:
    """Make these moves, which have everything in common but the row, in two statements however many they are.

    The caller commits, and holds the rows: what they bear is what this transaction read and nobody else can change.
    Raises `LostRace` as `apply_all` does.
    """
    first = moves[0]
    values = {name: value for name, value in first.values().items() if name != "fence"}
    ids = {"of_ids": [one.publication.id for one in moves]}
    told = {"of_state": first.before, "by": int(first.event is Event.CLAIMED)}
    told |= {f"to_{name}": value for name, value in values.items()}
    connection = session.connection()
    if connection.execute(_swap_alike(tuple(values)), ids | told).rowcount != len(moves):
        raise LostRace(f"not all of {len(moves)} publications are any more as they were")
    noted = {"at": first.at, "event": first.event, "before": first.before, "words": first.words, "actor": first.actor}
    connection.execute(_noted_alike(), ids | noted)


@lru_cache(maxsize=64)
def _swap_alike(names: tuple[str, ...]) -> Update:
    return (
        update(Publication)
        .where(
            col(Publication.id).in_(bindparam("of_ids", expanding=True)),
            col(Publication.state) == bindparam("of_state"),
        )
        .values({name: bindparam(f"to_{name}") for name in names} | {"fence": col(Publication.fence) + bindparam("by")})
        .execution_options(synchronize_session=False)
    )


@lru_cache(maxsize=256)
def _swap(before: State, emptied: Emptied, names: Names) -> Update:
    """The compare-and-swap that empties some columns and sets others; put together once for each set of them.

    What is the same for every row stands in the text: to put a value in costs as much as to write it.
    """
    return (
        update(Publication)
        .where(
            col(Publication.id) == bindparam("of_id"),
            col(Publication.state) == spelled([before])[0],
            col(Publication.fence) == bindparam("of_fence"),
        )
        .values({name: null() if value is None else literal_column("''") for name, value in emptied})
        .values({name.removeprefix("to_"): bindparam(name) for name in names})
        .execution_options(synchronize_session=False)
    )


@cache
def _noted_alike() -> Insert:
    """A row for each of these publications, as they stand after the move."""
    row = columns_of(PublicationEvent).c
    told = {
        "at": bindparam("at", type_=row.at.type),
        "event": bindparam("event", type_=String),
        "state_before": bindparam("before", type_=String),
        "words": bindparam("words", type_=Text),
        "actor": bindparam("actor", type_=String),
    }
    moved = (
        sa_select(col(Publication.id), col(Publication.state), col(Publication.fence), *told.values())
        .where(col(Publication.id).in_(bindparam("of_ids", expanding=True)))
        .order_by(col(Publication.id))
    )
    return _NOTED.from_select(["publication_id", "state_after", "fence", *told], moved)


def hand_on(session: Session, rows: Sequence[Publication], *, giver: str) -> None:
    """Pass leases on to the owners and until the times that these rows now bear; their states stay.

    The caller holds the rows and commits. Raises `LostRace` when one of them is not the giver's any more.
    """
    passed = [
        {"of_id": row.id, "of_fence": row.fence, "giver": giver, "taker": row.lease_owner, "until": row.lease_until}
        for row in rows
    ]
    if passed and session.connection().execute(_PASSED_ON, passed).rowcount != len(passed):
        raise LostRace(f"not all of {len(passed)} publications are {giver}'s any more")


_PASSED_ON = (
    update(Publication)
    .where(
        col(Publication.id) == bindparam("of_id"),
        col(Publication.fence) == bindparam("of_fence"),
        col(Publication.lease_owner) == bindparam("giver"),
    )
    .values(lease_owner=bindparam("taker"), lease_until=bindparam("until"))
    .execution_options(synchronize_session=False)
)
