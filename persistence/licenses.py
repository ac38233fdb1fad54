"""Licenses of users, and what accounts have bought and use."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import asyncpg
from sqlalchemy import ColumnElement, Select, Text, bindparam, cast, func, literal_column, select, true

from domain.licenses import License, LicenseCount, LicenseSubscription
from domain.products import Product
from domain.viewers import Scope
from persistence.database import Connection
from persistence.products import PRODUCT_COLUMNS, product_reader
from persistence.records import record_maker
from persistence.statements import Statement, any_of, in_scope, scope_values
from persistence.tables import ID, accounts, license_counts, license_subscriptions, licenses, products

_NOW: Final = func.statement_timestamp()
_HAS_BEGUN: Final = license_subscriptions.c.starts_at <= _NOW
_HAS_ENDED: Final = license_subscriptions.c.expires_at <= _NOW
CLOCK_STEPS: Final = func.count().filter(_HAS_BEGUN) + func.count().filter(_HAS_ENDED)
"""How many beginnings and ends the license subscriptions have behind them: the clock's part in a revision (L7)."""

# The sum of the license subscriptions in force (L1), by the clock that refuses more licenses than that (L4).
_BOUGHT: Final = (
    select(
        func.coalesce(
            func.sum(license_subscriptions.c.quantity).filter(_HAS_BEGUN, _HAS_ENDED.is_not(true())), 0
        ).label("total"),
        CLOCK_STEPS.label("clock_steps"),
    )
    .where(
        license_subscriptions.c.account_id == license_counts.c.account_id,
        license_subscriptions.c.product_id == license_counts.c.product_id,
    )
    .lateral("bought")
)

ALL_COUNTS: Final[Select[*tuple[Any, ...]]] = (
    select(
        *PRODUCT_COLUMNS,
        license_counts.c.id.label("count_id"),
        license_counts.c.account_id,
        _BOUGHT.c.total,
        license_counts.c.assigned,
        (license_counts.c.revision + _BOUGHT.c.clock_steps).label("revision"),
    )
    .select_from(
        license_counts.join(products, products.c.id == license_counts.c.product_id)
        .join(accounts, accounts.c.id == license_counts.c.account_id)
        .join(_BOUGHT, true())
    )
    .order_by(products.c.name, products.c.id)
)
"""Selects counts as they stand now, by the clock of the database; names `accounts`, to be held against a scope."""

# The unit separator of ASCII, between the parts of a license that is read as a text. No code of a product has one.
_SEPARATOR: Final = "\x1f"
_THEN: Final[ColumnElement[str]] = literal_column("chr(31)", Text)
_AS_TEXT: Final = (
    cast(licenses.c.assigned_at, Text)
    + (_THEN + cast(licenses.c.product_id, Text))
    + (_THEN + products.c.code)
    + (_THEN + products.c.name)
)

_COUNTS: Final = ALL_COUNTS.where(in_scope(accounts))
_COUNTS_BY_ACCOUNT: Final = Statement(_COUNTS.where(any_of(license_counts.c.account_id)))
_COUNT_OF_PRODUCT: Final = Statement(
    _COUNTS.where(
        license_counts.c.account_id == bindparam("account_id", type_=ID),
        license_counts.c.product_id == bindparam("product_id", type_=ID),
    )
)
_COUNTS_BY_ID: Final = Statement(_COUNTS.where(any_of(license_counts.c.id)))

_SUBSCRIPTIONS: Final = (
    select(
        *PRODUCT_COLUMNS,
        license_subscriptions.c.id.label("subscription_id"),
        license_subscriptions.c.account_id,
        license_subscriptions.c.order_number,
        license_subscriptions.c.quantity,
        license_subscriptions.c.starts_at,
        license_subscriptions.c.expires_at,
    )
    .select_from(
        license_subscriptions.join(products, products.c.id == license_subscriptions.c.product_id).join(
            accounts, accounts.c.id == license_subscriptions.c.account_id
        )
    )
    .where(in_scope(accounts))
    .order_by(license_subscriptions.c.starts_at.desc(), license_subscriptions.c.id.desc())
)
_SUBSCRIPTIONS_BY_ACCOUNT: Final = Statement(_SUBSCRIPTIONS.where(any_of(license_subscriptions.c.account_id)))
_SUBSCRIPTIONS_BY_ID: Final = Statement(_SUBSCRIPTIONS.where(any_of(license_subscriptions.c.id)))


