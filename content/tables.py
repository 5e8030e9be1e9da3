"""The tables of the content floor: plans, posts, their assets, and what editors and approvers decided.

Table models do not validate; text is checked and normalised (NFC) where it enters, in `library` and `plan`.
Only this package writes these tables. Foreign keys, no relationships: everything is found by id.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    event,
    false,
    true,
)
from sqlalchemy.types import UserDefinedType
from sqlmodel import Field, SQLModel

from content.origin import address_now, via_now
from content.searchwords import search_keys

# Table models do not validate, so what would is made only where something asks for it.
SQLModel.model_config["defer_build"] = True
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Editorial(StrEnum):
    """Where a post stands with its editors; what happens on the channels is on the publications."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"


class LateRule(StrEnum):
    """What becomes of a publication whose hour has passed."""

    EXPIRE = "expire"
    """Not sent any more `late_minutes` after its time."""
    NEXT_SLOT = "next_slot"
    """Later than `late_minutes` after its time it moves to its channel's next free slot."""
    ANY_TIME = "any_time"
    """Worth sending however late."""


HASHED = (
    *("key", "title", "body", "topic", "form", "audiences", "source", "source_url", "legal_refs", "hashtags"),
    *("platforms", "variants", "sensitive", "evergreen", "allowed_in_pause", "valid_from", "valid_to"),
    *("late_rule", "late_minutes"),
    *("tags", "season", "repeat_days", "repeat_most", "repeat_until", "series", "series_part"),
)
"""The columns of a post that an approval is bound to, beside its assets."""
HASHED_WHEN_SET: dict[str, Any] = {
    **{"tags": [], "season": "", "repeat_days": 0, "repeat_most": 0, "repeat_until": None},
    **{"series": "", "series_part": 0},
}
"""Those of them that came later: at these values they are left out, so that no older approval is lost."""


class PlanRecord(SQLModel, table=True):
    """One year's official plan, kept as the document that was loaded (see `content.plan.Plan`)."""

    __tablename__ = "plan"
    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)
    year: int = Field(index=True)
    title: str
    active: bool = False
    data: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    loaded_at: datetime


class Post(SQLModel, table=True):
    """One thing we want to say."""

    __tablename__ = "post"
    __table_args__ = (
        CheckConstraint("state IN ('draft','submitted','returned','approved')", name="state"),
        # which posts may be chosen without a person, so that no text is read for that
        Index("ix_post_chosen", "state", "sensitive", "approved_hash", "content_hash", "agency"),
    )
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    """The file's name without its ending; how staff and logs call the post."""
    title: str
    body: str = Field(sa_type=Text)
    topic: str = Field(index=True)
    """The letter of the plan: a, b, c, d, đ, e, g, h, i, k, l."""
    form: str
    """van_ban, infographic, video or lien_ket."""
    audiences: list[str] = Field(sa_column=Column(JSON, nullable=False))
    source: str
    source_url: str = ""
    legal_refs: list[str] = Field(sa_column=Column(JSON, nullable=False))
    hashtags: list[str] = Field(sa_column=Column(JSON, nullable=False))
    platforms: list[str] = Field(sa_column=Column(JSON, nullable=False))
    """The platforms this post is meant for; the approval covers exactly these."""
    variants: dict[str, dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False))
    """What differs per platform: {platform: {title, text, summary, link, options}}."""
    sensitive: bool = False
    evergreen: bool = True
    """May be posted again after the cool-down."""
    allowed_in_pause: bool = False
    valid_from: date | None = None
    valid_to: date | None = None
    late_rule: str = LateRule.EXPIRE
    late_minutes: int = 180
    tags: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False, server_default="[]"))
    """What days off and pauses go by, such as "thong-bao"; see `content.tags`."""
    season: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """The part of every year it is meant for, "MM-DD/MM-DD", perhaps over New Year; empty: the whole year."""
    repeat_days: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    """Days before it may be repeated on a channel; 0: as the office does it."""
    repeat_most: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    """How many times it goes out on one channel; 0: without end."""
    repeat_until: date | None = None
    """The last local day on which it is repeated."""
    series: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """The name of the series that it is a part of; parts go out in order."""
    series_part: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    """Its place in the series, from 1; 0: in none."""
    state: str = Field(default=Editorial.DRAFT, index=True)
    content_hash: str
    """Over text, media, platforms and time window; see `content.editorial.content_hash`."""
    approved_hash: str = ""
    search_key: str = Field(default="", sa_type=Text)
    """Every word a post is found by. It and the next two are set by `_keep_search_keys`, whoever writes the row."""
    title_key: str = Field(default="", sa_type=Text)
    title_order: bytes = Field(default=b"", sa_type=LargeBinary)
    """Compared byte by byte, titles stand in Vietnamese order."""
    file: str = ""
    """The library file or table it was loaded from; empty for a post that is written, or was last changed, at the
    desk: loading a file of the same name leaves such a post alone."""
    agency: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """The code, in the plan's register, of the agency that proposes it; empty: the office that runs the channels."""
    author: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """Who wrote it at the desk."""
    created_at: datetime
    updated_at: datetime


