"""How many users a selection leaves, and how many each further filter would leave (F6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, func, select

from domain.filters import UserProperty, UserSelection
from domain.viewers import Scope
from persistence.database import Connection
from persistence.statements import Statement, any_of, in_scope, scope_values
from persistence.tables import accounts, licenses, users
from persistence.user_predicates import PROPERTIES, SelectionShape, matches_filter, selection_shape, selection_values
from persistence.user_search import MATCHES_SEARCH, has_grams


@dataclass(frozen=True, slots=True)
class _Shape:
    """What of a count decides its SQL."""

    selection: SelectionShape
    names_accounts: bool


async def totals_by_account(
    connection: Connection, scope: Scope, account_ids: Sequence[str], selection: UserSelection
) -> dict[str, int]:
    """Count the users of each of these accounts, by account id; accounts without any are left out."""
    statement = _totals(_Shape(selection_shape(selection), names_accounts=True))
    rows = await statement.fetch(connection, **_values(scope, selection, account_ids))
    return {row["account_id"]: row["total"] for row in rows}


async def total_of_all_accounts(connection: Connection, scope: Scope, selection: UserSelection) -> int:
    """Count the users of every account in sight."""
    statement = _totals(_Shape(selection_shape(selection), names_accounts=False))
    rows = await statement.fetch(connection, **_values(scope, selection, ()))
    return sum(row["total"] for row in rows)


async def property_counts(
    connection: Connection, scope: Scope, account_ids: Sequence[str] | None, selection: UserSelection
) -> dict[UserProperty, int]:
    """Count what each property would leave, in these accounts or, with None, in all that are in sight."""
    statement = _property_counts(_Shape(selection_shape(selection), account_ids is not None))
    rows = await statement.fetch(connection, **_values(scope, selection, account_ids or ()))
    return {property_: rows[0][property_.value] for property_ in UserProperty}


async def product_counts(
    connection: Connection, scope: Scope, account_ids: Sequence[str] | None, selection: UserSelection
) -> dict[str, int]:
    """Count what each product would leave, by product id; products without any are left out."""
    statement = _product_counts(_Shape(selection_shape(selection), account_ids is not None))
    rows = await statement.fetch(connection, **_values(scope, selection, account_ids or ()))
    return {row["product_id"]: row["total"] for row in rows}


def _values(scope: Scope, selection: UserSelection, account_ids: Sequence[str]) -> dict[str, Any]:
    return {"ids": account_ids, **scope_values(scope), **selection_values(selection)}


@lru_cache(maxsize=256)
def _totals(shape: _Shape) -> Statement:
    counted = select(users.c.account_id, func.count().label("total")).group_by(users.c.account_id)
    return Statement(_selected(counted, shape))


@lru_cache(maxsize=256)
def _property_counts(shape: _Shape) -> Statement:
    counts = [func.count().filter(sql).label(property_.value) for property_, sql in PROPERTIES.items()]
    return Statement(_selected(select(*counts), shape))


@lru_cache(maxsize=256)
def _product_counts(shape: _Shape) -> Statement:
    counted = select(licenses.c.product_id, func.count().label("total")).group_by(licenses.c.product_id)
    return Statement(_selected(counted.where(licenses.c.user_id == users.c.id), shape))


def _selected(statement: Select[*tuple[Any, ...]], shape: _Shape) -> Select[*tuple[Any, ...]]:
    """Keep the users that the selection names, of the accounts that it names."""
    statement = statement.where(users.c.account_id == accounts.c.id, in_scope(accounts))
    if shape.names_accounts:
        statement = statement.where(any_of(accounts.c.id))
    if shape.selection.has_search:
        statement = statement.where(has_grams(accounts.c.id), MATCHES_SEARCH)
    return statement.where(matches_filter(shape.selection.filter))