# Of counts and subscriptions, behind the product, their own id and that of the account.
_ABOUT: Final = slice(len(PRODUCT_COLUMNS) + 2, None)

_count_from: Final = record_maker(LicenseCount)
_subscription_from: Final = record_maker(LicenseSubscription)


def licenses_of(user_id: ColumnElement[str]) -> ColumnElement[Sequence[str]]:
    """Select the licenses of a user by product name, as `licenses_from` reads them; the row's user has to be in sight.

    One text for each is the quickest for both PostgreSQL and asyncpg.
    """
    held = (
        select(_AS_TEXT)
        .select_from(licenses.join(products, products.c.id == licenses.c.product_id))
        .where(licenses.c.user_id == user_id)
        .order_by(products.c.name, products.c.id)
    )
    return func.array(held.scalar_subquery()).label("licenses")


def licenses_from(texts: Sequence[str]) -> tuple[License, ...]:
    """Read what `licenses_of` selects."""
    return tuple([_license_from(*text.split(_SEPARATOR, 1)) for text in texts])


def _license_from(assigned_at: str, product: str) -> License:
    return License(_product_from(product), datetime.fromisoformat(assigned_at))


@lru_cache(maxsize=1024)
def _product_from(text: str) -> Product:
    product_id, code, name = text.split(_SEPARATOR, 2)
    return Product(product_id.replace("-", ""), code, name)


async def counts_by_account(
    connection: Connection, scope: Scope, ids: Sequence[str]
) -> Mapping[str, list[LicenseCount]]:
    """Give the counts of these accounts by product name, as they stand now."""
    rows = await _COUNTS_BY_ACCOUNT.fetch(connection, ids=ids, **scope_values(scope))
    by_account: dict[str, list[LicenseCount]] = defaultdict(list)
    for count in counts_from(rows):
        by_account[count.account_id].append(count)
    return by_account


async def counts_by_id(connection: Connection, scope: Scope, ids: Sequence[str]) -> Mapping[str, LicenseCount]:
    """Give those of these counts that are in sight, by id."""
    rows = await _COUNTS_BY_ID.fetch(connection, ids=ids, **scope_values(scope))
    return {count.id: count for count in counts_from(rows)}


async def count_of_product(
    connection: Connection, scope: Scope, account_id: str, product_id: str
) -> LicenseCount | None:
    """Give the count of one product on an account; None where none was ever bought, or it is out of sight."""
    rows = await _COUNT_OF_PRODUCT.fetch(
        connection, account_id=account_id, product_id=product_id, **scope_values(scope)
    )
    return next(iter(counts_from(rows)), None)


async def subscriptions_by_account(
    connection: Connection, scope: Scope, ids: Sequence[str]
) -> Mapping[str, list[LicenseSubscription]]:
    """Give what these accounts have bought, newest first."""
    rows = await _SUBSCRIPTIONS_BY_ACCOUNT.fetch(connection, ids=ids, **scope_values(scope))
    by_account: dict[str, list[LicenseSubscription]] = defaultdict(list)
    for subscription in _subscriptions_from(rows):
        by_account[subscription.account_id].append(subscription)
    return by_account


async def subscriptions_by_id(
    connection: Connection, scope: Scope, ids: Sequence[str]
) -> Mapping[str, LicenseSubscription]:
    """Give those of these license subscriptions that are in sight, by id."""
    rows = await _SUBSCRIPTIONS_BY_ID.fetch(connection, ids=ids, **scope_values(scope))
    return {subscription.id: subscription for subscription in _subscriptions_from(rows)}


def counts_from(rows: Sequence[asyncpg.Record]) -> list[LicenseCount]:
    """Read rows of `ALL_COUNTS`."""
    product_of = product_reader()
    return [_count_from((row["count_id"], row["account_id"], product_of(row), *row[_ABOUT])) for row in rows]


def _subscriptions_from(rows: Sequence[asyncpg.Record]) -> list[LicenseSubscription]:
    product_of = product_reader()
    return [
        _subscription_from((row["subscription_id"], row["account_id"], product_of(row), *row[_ABOUT])) for row in rows
    ]