@event.listens_for(Post, "before_insert")
@event.listens_for(Post, "before_update")
def _keep_search_keys(_mapper: Any, _connection: Any, post: Post) -> None:
    for name, value in search_keys(post).items():
        if getattr(post, name) != value:
            setattr(post, name, value)


class _Words(UserDefinedType[str]):
    """PostgreSQL's tsvector, which only its own triggers write. SQLAlchemy's own name for it would bring a whole
    dialect with all its drivers into every process of an office that has SQLite."""

    cache_ok = True

    def get_col_spec(self, **_how: Any) -> str:
        """As a table's definition names it."""
        return "TSVECTOR"


_WORDS = _Words().with_variant(Text(), "sqlite")


class PostSearch(SQLModel, table=True):
    """What a search reads: one narrow row for each post, so that thousands of hits are ordered in no time.

    Nobody writes it: triggers on `post` do, in the writer's own transaction (see `content.search`).
    """

    __tablename__ = "post_search"
    __table_args__ = (
        Index("ix_post_search_listing", "topic", "title_order"),
        Index(
            "ix_post_search_facts",
            *("topic", "form", "state", "agency", "author", "sensitive", "evergreen", "platforms"),
        ),
    )
    post_id: int = Field(sa_column=Column(ForeignKey("post.id", ondelete="CASCADE"), primary_key=True))
    topic: str
    form: str
    state: str
    title_order: bytes = Field(sa_type=LargeBinary)
    agency: str = Field(default="", sa_column_kwargs={"server_default": ""})
    author: str = Field(default="", sa_column_kwargs={"server_default": ""})
    sensitive: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    evergreen: bool = Field(default=True, sa_column_kwargs={"server_default": true()})
    platforms: str = Field(default="[]", sa_column=Column(Text, nullable=False, server_default="[]"))
    """The post's list as JSON text: a name in it stands in quotation marks."""
    title_words: str | None = Field(default=None, sa_column=Column(_WORDS))
    """The words with their places, on PostgreSQL, indexed; SQLite has a table of its own kind, `post_words`."""
    words: str | None = Field(default=None, sa_column=Column(_WORDS))


class Asset(SQLModel, table=True):
    """A picture or a video, stored once under its content hash."""

    __tablename__ = "asset"
    sha256: str = Field(primary_key=True)
    mime: str
    size: int
    width: int = 0
    height: int = 0
    seconds: float = 0.0
    name: str = ""
    created_at: datetime


class PostAsset(SQLModel, table=True):
    """An asset in its place in a post. `platform` is empty when every platform uses it."""

    __tablename__ = "post_asset"
    __table_args__ = (UniqueConstraint("post_id", "role", "platform", "position"),)
    id: int | None = Field(default=None, primary_key=True)
    post_id: int = Field(foreign_key="post.id", index=True)
    sha256: str = Field(foreign_key="asset.sha256", index=True)
    role: str
    """image, cover or video."""
    platform: str = ""
    position: int = 0
    alt: str = ""
    drawn: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True), nullable=True))
    """What a drawn picture says and is made of (see `content.drawings`); empty for a file that was handed in, None in
    rows from before this was kept."""


class PortalSource(SQLModel, table=True):
    """A feed that is read for suggestions, mapped to a topic of the plan."""

    __tablename__ = "portal_source"
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    """How staff call it on the command line, such as "cong-cchc"."""
    name: str
    address: str = Field(unique=True)
    topic: str = ""
    """The letter its articles are suggested for; empty when a person decides each time."""
    agency: str = ""
    every_minutes: int = 30
    active: bool = True
    etag: str = ""
    last_modified: str = ""
    """What the server told for the next conditional request."""
    checked_at: datetime | None = None
    ok_at: datetime | None = None
    next_at: datetime | None = None
    """Not read before this time; None: at once."""
    failures: int = 0
    """Readings in a row that came to nothing."""
    words: str = ""
    """What is wrong with it now, as one sentence for staff; empty when all is well."""
    created_at: datetime


