"""Publications: what waits is found by its hour alone, however much went out.

Revision: 0017, after 0016.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

WAITS = sa.text("state IN ('scheduled', 'ready', 'retry_wait')")


def upgrade() -> None:
    op.create_index(
        "ix_publication_waiting_due", "publication", ["due_at"], unique=False,
        sqlite_where=WAITS, postgresql_where=WAITS,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_publication_waiting_due", table_name="publication")
