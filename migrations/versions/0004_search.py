"""Posts are found by their words: an index of each database's own kind, kept in step by triggers.

Revision: 0004, after 0003.

A later revision that rebuilds the table `post` on SQLite drops its triggers with it and has to make them again:
take `SQLITE_TRIGGERS` from here.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BATCH = 500
READ = ("id", "key", "title", "body", "source", "hashtags", "legal_refs", "variants")
POST = sa.table(
    "post",
    *(sa.column(name) for name in ("id", "key", "title", "body", "source", "search_key", "title_key")),
    *(sa.column(name, sa.JSON()) for name in ("hashtags", "legal_refs", "variants")),
    sa.column("title_order", sa.LargeBinary()),
)
FILL_ROWS = (
    "INSERT INTO post_search (post_id, topic, form, state, title_order) "
    "SELECT id, topic, form, state, title_order FROM post"
)

SQLITE_WORDS = (
    "CREATE VIRTUAL TABLE post_words USING fts5("
    "title_key, search_key, content='post', content_rowid='id', prefix='1 2 3', tokenize='unicode61')"
)
SQLITE_TRIGGERS = {
    "post_search_added": """AFTER INSERT ON post BEGIN
        INSERT INTO post_search (post_id, topic, form, state, title_order)
            VALUES (new.id, new.topic, new.form, new.state, new.title_order);
        INSERT INTO post_words (rowid, title_key, search_key) VALUES (new.id, new.title_key, new.search_key);
    END""",
    "post_search_worded": """AFTER UPDATE OF title_key, search_key ON post BEGIN
        INSERT INTO post_words (post_words, rowid, title_key, search_key)
            VALUES ('delete', old.id, old.title_key, old.search_key);
        INSERT INTO post_words (rowid, title_key, search_key) VALUES (new.id, new.title_key, new.search_key);
    END""",
    "post_search_changed": """AFTER UPDATE OF topic, form, state, title_order ON post BEGIN
        UPDATE post_search SET topic = new.topic, form = new.form, state = new.state, title_order = new.title_order
            WHERE post_id = new.id;
    END""",
    "post_search_gone": """AFTER DELETE ON post BEGIN
        DELETE FROM post_search WHERE post_id = old.id;
        INSERT INTO post_words (post_words, rowid, title_key, search_key)
            VALUES ('delete', old.id, old.title_key, old.search_key);
    END""",
}

POSTGRES_FILL = (
    "UPDATE post_search SET title_words = to_tsvector('simple', post.title_key), "
    "words = to_tsvector('simple', post.search_key) FROM post WHERE post.id = post_id"
)
POSTGRES_FUNCTIONS = {
    "post_search_worded": """BEGIN
        INSERT INTO post_search (post_id, topic, form, state, title_order, title_words, words)
            VALUES (NEW.id, NEW.topic, NEW.form, NEW.state, NEW.title_order,
                    to_tsvector('simple', NEW.title_key), to_tsvector('simple', NEW.search_key))
            ON CONFLICT (post_id) DO UPDATE SET title_words = EXCLUDED.title_words, words = EXCLUDED.words;
        RETURN NULL;
    END""",
    "post_search_changed": """BEGIN
        UPDATE post_search SET topic = NEW.topic, form = NEW.form, state = NEW.state, title_order = NEW.title_order
            WHERE post_id = NEW.id;
        RETURN NULL;
    END""",
}
POSTGRES_TRIGGERS = {
    "post_search_worded": "AFTER INSERT OR UPDATE OF title_key, search_key",
    "post_search_changed": "AFTER UPDATE OF topic, form, state, title_order",
}


def upgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    op.add_column("post", sa.Column("title_key", sa.Text(), nullable=False, server_default=""))
    empty = sa.text("x''" if sqlite else "''")
    op.add_column("post", sa.Column("title_order", sa.LargeBinary(), nullable=False, server_default=empty))
    _make_table()
    _fill_keys()
    op.execute(FILL_ROWS)
    if sqlite:
        op.execute("DROP TABLE IF EXISTS post_words")
        op.execute(SQLITE_WORDS)
        op.execute("INSERT INTO post_words (post_words) VALUES ('rebuild')")
        for name, rest in SQLITE_TRIGGERS.items():
            op.execute(f"CREATE TRIGGER {name} {rest}")
    else:
        # longer lists of words lie outside the rows, unpacked: a phrase is looked up in them
        op.execute("ALTER TABLE post_search ALTER COLUMN words SET STORAGE EXTERNAL")
        op.execute(POSTGRES_FILL)
        _make_postgres_indexes()
        for name, body in POSTGRES_FUNCTIONS.items():
            op.execute(f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$")
            when = POSTGRES_TRIGGERS[name]
            op.execute(f"CREATE TRIGGER {name} {when} ON post FOR EACH ROW EXECUTE FUNCTION {name}()")


def _make_table() -> None:
    words = TSVECTOR().with_variant(sa.Text(), "sqlite")
    op.create_table(
        "post_search",
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("topic", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("form", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("title_order", sa.LargeBinary(), nullable=False),
        sa.Column("title_words", words, nullable=True),
        sa.Column("words", words, nullable=True),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_post_search_post_id_post"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_post_search")),
    )
    op.create_index("ix_post_search_listing", "post_search", ["topic", "title_order"])


def _make_postgres_indexes() -> None:
    for name in ("title_words", "words"):
        op.create_index(
            f"ix_post_search_{name}",
            "post_search",
            [name],
            postgresql_using="gin",
            postgresql_with={"fastupdate": "off"},
        )


def _fill_keys() -> None:
    """The search columns of the posts that are there."""
    connection, last = op.get_bind(), 0
    some = sa.select(*(POST.c[name] for name in READ)).order_by(POST.c.id).limit(BATCH)
    while rows := connection.execute(some.where(POST.c.id > last)).mappings().all():
        for row in rows:
            connection.execute(sa.update(POST).where(POST.c.id == row["id"]).values(**_keys(row)))
        last = rows[-1]["id"]


# The keys as they were when this revision was written: what a later program does otherwise, its own revision brings.

LONGEST_KEY = 200_000
LETTERS = {letter: place for place, letter in enumerate("aăâbcdđeêfghijklmnoôơpqrstuưvwxyz")}
TONES = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}
REPAIRS = str.maketrans(
    {
        "\u200b": None,
        "\u00ad": None,
        "\ufeff": None,
        "\u000b": "\n",
        "\u00d0": "Đ",
        "\u00f0": "đ",
        "\u0189": "Đ",
    }
)


def _keys(post: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        "title_key": _plain(post["title"]),
        "search_key": _plain(" ".join(_texts(post))),
        "title_order": b"".join(_order(word) for word in re.findall(r"\w+", _nfc(post["title"]).casefold())),
    }


def _texts(post: Mapping[Any, Any]) -> Iterator[str]:
    yield from (post["title"], post["body"], post["source"] or "", post["key"])
    variants = [one for one in (post["variants"] or {}).values() if isinstance(one, Mapping)]
    own = (one.get(name) for one in variants for name in ("title", "summary", "text", "first_comment"))
    for value in (*(post["hashtags"] or ()), *(post["legal_refs"] or ()), *own):
        if isinstance(value, str):
            yield value


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text.translate(REPAIRS))


def _plain(text: str) -> str:
    """Words without case and marks, one space between two."""
    letters = unicodedata.normalize("NFD", _nfc(text).casefold()).replace("đ", "d")
    bare = "".join(letter for letter in letters if unicodedata.category(letter) != "Mn")
    return " ".join(re.findall(r"[^\W_]+", bare))[:LONGEST_KEY]


def _order(word: str) -> bytes:
    """Compared byte by byte, words stand in Vietnamese order: their letters first, then their tones."""
    letters, tones = bytearray(), bytearray()
    for letter in word:
        marks = unicodedata.normalize("NFD", letter)
        bare = unicodedata.normalize("NFC", "".join(mark for mark in marks if mark not in TONES))
        if bare in LETTERS:
            letters.append(0x30 + LETTERS[bare])
        elif bare.isdecimal():
            letters.append(0x10 + int(bare))
        else:
            letters += b"\xf0" + (1000 + ord(bare[0])).to_bytes(3, "big")
        tones.append(0x02 + next((TONES[mark] for mark in marks if mark in TONES), 0))
    return bytes(letters) + b"\x01" + bytes(tones) + b"\x01"


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name in SQLITE_TRIGGERS:
            op.execute(f"DROP TRIGGER {name}")
        op.execute("DROP TABLE post_words")
    else:
        for name in POSTGRES_FUNCTIONS:
            op.execute(f"DROP TRIGGER {name} ON post")
            op.execute(f"DROP FUNCTION {name}()")
    op.drop_table("post_search")
    with op.batch_alter_table("post") as batch:
        batch.drop_column("title_order")
        batch.drop_column("title_key")
