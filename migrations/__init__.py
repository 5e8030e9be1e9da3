"""Alembic: one line of history, SQLite and PostgreSQL from the same scripts."""

_FULL_TEXT = {"table": ("post_words",), "index": ("ix_post_search_title_words", "ix_post_search_words")}
"""How names begin that one database alone has: the words of posts, indexed in its own way (revision 0004)."""


def modelled(name: str | None, kind: str, _parents: object) -> bool:
    """Whether something found in a database is described by the models, and so compared with them."""
    return not (name and name.startswith(_FULL_TEXT.get(kind, ())))
