"""The tables that are temporary: each connection has its own, and they are empty when a transaction ends."""

from typing import Final

from sqlalchemy import Boolean, Column, MetaData, String, Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from persistence.tables import ID, INACTIVE_REASON, USER_ROLE, USER_SOURCE, USER_STATUS

# Longer than any key. A column of text would have a TOAST table, to be emptied too at the end of each transaction.
_KEY_LENGTH: Final = 200

targets: Final = Table(
    "targets",
    MetaData(),
    Column("id", ID, nullable=False),
    Column("key", String(_KEY_LENGTH, collation="C"), nullable=False),
    Column("role", USER_ROLE, nullable=False),
    Column("status", USER_STATUS, nullable=False),
    Column("inactive_reason", INACTIVE_REASON),
    Column("source", USER_SOURCE, nullable=False),
    Column("is_viewer", Boolean, nullable=False),
    Column("is_unchanged", Boolean, nullable=False),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DELETE ROWS",
)
"""The users that a bulk action is for (`persistence.targets`)."""

_DIALECT: Final = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy has no types there

CREATE: Final = f"BEGIN READ WRITE; {CreateTable(targets).compile(dialect=_DIALECT)}; COMMIT"
"""Makes them, on each connection when it is new, also where a database takes no changes unless told to."""
