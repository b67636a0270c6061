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
        "call_request_try",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_request_try")),
    )
    with op.batch_alter_table("call_request_try", schema=None) as batch_op:
        batch_op.create_index("ix_call_request_try_at", ["at"], unique=False)
        batch_op.create_index("ix_call_request_try_mark", ["mark", "at"], unique=False)

    op.create_table(
        "call_request",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("store_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("form_key", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("task_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("cart_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("is_proven", sa.Boolean(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("wish", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("place_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seat", sa.Integer(), nullable=True),
        sa.Column("wished", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("order_number", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_reason", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("taken_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('open', 'cancelled', 'done', 'paid', 'over')", name=op.f("ck_call_request_state")
        ),
        sa.CheckConstraint("wish IN ('now', 'slot', 'words')", name=op.f("ck_call_request_wish")),
        sa.ForeignKeyConstraint(
            ["cart_id"], ["cart.id"], name=op.f("fk_call_request_cart_id_cart"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_call_request_contact_id_contact"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["store_id"], ["store.id"], name=op.f("fk_call_request_store_id_store"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["taken_by_id"], ["user.id"], name=op.f("fk_call_request_taken_by_id_user")),
        sa.ForeignKeyConstraint(
            ["task_id"], ["call_task.id"], name=op.f("fk_call_request_task_id_call_task"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_request")),
        sa.UniqueConstraint("form_key", name=op.f("uq_call_request_form_key")),
        sa.UniqueConstraint("place_at", "seat", name=op.f("uq_call_request_place_at_seat")),
        sa.UniqueConstraint("reference", name=op.f("uq_call_request_reference")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_call_request_token_hash")),
    )
    with op.batch_alter_table("call_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_call_request_cart_id"), ["cart_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_call_request_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index(
            "ix_call_request_open",
            ["at"],
            unique=False,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )
        batch_op.create_index(batch_op.f("ix_call_request_store_id"), ["store_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_call_request_task_id"), ["task_id"], unique=False)

    op.create_table(
        "offer_request",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("store_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("cart_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("task_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value_minor", sa.Integer(), nullable=False),
        sa.Column("worth_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("beyond", sa.Text(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('asked', 'approved', 'declined', 'expired', 'withdrawn', 'given')",
            name=op.f("ck_offer_request_state"),
        ),
        sa.ForeignKeyConstraint(
            ["cart_id"], ["cart.id"], name=op.f("fk_offer_request_cart_id_cart"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["decided_by_id"], ["user.id"], name=op.f("fk_offer_request_decided_by_id_user")),
        sa.ForeignKeyConstraint(
            ["store_id"], ["store.id"], name=op.f("fk_offer_request_store_id_store"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["task_id"], ["call_task.id"], name=op.f("fk_offer_request_task_id_call_task"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_offer_request_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer_request")),
    )
    with op.batch_alter_table("offer_request", schema=None) as batch_op:
        batch_op.create_index("ix_offer_request_cart", ["cart_id", "id"], unique=False)
        batch_op.create_index("ix_offer_request_state", ["state", "asked_at"], unique=False)
        batch_op.create_index(
            "uq_offer_request_open",
            ["cart_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('asked', 'approved')"),
            postgresql_where=sa.text("state IN ('asked', 'approved')"),
        )

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
        batch_op.add_column(sa.Column("handed_over", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("handed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("ends_on_reply", sa.Boolean(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("language", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("asked_number", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("asked_zone", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("snooze_reason", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("link_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("coupon", schema=None) as batch_op:
        batch_op.add_column(sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True))
        batch_op.add_column(sa.Column("claim_key", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("reasons", sa.JSON(), server_default="[]", nullable=False))
        batch_op.create_index(
            "ix_coupon_rep",
            ["user_id", "created_at"],
            unique=False,
            sqlite_where=sa.text("user_id IS NOT NULL"),
            postgresql_where=sa.text("user_id IS NOT NULL"),
        )
        batch_op.create_foreign_key(batch_op.f("fk_coupon_user_id_user"), "user", ["user_id"], ["id"])

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

    with op.batch_alter_table("coupon", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_coupon_user_id_user"), type_="foreignkey")
        batch_op.drop_index(
            "ix_coupon_rep",
            sqlite_where=sa.text("user_id IS NOT NULL"),
            postgresql_where=sa.text("user_id IS NOT NULL"),
        )
        batch_op.drop_column("reasons")
        batch_op.drop_column("claim_key")
        batch_op.drop_column("user_id")

    with op.batch_alter_table("call_task", schema=None) as batch_op:
        batch_op.drop_column("link_at")
        batch_op.drop_column("snooze_reason")
        batch_op.drop_column("snoozed_until")
        batch_op.drop_column("asked_zone")
        batch_op.drop_column("asked_number")
        batch_op.drop_column("language")
        batch_op.drop_column("ends_on_reply")
        batch_op.drop_column("handed_at")
        batch_op.drop_column("handed_over")

    with op.batch_alter_table("support_mail", schema=None) as batch_op:
        batch_op.drop_index("ix_support_mail_due")
        batch_op.drop_index(batch_op.f("ix_support_mail_cart_id"))

    op.drop_table("support_mail")
    with op.batch_alter_table("offer_request", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_offer_request_open",
            sqlite_where=sa.text("state IN ('asked', 'approved')"),
            postgresql_where=sa.text("state IN ('asked', 'approved')"),
        )
        batch_op.drop_index("ix_offer_request_state")
        batch_op.drop_index("ix_offer_request_cart")

    op.drop_table("offer_request")
    with op.batch_alter_table("call_request", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_call_request_task_id"))
        batch_op.drop_index(batch_op.f("ix_call_request_store_id"))
        batch_op.drop_index(
            "ix_call_request_open", sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'")
        )
        batch_op.drop_index(batch_op.f("ix_call_request_contact_id"))
        batch_op.drop_index(batch_op.f("ix_call_request_cart_id"))

    op.drop_table("call_request")
    with op.batch_alter_table("call_request_try", schema=None) as batch_op:
        batch_op.drop_index("ix_call_request_try_mark")
        batch_op.drop_index("ix_call_request_try_at")

    op.drop_table("call_request_try")
