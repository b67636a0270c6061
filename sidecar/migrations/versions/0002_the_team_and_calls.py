"""The team and calls."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002_the_team_and_calls"
down_revision = "0001_start"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "support_mail",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("store_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("cart_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("call_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("to_address", sa.Text(), nullable=False),
        sa.Column("reply_to", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempt", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('due', 'sending', 'sent', 'failed', 'cancelled', 'unknown')", name=op.f("ck_support_mail_state")
        ),
        sa.ForeignKeyConstraint(
            ["call_id"], ["call.id"], name=op.f("fk_support_mail_call_id_call"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["cart_id"], ["cart.id"], name=op.f("fk_support_mail_cart_id_cart"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["store_id"], ["store.id"], name=op.f("fk_support_mail_store_id_store"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support_mail")),
        sa.UniqueConstraint("attempt", name=op.f("uq_support_mail_attempt")),
        sa.UniqueConstraint("call_id", name=op.f("uq_support_mail_call_id")),
    )
    with op.batch_alter_table("support_mail", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_support_mail_cart_id"), ["cart_id"], unique=False)
        batch_op.create_index("ix_support_mail_due", ["state", "due_at"], unique=False)

    with op.batch_alter_table("call_task", schema=None) as batch_op:
        batch_op.add_column(sa.Column("ends_on_reply", sa.Boolean(), server_default="1", nullable=False))
        batch_op.add_column(sa.Column("language", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("snooze_reason", sa.Text(), server_default="", nullable=False))

    with op.batch_alter_table("user", schema=None) as batch_op:
        batch_op.add_column(sa.Column("time_zone", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("hours", sa.JSON(), server_default="{}", nullable=False))
        batch_op.add_column(sa.Column("languages", sa.JSON(), server_default="[]", nullable=False))
        batch_op.add_column(sa.Column("phone", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("daily_goal", sa.Integer(), server_default="25", nullable=False))
        batch_op.add_column(sa.Column("practised_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("alerts", sa.Text(), server_default="mine", nullable=False))
        batch_op.add_column(sa.Column("alert_volume", sa.Integer(), server_default="50", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("user", schema=None) as batch_op:
        batch_op.drop_column("alert_volume")
        batch_op.drop_column("alerts")
        batch_op.drop_column("practised_at")
        batch_op.drop_column("daily_goal")
        batch_op.drop_column("phone")
        batch_op.drop_column("languages")
        batch_op.drop_column("hours")
        batch_op.drop_column("time_zone")

    with op.batch_alter_table("call_task", schema=None) as batch_op:
        batch_op.drop_column("snooze_reason")
        batch_op.drop_column("snoozed_until")
        batch_op.drop_column("language")
        batch_op.drop_column("ends_on_reply")

    with op.batch_alter_table("support_mail", schema=None) as batch_op:
        batch_op.drop_index("ix_support_mail_due")
        batch_op.drop_index(batch_op.f("ix_support_mail_cart_id"))

    op.drop_table("support_mail")
