"""Finding posts by their words: without marks, in any order, the last word half typed; title hits come first.

Each database has an index of its own kind: FTS5 in the table `post_words` on SQLite, `tsvector` with GIN in
`post_search` on PostgreSQL. Both are written by triggers on `post`, so no writer can forget them, and both are
asked for the plain words of `content.searchwords`, so they find the same.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, TypedDict, Unpack

from sqlalchemy import ColumnElement, Select, column, func, literal_column, or_, select, table
from sqlmodel import Session, col

from content.searchwords import Wanted, wanted
from content.tables import CampaignPost, Post, PostSearch
from content.vietnamese import TOPIC_ORDER

_FTS = table("post_words", column("rowid"), column("post_words"))
_TITLE, _ALL = ("title_key", PostSearch.title_words), ("search_key", PostSearch.words)


class Facts(TypedDict, total=False):
    """What narrows a search, as the table `post` has it; None, and what is not told, narrows nothing."""

    topic: str | None
    form: str | None
    state: str | None
    agency: str | None
    sensitive: bool | None
    evergreen: bool | None
    platform: str | None
    """One of the platforms the post is meant for."""
    theirs: tuple[str, str] | None
    """A person's name and the code of their agency ("" for none): only what they wrote or it proposed."""
    campaign_id: int | None
    """Only the posts of this campaign."""
    among: Select[Any] | None
    """Ids of posts, asked by who knows more of them than this floor does: only these."""
    beyond: Select[Any] | None
    """The same: none of these."""


_PLAIN = ("topic", "form", "state", "agency", "sensitive", "evergreen")
"""Facts that are a column of their own."""


class FoundPost(NamedTuple):
    """One post of a list."""

    id: int
    key: str
    title: str
    topic: str
    form: str
    state: str


class Found(NamedTuple):
    """One page of posts, and how many there are on all pages."""

    posts: list[FoundPost]
    total: int


def search(
    session: Session,
    words: str,
    *,
    limit: int = 50,
    offset: int = 0,
    **facts: Unpack[Facts],
) -> Found:
    """The posts that have all of `words`, those with all of them in the title first, then in Vietnamese order.

    Without words: all posts, topic by topic. Words of signs alone find nothing. How the words are read:
    `content.searchwords.wanted`.
    """
    asked = wanted(words)
    if not asked:
        return Found([], 0) if words.strip() else _everything(session, facts, limit, offset)
    engine = _sqlite if session.get_bind().dialect.name == "sqlite" else _postgres
    with _by_index(session):
        return _page(session, engine(asked, _ALL, facts), engine(asked, _TITLE, facts), limit, offset)


def found_ids(session: Session, words: str, **facts: Unpack[Facts]) -> list[int]:
    """Every post that `search` finds, as one statement sees them; in no order."""
    asked = wanted(words)
    if not asked:
        every = select(col(PostSearch.post_id)).where(*_are(facts))
        return [] if words.strip() else list(session.execute(every).scalars())
    engine = _sqlite if session.get_bind().dialect.name == "sqlite" else _postgres
    with _by_index(session):
        return list(session.execute(engine(asked, _ALL, facts)).scalars())


def _page(session: Session, hits: Select[Any], titles: Select[Any], limit: int, offset: int) -> Found:
    """`titles` are among the `hits`, and few of them: while they fill the page, nothing else is put in order."""
    total = int(session.execute(hits.with_only_columns(func.count(), maintain_column_froms=True)).scalar_one())
    if offset >= total:
        return Found([], total)
    page = _some(session, titles, limit, offset)
    if len(page) < limit:
        place = (col(PostSearch.post_id).in_(titles).desc(),) if page or offset else ()
        page = _some(session, hits, limit, offset, *place)
    return Found(_posts(session, page), total)


def _everything(session: Session, facts: Facts, limit: int, offset: int) -> Found:
    """All posts, topic by topic in the Vietnamese alphabet; only the topics on the page are put in order."""
    rows = _are(facts)
    counted = select(col(PostSearch.topic), func.count()).where(*rows).group_by(col(PostSearch.topic))
    topics = sorted(((topic, count) for topic, count in session.execute(counted)), key=lambda one: _topic_place(one[0]))
    page: list[int] = []
    before = 0
    for topic, count in topics:
        start = max(0, offset - before)
        if start < count and len(page) < limit:
            one_topic = select(col(PostSearch.post_id)).where(col(PostSearch.topic) == topic, *rows)
            page += _some(session, one_topic, limit - len(page), start)
        before += count
    return Found(_posts(session, page), before)


