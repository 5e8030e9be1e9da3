"""The tables of the queue. Only this package writes them; times are aware UTC.

`next_attempt_at` is the row's own time in every waiting state: when to prepare (scheduled), when to make
it public (ready), when to try again (retry_wait), when to look (unconfirmed). So one index and one claim
serve the whole life cycle, and "retry at 10:05" cannot be picked up at 10:00.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, Index, LargeBinary, Text, UniqueConstraint, false, text
from sqlmodel import Field, SQLModel

import content.tables  # noqa: F401  the foreign keys below point there, and it names constraints
import scheduler.figure_tables  # noqa: F401  as above
from connectors.base import Part
from content.origin import address_now, via_now
from scheduler.lifecycle import State


class Channel(SQLModel, table=True):
    """One account on one platform, owned by an agency."""

    __tablename__ = "channel"
    __table_args__ = (
        UniqueConstraint("platform", "external_id"),
        CheckConstraint("state IN ('connected','reconnect','misconfigured','blocked','off')", name="state"),
    )
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    """How staff call it on the command line, such as "fanpage"."""
    platform: str
    external_id: str
    name: str
    agency: str = ""
    state: str = "connected"
    """connected, reconnect (a person renews access), misconfigured, blocked (until `not_before`), off."""
    state_words: str = ""
    not_before: datetime | None = None
    """Nothing is written to this channel before this time: a limit or a block the platform told."""
    options: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    proofs: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False, server_default="{}"))
    """Option -> when it was proved on this channel, and what was seen; see `Capabilities.proven_options`."""
    gap_minutes: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    """At least so much time lies between two posts that were given their hour here by a rule."""
    daily_most: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    """At most so many posts a day; 0: without a limit."""
    quiet_from: int = Field(default=22 * 60, sa_column_kwargs={"server_default": str(22 * 60)})
    """Minutes after midnight, local: from then on nothing is given an hour by a rule…"""
    quiet_until: int = Field(default=6 * 60, sa_column_kwargs={"server_default": str(6 * 60)})
    """… until then, perhaps over midnight; the same as `quiet_from`: no quiet hours."""
    created_at: datetime


class Credential(SQLModel, table=True):
    """The encrypted secrets of a channel. `version` rises with every change; a refresh swaps it."""

    __tablename__ = "credential"
    channel_id: int = Field(foreign_key="channel.id", primary_key=True)
    secret: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    version: int = 1
    expires_at: datetime | None = None
    refresh_at: datetime | None = None
    updated_at: datetime


class TokenRefresh(SQLModel, table=True):
    """One try to refresh a token, written before the call: a rotated pair must never be lost in silence."""

    __tablename__ = "token_refresh"
    __table_args__ = (Index("ix_token_refresh_access", "channel_id", "credential_version"),)
    id: int | None = Field(default=None, primary_key=True)
    channel_id: int = Field(foreign_key="channel.id")
    credential_version: int
    started_at: datetime
    finished_at: datetime | None = None
    outcome: str = ""
    """"" while in flight; done, refused (the pair is dead), not_sent (or refused for another reason), unknown,
    superseded."""
    detail: str = ""


class PendingConsent(SQLModel, table=True):
    """A consent that was begun and not finished: what the answer has to be held against."""

    __tablename__ = "pending_consent"
    state: str = Field(primary_key=True)
    platform: str
    redirect_uri: str
    secret: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """The PKCE verifier, sealed."""
    facts: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    """What the person chose for the channel: key, agency, slots, options."""
    created_at: datetime
    """Good for a short time only; a code lives ten minutes."""


class Spending(SQLModel, table=True):
    """Units of one budget that one piece of work used up; a budget's window is a sum over these."""

    __tablename__ = "spending"
    __table_args__ = (Index("ix_spending_window", "scope", "budget", "at"),)
    id: int | None = Field(default=None, primary_key=True)
    scope: str
    """Whose budget: "app:<platform>" or "channel:<id>"."""
    budget: str
    at: datetime
    units: int


class UsageLevel(SQLModel, table=True):
    """What a platform told last of a limit that only it counts."""

    __tablename__ = "usage_level"
    scope: str = Field(primary_key=True)
    percent: float
    until: datetime | None = None
    at: datetime


