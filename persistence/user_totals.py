"""How many users a selection leaves, and how many each further filter would leave (F6).

What asks for nothing but their state, or for all who have a product, adds up what is counted already
(docs/decisions/0016). Everything else counts users.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, TypeAlias

from msgspec import Struct
from sqlalchemy import BigInteger, ColumnElement, CompoundSelect, Select, cast, func, select, true, union_all
from sqlalchemy.sql.expression import FromClause
from sqlalchemy.sql.selectable import LateralFromClause

from domain.user_filters import EVERYBODY, UserProperty, UserSelection
from domain.viewers import Scope
from persistence.database import Connection
from persistence.statements import Statement, any_of, in_scope, scope_values
from persistence.tables import accounts, license_counts, licenses, user_counts, users
from persistence.user_predicates import (
    PRODUCT_ASKED_FOR,
    STATE,
    SelectionShape,
    matches_filter,
    properties_of,
    selection_shape,
    selection_values,
)
from persistence.user_search import known_by_grams, many_match, matches_by_grams, matches_search

Rows: TypeAlias = Select[*tuple[Any, ...]]

_SCOPE = accounts.alias("scope")


class _Shape(Struct, frozen=True):
    """What of a count decides its SQL."""

    selection: SelectionShape
    names_accounts: bool


async def totals_by_account(
    connection: Connection, scope: Scope, account_ids: Sequence[str], selection: UserSelection
) -> dict[str, int]:
    """Count the users of each of these accounts, by account id; accounts without any may be left out."""
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
    selection, count = shape.selection, select(func.count().label("total"))
    known = count.where(known_by_grams(_SCOPE.c.id)).correlate(_SCOPE) if selection.filter == EVERYBODY else None
    if selection.is_of_state:
        counts = _kept(selection).lateral()
    elif selection.is_of_product:
        counts = _assigned().where(license_counts.c.product_id == PRODUCT_ASKED_FOR).lateral()
    else:
        counts = _of_account(count, selection, known).lateral()
    totals = select(_SCOPE.c.id.label("account_id"), _sum(counts).label("total")).group_by(_SCOPE.c.id)
    return Statement(_of_each(counts, shape, totals))


@lru_cache(maxsize=256)
def _property_counts(shape: _Shape) -> Statement:
    """Count the few groups of users that are alike first, then add them up for each property."""
    selection, count = shape.selection, select(*STATE, func.count().label("total")).group_by(*STATE)
    alike = (_kept(selection) if selection.is_of_state else _of_account(count, selection)).lateral()
    counts = [_sum(alike, sql).label(property_.value) for property_, sql in properties_of(alike).items()]
    return Statement(_of_each(alike, shape, select(*counts)))


@lru_cache(maxsize=256)
def _product_counts(shape: _Shape) -> Statement:
    counts = (_holders(shape.selection) if shape.selection.is_partial else _assigned()).lateral()
    totals = select(counts.c.product_id, _sum(counts).label("total")).group_by(counts.c.product_id)
    return Statement(_of_each(counts, shape, totals))


def _kept(selection: SelectionShape) -> Rows:
    """Read the groups of users of an account who are alike, those that the selection names, with how many they are."""
    is_named = matches_filter(selection.filter, _SCOPE.c.id, user_counts)
    return select(user_counts).where(user_counts.c.account_id == _SCOPE.c.id, is_named).correlate(_SCOPE)


def _assigned() -> Rows:
    """Read how many licenses of each product an account uses: a user has one of each at most."""
    assigned = select(license_counts.c.product_id, license_counts.c.assigned.label("total"))
    return assigned.where(license_counts.c.account_id == _SCOPE.c.id, license_counts.c.assigned > 0).correlate(_SCOPE)


def _holders(selection: SelectionShape) -> Rows:
    """Count the users of an account that the selection names by the products that they have a license of."""
    counts = select(licenses.c.product_id, func.count().label("total")).group_by(licenses.c.product_id)
    counts = counts.where(licenses.c.account_id == _SCOPE.c.id).correlate(_SCOPE)
    named = _of_account(select(users.c.id), selection)
    if not selection.has_search:
        return counts.where(licenses.c.user_id == named.subquery().c.id)
    # Materialized, so that they are found by their grams and not looked up from licenses.
    found = named.cte("named").prefix_with("MATERIALIZED")
    return counts.where(licenses.c.user_id == found.c.id).add_cte(found, nest_here=True)


def _of_each(counts: LateralFromClause, shape: _Shape, summed: Rows) -> Rows:
    """Count each account by itself: of those in sight, those that are named."""
    summed = summed.select_from(_SCOPE.join(counts, true())).where(in_scope(_SCOPE))
    return summed.where(any_of(_SCOPE.c.id)) if shape.names_accounts else summed


def _of_account(
    rows: Rows, selection: SelectionShape, known: Rows | None = None
) -> Rows | CompoundSelect[*tuple[Any, ...]]:
    """Keep the users of an account that the selection names, found in the cheaper of two ways where it searches.

    `known` gives what `rows` gives, without looking users up that were found by their grams.
    """
    rows = rows.where(matches_filter(selection.filter, _SCOPE.c.id)).correlate(_SCOPE)
    everybody = users.c.account_id == _SCOPE.c.id
    if not selection.has_search:
        return rows.where(everybody)
    verdict = many_match(_SCOPE.c.id)
    is_many = select(verdict.c.is_many).scalar_subquery()
    through_all = rows.where(is_many, everybody, matches_search())
    by_grams = rows.where(~is_many, matches_by_grams(_SCOPE.c.id)) if known is None else known.where(~is_many)
    return union_all(through_all, by_grams).add_cte(verdict, nest_here=True)


def _sum(counts: FromClause, where: ColumnElement[bool] | None = None) -> ColumnElement[int]:
    """Add up; sums of bigint are numeric in PostgreSQL, and none of nothing."""
    total = func.sum(counts.c.total).filter(true() if where is None else where)
    return cast(func.coalesce(total, 0), BigInteger)
