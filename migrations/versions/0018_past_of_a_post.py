"""Publications: a post's past is summed up for each channel along one index, and a year along another.

Which posts may be chosen without a person is told by an index as well.

Revision: 0018, after 0017.
"""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_publication_post_state", table_name="publication")
    op.drop_index("ix_publication_due", table_name="publication")
    counted = ["post_id", "channel_id", "due_at", "state", "part"]
    op.create_index("ix_publication_post", "publication", counted, unique=False)
    op.create_index("ix_publication_due", "publication", ["due_at", "state", "part", "post_id"], unique=False)
    chosen = ["state", "sensitive", "approved_hash", "content_hash", "agency"]
    op.create_index("ix_post_chosen", "post", chosen, unique=False)


def downgrade() -> None:
    op.drop_index("ix_post_chosen", table_name="post")
    op.drop_index("ix_publication_due", table_name="publication")
    op.drop_index("ix_publication_post", table_name="publication")
    op.create_index("ix_publication_due", "publication", ["due_at", "state"], unique=False)
    counted = ["post_id", "state", "part", "channel_id", "due_at"]
    op.create_index("ix_publication_post_state", "publication", counted, unique=False)
