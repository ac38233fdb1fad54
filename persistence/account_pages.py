"""Pages of the accounts that somebody administers, over keysets (F4, F5)."""

from functools import lru_cache, partial
from typing import Any

from msgspec import Struct
from sqlalchemy import (
    Select,
    Text,
    bindparam,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY

from domain.accounts import AccountEntry, AccountFilter, AccountOrder, AccountOrderField, AccountSelection
from domain.paging import Page, PageRequest
from domain.viewers import Scope
from persistence.accounts import ENTRY_COLUMNS, entry_from
from persistence.database import Connection
from persistence.keysets import Keyset, Reading, Side, page_from, page_of, page_values, reading
from persistence.statements import Statement, in_scope, literally, scope_values
from persistence.tables import account_integrations, accounts

KEYSETS: dict[AccountOrderField, Keyset] = {
    AccountOrderField.NAME: Keyset(accounts.c.name_key, accounts.c.id),
    AccountOrderField.NUMBER: Keyset(accounts.c.number, accounts.c.id),
    AccountOrderField.CREATED_AT: Keyset(accounts.c.created_at, accounts.c.id),
}

_BEGINS_WORDS = accounts.c.search_text.like(func.all(bindparam("patterns", type_=ARRAY(Text))))


class _Shape(Struct, frozen=True):
    """What of a page or a count decides its SQL."""

    has_words: bool
    filter: AccountFilter


class _PageShape(Struct, frozen=True):
    """What of a page decides its SQL: equal for two pages that differ in values only."""

    selection: _Shape
    field: AccountOrderField
    reading: Reading


async def account_page(
    connection: Connection, scope: Scope, selection: AccountSelection, order: AccountOrder, request: PageRequest
) -> Page[AccountEntry]:
    """Give a page of the accounts in sight that the selection names."""
    shape = _PageShape(_shape(selection), order.field, reading(order.direction, request))
    values = {**_values(scope, selection), **page_values(request)}
    return page_from(await _page_statement(shape).fetch(connection, **values), request, entry_from)


async def account_total(connection: Connection, scope: Scope, selection: AccountSelection) -> int:
    """Count the accounts in sight that the selection names."""
    rows = await _total_statement(_shape(selection)).fetch(connection, **_values(scope, selection))
    total: int = rows[0]["total"]
    return total


def _shape(selection: AccountSelection) -> _Shape:
    return _Shape(bool(selection.words), selection.filter)


def _values(scope: Scope, selection: AccountSelection) -> dict[str, Any]:
    return {"patterns": [f"% {literally(word)}%" for word in selection.words], **scope_values(scope)}


@lru_cache(maxsize=256)
def _page_statement(shape: _PageShape) -> Statement:
    return Statement(page_of(shape.reading, partial(_rows, shape)))


@lru_cache(maxsize=256)
def _total_statement(shape: _Shape) -> Statement:
    return Statement(_selected(select(func.count().label("total")).select_from(accounts), shape))


def _rows(shape: _PageShape, side: Side) -> Select[*tuple[Any, ...]]:
    keyset, way = KEYSETS[shape.field], side.way
    rows = _selected(select(*ENTRY_COLUMNS, *side.marks), shape.selection)
    return rows.where(*way.within(keyset)).order_by(*way.sorting(keyset)).limit(side.limit)


def _selected(statement: Select[*tuple[Any, ...]], shape: _Shape) -> Select[*tuple[Any, ...]]:
    statement = statement.where(in_scope(accounts))
    if shape.has_words:
        statement = statement.where(_BEGINS_WORDS)
    if shape.filter.kind is not None:
        statement = statement.where(accounts.c.kind == shape.filter.kind)
    if shape.filter.is_active is not None:
        statement = statement.where(accounts.c.is_active if shape.filter.is_active else ~accounts.c.is_active)
    if shape.filter.integration is not None:
        with_it = select(account_integrations.c.account_id).where(
            account_integrations.c.integration == shape.filter.integration
        )
        statement = statement.where(accounts.c.id.in_(with_it))
    return statement