class Slot(SQLModel, table=True):
    """A channel's regular posting time, in Asia/Ho_Chi_Minh."""

    __tablename__ = "slot"
    __table_args__ = (UniqueConstraint("channel_id", "weekday", "minute"),)
    id: int | None = Field(default=None, primary_key=True)
    channel_id: int = Field(foreign_key="channel.id", index=True)
    weekday: int
    """0 is Monday."""
    minute: int
    """Minutes after midnight."""
    form: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """The kind of content it is kept for (a post's `form`); empty: any."""


_STATES = ",".join(f"'{state}'" for state in State)


_PARTS = ",".join(f"'{part}'" for part in Part)


_WAITS = text("state IN ('scheduled', 'ready', 'retry_wait')")
"""What the clock may still move."""
_A_PERSON = text("state = 'held' OR state = 'needs_person'")
"""What waits for somebody to decide."""
# with all that is asked about them, so that the index alone is read; PostgreSQL's has no id of its own accord
_OF_A_PERSON = ("state", "held_by", "late_until", "due_at", "post_id", "channel_id", "id")


class Publication(SQLModel, table=True):
    """One post on one channel at one time, or something that follows it there: the unit of the queue."""

    __tablename__ = "publication"
    __table_args__ = (
        UniqueConstraint("channel_id", "post_id", "due_at", "part"),
        CheckConstraint(f"state IN ({_STATES})", name="state"),
        CheckConstraint(f"part IN ({_PARTS})", name="part"),
        Index("ix_publication_waiting", "state", "next_attempt_at"),
        Index("ix_publication_channel_due", "channel_id", "due_at"),
        # what stands or waits on one channel, however long its past is
        Index("ix_publication_channel_state", "channel_id", "state", "due_at"),
        # what is over by its own late rule, however much waits far ahead
        Index("ix_publication_late", "state", "late_until"),
        # with all that is counted of a month or a year, so that the index alone is read
        Index("ix_publication_due", "due_at", "state", "part", "post_id"),
        # with all that is counted of a post's past on each channel, in that order; when it was public last is asked by
        # the library's cards and by the campaigns
        Index("ix_publication_post", "post_id", "channel_id", "due_at", "state", "part", "published_at"),
        Index("ix_publication_published", "published_at"),
        # for statements whose states stand in their text (`scheduler.db.spelled`)
        # told to PostgreSQL by migrations/env.py: named here, its dialect with its drivers would be in every process
        Index("ix_publication_waiting_due", "due_at", sqlite_where=_WAITS, info={"where": _WAITS}),
        Index("ix_publication_person", *_OF_A_PERSON, sqlite_where=_A_PERSON, info={"where": _A_PERSON}),
    )
    id: int | None = Field(default=None, primary_key=True)
    post_id: int = Field(foreign_key="post.id")
    channel_id: int = Field(foreign_key="channel.id")
    part: str = Field(default=Part.POST, sa_column_kwargs={"server_default": Part.POST.value})
    """post, or what follows a public post: comment, broadcast, revision. Counts and figures are of posts only."""
    follows_id: int | None = Field(default=None, foreign_key="publication.id", index=True)
    """The publication of the post that this follows."""
    details: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False, server_default="{}"))
    """Of a broadcast: {"articles": [publication ids], "audience": {…}}."""
    due_at: datetime
    late_until: datetime | None = None
    """After this it is missed; None: worth sending however late."""
    state: str = State.SCHEDULED
    next_attempt_at: datetime | None = None
    fence: int = 0
    """Rises with every claim; a worker whose fence is old can record nothing."""
    lease_until: datetime | None = None
    lease_owner: str = ""
    attempts: int = 0
    """Failed tries that count against the retry budget."""
    looks: int = 0
    """Looks made since the last answer was lost."""
    held_by: str = ""
    """What holds it: held (a person), approval_lost or paused; empty when nothing does."""
    origin: str = "staff"
    """staff, autopilot or recurrence."""
    reason: str = ""
    """Why it stands in the queue, in words a person can check."""
    saved: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    """What the connector prepared so far."""
    prepared_hash: str = ""
    """The content hash that `saved` was made from."""
    good_until: datetime | None = None
    sent_at: datetime | None = None
    """When the call that makes it public was (perhaps) sent for the first time."""
    progress: int | None = None
    """How much of a long upload the platform holds, in percent; None when there is none."""
    external_id: str = ""
    permalink: str = ""
    published_at: datetime | None = None
    problem: str = ""
    """The last thing that went wrong, in words for staff."""
    problem_code: str = ""
    created_at: datetime


