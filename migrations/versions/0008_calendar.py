"""The calendar runs itself: campaigns, choices of staff, recurring posts, rules of channels and posts, notices.

Revision: 0008, after 0007.

Columns are added to `post` one by one, never by rebuilding the table: its search triggers would be lost.
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "campaign",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("channels", sa.JSON(), nullable=False),
        sa.Column("targets", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("updated_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("ended_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("ended_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
        sa.UniqueConstraint("key", name=op.f("uq_campaign_key")),
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("subject", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("grade", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("path", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("raised_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("seen_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("cleared_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.CheckConstraint("grade IN ('alarm','warning','news')", name=op.f("ck_notice_grade")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("subject", name=op.f("uq_notice_subject")),
    )
    op.create_index("ix_notice_open", "notice", ["cleared_at", "raised_at"], unique=False)
    op.create_table(
        "campaign_post",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("added_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("added_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_post_campaign_id_campaign")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_campaign_post_post_id_post")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_post")),
        sa.UniqueConstraint("campaign_id", "post_id", name=op.f("uq_campaign_post_campaign_id_post_id")),
    )
    op.create_index(op.f("ix_campaign_post_post_id"), "campaign_post", ["post_id"], unique=False)
    op.create_table(
        "choice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("channel_id", sa.Integer(), nullable=True),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("actor", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("ended_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("ended_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.CheckConstraint("kind IN ('pin','veto')", name=op.f("ck_choice_kind")),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name=op.f("fk_choice_channel_id_channel")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_choice_post_id_post")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_choice")),
    )
    op.create_index("ix_choice_open", "choice", ["ended_at", "until"], unique=False)
    op.create_index(op.f("ix_choice_post_id"), "choice", ["post_id"], unique=False)
    op.create_table(
        "notice_delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("way", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("target", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("started_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("finished_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting','sending','sent','unknown','failed')", name=op.f("ck_notice_delivery_state")
        ),
        sa.CheckConstraint("way IN ('mail','webhook')", name=op.f("ck_notice_delivery_way")),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_notice_delivery_notice_id_notice")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_delivery")),
        sa.UniqueConstraint("notice_id", "way", "target", name=op.f("uq_notice_delivery_notice_id_way_target")),
    )
    op.create_index("ix_notice_delivery_due", "notice_delivery", ["state", "next_at"], unique=False)
    op.create_index(op.f("ix_notice_delivery_notice_id"), "notice_delivery", ["notice_id"], unique=False)
    op.create_table(
        "recurrence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("channel_id", sa.Integer(), nullable=False),
        sa.Column("every", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("minute", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("actor", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("ended_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("ended_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.CheckConstraint("every IN ('week','month')", name=op.f("ck_recurrence_every")),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name=op.f("fk_recurrence_channel_id_channel")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_recurrence_post_id_post")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recurrence")),
    )
    op.create_index(op.f("ix_recurrence_channel_id"), "recurrence", ["channel_id"], unique=False)
    op.create_index(op.f("ix_recurrence_post_id"), "recurrence", ["post_id"], unique=False)
    op.add_column("channel", sa.Column("gap_minutes", sa.Integer(), server_default="0", nullable=False))
    op.add_column("channel", sa.Column("daily_most", sa.Integer(), server_default="0", nullable=False))
    op.add_column("channel", sa.Column("quiet_from", sa.Integer(), server_default="1320", nullable=False))
    op.add_column("channel", sa.Column("quiet_until", sa.Integer(), server_default="360", nullable=False))
    op.add_column("pause", sa.Column("agency", sqlmodel.sql.sqltypes.AutoString(), server_default="", nullable=False))
    op.add_column("pause", sa.Column("tag", sqlmodel.sql.sqltypes.AutoString(), server_default="", nullable=False))
    op.add_column("post", sa.Column("tags", sa.JSON(), server_default="[]", nullable=False))
    op.add_column("post", sa.Column("season", sqlmodel.sql.sqltypes.AutoString(), server_default="", nullable=False))
    op.add_column("post", sa.Column("repeat_days", sa.Integer(), server_default="0", nullable=False))
    op.add_column("post", sa.Column("repeat_most", sa.Integer(), server_default="0", nullable=False))
    op.add_column("post", sa.Column("repeat_until", sa.Date(), nullable=True))
    op.add_column("post", sa.Column("series", sqlmodel.sql.sqltypes.AutoString(), server_default="", nullable=False))
    op.add_column("post", sa.Column("series_part", sa.Integer(), server_default="0", nullable=False))
    op.add_column("slot", sa.Column("form", sqlmodel.sql.sqltypes.AutoString(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("slot", "form")
    op.drop_column("post", "series_part")
    op.drop_column("post", "series")
    op.drop_column("post", "repeat_until")
    op.drop_column("post", "repeat_most")
    op.drop_column("post", "repeat_days")
    op.drop_column("post", "season")
    op.drop_column("post", "tags")
    op.drop_column("pause", "tag")
    op.drop_column("pause", "agency")
    op.drop_column("channel", "quiet_until")
    op.drop_column("channel", "quiet_from")
    op.drop_column("channel", "daily_most")
    op.drop_column("channel", "gap_minutes")
    op.drop_index(op.f("ix_recurrence_post_id"), table_name="recurrence")
    op.drop_index(op.f("ix_recurrence_channel_id"), table_name="recurrence")
    op.drop_table("recurrence")
    op.drop_index(op.f("ix_notice_delivery_notice_id"), table_name="notice_delivery")
    op.drop_index("ix_notice_delivery_due", table_name="notice_delivery")
    op.drop_table("notice_delivery")
    op.drop_index(op.f("ix_choice_post_id"), table_name="choice")
    op.drop_index("ix_choice_open", table_name="choice")
    op.drop_table("choice")
    op.drop_index(op.f("ix_campaign_post_post_id"), table_name="campaign_post")
    op.drop_table("campaign_post")
    op.drop_index("ix_notice_open", table_name="notice")
    op.drop_table("notice")
    op.drop_table("campaign")
