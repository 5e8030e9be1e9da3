"""Parts that follow a post, budgets, proofs, consents that were begun.

Revision: 0002, after 0001.
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pending_consent",
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("platform", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("redirect_uri", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("state", name=op.f("pk_pending_consent")),
    )
    op.create_table(
        "spending",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scope", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("budget", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spending")),
    )
    with op.batch_alter_table("spending", schema=None) as batch_op:
        batch_op.create_index("ix_spending_window", ["scope", "budget", "at"], unique=False)

    op.create_table(
        "usage_level",
        sa.Column("scope", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("percent", sa.Float(), nullable=False),
        sa.Column("until", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("scope", name=op.f("pk_usage_level")),
    )
    with op.batch_alter_table("channel", schema=None) as batch_op:
        batch_op.add_column(sa.Column("proofs", sa.JSON(), server_default="{}", nullable=False))

    with op.batch_alter_table("publication", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("part", sqlmodel.sql.sqltypes.AutoString(), server_default="post", nullable=False)
        )
        batch_op.add_column(sa.Column("follows_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("details", sa.JSON(), server_default="{}", nullable=False))
        batch_op.add_column(sa.Column("progress", sa.Integer(), nullable=True))
        batch_op.drop_constraint(batch_op.f("uq_publication_channel_id_post_id_due_at"), type_="unique")
        batch_op.create_index(batch_op.f("ix_publication_follows_id"), ["follows_id"], unique=False)
        batch_op.create_unique_constraint(
            batch_op.f("uq_publication_channel_id_post_id_due_at_part"), ["channel_id", "post_id", "due_at", "part"]
        )
        batch_op.create_check_constraint("part", "part IN ('post','comment','broadcast','revision')")
        batch_op.create_foreign_key(
            batch_op.f("fk_publication_follows_id_publication"), "publication", ["follows_id"], ["id"]
        )

    with op.batch_alter_table("reading", schema=None) as batch_op:
        batch_op.add_column(sa.Column("day", sa.Date(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("reading", schema=None) as batch_op:
        batch_op.drop_column("day")

    with op.batch_alter_table("publication", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_publication_follows_id_publication"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("ck_publication_part"), type_="check")
        batch_op.drop_constraint(batch_op.f("uq_publication_channel_id_post_id_due_at_part"), type_="unique")
        batch_op.drop_index(batch_op.f("ix_publication_follows_id"))
        batch_op.create_unique_constraint(
            batch_op.f("uq_publication_channel_id_post_id_due_at"), ["channel_id", "post_id", "due_at"]
        )
        batch_op.drop_column("progress")
        batch_op.drop_column("details")
        batch_op.drop_column("follows_id")
        batch_op.drop_column("part")

    with op.batch_alter_table("channel", schema=None) as batch_op:
        batch_op.drop_column("proofs")

    op.drop_table("usage_level")
    with op.batch_alter_table("spending", schema=None) as batch_op:
        batch_op.drop_index("ix_spending_window")

    op.drop_table("spending")
    op.drop_table("pending_consent")
