"""Accounts as they stand, with what the rules ask of them."""

from collections.abc import Sequence
from typing import Any, Final

import asyncpg
from sqlalchemy import bindparam, func, literal_column, select

from domain.accounts import Account, AccountEntry
from domain.users import Role, UserStatus
from domain.viewers import Scope
from persistence.database import Connection
from persistence.records import record_maker
from persistence.statements import Statement, any_of, in_scope, scope_values
from persistence.tables import ID, account_integrations, accounts, license_subscriptions, products, users

_INTEGRATIONS: Final = func.array(
    select(account_integrations.c.integration)
    .where(account_integrations.c.account_id == accounts.c.id)
    .order_by(account_integrations.c.integration)
    .scalar_subquery()
)
# The index of admins is of those rows only: PostgreSQL takes it, once and for all, where they stand in the statement.
_ADMIN_COUNT: Final = (
    select(func.count())
    .where(
        users.c.account_id == accounts.c.id,
        users.c.role == literal_column(f"'{Role.ACCOUNT_ADMIN}'"),
        users.c.status != literal_column(f"'{UserStatus.INACTIVE}'"),
    )
    .scalar_subquery()
)
_SUBSCRIBED_PRODUCTS: Final = func.array(
    select(products.c.code)
    .where(
        products.c.id.in_(
            select(license_subscriptions.c.product_id)
            .where(license_subscriptions.c.account_id == accounts.c.id)
            .correlate(accounts)
        )
    )
    .scalar_subquery()
)

ENTRY_COLUMNS: Final = (
    accounts.c.id,
    accounts.c.number,
    accounts.c.name,
    accounts.c.name_key,
    accounts.c.kind,
    accounts.c.partner_id,
    accounts.c.is_active,
    accounts.c.created_at,
)
"""The columns of an AccountEntry record, in the order of its fields."""

ACCOUNT_COLUMNS: Final = (
    *ENTRY_COLUMNS,
    _INTEGRATIONS.label("integrations"),
    _ADMIN_COUNT.label("admin_count"),
    _SUBSCRIBED_PRODUCTS.label("subscribed_product_codes"),
)
"""The columns of an Account record, in the order of its fields."""

_ACCOUNTS_BY_ID: Final = Statement(select(*ACCOUNT_COLUMNS).where(any_of(accounts.c.id), in_scope(accounts)))

_THIS_ACCOUNT: Final = accounts.c.id == bindparam("account_id", type_=ID)
# Beside the one for many, since PostgreSQL plans that anew each time for as few as one.
_ACCOUNT: Final = Statement(select(*ACCOUNT_COLUMNS).where(_THIS_ACCOUNT, in_scope(accounts)))
_TURN: Final = Statement(select(accounts.c.id).where(_THIS_ACCOUNT, in_scope(accounts)).with_for_update(key_share=True))
_TURN_OF_USER: Final = Statement(
    select(accounts.c.id)
    .where(
        accounts.c.id
        == select(users.c.account_id).where(users.c.id == bindparam("user_id", type_=ID)).scalar_subquery(),
        in_scope(accounts),
    )
    .with_for_update(key_share=True)
)


entry_from: Final = record_maker(AccountEntry)
"""Reads a row that begins with ENTRY_COLUMNS."""


def account_from(row: asyncpg.Record) -> Account:
    """Read a row that begins with ACCOUNT_COLUMNS."""
    fields: list[Any] = [*row[: len(ACCOUNT_COLUMNS)]]
    fields[-3], fields[-1] = tuple(fields[-3]), frozenset(fields[-1])
    return Account(*fields)


async def accounts_by_id(connection: Connection, scope: Scope, ids: Sequence[str]) -> dict[str, Account]:
    """Give those of these accounts that are in sight, by id."""
    rows = await _ACCOUNTS_BY_ID.fetch(connection, ids=ids, **scope_values(scope))
    return {row["id"]: account_from(row) for row in rows}


async def take_turn(connection: Connection, scope: Scope, account_id: str) -> Account | None:
    """Wait until nobody else writes on an account in sight, and keep others waiting until the transaction ends.

    Every write on an account and its users begins here. So none of them meets another halfway: no rule is decided on
    what is about to change, and none waits for another in a circle. Reads go on. None where it is out of sight.
    """
    locked = await _TURN.fetch(connection, account_id=account_id, **scope_values(scope))
    return await _locked_account(connection, scope, locked)


async def take_turn_of_user(connection: Connection, scope: Scope, user_id: str) -> Account | None:
    """As `take_turn`, on the account of a user; None where the user is out of sight."""
    locked = await _TURN_OF_USER.fetch(connection, user_id=user_id, **scope_values(scope))
    return await _locked_account(connection, scope, locked)


async def _locked_account(connection: Connection, scope: Scope, locked: Sequence[asyncpg.Record]) -> Account | None:
    """Read the account as it stands now that it is locked: what was seen while waiting is old."""
    if not locked:
        return None
    rows = await _ACCOUNT.fetch(connection, account_id=locked[0]["id"], **scope_values(scope))
    return account_from(rows[0]) if rows else None
