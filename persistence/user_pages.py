"""Pages of users over keysets: of each of many accounts, or of many accounts as one list (F4, F5, F6)."""

from collections.abc import Callable, Sequence
from enum import Enum, auto
from functools import lru_cache, partial
from typing import Any

import asyncpg
from msgspec import Struct
from sqlalchemy import ColumnElement, Integer, Select, bindparam, literal_column, select, true
from sqlalchemy.sql.expression import FromClause
from sqlalchemy.sql.selectable import LateralFromClause

from domain.licenses import LicensedUser
from domain.paging import MAX_PAGE_SIZE, Page, PageRequest
from domain.user_filters import UserSelection
from domain.users import User, UserOrder, UserOrderField
from domain.viewers import Scope
from persistence.database import Connection
from persistence.keysets import Keyset, Reading, Side, page_from, page_of, page_values, reading
from persistence.licenses import licenses_from, licenses_of
from persistence.records import record_maker
from persistence.statements import Statement, any_of, in_scope, is_in_sight, scope_values, unseen
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
    with_licenses: bool

    @property
    def columns(self) -> list[str]:
        """The columns of its rows, in the order of a User record: what lists are read by, and the fields wanted."""
        keyset = KEYSETS[self.field]
        kept = {keyset.key.key, keyset.id.key, *(["account_id"] if self.span is _Span.EACH_ACCOUNT else [])}
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
    *,
    with_licenses: bool = False,
) -> dict[str, Page[User]]:
    """Give the same page of each of these accounts, by account id; empty where an account is out of sight.

    The users have these fields, what the list is read by, and no others; with None, all. With licenses, each of them
    is a LicensedUser.
    """
    is_one = len(account_ids) == 1
    span = _Span.ONE_ACCOUNT if is_one else _Span.EACH_ACCOUNT
    shape = _shape(selection, order, request, span, fields, with_licenses=with_licenses)
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
    *,
    with_licenses: bool = False,
) -> Page[User]:
    """Give a page of the users of every account in sight, as one list; otherwise as `pages_by_account`."""
    shape = _shape(selection, order, request, _Span.ALL_AS_ONE_LIST, fields, with_licenses=with_licenses)
    statement, read = _prepared(shape)
    rows = await statement.fetch(connection, **_values(scope, selection, request))
    return page_from(rows, request, read)


def _shape(  # noqa: PLR0913 - the same
    selection: UserSelection,
    order: UserOrder,
    request: PageRequest,
    span: _Span,
    fields: frozenset[str] | None,
    *,
    with_licenses: bool,
) -> _Shape:
    way = reading(order.direction, request)
    return _Shape(selection_shape(selection), order.field, way, span, fields, with_licenses)


@lru_cache(maxsize=512)
def _prepared(shape: _Shape) -> tuple[Statement, Callable[[asyncpg.Record], User]]:
    """Build the statement of a page, and what reads its rows."""
    statement = Statement(page_of(shape.reading, partial(_rows, shape)))
    if not shape.with_licenses:
        return statement, record_maker(User, shape.columns)
    return statement, record_maker(LicensedUser, [*shape.columns, "licenses"], licenses=licenses_from)


def _values(scope: Scope, selection: UserSelection, request: PageRequest) -> dict[str, Any]:
    return {
        **scope_values(scope),
        **selection_values(selection),
        **page_values(request),
    }


def _rows(shape: _Shape, side: Side) -> Select[*tuple[Any, ...]]:
    """Read the rows of a page from one side of its position."""
    if shape.span is _Span.ONE_ACCOUNT and not shape.selection.is_partial:
        return _rows_of_one_account(shape, side)
    return _rows_by_account(shape, side)


def _rows_of_one_account(shape: _Shape, side: Side) -> Select[*tuple[Any, ...]]:
    """Read an account in the order of its index, where it is in sight.

    It is planned once. The most that a page can hold stands in the statement: of a bound limit alone PostgreSQL thinks
    that a tenth of the account will be read, and so plans each page anew, which takes longer than reading it.
    """
    keyset, way = KEYSETS[shape.field], side.way
    page = (
        select(*USER_COLUMNS)
        .where(users.c.account_id == _ACCOUNT_ID, is_in_sight(_ACCOUNT_ID), *way.within(keyset))
        .order_by(*way.sorting(keyset))
        .limit(_MOST)
        .subquery("page")
    )
    return select(*_columns(shape, page, side)).order_by(*way.sorting(keyset.of(page))).limit(unseen(side.limit))


def _rows_by_account(shape: _Shape, side: Side) -> Select[*tuple[Any, ...]]:
    """Read each account by itself, in the order of its index, and no account further than the page needs."""
    keyset = KEYSETS[shape.field]
    of_account = _of_account(shape, side)
    rows = (
        select(*_columns(shape, of_account, side))
        .select_from(_SCOPE.join(of_account, true()))
        .where(in_scope(_SCOPE))
        .order_by(*side.way.sorting(keyset.of(of_account)))
    )
    match shape.span:
        case _Span.ONE_ACCOUNT:
            return rows.where(_SCOPE.c.id == _ACCOUNT_ID)
        case _Span.EACH_ACCOUNT:
            return rows.where(any_of(_SCOPE.c.id))
        case _Span.ALL_AS_ONE_LIST:
            return rows.limit(side.limit)


def _columns(shape: _Shape, page: FromClause, side: Side) -> list[ColumnElement[Any]]:
    licenses = [licenses_of(page.c.id)] if shape.with_licenses else []
    return [*[page.c[name] for name in shape.columns], *licenses, *side.marks]


def _of_account(shape: _Shape, side: Side) -> LateralFromClause:
    keyset, way = KEYSETS[shape.field], side.way
    if shape.selection.is_partial:
        found = found_users(_SCOPE.c.id, keyset, way, shape.selection, side.limit)
        return select(*USER_COLUMNS).where(users.c.id == found.c.id).lateral("page")
    return (
        select(*USER_COLUMNS)
        .where(users.c.account_id == _SCOPE.c.id, *way.within(keyset))
        .order_by(*way.sorting(keyset))
        .limit(side.limit)
        .lateral("page")
    )
