"""Users as they stand, by id."""

from collections.abc import Sequence
from typing import Final

import asyncpg
from sqlalchemy import select

from domain.users import SourceRecord, User
from domain.viewers import Scope
from persistence.database import Connection
from persistence.statements import Statement, any_of, in_scope, scope_values
from persistence.tables import accounts, source_records, users

USER_COLUMNS: Final = (
    users.c.id,
    users.c.account_id,
    users.c.name,
    users.c.name_key,
    users.c.given_name,
    users.c.first_name,
    users.c.last_name,
    users.c.email,
    users.c.email_key,
    users.c.mobile,
    users.c.role,
    users.c.status,
    users.c.inactive_reason,
    users.c.source,
    users.c.is_iot_connected,
    users.c.version,
    users.c.created_at,
    users.c.updated_at,
    users.c.welcomed_at,
    users.c.registered_at,
    users.c.last_signed_in_at,
)
"""The columns of a User record, in the order of its fields."""

_IN_SIGHT: Final = accounts.join(users, users.c.account_id == accounts.c.id)

_USERS_BY_ID: Final = Statement(
    select(*USER_COLUMNS).select_from(_IN_SIGHT).where(any_of(users.c.id), in_scope(accounts))
)

_SOURCE_RECORDS: Final = Statement(
    select(
        source_records.c.user_id,
        source_records.c.source,
        source_records.c.external_id,
        source_records.c.last_synced_at,
        source_records.c.attributes,
    )
    .select_from(source_records.join(accounts, accounts.c.id == source_records.c.account_id))
    .where(any_of(source_records.c.user_id), in_scope(accounts))
)


def user_from(row: asyncpg.Record) -> User:
    """Read a row that begins with USER_COLUMNS."""
    return User(*row[: len(USER_COLUMNS)])


async def users_by_id(connection: Connection, scope: Scope, ids: Sequence[str]) -> dict[str, User]:
    """Give those of these users that are in sight, by id."""
    rows = await _USERS_BY_ID.fetch(connection, ids=ids, **scope_values(scope))
    return {row["id"]: user_from(row) for row in rows}


async def source_records_by_user(connection: Connection, scope: Scope, ids: Sequence[str]) -> dict[str, SourceRecord]:
    """Give what outside sources sent of these users, by user id (U7)."""
    rows = await _SOURCE_RECORDS.fetch(connection, ids=ids, **scope_values(scope))
    return {row["user_id"]: SourceRecord(*row) for row in rows}
