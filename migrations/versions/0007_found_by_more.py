"""Posts are found by who proposed them, where they are meant to go, and what kind they are.

Revision: 0007, after 0006.

A later revision that rebuilds the table `post` on SQLite drops its triggers with it and has to make them again: take
`SQLITE_TRIGGERS` from here, and the other two from 0004.
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

FILL = {
    "sqlite": """UPDATE post_search SET (agency, author, sensitive, evergreen, platforms) =
        (SELECT agency, author, sensitive, evergreen, platforms FROM post WHERE id = post_id)""",
    "postgresql": """UPDATE post_search SET (agency, author, sensitive, evergreen, platforms) =
        (SELECT agency, author, sensitive, evergreen, platforms::text FROM post WHERE id = post_id)""",
}

SQLITE_TRIGGERS = {
    "post_search_added": """AFTER INSERT ON post BEGIN
        INSERT INTO post_search (
            post_id, topic, form, state, title_order, agency, author, sensitive, evergreen, platforms
        ) VALUES (
            new.id, new.topic, new.form, new.state, new.title_order,
            new.agency, new.author, new.sensitive, new.evergreen, new.platforms
        );
        INSERT INTO post_words (rowid, title_key, search_key) VALUES (new.id, new.title_key, new.search_key);
    END""",
    "post_search_changed": """AFTER UPDATE OF
        topic, form, state, title_order, agency, author, sensitive, evergreen, platforms ON post BEGIN
        UPDATE post_search SET topic = new.topic, form = new.form, state = new.state, title_order = new.title_order,
            agency = new.agency, author = new.author, sensitive = new.sensitive, evergreen = new.evergreen,
            platforms = new.platforms WHERE post_id = new.id;
    END""",
}
POSTGRES_FUNCTIONS = {
    "post_search_worded": """BEGIN
        INSERT INTO post_search (
            post_id, topic, form, state, title_order, agency, author, sensitive, evergreen, platforms,
            title_words, words
        ) VALUES (
            NEW.id, NEW.topic, NEW.form, NEW.state, NEW.title_order,
            NEW.agency, NEW.author, NEW.sensitive, NEW.evergreen, NEW.platforms::text,
            to_tsvector('simple', NEW.title_key), to_tsvector('simple', NEW.search_key)
        ) ON CONFLICT (post_id) DO UPDATE SET title_words = EXCLUDED.title_words, words = EXCLUDED.words;
        RETURN NULL;
    END""",
    "post_search_changed": """BEGIN
        UPDATE post_search SET topic = NEW.topic, form = NEW.form, state = NEW.state, title_order = NEW.title_order,
            agency = NEW.agency, author = NEW.author, sensitive = NEW.sensitive, evergreen = NEW.evergreen,
            platforms = NEW.platforms::text WHERE post_id = NEW.id;
        RETURN NULL;
    END""",
}
POSTGRES_CHANGED = "AFTER UPDATE OF topic, form, state, title_order, agency, author, sensitive, evergreen, platforms"

# The same as 0004 made them.

SQLITE_BEFORE = {
    "post_search_added": """AFTER INSERT ON post BEGIN
        INSERT INTO post_search (post_id, topic, form, state, title_order)
            VALUES (new.id, new.topic, new.form, new.state, new.title_order);
        INSERT INTO post_words (rowid, title_key, search_key) VALUES (new.id, new.title_key, new.search_key);
    END""",
    "post_search_changed": """AFTER UPDATE OF topic, form, state, title_order ON post BEGIN
        UPDATE post_search SET topic = new.topic, form = new.form, state = new.state, title_order = new.title_order
            WHERE post_id = new.id;
    END""",
}
POSTGRES_BEFORE = {
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
POSTGRES_CHANGED_BEFORE = "AFTER UPDATE OF topic, form, state, title_order"


def _keep_in_step(sqlite: dict[str, str], postgres: dict[str, str], changed: str) -> None:
    """Let the triggers of `post` write these columns."""
    if op.get_bind().dialect.name == "sqlite":
        for name, rest in sqlite.items():
            op.execute(f"DROP TRIGGER {name}")
            op.execute(f"CREATE TRIGGER {name} {rest}")
        return
    for name, body in postgres.items():
        op.execute(f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$")
    op.execute("DROP TRIGGER post_search_changed ON post")
    op.execute(f"CREATE TRIGGER post_search_changed {changed} ON post "
               "FOR EACH ROW EXECUTE FUNCTION post_search_changed()")  # fmt: skip


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString
    for column in (
        sa.Column("agency", text(), server_default="", nullable=False),
        sa.Column("author", text(), server_default="", nullable=False),
        sa.Column("sensitive", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("evergreen", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("platforms", sa.Text(), server_default="[]", nullable=False),
    ):
        op.add_column("post_search", column)
    op.execute(FILL[op.get_bind().dialect.name])
    _keep_in_step(SQLITE_TRIGGERS, POSTGRES_FUNCTIONS, POSTGRES_CHANGED)
    facts = ["topic", "form", "state", "agency", "author", "sensitive", "evergreen", "platforms"]
    op.create_index("ix_post_search_facts", "post_search", facts, unique=False)
    op.create_index("ix_publication_post_state", "publication", ["post_id", "state"], unique=False)
    op.drop_index("ix_publication_post_id", table_name="publication")


def downgrade() -> None:
    op.create_index("ix_publication_post_id", "publication", ["post_id"], unique=False)
    op.drop_index("ix_publication_post_state", table_name="publication")
    op.drop_index("ix_post_search_facts", table_name="post_search")
    _keep_in_step(SQLITE_BEFORE, POSTGRES_BEFORE, POSTGRES_CHANGED_BEFORE)
    for name in ("agency", "author", "sensitive", "evergreen", "platforms"):
        op.drop_column("post_search", name)
