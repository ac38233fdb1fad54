"""Pages of users over keysets: of each of many accounts, or of many accounts as one list (F4 to F6)."""

from collections.abc import Callable, Sequence
from enum import Enum, auto
from functools import lru_cache
from typing import Any

import asyncpg
from msgspec import Struct
from sqlalchemy import ColumnElement, Integer, Select, bindparam, false, literal_column, select, true, union_all
from sqlalchemy.sql.expression import FromClause
from sqlalchemy.sql.selectable import LateralFromClause

from domain.filters import UserSelection
from domain.paging import MAX_PAGE_SIZE, Page, PageRequest
from domain.users import User, UserOrder, UserOrderField
from domain.viewers import Scope
from persistence.database import Connection
from persistence.keysets import Keyset, Reading, page_from, position_values, reading
from persistence.records import record_maker
from persistence.statements import Statement, any_of, in_scope, is_in_sight, scope_values
from persistence.tables import ID, accounts, users
from persistence.user_predicates import SelectionShape, selection_shape, selection_values
from persistence.user_windows import found_users
from persistence.users import USER_COLUMNS

KEYSETS: dict[UserOrderField, Keyset] = {
    UserOrderField.NAME: Keyset(users.c.name_key, users.c.id),
    UserOrderField.EMAIL: Keyset(users.c.email_key, users.c.id),
    UserOrderField.CREATED_AT: Keyset(users.c.created_at, users.c.id),
    UserOrderField.UPDATED_AT: Keyset(users.c.updated_at, users.c.id),
}

_SCOPE = accounts.alias("scope")
_ROWS: ColumnElement[int] = bindparam("rows", type_=Integer)
_ONE: ColumnElement[int] = literal_column("1", Integer)
_MOST: ColumnElement[int] = literal_column(str(MAX_PAGE_SIZE + 1), Integer)
_ACCOUNT_ID: ColumnElement[str] = bindparam("account_id", type_=ID)


class _Span(Enum):
    """Whose users a statement reads."""

    ONE_ACCOUNT = auto()
    EACH_ACCOUNT = auto()
    ALL_AS_ONE_LIST = auto()


class _Shape(Struct, frozen=True):
    """What of a page decides its SQL: equal for two pages that differ in values only."""

    selection: SelectionShape
    field: UserOrderField
    reading: Reading
    span: _Span
    fields: frozenset[str] | None

    @property
    def columns(self) -> list[str]:
        """The columns of its rows, in the order of a User record: what lists are read by, and the fields wanted."""
        keyset = KEYSETS[self.field]
        kept = {"account_id", keyset.key.key, keyset.id.key}
        return [
            column.name
            for column in USER_COLUMNS
            if self.fields is None or column.name in self.fields or column.name in kept
        ]


async def pages_by_account(  # noqa: PLR0913, PLR0917 - what a page is
    connection: Connection,
    scope: Scope,
    account_ids: Sequence[str],
    selection: UserSelection,
    order: UserOrder,
    request: PageRequest,
    fields: frozenset[str] | None = None,
) -> dict[str, Page[User]]:
    """Give the same page of each of these accounts, by account id; empty where an account is out of sight.

    The users have these fields, what the list is read by, and no others; with None, all.
    """
    is_one = len(account_ids) == 1
    shape = _shape(selection, order, request, _Span.ONE_ACCOUNT if is_one else _Span.EACH_ACCOUNT, fields)
    statement, read = _prepared(shape)
    accounts_named = {"account_id": account_ids[0]} if is_one else {"ids": account_ids}
    rows = await statement.fetch(connection, **accounts_named, **_values(scope, selection, request))
    if is_one:
        return {account_ids[0]: page_from(rows, request, read)}
    by_account: dict[str, list[asyncpg.Record]] = {account_id: [] for account_id in account_ids}
    for row in rows:
        by_account[row["account_id"]].append(row)
    return {account_id: page_from(found, request, read) for account_id, found in by_account.items()}


async def page_of_all_accounts(  # noqa: PLR0913, PLR0917 - what a page is
    connection: Connection,
    scope: Scope,
    selection: UserSelection,
    order: UserOrder,
    request: PageRequest,
    fields: frozenset[str] | None = None,
) -> Page[User]:
    """Give a page of the users of every account in sight, as one list, with these fields or, with None, all."""
    shape = _shape(selection, order, request, _Span.ALL_AS_ONE_LIST, fields)
    statement, read = _prepared(shape)
    rows = await statement.fetch(connection, **_values(scope, selection, request))
    return page_from(rows, request, read)


