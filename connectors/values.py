"""The words a connector and the scheduler share: what goes out, what comes back, limits as data. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

from connectors.measuring import ByHand, DefinitionBreak, Metric

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


class Part(StrEnum):
    """What of a post is sent: the post itself, or something that follows it once it is public.

    Each is its own unit of the queue, with its own attempts, so that none is ever sent twice.
    """

    POST = "post"
    COMMENT = "comment"
    """The first comment, by the account itself, under its own post."""
    BROADCAST = "broadcast"
    """Published posts pushed to followers."""
    REVISION = "revision"
    """New words for a post that is public. Repeating it changes nothing."""


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

    Of a part that follows (`part`), `refs` are the external ids of the public posts it belongs to: one, or
    the several that a broadcast carries. A comment's words are in `text`; whom a broadcast is aimed at is in
    `audience`; a revision is the whole post as it should be now.
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
    part: Part = Part.POST
    refs: tuple[str, ...] = ()
    audience: Mapping[str, Any] = field(default_factory=dict)

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
class Finding:
    """One thing that was looked at when an access or an ability was checked, in Vietnamese.

    `words` says how it stands, dates included; `step` what to do, where it is not well; `blocks` whether
    nothing can be published until then.
    """

    what: str
    ok: bool
    words: str
    step: str = ""
    blocks: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """What one call of `prepare` achieved.

    `saved`       everything to remember, old and new; committed before the next call
    `ready`       only `publish` is left
    `again_after` when not ready: how long to wait before the next step (zero: go on at once)
    `good_until`  what was prepared is worthless after this time (aware UTC) and must be prepared again
    `warnings`    Vietnamese sentences about what did not work and does not stop the publication (a thumbnail)
    `progress`    how much of a long upload the platform holds, from 0 to 1; None when there is none to tell
    """

    saved: Saved
    ready: bool
    again_after: timedelta = timedelta(0)
    good_until: datetime | None = None
    warnings: tuple[str, ...] = ()
    progress: float | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """It is public. `published_at` is the platform's own time (aware UTC) where it tells one.

    `words` are Vietnamese, for what staff should know about it although all went well.
    """

    external_id: str
    permalink: str = ""
    published_at: datetime | None = None
    words: str = ""


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


class Unit(StrEnum):
    """What a platform counts the length of a text in."""

    CHARACTERS = "characters"
    """Code points after NFC."""
    UTF16 = "utf16"
    """Where nobody says what a character is: the larger of the two ways of counting."""
    BYTES = "bytes"
    """Of UTF-8."""

    def length(self, text: str) -> int:
        """How long the platform finds the text."""
        if self is Unit.BYTES:
            return len(text.encode())
        return len(text) if self is Unit.CHARACTERS else len(text.encode("utf-16-le")) // 2


@dataclass(frozen=True, slots=True)
class Look:
    """How a public post looks to its readers, for previews: an impression, held against nothing.

    No platform documents its own folds; what a connector declares is what its app shows today, and may be wrong
    tomorrow without anything being sent wrongly.
    """

    shape: Literal["feed", "article", "video"] = "feed"
    """feed: text, then pictures or a link's card. article: cover, title, summary, body. video: a film and its words."""
    text_lines: int = 0
    """Lines of the text that are shown before the fold; 0: all of it."""
    text_letters: int = 0
    """Characters before the fold, whichever comes first; 0: any number."""
    title_lines: int = 2
    album: int = 5
    """Pictures of an album that are shown in the feed; the last one tells how many more there are."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Limits and abilities as data: printed by the CLI, shown in the composer, held against the README.

    Lengths are counted in the platform's unit, named by `text_unit` (see `Unit`). 0 means "no such thing here".
    `looks` are the pauses between the looks after a lost answer: the first after the answer was lost, each next one
    after the look before it.
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
    """Of: "withdraw", "captions", "thumbnail", "refresh", "rotating_refresh" (a refresh kills the old pair)."""
    parts: frozenset[Part] = frozenset({Part.POST})
    """What of a post can be sent here."""
    mark: str = ""
    """Two letters where the label has no room, as in a calendar."""
    proven_options: frozenset[str] = frozenset()
    """Options that are used only after `prove` was passed on the channel, because nobody documents that they work."""
    title_unit: str = "characters"
    """As `text_unit`, for the title."""
    comment_max: int = 0
    """Characters of a first comment; the connector's settings may say otherwise."""
    look: Look = Look()
    needed_settings: tuple[str, ...] = ()
    """The fields of `Settings` without which nobody can connect an account."""
    pasted_tokens: tuple[str, ...] = ()
    """What `adopt` takes, where it is offered: keys of `Credentials.values`."""
    connect_steps: tuple[str, ...] = ()
    """What a person has to have ready before connecting, one Vietnamese sentence each."""
    breaks: tuple[DefinitionBreak, ...] = ()
    """The days on which a metric changed its meaning."""
    by_hand: tuple[ByHand, ...] = ()
    """What a person may enter from the platform's console."""
