"""The contract between the scheduler and a platform: what goes out, what comes back, and when.

A connector speaks HTTP to one account on one platform. It knows no tables, no campaign and no clock:
`now` is given to it (aware UTC), and so is everything an earlier try left behind (`saved`).

    check      problems a person can fix, before anything is scheduled; nothing is ever cut silently
    prepare    one safe step towards "only one small call is left"; the scheduler stores what it returns,
               then calls again until it says `ready`
    publish    the one call that makes it public
    find       is it there? asked whenever an answer was lost, before anything is sent again
    read_*     figures, many posts in few calls; what the platform does not tell is None, never 0
    list_published   what stands on the channel now, whoever put it there; for an audit

**One step, one call, one record.** `prepare` makes at most one call that changes something and returns
at once with what must not be forgotten (an upload session, a photo's id, "the last byte is about to be
sent"). The scheduler commits that before it calls again, so a process that dies between any two steps
goes on from the last one. For the same reason a connector never loops, never retries and never sleeps.

After the call that makes it public was sent, `prepare` and `publish` are not called again until `find`
has answered `NotThere` at every time in `Capabilities.looks`.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar

import requests
from pydantic import BaseModel

from connectors.errors import Unsupported

Saved = dict[str, Any]
"""What a connector wants back on the next call: plain JSON, never a token."""


class Kind(StrEnum):
    """What a post is made of, as a platform sees it."""

    TEXT = "text"
    LINK = "link"
    IMAGE = "image"
    ALBUM = "album"
    ARTICLE = "article"
    VIDEO = "video"


@dataclass(frozen=True, slots=True)
class Media:
    """A picture or a video as a file on our disk, and its public address where one is configured."""

    path: Path
    mime: str
    size: int
    sha256: str
    alt: str = ""
    width: int = 0
    height: int = 0
    seconds: float = 0.0
    url: str = ""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One publication, fitted to one platform. All text is NFC.

    `key` is the publication's own mark, the same over all tries. `text` is the whole text as people will
    read it, hashtags included. `summary` is the short form where a platform has one. `options` was
    validated by the connector's own `Options` model.
    """

    key: str
    title: str
    text: str
    summary: str = ""
    link: str = ""
    images: tuple[Media, ...] = ()
    video: Media | None = None
    cover: Media | None = None
    tags: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def kind(self) -> Kind:
        """What this is before a connector decides how to carry it."""
        if self.video:
            return Kind.VIDEO
        if len(self.images) > 1:
            return Kind.ALBUM
        if self.images:
            return Kind.IMAGE
        return Kind.LINK if self.link else Kind.TEXT


@dataclass(frozen=True, slots=True)
class Problem:
    """Something a person can fix. `field` is the name of the field in the post's file or on the form."""

    field: str
    words: str
    blocks: bool = True


@dataclass(frozen=True, slots=True)
class Step:
    """What one call of `prepare` achieved.

    `saved`       everything to remember, old and new; committed before the next call
    `ready`       only `publish` is left
    `again_after` when not ready: how long to wait before the next step (zero: go on at once)
    `good_until`  what was prepared is worthless after this time (aware UTC) and must be prepared again
    `warnings`    Vietnamese sentences about what did not work and does not stop the publication (a thumbnail)
    """

    saved: Saved
    ready: bool
    again_after: timedelta = timedelta(0)
    good_until: datetime | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """It is public. `published_at` is the platform's own time (aware UTC) where it tells one."""

    external_id: str
    permalink: str = ""
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The platform took the call and will tell the result later: `find` is asked after `look_after`."""

    saved: Saved
    look_after: timedelta


@dataclass(frozen=True, slots=True)
class NotThere:
    """Looked, and it is not there (yet)."""


@dataclass(frozen=True, slots=True)
class Unclear:
    """Looked, and a person must decide: several candidates, or one that matches only in part."""

    words: str


Published = Receipt | Accepted
Found = Receipt | NotThere | Unclear


@dataclass(frozen=True, slots=True)
class Figure:
    """One value of one metric at the moment it was read.

    `ref` is the post's external id, or "" for the channel itself. `metric` is our word (`Metric`);
    `name`, `version` and `definition` are the platform's, kept with the value for ever.
    """

    ref: str
    metric: str
    value: int | None
    name: str
    version: str
    definition: str


@dataclass(frozen=True, slots=True)
class Listed:
    """One public post as the platform lists it; what a platform does not tell is empty.

    `published_at` is the time the platform tells (aware UTC), None when it tells none. `own`: whether this
    app made it, None when the platform does not tell.
    """

    external_id: str
    permalink: str
    published_at: datetime | None
    title: str
    text: str
    own: bool | None


class Metric(StrEnum):
    """Our words for what platforms count. Two platforms' values under one word are not the same thing."""

    REACH = "reach"
    VIEWS = "views"
    REACTIONS = "reactions"
    COMMENTS = "comments"
    SHARES = "shares"
    CLICKS = "clicks"
    FOLLOWERS = "followers"


@dataclass(frozen=True, slots=True)
class Account:
    """One account on a platform: a Page, an OA, a YouTube channel."""

    external_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Credentials:
    """Secrets of one account. Encrypted at rest by the scheduler, never logged, never in `Saved`.

    `values`      whatever the connector needs: {"access_token": …, "refresh_token": …}
    `expires_at`  when the access token dies (aware UTC); None when it has no date
    `refresh_at`  when the scheduler should refresh it; None when it is never refreshed
    """

    values: Mapping[str, str] = field(repr=False)
    expires_at: datetime | None = None
    refresh_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Connected:
    """What a finished consent gives: an account and the credentials to act as it."""

    account: Account
    credentials: Credentials


