"""Alembic: one line of history, SQLite and PostgreSQL from the same scripts."""

_NOT_OURS = {
    "table": ("post_words", "procrastinate_"),
    "index": ("ix_post_search_title_words", "ix_post_search_words"),
}
"""How names begin that one database alone has: the words of posts, indexed in its own way (revision 0004), and the
tables of the workers' queue, which its own package makes (`scheduler.handover_tables`)."""


def modelled(name: str | None, kind: str, _parents: object) -> bool:
    """Whether something found in a database is described by the models, and so compared with them."""
    return not (name and name.startswith(_NOT_OURS.get(kind, ())))