def _shape(
    selection: UserSelection, order: UserOrder, request: PageRequest, span: _Span, fields: frozenset[str] | None
) -> _Shape:
    return _Shape(selection_shape(selection), order.field, reading(order.direction, request), span, fields)


@lru_cache(maxsize=512)
def _prepared(shape: _Shape) -> tuple[Statement, Callable[[asyncpg.Record], User]]:
    """Build the statement of a page, and what reads its rows."""
    return _statement(shape), record_maker(User, shape.columns)


def _values(scope: Scope, selection: UserSelection, request: PageRequest) -> dict[str, Any]:
    return {
        "rows": request.size + 1,
        **scope_values(scope),
        **selection_values(selection),
        **position_values(request),
    }


def _statement(shape: _Shape) -> Statement:
    """Build the statement of a page: its rows and, where it has a position, one row from the other side of it."""
    ahead = _rows(shape, shape.reading, _ROWS, is_behind=False)
    if not shape.reading.has_position:
        return Statement(ahead)
    behind = _rows(shape, shape.reading.opposite(), _ONE, is_behind=True)
    return Statement(union_all(ahead, behind))


def _rows(shape: _Shape, way: Reading, limit: ColumnElement[int], *, is_behind: bool) -> Select[*tuple[Any, ...]]:
    """Read the rows of a page from one side of its position."""
    if shape.span is _Span.ONE_ACCOUNT and not shape.selection.is_partial:
        return _rows_of_one_account(shape, way, limit, is_behind=is_behind)
    return _rows_by_account(shape, way, limit, is_behind=is_behind)


def _rows_of_one_account(
    shape: _Shape, way: Reading, limit: ColumnElement[int], *, is_behind: bool
) -> Select[*tuple[Any, ...]]:
    """Read an account in the order of its index, where it is in sight.

    The most that a page can hold stands in the statement: of a bound limit PostgreSQL thinks that a tenth of the
    account will be read, and so plans each page anew, which takes longer than reading it.
    """
    keyset = KEYSETS[shape.field]
    page = (
        select(*USER_COLUMNS)
        .where(users.c.account_id == _ACCOUNT_ID, is_in_sight(_ACCOUNT_ID), *way.within(keyset))
        .order_by(*way.sorting(keyset))
        .limit(_MOST)
        .subquery("page")
    )
    return select(*_columns(shape, page, is_behind=is_behind)).order_by(*way.sorting(keyset.of(page))).limit(limit)


def _rows_by_account(
    shape: _Shape, way: Reading, limit: ColumnElement[int], *, is_behind: bool
) -> Select[*tuple[Any, ...]]:
    """Read each account by itself, in the order of its index, and no account further than the page needs."""
    keyset = KEYSETS[shape.field]
    of_account = _of_account(shape, way, limit)
    rows = (
        select(*_columns(shape, of_account, is_behind=is_behind))
        .select_from(_SCOPE.join(of_account, true()))
        .where(in_scope(_SCOPE))
        .order_by(*way.sorting(keyset.of(of_account)))
    )
    match shape.span:
        case _Span.ONE_ACCOUNT:
            return rows.where(_SCOPE.c.id == _ACCOUNT_ID)
        case _Span.EACH_ACCOUNT:
            return rows.where(any_of(_SCOPE.c.id))
        case _Span.ALL_AS_ONE_LIST:
            return rows.limit(limit)


def _columns(shape: _Shape, page: FromClause, *, is_behind: bool) -> list[ColumnElement[Any]]:
    columns: list[ColumnElement[Any]] = [page.c[name] for name in shape.columns]
    return [*columns, (true() if is_behind else false()).label("is_behind")]


def _of_account(shape: _Shape, way: Reading, limit: ColumnElement[int]) -> LateralFromClause:
    keyset = KEYSETS[shape.field]
    if shape.selection.is_partial:
        found = found_users(_SCOPE.c.id, keyset, way, shape.selection, limit)
        return select(*USER_COLUMNS).where(users.c.id == found.c.id).lateral("page")
    return (
        select(*USER_COLUMNS)
        .where(users.c.account_id == _SCOPE.c.id, *way.within(keyset))
        .order_by(*way.sorting(keyset))
        .limit(limit)
        .lateral("page")
    )
