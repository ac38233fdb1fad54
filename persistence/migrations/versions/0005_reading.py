"""Indexes that hold what lists and counts look at, so that large accounts are read from them alone."""

from persistence.migrating import run_script

revision = "0005"
down_revision = "0004"

UP = """
-- Looked through by searches and filters that many pass, and by counts of them.
DROP INDEX users_by_name;
CREATE INDEX users_by_name ON users (account_id, name_key, id)
    INCLUDE (search_text, status, source, role, is_iot_connected);

-- Finds those that a filter few pass names, and counts what any passes.
CREATE INDEX users_by_state ON users (account_id, status, source, role, is_iot_connected, id);

-- In the order of ids, as licenses of a product are: side by side they tell which users have one.
CREATE INDEX users_of_account ON users (account_id, id) INCLUDE (status, source, role, is_iot_connected);

-- What it really costs, lest the planner call it for each user of an account where its index is at hand.
ALTER FUNCTION search_grams COST 100000;
"""

DOWN = """
ALTER FUNCTION search_grams COST 100;
DROP INDEX users_of_account, users_by_state;
DROP INDEX users_by_name;
CREATE INDEX users_by_name ON users (account_id, name_key, id);
"""


def upgrade() -> None:
    run_script(UP)


def downgrade() -> None:
    run_script(DOWN)
