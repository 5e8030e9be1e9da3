"""Which rows are evidence of an act, and how each is told in the chain.

The columns are written out and never changed for an entry that is sealed: a column that a table gets later is sealed
only when a new stage names it, or every older leaf would be another one. What may change afterwards (the text of a
summary, whether a piece of evidence stands) is no part of a leaf; who changes it leaves an act of their own.

Not here: readings and collections (figures, not acts: far more rows than everything else, told by the summaries that
are sealed), notices, runs of jobs, and tables that say how something stands now; a person who changes one of those
leaves a `desk_act` with a hash from before and after.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Table, Text, cast, select

import records.keeping_tables  # noqa: F401  its tables are among the sources
from content.origin import Via
from records.canonical import Raw, Value, sha256, table_named, teller


class Stage(StrEnum):
    """How much of a row an entry is over."""

    ROW = "row"
    """All of it: nothing more comes."""
    BEGUN = "begun"
    """What was known at the beginning; an entry with the end follows."""
    ENDED = "ended"


Row = Mapping[str, Value]
Extras = Raw


@dataclass(frozen=True, slots=True)
class Told:
    """What an entry says of the act, beside its hashes."""

    actor: str
    act: str
    subject_kind: str
    subject_key: str
    via: str = ""
    address: str = ""
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class Source:
    """One table of evidence."""

    table: str
    at: str
    """When it was done, or began: an aware time."""
    columns: tuple[str, ...]
    tell: Callable[[Row, Extras, Stage], Told]
    extras: Callable[[Table], Mapping[str, ColumnElement[Any]]] = lambda _table: {}
    """What is asked beside the row to tell of it; no part of the leaf."""
    ended: str = ""
    """The time at which the row came to its end; until then `ends` may be empty."""
    ends: tuple[str, ...] = ()
    """The columns that are filled at the end."""
    expires: bool = False
    """Whether rows go after their period of keeping (`records.gone`); others are kept for good."""

    def names(self, stage: Stage) -> tuple[str, ...]:
        """The columns that an entry of this stage is over."""
        return self.columns if stage is Stage.BEGUN else (*self.columns, *self.ends)


def leaf(source: Source, stage: Stage, row: Row) -> str:
    """The hash of what an entry of this stage is over. The text goes by table and stage, so that no row stands for
    another's."""
    told = teller(source.names(stage))(row)
    return sha256(f'{{"row":{told},"stage":"{stage.value}","table":"{source.table}"}}')


def _text(value: Value) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)


def _key_of(name: str, table: Table, column: str) -> ColumnElement[Any]:
    """The key of the post or channel that the row is about."""
    other = table_named(name)
    return select(other.c.key).where(other.c.id == table.c[column]).scalar_subquery()


def _earlier(table: Table, wanted: str, *same: str) -> ColumnElement[Any]:
    """`wanted` of the row before this one, of the same subject."""
    older = table.alias("older")
    mine = [older.c[name] == table.c[name] for name in same]
    found = select(cast(older.c[wanted], Text)).where(*mine, older.c.id < table.c.id)
    return found.order_by(older.c.id.desc()).limit(1).scalar_subquery()


# One function for each table -------------------------------------------------------------------------------


def _event(row: Row, _extras: Extras, _stage: Stage) -> Told:
    actor = _text(row["actor"])
    via = _text(row["via"]) or ("" if actor and actor != "autopilot" else Via.MACHINE)
    act = f"publication_event.{_text(row['event'])}"
    return Told(actor, act, "publication", _text(row["publication_id"]), via, _text(row["address"]))


def _attempt(row: Row, _extras: Extras, stage: Stage) -> Told:
    act = f"attempt.{_text(row['action'])}" + ("" if stage is Stage.BEGUN else f".{_text(row['outcome'])}")
    return Told("", act, "publication", _text(row["publication_id"]), Via.MACHINE)


def _desk_act(row: Row, _extras: Extras, _stage: Stage) -> Told:
    return Told(
        _text(row["actor"]), f"desk_act.{_text(row['act'])}", _text(row["act"]), _text(row["subject"]),
        _text(row["via"]), _text(row["address"]), _text(row["before_hash"]), _text(row["after_hash"]),
    )  # fmt: skip


def _review(row: Row, extras: Extras, _stage: Stage) -> Told:
    return Told(
        _text(row["actor"]), f"review.{_text(row['action'])}", "post", extras["post"] or "", _text(row["via"]),
        _text(row["address"]), extras["before"] or "", _text(row["content_hash"]),
    )  # fmt: skip


def _revision(row: Row, extras: Extras, _stage: Stage) -> Told:
    after = _text(row["content_hash"])
    return Told(_text(row["actor"]), "post_revision.kept", "post", extras["post"] or "", after=after)


def _act_record(row: Row, extras: Extras, _stage: Stage) -> Told:
    before, subject = extras["before"], _text(row["subject"])
    return Told(
        _text(row["actor"]), f"act_record.{_text(row['action'])}", subject, _text(row["subject_id"]),
        _text(row["via"]), _text(row["address"]), sha256(before) if before else "", sha256(_text(row["data"])),
    )  # fmt: skip


