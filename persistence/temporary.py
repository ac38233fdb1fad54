"""The tables that are temporary: each connection has its own, and they are empty when a transaction ends."""

from typing import Final

from sqlalchemy import Boolean, Column, MetaData, String, Table

from persistence.tables import ID, INACTIVE_REASON, USER_ROLE, USER_SOURCE, USER_STATUS

# Longer than any key. A column of text would have a TOAST table, to be emptied too at the end of each transaction.
_KEY_LENGTH: Final = 200

targets: Final = Table(
    "targets",
    MetaData(),
    Column("id", ID, primary_key=True),
    Column("key", String(_KEY_LENGTH), nullable=False),
    Column("role", USER_ROLE, nullable=False),
    Column("status", USER_STATUS, nullable=False),
    Column("inactive_reason", INACTIVE_REASON),
    Column("source", USER_SOURCE, nullable=False),
    Column("is_viewer", Boolean, nullable=False),
    Column("is_done", Boolean, nullable=False),
)
"""The users that a bulk action is for (`persistence.targets`)."""

CREATE: Final = f"""
    CREATE TEMPORARY TABLE targets (
        id uuid NOT NULL, key varchar({_KEY_LENGTH}) COLLATE "C" NOT NULL, role user_role NOT NULL,
        status user_status NOT NULL, inactive_reason inactive_reason, source user_source NOT NULL,
        is_viewer boolean NOT NULL, is_done boolean NOT NULL
    ) ON COMMIT DELETE ROWS
"""
"""Makes them, on each connection when it is new."""