def _topic_place(topic: str) -> tuple[int, str]:
    return (TOPIC_ORDER.index(topic) if topic in TOPIC_ORDER else len(TOPIC_ORDER), topic)


def _some(session: Session, ids: Select[Any], limit: int, offset: int, *first: ColumnElement[Any]) -> list[int]:
    """One page of these posts in Vietnamese order of their titles."""
    ordered = ids.order_by(*first, col(PostSearch.title_order), col(PostSearch.post_id))
    return list(session.execute(ordered.limit(limit).offset(offset)).scalars())


def _posts(session: Session, ids: Sequence[int]) -> list[FoundPost]:
    fields = (col(getattr(Post, name)) for name in FoundPost._fields)
    found = {row.id: FoundPost(*row) for row in session.execute(select(*fields).where(col(Post.id).in_(ids)))}
    return [found[number] for number in ids]


def _are(facts: Facts, *, hidden: bool = False) -> list[ColumnElement[bool]]:
    """What a row has to be. `hidden` keeps SQLite from starting with an index of the rows (+)."""

    def own(name: str) -> Any:
        return literal_column(f"+post_search.{name}") if hidden else col(getattr(PostSearch, name))

    found = [own(name) == value for name in _PLAIN if (value := facts.get(name)) is not None]
    if (platform := facts.get("platform")) is not None:
        found.append(col(PostSearch.platforms).contains(f'"{platform}"', autoescape=True))
    if (theirs := facts.get("theirs")) is not None:
        name, agency = theirs
        wrote = own("author") == name
        found.append(or_(wrote, own("agency") == agency) if agency else wrote)
    if (campaign_id := facts.get("campaign_id")) is not None:
        mine = select(col(CampaignPost.post_id)).where(col(CampaignPost.campaign_id) == campaign_id)
        found.append(own("post_id").in_(mine))
    if (among := facts.get("among")) is not None:
        found.append(own("post_id").in_(among))
    if (beyond := facts.get("beyond")) is not None:
        # looked up row by row, so that a page of the list asks about its own rows only
        found.append(~beyond.where(beyond.selected_columns[0] == own("post_id")).exists())
    return found


def _sqlite(asked: Sequence[Wanted], where: tuple[str, Any], facts: Facts) -> Select[Any]:
    """The words are looked up once; the rows' own index is hidden (+), or SQLite would ask for the words row by row."""
    phrases = (f'"{" ".join(one.words)}"{"*" if one.open_end else ""}' for one in asked)
    query = _FTS.c.post_words.match(f"{{{where[0]}}} : ({' AND '.join(phrases)})")
    joined = _FTS.join(PostSearch, col(PostSearch.post_id) == _FTS.c.rowid)
    return select(col(PostSearch.post_id)).select_from(joined).where(query, *_are(facts, hidden=True))


def _postgres(asked: Sequence[Wanted], where: tuple[str, Any], facts: Facts) -> Select[Any]:
    phrases = (" <-> ".join(f"'{word}'" for word in one.words) + (":*" if one.open_end else "") for one in asked)
    query = func.to_tsquery(literal_column("'simple'::regconfig"), " & ".join(f"({phrase})" for phrase in phrases))
    return select(col(PostSearch.post_id)).where(col(where[1]).bool_op("@@")(query), *_are(facts))


@contextmanager
def _by_index(session: Session) -> Iterator[None]:
    """PostgreSQL reads all rows when most of them are hits, unaware that it then unpacks the words of each."""
    if session.get_bind().dialect.name == "sqlite":
        yield
        return
    before = session.execute(select(func.current_setting("enable_seqscan"))).scalar_one()
    session.execute(select(func.set_config("enable_seqscan", "off", True)))
    yield
    session.execute(select(func.set_config("enable_seqscan", before, True)))
