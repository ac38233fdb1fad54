"""Licenses of users, and what accounts have bought and use."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import asyncpg
from sqlalchemy import ColumnElement, Select, bindparam, func, or_, select

from domain.licenses import License, LicenseCount, LicenseSubscription
from domain.products import Product
from domain.viewers import Scope
from persistence.database import Connection
from persistence.products import PRODUCT_COLUMNS, product_from
from persistence.records import record_maker
from persistence.statements import Statement, any_of, in_scope, scope_values
from persistence.tables import ID, INSTANT, accounts, license_counts, license_subscriptions, licenses, products


def _total_at(now: ColumnElement[datetime]) -> ColumnElement[int]:
    """Give the sum of the license subscriptions in force (L1)."""
    return (
        select(func.coalesce(func.sum(license_subscriptions.c.quantity), 0))
        .where(
            license_subscriptions.c.account_id == license_counts.c.account_id,
            license_subscriptions.c.product_id == license_counts.c.product_id,
            license_subscriptions.c.starts_at <= now,
            or_(license_subscriptions.c.expires_at.is_(None), license_subscriptions.c.expires_at > now),
        )
        .scalar_subquery()
    )


def counts_at(now: ColumnElement[datetime]) -> Select[*tuple[Any, ...]]:
    """Give the select of counts as they stand at a moment, which names `accounts` to be held against a scope."""
    return (
        select(
            *PRODUCT_COLUMNS,
            license_counts.c.id.label("count_id"),
            license_counts.c.account_id,
            _total_at(now).label("total"),
            license_counts.c.assigned,
            license_counts.c.revision,
        )
        .select_from(
            license_counts.join(products, products.c.id == license_counts.c.product_id).join(
                accounts, accounts.c.id == license_counts.c.account_id
            )
        )
        .order_by(products.c.name, products.c.id)
    )


_LICENSES_BY_USER: Final = Statement(
    select(*PRODUCT_COLUMNS, licenses.c.user_id, licenses.c.assigned_at)
    .select_from(
        licenses.join(products, products.c.id == licenses.c.product_id).join(
            accounts, accounts.c.id == licenses.c.account_id
        )
    )
    .where(any_of(licenses.c.user_id), in_scope(accounts))
    .order_by(products.c.name, products.c.id)
)

_COUNTS_NOW: Final = counts_at(func.statement_timestamp()).where(in_scope(accounts))
_COUNTS_BY_ACCOUNT: Final = Statement(_COUNTS_NOW.where(any_of(license_counts.c.account_id)))
_COUNT_OF_PRODUCT: Final = Statement(
    counts_at(bindparam("now", type_=INSTANT)).where(
        in_scope(accounts),
        license_counts.c.account_id == bindparam("account_id", type_=ID),
        license_counts.c.product_id == bindparam("product_id", type_=ID),
    )
)
_COUNTS_BY_ID: Final = Statement(_COUNTS_NOW.where(any_of(license_counts.c.id)))

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


_license_from: Final = record_maker(License)


async def licenses_by_user(connection: Connection, scope: Scope, ids: Sequence[str]) -> Mapping[str, list[License]]:
    """Give the licenses of these users by product name; the products, being few, are shared."""
    rows = await _LICENSES_BY_USER.fetch(connection, ids=ids, **scope_values(scope))
    known: dict[str, Product] = {}
    by_user: dict[str, list[License]] = defaultdict(list)
    for row in rows:
        product_id, _code, _name, user_id, assigned_at = row
        product = known.get(product_id) or known.setdefault(product_id, product_from(row))
        by_user[user_id].append(_license_from((product, assigned_at)))
    return by_user


async def counts_by_account(
    connection: Connection, scope: Scope, ids: Sequence[str]
) -> Mapping[str, list[LicenseCount]]:
    """Give the counts of these accounts by product name, as they stand now."""
    rows = await _COUNTS_BY_ACCOUNT.fetch(connection, ids=ids, **scope_values(scope))
    by_account: dict[str, list[LicenseCount]] = defaultdict(list)
    for row in rows:
        by_account[row["account_id"]].append(count_from(row))
    return by_account


async def counts_by_id(connection: Connection, scope: Scope, ids: Sequence[str]) -> Mapping[str, LicenseCount]:
    """Give those of these counts that are in sight, by id."""
    rows = await _COUNTS_BY_ID.fetch(connection, ids=ids, **scope_values(scope))
    return {row["count_id"]: count_from(row) for row in rows}


async def count_of_product(
    connection: Connection, scope: Scope, account_id: str, product_id: str, now: datetime
) -> LicenseCount | None:
    """Give the count of one product on an account; None where none was ever bought, or it is out of sight."""
    rows = await _COUNT_OF_PRODUCT.fetch(
        connection, account_id=account_id, product_id=product_id, now=now, **scope_values(scope)
    )
    return count_from(rows[0]) if rows else None


async def subscriptions_by_account(
    connection: Connection, scope: Scope, ids: Sequence[str]
) -> Mapping[str, list[LicenseSubscription]]:
    """Give what these accounts have bought, newest first."""
    rows = await _SUBSCRIPTIONS_BY_ACCOUNT.fetch(connection, ids=ids, **scope_values(scope))
    by_account: dict[str, list[LicenseSubscription]] = defaultdict(list)
    for row in rows:
        by_account[row["account_id"]].append(_subscription_from(row))
    return by_account


async def subscriptions_by_id(
    connection: Connection, scope: Scope, ids: Sequence[str]
) -> Mapping[str, LicenseSubscription]:
    """Give those of these license subscriptions that are in sight, by id."""
    rows = await _SUBSCRIPTIONS_BY_ID.fetch(connection, ids=ids, **scope_values(scope))
    return {row["subscription_id"]: _subscription_from(row) for row in rows}


def count_from(row: asyncpg.Record) -> LicenseCount:
    """Read a row of `counts_at`."""
    count_id, account_id, *numbers = _after_product(row)
    return LicenseCount(count_id, account_id, product_from(row), *numbers)


def _subscription_from(row: asyncpg.Record) -> LicenseSubscription:
    subscription_id, account_id, *rest = _after_product(row)
    return LicenseSubscription(subscription_id, account_id, product_from(row), *rest)


def _after_product(row: asyncpg.Record) -> tuple[Any, ...]:
    return row[len(PRODUCT_COLUMNS) :]
