"""What drawn pictures say is kept beside them, and suggestions are listed by an index.

Revision: 0005, after 0004.

Pictures from before have no words here (NULL); the next loading of the library fills them in.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("post_asset", sa.Column("drawn", sa.JSON(), nullable=True))
    op.create_index(op.f("ix_suggestion_state_seen_at_id"), "suggestion", ["state", "seen_at", "id"])
    op.create_index(op.f("ix_suggestion_source_id_guid"), "suggestion", ["source_id", "guid"])


def downgrade() -> None:
    op.drop_index(op.f("ix_suggestion_source_id_guid"), "suggestion")
    op.drop_index(op.f("ix_suggestion_state_seen_at_id"), "suggestion")
    with op.batch_alter_table("post_asset") as batch:
        batch.drop_column("drawn")