class Suggestion(SQLModel, table=True):
    """An article somebody may want to post. Nothing here is ever queued by itself (domain 6, contract 7)."""

    __tablename__ = "suggestion"
    __table_args__ = (
        CheckConstraint("state IN ('new','taken','dismissed')", name="state"),
        Index("ix_suggestion_state_seen_at_id", "state", "seen_at", "id"),
        Index("ix_suggestion_source_id_guid", "source_id", "guid"),
    )
    id: int | None = Field(default=None, primary_key=True)
    source_id: int | None = Field(default=None, foreign_key="portal_source.id", index=True)
    """None for an article whose address a person pasted."""
    dedupe_key: str = Field(unique=True, sa_type=Text)
    guid: str = ""
    title: str = Field(sa_type=Text)
    link: str = Field(default="", sa_type=Text)
    summary: str = Field(default="", sa_type=Text)
    image: str = Field(default="", sa_type=Text)
    """The address of a picture; nothing is fetched before somebody takes the suggestion up."""
    topic: str = ""
    categories: list[str] = Field(sa_column=Column(JSON, nullable=False))
    published_at: datetime | None = None
    """When the portal published it (aware UTC); None when it did not say. The lag to the channels counts from here."""
    date_only: bool = False
    published_raw: str = ""
    notes: list[str] = Field(sa_column=Column(JSON, nullable=False))
    """What an editor should look at: capitals, no link, a date that could not be read."""
    state: str = Field(default="new", index=True)
    post_key: str = Field(default="", index=True)
    """The post that was made of it."""
    decided_by: str = ""
    seen_at: datetime = Field(index=True)
    """When we read it first."""
    updated_at: datetime


APPROVALS = ("approved", "approved_urgently")
"""The actions of a `Review` after which a post is approved."""


class Review(SQLModel, table=True):
    """One editorial act: loaded, changed, submitted, endorsed, approved, returned. Rows are only ever added."""

    __tablename__ = "review"
    id: int | None = Field(default=None, primary_key=True)
    post_id: int = Field(foreign_key="post.id", index=True)
    at: datetime = Field(index=True)
    action: str
    actor: str
    reason: str = ""
    content_hash: str
    via: str = Field(default_factory=via_now, sa_column_kwargs={"default": via_now, "server_default": ""})
    """From where it came, see `content.origin`; empty in rows from before it was kept."""
    address: str = Field(default_factory=address_now, sa_column_kwargs={"default": address_now, "server_default": ""})


class PostRevision(SQLModel, table=True):
    """What a post said at one moment, whole: kept when it is saved at the desk, submitted or approved.

    Rows are only ever added; the same content is kept once.
    """

    __tablename__ = "post_revision"
    __table_args__ = (UniqueConstraint("post_id", "content_hash"),)
    id: int | None = Field(default=None, primary_key=True)
    post_id: int = Field(foreign_key="post.id", index=True)
    content_hash: str
    at: datetime
    actor: str
    data: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    """The hashed fields by name, and "assets": each with role, platform, position, sha256, alt."""


class OfficeSetting(SQLModel, table=True):
    """Something of the plan's folder that the office changed at the desk; the row wins over the file.

    `version` rises with every change: who saves says which one they saw.
    """

    __tablename__ = "office_setting"
    name: str = Field(primary_key=True)
    """agencies, brands, holidays, pauses, indices, or "deadlines:<plan>"; see `content.office`."""
    data: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False))
    version: int = 1
    actor: str = ""
    updated_at: datetime


class Campaign(SQLModel, table=True):
    """A named group of posts with dates, channels and targets. Never deleted: it is ended."""

    __tablename__ = "campaign"
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    name: str
    purpose: str = Field(default="", sa_type=Text)
    first: date
    """The first local day."""
    last: date
    """The last local day."""
    channels: list[str] = Field(sa_column=Column(JSON, nullable=False))
    """Keys of the channels it runs on; none: every channel."""
    targets: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    """{"total": n, "topics": {letter: n}, "channels": {key: n}}: publications wanted between the two days."""
    version: int = 1
    """Rises with every change; who saves says which one they saw."""
    created_by: str
    created_at: datetime
    updated_by: str = ""
    updated_at: datetime
    ended_at: datetime | None = None
    ended_by: str = ""


class CampaignPost(SQLModel, table=True):
    """A post that belongs to a campaign; it may belong to several."""

    __tablename__ = "campaign_post"
    __table_args__ = (UniqueConstraint("campaign_id", "post_id"),)
    id: int | None = Field(default=None, primary_key=True)
    campaign_id: int = Field(foreign_key="campaign.id")
    post_id: int = Field(foreign_key="post.id", index=True)
    added_by: str
    added_at: datetime
