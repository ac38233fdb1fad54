"""Indexes that find what the clock has done to license counts."""

from persistence.migrating import run_script

revision = "0006"
down_revision = "0002"

INDEXES = """
CREATE INDEX license_subscriptions_by_start ON license_subscriptions (starts_at);
CREATE INDEX license_subscriptions_by_end ON license_subscriptions (expires_at) WHERE expires_at IS NOT NULL;
"""

DROP = """
DROP INDEX license_subscriptions_by_start, license_subscriptions_by_end;
"""


def upgrade() -> None:
    run_script(INDEXES)


def downgrade() -> None:
    run_script(DROP)
