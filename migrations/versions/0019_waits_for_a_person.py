"""Publications: what waits for a person is found along an index of these few alone.

When a post was public last is told by the index of its past.

Revision: 0019, after 0018.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

A_PERSON = sa.text("state = 'held' OR state = 'needs_person'")
COUNTED = ["post_id", "channel_id", "due_at", "state", "part"]


def upgrade() -> None:
    op.drop_index("ix_publication_post", table_name="publication")
    op.create_index("ix_publication_post", "publication", [*COUNTED, "published_at"], unique=False)
    op.create_index(
        "ix_publication_person", "publication",
        ["state", "held_by", "late_until", "due_at", "post_id", "channel_id", "id"], unique=False,
        sqlite_where=A_PERSON, postgresql_where=A_PERSON,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_publication_person", table_name="publication")
    op.drop_index("ix_publication_post", table_name="publication")
    op.create_index("ix_publication_post", "publication", COUNTED, unique=False)
