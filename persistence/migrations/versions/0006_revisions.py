"""Revisions that the clock moves by itself: what begins and ends is counted where a revision is read (L7)."""

from persistence.migrating import run_script

revision = "0006"
down_revision = "0005"

COUNTS_FOLLOW = """
-- The revision that is told is this one and how many beginnings and ends the subscriptions have behind them. One that
-- changes or goes may take two of these away, and the revision grows all the same.
CREATE OR REPLACE FUNCTION count_follows_subscription() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        UPDATE license_counts SET revision = revision + 3
        WHERE account_id = OLD.account_id AND product_id = OLD.product_id;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO license_counts (account_id, product_id) VALUES (NEW.account_id, NEW.product_id)
        ON CONFLICT (account_id, product_id) DO UPDATE SET revision = license_counts.revision + 1;
    END IF;
    RETURN NULL;
END $$;

-- Nobody looks for what has begun or ended any more.
DROP INDEX license_subscriptions_by_start, license_subscriptions_by_end;
ALTER TABLE license_counts DROP COLUMN counted_until;
"""

DROP = """
-- What the clock has added is kept: a revision never goes back.
UPDATE license_counts SET revision = revision + (
    SELECT count(*) FILTER (WHERE starts_at <= now()) + count(*) FILTER (WHERE expires_at <= now())
    FROM license_subscriptions AS bought
    WHERE bought.account_id = license_counts.account_id AND bought.product_id = license_counts.product_id
);
ALTER TABLE license_counts ADD COLUMN counted_until timestamptz NOT NULL DEFAULT now();
CREATE INDEX license_subscriptions_by_start ON license_subscriptions (starts_at);
CREATE INDEX license_subscriptions_by_end ON license_subscriptions (expires_at) WHERE expires_at IS NOT NULL;
CREATE OR REPLACE FUNCTION count_follows_subscription() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        UPDATE license_counts SET revision = revision + 1
        WHERE account_id = OLD.account_id AND product_id = OLD.product_id;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO license_counts (account_id, product_id) VALUES (NEW.account_id, NEW.product_id)
        ON CONFLICT (account_id, product_id) DO UPDATE SET revision = license_counts.revision + 1;
    END IF;
    RETURN NULL;
END $$;
"""


def upgrade() -> None:
    run_script(COUNTS_FOLLOW)


def downgrade() -> None:
    run_script(DROP)
