"""Users as they stand, by id."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import asyncpg
from sqlalchemy import ColumnElement, and_, bindparam, insert, literal_column, select, update

from domain.keys import email_key, user_keys
from domain.licenses import LicensedUser
from domain.nodes import NO_ID
from domain.user_edits import UserFields, email_taken
from domain.users import Role, SourceRecord, User, UserStatus
from domain.viewers import Scope
from persistence.database import Connection
from persistence.licenses import licenses_from, licenses_of
from persistence.records import record_maker
from persistence.statements import Statement, any_of, any_of_unseen, in_scope, scope_values
from persistence.tables import ID, KEY, USER_ROLE, accounts, source_records, users

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

WITH_ACCOUNTS: Final = users.join(accounts, accounts.c.id == users.c.account_id)
MAY_SIGN_IN: Final = and_(users.c.status == UserStatus.REGISTERED, accounts.c.is_active)
"""What a sign-in asks of a user joined with the account (P5)."""


_USERS_BY_ID: Final = Statement(
    select(*USER_COLUMNS).select_from(WITH_ACCOUNTS).where(any_of(users.c.id), in_scope(accounts))
)

_LICENSED_USERS_BY_ID: Final = Statement(
    select(*USER_COLUMNS, licenses_of(users.c.id))
    .select_from(WITH_ACCOUNTS)
    .where(any_of_unseen(users.c.id), in_scope(accounts))
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
_WRITTEN: Final = {
    column.name: bindparam(column.name, type_=column.type)
    for column in (
        users.c.given_name,
        users.c.first_name,
        users.c.last_name,
        users.c.name_key,
        users.c.email,
        users.c.email_key,
        users.c.search_text,
        users.c.mobile,
    )
}
"""What people write of a user, and the keys that follow from it."""

CHANGED: Final[dict[str, ColumnElement[Any]]] = {
    "version": users.c.version + literal_column("1"),
    "updated_at": literal_column("now()"),
}
"""What every change of a user sets beside (U8)."""

_THIS_USER: Final = users.c.id == bindparam("user_id", type_=ID)
_HOLDER: Final = Statement(
    select(users.c.id).where(
        users.c.account_id == bindparam("account_id", type_=ID),
        users.c.email_key == bindparam("email_key", type_=KEY),
        users.c.id != bindparam("user_id", type_=ID),
    )
)
_TO_CHANGE: Final = Statement(
    select(*USER_COLUMNS)
    .select_from(WITH_ACCOUNTS)
    .where(_THIS_USER, in_scope(accounts))
    .with_for_update(of=users, key_share=True)
)
_INSERT: Final = Statement(
    insert(users)
    .values(account_id=bindparam("account_id", type_=ID), role=bindparam("role", type_=USER_ROLE), **_WRITTEN)
    .returning(*USER_COLUMNS)
)
_UPDATE_FIELDS: Final = Statement(
    update(users).where(_THIS_USER).values(**_WRITTEN, **CHANGED).returning(*USER_COLUMNS)
)
_UPDATE_ROLE: Final = Statement(
    update(users)
    .where(_THIS_USER)
    .values(role=bindparam("new_role", type_=USER_ROLE), **CHANGED)
    .returning(*USER_COLUMNS)
)


user_from: Final = record_maker(User)
"""Reads a row that begins with USER_COLUMNS."""

_licensed_user_from: Final = record_maker(LicensedUser, licenses=licenses_from)


async def users_by_id(connection: Connection, scope: Scope, ids: Sequence[str]) -> dict[str, User]:
    """Give those of these users that are in sight, by id."""
    rows = await _USERS_BY_ID.fetch(connection, ids=ids, **scope_values(scope))
    return {row["id"]: user_from(row) for row in rows}


async def licensed_users_by_id(connection: Connection, scope: Scope, ids: Sequence[str]) -> dict[str, LicensedUser]:
    """Give those of these users that are in sight, with their licenses, by id."""
    rows = await _LICENSED_USERS_BY_ID.fetch(connection, ids=ids, **scope_values(scope))
    return {row["id"]: _licensed_user_from(row) for row in rows}


async def source_records_by_user(connection: Connection, scope: Scope, ids: Sequence[str]) -> dict[str, SourceRecord]:
    """Give what outside sources sent of these users, by user id (U7)."""
    rows = await _SOURCE_RECORDS.fetch(connection, ids=ids, **scope_values(scope))
    return {row["user_id"]: SourceRecord(*row) for row in rows}


async def email_is_taken(connection: Connection, account_id: str, email: str, *, except_user: str = NO_ID) -> bool:
    """Tell whether another user of an account has an address, without regard to case (U2)."""
    rows = await _HOLDER.fetch(connection, account_id=account_id, email_key=email_key(email), user_id=except_user)
    return bool(rows)


async def user_to_change(connection: Connection, scope: Scope, user_id: str) -> User | None:
    """Give a user in sight as they stand, and keep others from changing them until the transaction ends.

    The account's turn keeps gateways from it, and not the systems that users come from, which write by SQL.
    """
    rows = await _TO_CHANGE.fetch(connection, user_id=user_id, **scope_values(scope))
    return user_from(rows[0]) if rows else None


async def insert_user(connection: Connection, account_id: str, fields: UserFields, role: Role) -> User:
    """Add a user whose address is free. Raises Declined with EMAIL_TAKEN where that is so no more (U2)."""
    with _while_email_is_free():
        rows = await _INSERT.fetch(connection, account_id=account_id, role=role, **_columns(fields))
    return user_from(rows[0])


async def update_fields(connection: Connection, user: User, fields: UserFields) -> User:
    """Store what people write of a user, whose address is free. Raises Declined as `insert_user` does."""
    with _while_email_is_free():
        rows = await _UPDATE_FIELDS.fetch(connection, user_id=user.id, **_columns(fields))
    return user_from(rows[0])


async def update_role(connection: Connection, user: User, role: Role) -> User:
    """Store whether a user is an account admin."""
    rows = await _UPDATE_ROLE.fetch(connection, user_id=user.id, new_role=role)
    return user_from(rows[0])


@contextmanager
def _while_email_is_free() -> Generator[None]:
    """Decline an address that somebody took by SQL after it was found free (U2)."""
    try:
        yield
    except asyncpg.UniqueViolationError as refusal:
        if refusal.constraint_name == "users_account_id_email_key_key":
            raise email_taken() from None
        raise


def _columns(fields: UserFields) -> dict[str, str | None]:
    """Give the columns that hold the fields, and those that follow from them."""
    names = {"given_name": fields.given_name, "first_name": fields.first_name, "last_name": fields.last_name}
    keys = user_keys(**names, email=fields.email)
    return {**names, "email": fields.email, "mobile": fields.mobile, **keys._asdict()}
