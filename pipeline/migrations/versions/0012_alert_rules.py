"""Add to the alert ledger rules, kinds, what is held for a digest, and what is snoozed."""

import sqlalchemy as sa
from alembic import op

from pipeline.columns import UtcDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the revision; the alerts there are keep their ids, as those of the rule that all were."""
    with op.batch_alter_table("alerts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("rule", sa.Text(), nullable=False, server_default="default"))
        batch_op.add_column(sa.Column("kind", sa.String(length=8), nullable=False, server_default="story"))
        batch_op.add_column(sa.Column("event", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("due", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("digest", sa.String(length=36), nullable=True))
        batch_op.create_index(batch_op.f("ix_alerts_rule_channel_created"), ["rule", "channel", "created"])
        batch_op.create_index(batch_op.f("ix_alerts_due"), ["due"])
        batch_op.create_index(batch_op.f("ix_alerts_digest"), ["digest"])
    op.execute("UPDATE alerts SET state = 'failed' WHERE state = 'pending' AND attempts > 0")
    op.create_table(
        "alert_snoozes",
        sa.Column("scope", sa.String(length=8), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("created", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "subject", name=op.f("pk_alert_snoozes")),
    )


def downgrade() -> None:
    """Take the revision back: what is held or snoozed is told at once, and what was acknowledged counts as sent."""
    op.drop_table("alert_snoozes")
    op.execute("UPDATE alerts SET state = 'pending' WHERE state IN ('failed', 'held', 'snoozed')")
    op.execute("UPDATE alerts SET state = 'sent' WHERE state = 'acknowledged'")
    with op.batch_alter_table("alerts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_alerts_digest"))
        batch_op.drop_index(batch_op.f("ix_alerts_due"))
        batch_op.drop_index(batch_op.f("ix_alerts_rule_channel_created"))
        batch_op.drop_column("digest")
        batch_op.drop_column("due")
        batch_op.drop_column("event")
        batch_op.drop_column("kind")
        batch_op.drop_column("rule")
