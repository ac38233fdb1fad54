"""How many users of an account are alike, kept as they change: a count of 300,000 reads a few rows."""

from persistence.migrating import run_script

revision = "0005"
down_revision = "0004"

TABLE = """
-- Rows stay when nobody is left: the next one who is alike needs it. Half of each page is left free, so that a new
-- count is written beside the old one, and no index changes.
CREATE TABLE user_counts (
    account_id uuid NOT NULL REFERENCES accounts,
    status user_status NOT NULL,
    source user_source NOT NULL,
    role user_role NOT NULL,
    is_iot_connected boolean NOT NULL,
    total bigint NOT NULL,
    PRIMARY KEY (account_id, status, source, role, is_iot_connected)
) WITH (fillfactor = 50);
"""

COUNTS_FOLLOW = """
-- Counts are always locked in one order, so that no two statements wait for each other.
CREATE FUNCTION count_added_users() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO user_counts AS counts
    SELECT account_id, status, source, role, is_iot_connected, count(*)
    FROM added GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
    ON CONFLICT (account_id, status, source, role, is_iot_connected)
    DO UPDATE SET total = counts.total + excluded.total;
    RETURN NULL;
END $$;

CREATE FUNCTION count_changed_users() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO user_counts AS counts
    SELECT account_id, status, source, role, is_iot_connected, sum(more)
    FROM (SELECT account_id, status, source, role, is_iot_connected, 1 AS more FROM after
          UNION ALL SELECT account_id, status, source, role, is_iot_connected, -1 FROM before) AS moved
    GROUP BY 1, 2, 3, 4, 5 HAVING sum(more) <> 0 ORDER BY 1, 2, 3, 4, 5
    ON CONFLICT (account_id, status, source, role, is_iot_connected)
    DO UPDATE SET total = counts.total + excluded.total;
    RETURN NULL;
END $$;

CREATE FUNCTION count_gone_users() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO user_counts AS counts
    SELECT account_id, status, source, role, is_iot_connected, -count(*)
    FROM gone GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
    ON CONFLICT (account_id, status, source, role, is_iot_connected)
    DO UPDATE SET total = counts.total + excluded.total;
    RETURN NULL;
END $$;

-- The triggers come before the first count: they keep others from writing until both are there.
CREATE TRIGGER users_counted_when_added AFTER INSERT ON users
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_added_users();
CREATE TRIGGER users_counted_when_changed AFTER UPDATE ON users
    REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION count_changed_users();
CREATE TRIGGER users_counted_when_gone AFTER DELETE ON users
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION count_gone_users();
INSERT INTO user_counts
SELECT account_id, status, source, role, is_iot_connected, count(*) FROM users GROUP BY 1, 2, 3, 4, 5;
"""

DROP = """
DROP TRIGGER users_counted_when_added ON users;
DROP TRIGGER users_counted_when_changed ON users;
DROP TRIGGER users_counted_when_gone ON users;
DROP FUNCTION count_added_users, count_changed_users, count_gone_users;
DROP TABLE user_counts;
"""


def upgrade() -> None:
    run_script(TABLE)
    run_script(COUNTS_FOLLOW)


def downgrade() -> None:
    run_script(DROP)
