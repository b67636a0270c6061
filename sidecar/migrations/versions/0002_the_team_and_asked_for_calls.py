"""The team and asked for calls."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002_the_team_and_asked_for_calls"
down_revision = "0001_start"
branch_labels = None
depends_on = None


def upgrade() -> None:
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