class PublicationEvent(SQLModel, table=True):
    """One move of a publication; the row names the edge. Rows are only ever added."""

    __tablename__ = "publication_event"
    id: int | None = Field(default=None, primary_key=True)
    publication_id: int = Field(foreign_key="publication.id", index=True)
    at: datetime = Field(index=True)
    event: str
    state_before: str
    state_after: str
    fence: int
    words: str = Field(default="", sa_type=Text)
    actor: str = ""
    via: str = Field(default_factory=via_now, sa_column_kwargs={"default": via_now, "server_default": ""})
    """From where it came, see `content.origin`; empty in rows from before it was kept."""
    address: str = Field(default_factory=address_now, sa_column_kwargs={"default": address_now, "server_default": ""})


class Attempt(SQLModel, table=True):
    """One try, written down before the call. `outcome` is empty until an answer was recorded."""

    __tablename__ = "attempt"
    id: int | None = Field(default=None, primary_key=True)
    publication_id: int = Field(foreign_key="publication.id", index=True)
    fence: int
    action: str
    """prepare, publish, find or withdraw."""
    started_at: datetime
    finished_at: datetime | None = None
    outcome: str = ""
    """ok, accepted, not_there, unclear, not_begun (no worker took it), or the error's class in lower case."""
    code: str = ""
    section: str = ""
    words: str = Field(default="", sa_type=Text)
    evidence: str = Field(default="", sa_type=Text)


class Reading(SQLModel, table=True):
    """One value of one metric of one publication, or of a channel, at one moment.

    `value` None: the platform was asked and told nothing. It is never turned into 0.
    """

    __tablename__ = "reading"
    __table_args__ = (
        Index("ix_reading_publication", "publication_id", "metric", "taken_at", "value"),
        Index("ix_reading_channel", "channel_id", "metric", "taken_at", "value"),
        # what was told of one channel lately, whatever the others have
        Index("ix_reading_channel_taken", "channel_id", "taken_at"),
    )
    id: int | None = Field(default=None, primary_key=True)
    channel_id: int = Field(foreign_key="channel.id")
    publication_id: int | None = Field(default=None, foreign_key="publication.id")
    """None: a figure of the channel itself."""
    metric: str
    value: int | None = None
    name: str
    version: str
    definition: str = ""
    day: date | None = None
    """The platform's own day that a daily value is of; None for a counter as it stood."""
    taken_at: datetime = Field(index=True)
    collection_id: int | None = Field(default=None, foreign_key="collection.id")
    """How it came: read or entered by hand. None: from before collections were kept."""


class JobRun(SQLModel, table=True):
    """One run of one calendar job. The unique pair makes a second clock harmless."""

    __tablename__ = "job_run"
    __table_args__ = (UniqueConstraint("job", "slot"),)
    id: int | None = Field(default=None, primary_key=True)
    job: str
    slot: datetime
    started_at: datetime
    finished_at: datetime | None = None
    outcome: str = ""
    words: str = Field(default="", sa_type=Text)


class Heartbeat(SQLModel, table=True):
    """The last sign of life of a running clock or worker, so that a stuck one is seen (`scheduler.signs`)."""

    __tablename__ = "heartbeat"
    owner: str = Field(primary_key=True)
    kind: str = "clock"
    started_at: datetime
    at: datetime


class Pause(SQLModel, table=True):
    """A time in which nothing goes out but what is allowed in a pause (domain 2.6). Never deleted."""

    __tablename__ = "pause"
    __table_args__ = (CheckConstraint("reason IN ('quoc_tang','thien_tai','su_co_bao_mat','chi_dao')", name="reason"),)
    id: int | None = Field(default=None, primary_key=True)
    channel_id: int | None = Field(default=None, foreign_key="channel.id")
    """None: every channel. At most one of this and the next two is set."""
    agency: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """The code of an agency: the channels that it owns, and the posts that it proposed wherever they go."""
    tag: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """Only posts that bear this tag."""
    reason: str
    words: str = Field(default="", sa_type=Text)
    since: datetime
    at_once: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    """It began when it was ordered: it is in force from then on, also when the clock is turned back after that."""
    until: datetime | None = None
    """None: until a person ends it."""
    started_by: str
    ended_at: datetime | None = None
    ended_by: str = ""
    via: str = Field(default_factory=via_now, sa_column_kwargs={"default": via_now, "server_default": ""})
    """From where it was ordered, see `content.origin`; empty in rows from before it was kept."""
    address: str = Field(default_factory=address_now, sa_column_kwargs={"default": address_now, "server_default": ""})