def _refresh(row: Row, extras: Extras, stage: Stage) -> Told:
    act = "token_refresh" + (".begun" if stage is Stage.BEGUN else f".{_text(row['outcome'])}")
    return Told("", act, "channel", extras["channel"] or "", Via.MACHINE)


def _lasting(kind: str, by: str, ended_by: str) -> Callable[[Row, Extras, Stage], Told]:
    """For what begins and is ended by a person."""

    def tell(row: Row, _extras: Extras, stage: Stage) -> Told:
        over = stage is not Stage.BEGUN
        actor = _text(row[ended_by]) if over and ended_by else _text(row[by])
        via, address = _text(row.get("via")), _text(row.get("address"))
        # who ended it may have come another way than who began it
        where = ("", "") if over else (via, address)
        return Told(actor, f"{kind}.{'ended' if over else 'begun'}", kind, _text(row["id"]), *where)

    return tell


def _made(kind: str, by: str) -> Callable[[Row, Extras, Stage], Told]:
    """For what is made once."""

    def tell(row: Row, _extras: Extras, _stage: Stage) -> Told:
        return Told(_text(row[by]) if by else "", f"{kind}.made", kind, _text(row["id"]), "" if by else Via.MACHINE)

    return tell


def _post(table: Table) -> Mapping[str, ColumnElement[Any]]:
    return {"post": _key_of("post", table, "post_id")}


SOURCES = (
    Source(
        "publication_event", "at",
        ("id", "publication_id", "at", "event", "state_before", "state_after", "fence", "words", "actor", "via",
         "address"), _event,
    ),
    Source(
        "attempt", "started_at", ("id", "publication_id", "fence", "action", "started_at"), _attempt,
        ended="finished_at", ends=("finished_at", "outcome", "code", "section", "words", "evidence"),
    ),
    Source(
        "desk_act", "at",
        ("id", "at", "actor", "act", "subject", "words", "address", "via", "before_hash", "after_hash"), _desk_act,
    ),
    Source(
        "review", "at", ("id", "post_id", "at", "action", "actor", "reason", "content_hash", "via", "address"), _review,
        extras=lambda table: {**_post(table), "before": _earlier(table, "content_hash", "post_id")},
    ),
    Source("post_revision", "at", ("id", "post_id", "content_hash", "at", "actor", "data"), _revision, extras=_post),
    Source(
        "act_record", "at",
        ("id", "at", "actor", "subject", "subject_id", "action", "data", "via", "address"), _act_record,
        extras=lambda table: {"before": _earlier(table, "data", "subject", "subject_id")},
    ),
    Source(
        "token_refresh", "started_at", ("id", "channel_id", "credential_version", "started_at"), _refresh,
        extras=lambda table: {"channel": _key_of("channel", table, "channel_id")},
        ended="finished_at", ends=("finished_at", "outcome", "detail"),
        expires=True,
    ),
    Source(
        "pause", "since",
        ("id", "channel_id", "agency", "tag", "reason", "words", "since", "at_once", "until", "started_by", "via",
         "address"),
        _lasting("pause", "started_by", "ended_by"), ended="ended_at", ends=("ended_at", "ended_by"),
    ),
    Source(
        "choice", "created_at",
        ("id", "kind", "post_id", "channel_id", "since", "until", "reason", "actor", "created_at"),
        _lasting("choice", "actor", "ended_by"), ended="ended_at", ends=("ended_at", "ended_by"),
    ),
    Source(
        "recurrence", "created_at",
        ("id", "post_id", "channel_id", "every", "step", "day", "minute", "since", "until", "most", "actor",
         "created_at"),
        _lasting("recurrence", "actor", "ended_by"), ended="ended_at", ends=("ended_at", "ended_by"),
    ),
    Source(
        "delegation", "created_at",
        ("id", "from_id", "to_id", "since", "until", "reason", "created_by", "created_at"),
        _lasting("delegation", "created_by", ""), ended="ended_at", ends=("ended_at",),
    ),
    Source(
        "legal_hold", "placed_at",
        ("id", "scope", "subject_id", "first", "last", "reason", "placed_by", "placed_at"),
        _lasting("legal_hold", "placed_by", "lifted_by"),
        ended="lifted_at", ends=("lifted_at", "lifted_by", "lifted_words"),
    ),
    Source(
        "archive_seal", "made_at",
        ("id", "month", "version", "name", "size", "sha256", "manifest_sha256", "data_sha256", "chain_head", "made_by",
         "made_at"),
        _made("archive_seal", "made_by"),
    ),
    Source(
        "evidence", "added_at",
        ("id", "activity_id", "submission_id", "sha256", "name", "mime", "size", "words", "added_by", "added_at"),
        _made("evidence", "added_by"),
    ),
    Source(
        "summary", "made_at", ("id", "kind", "period", "starts_on", "ends_on", "cutoff_at", "made_at", "data"),
        _made("summary", ""),
    ),
    Source(
        "report", "made_at", ("id", "preset", "plan", "first", "last", "made_by", "made_at"), _made("report", "made_by")
    ),
)  # fmt: skip
"""Every table of evidence; who adds one says so in decision 0016."""
BY_TABLE = {one.table: one for one in SOURCES}