@dataclass(frozen=True, slots=True)
class Consent:
    """A consent that was begun: the person opens `url`; `state` and `verifier` come back to `finish_consent`."""

    url: str
    state: str
    verifier: str
    redirect_uri: str


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Limits and abilities as data: printed by the CLI, shown in the composer, held against the README.

    Lengths are counted in the platform's unit, named by `text_unit`: "characters" (code points after NFC)
    or "bytes" (UTF-8). 0 means "no such thing here". `looks` are the pauses between the looks after a lost
    answer: the first after the answer was lost, each next one after the look before it.
    """

    platform: str
    label: str
    kinds: frozenset[Kind]
    text_max: int
    text_unit: str
    title_max: int
    summary_max: int
    images_max: int
    image_bytes_max: int
    image_types: tuple[str, ...]
    video_bytes_max: int
    video_types: tuple[str, ...]
    needs_public_media: bool
    prepare_ahead: timedelta
    looks: tuple[timedelta, ...]
    metrics: tuple[Metric, ...]
    usual_slots: tuple[str, ...] = ()
    """Posting times to begin with, local: "07:30" for every day, "T2 19:30" for Mondays (domain 2.4)."""
    abilities: frozenset[str] = frozenset()
    """Of: "edit", "withdraw", "first_comment", "broadcast", "captions", "thumbnail", "refresh"."""


class Connector(ABC):
    """One account on one platform. Build it for one piece of work and throw it away.

    Every ability that is not declared refuses: not overriding a method *is* the statement "cannot".
    """

    capabilities: ClassVar[Capabilities]
    Settings: ClassVar[type[BaseModel]]
    """Addresses (default: the real ones), app id and secret, time-outs, and what the sheets mark unverified."""
    Options: ClassVar[type[BaseModel]]
    """What staff choose per channel or per post: a category, an author, "made for kids"."""

    def __init__(self, settings: BaseModel, account: Account, credentials: Credentials, http: requests.Session) -> None:
        self.settings = settings
        self.account = account
        self.credentials = credentials
        self.http = http

    # Connecting an account -----------------------------------------------------------------------------

    @classmethod
    @abstractmethod
    def begin_consent(cls, settings: BaseModel, *, redirect_uri: str, state: str, verifier: str) -> Consent:
        """The address at which a person grants access. `verifier` is a PKCE verifier of 43 characters."""

    @classmethod
    @abstractmethod
    def finish_consent(
        cls,
        settings: BaseModel,
        consent: Consent,
        answer: Mapping[str, str],
        *,
        now: datetime,
        http: requests.Session,
    ) -> list[Connected]:
        """Exchange what came back to `redirect_uri` (its query, as a mapping) for the accounts granted.

        Raises `Misconfigured` when `state` differs or the answer is a refusal.
        """

    @classmethod
    def adopt(
        cls, settings: BaseModel, pasted: Mapping[str, str], *, now: datetime, http: requests.Session
    ) -> list[Connected]:
        """Accounts reachable with tokens a person pasted, keyed as in `Credentials.values`."""
        raise Unsupported(cls.capabilities.label, "dán mã truy cập có sẵn")

    def refresh(self, *, now: datetime) -> Credentials:
        """New credentials. The scheduler commits them before anything else uses them."""
        raise Unsupported(self.capabilities.label, "làm mới mã truy cập")

    def health(self, *, now: datetime) -> list[Problem]:
        """Ask the platform whether this access still works and is enough. Raises a `ConnectorError` when not."""
        raise Unsupported(self.capabilities.label, "kiểm tra kết nối")

    # Publishing ----------------------------------------------------------------------------------------

    @abstractmethod
    def check(self, outgoing: Outgoing) -> list[Problem]:
        """Everything the platform would refuse, without asking it. Pure: no network, no clock."""

    @abstractmethod
    def prepare(self, outgoing: Outgoing, saved: Saved, *, now: datetime) -> Step:
        """Take one safe step. Whatever it creates is invisible to the public.

        `saved` may stem from older words or pictures of the same post, or be older than `good_until`: the
        connector compares, keeps what still holds and makes the rest anew.
        """

    @abstractmethod
    def publish(self, outgoing: Outgoing, saved: Saved, *, now: datetime) -> Published:
        """The one call that makes it public."""

    @abstractmethod
    def find(self, outgoing: Outgoing, saved: Saved, *, since: datetime, known: frozenset[str], now: datetime) -> Found:
        """Look for what may have been published since `since`; `known` ids belong to other publications."""

    def withdraw(self, external_id: str, *, now: datetime) -> None:
        """Take it down. Already gone is success."""
        raise Unsupported(self.capabilities.label, "gỡ bài")

    # Figures -------------------------------------------------------------------------------------------

    @abstractmethod
    def read_posts(self, external_ids: Sequence[str], *, now: datetime) -> list[Figure]:
        """The figures of these posts. A post the platform does not know any more has no figures."""

    @abstractmethod
    def read_channel(self, *, now: datetime) -> list[Figure]:
        """The figures of the account itself (`ref` is empty)."""

    # Auditing ------------------------------------------------------------------------------------------

    def list_published(self, *, since: datetime, until: datetime, now: datetime) -> list[Listed]:
        """Every public post whose time, as the platform tells it, lies in [since, until); nothing hidden.

        The time may be that of the upload or of the last change. Pages are bounded: raises `Rejected` when
        the list is longer, because a part of it must not pass for the whole.
        """
        raise Unsupported(self.capabilities.label, "liệt kê bài đã đăng")
