"""Growth: what stands on one channel, and what is over, are found however long the past is and however much waits.

Revision: 0011, after 0010.
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_publication_channel_state", "publication", ["channel_id", "state", "due_at"], unique=False)
    op.create_index("ix_publication_late", "publication", ["state", "late_until"], unique=False)
    op.drop_index("ix_publication_post_state", table_name="publication")
    counted = ["post_id", "state", "part", "channel_id", "due_at"]
    op.create_index("ix_publication_post_state", "publication", counted, unique=False)
    op.create_index("ix_token_refresh_access", "token_refresh", ["channel_id", "credential_version"], unique=False)
    op.drop_index(op.f("ix_token_refresh_channel_id"), table_name="token_refresh")


def downgrade() -> None:
    op.create_index(op.f("ix_token_refresh_channel_id"), "token_refresh", ["channel_id"], unique=False)
    op.drop_index("ix_token_refresh_access", table_name="token_refresh")
    op.drop_index("ix_publication_post_state", table_name="publication")
    op.create_index("ix_publication_post_state", "publication", ["post_id", "state"], unique=False)
    op.drop_index("ix_publication_late", table_name="publication")
    op.drop_index("ix_publication_channel_state", table_name="publication")
