"""The record of what was done, newest first."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final, TypedDict

import asyncpg
from sqlalchemy import (
    Select,
    bindparam,
    insert,
    select,
)

from domain.audit import AuditEvent, Subject
from domain.paging import Direction, Page, PageRequest
from domain.viewers import Scope
from persistence.database import Connection
from persistence.keysets import Keyset, Reading, Side, page_from, page_of, page_values, reading
from persistence.statements import Statement, any_of, in_scope, scope_values
from persistence.tables import ID, accounts, audit_events

_COLUMNS: Final = tuple(audit_events.c)
_KEYSET: Final = Keyset(audit_events.c.at, audit_events.c.id)
_EVENTS: Final = select(*_COLUMNS).select_from(audit_events.join(accounts, accounts.c.id == audit_events.c.account_id))
_EVENTS_BY_ID: Final = Statement(_EVENTS.where(any_of(audit_events.c.id), in_scope(accounts)))
_ENTRY: Final = Statement(
    insert(audit_events).values(
        {
            column.name: bindparam(column.name, type_=column.type)
            for column in audit_events.c
            if column.name not in {"id", "at"}
        }
    )
)


async def audit_page(connection: Connection, scope: Scope, account_id: str, request: PageRequest) -> Page[AuditEvent]:
    """Give a page of what was done to an account and its users; empty where the account is out of sight."""
    statement = _page_statement(reading(Direction.DESC, request))
    values = {"account_id": account_id, **scope_values(scope), **page_values(request)}
    return page_from(await statement.fetch(connection, **values), request, _event_from)


async def events_by_id(connection: Connection, scope: Scope, ids: Sequence[str]) -> dict[str, AuditEvent]:
    """Give those of these entries that are in sight, by id."""
    rows = await _EVENTS_BY_ID.fetch(connection, ids=ids, **scope_values(scope))
    return {row["id"]: _event_from(row) for row in rows}


class Authorship(TypedDict):
    """Who does something, in which request; the actor is None for the gateway itself."""

    actor_id: str | None
    actor_name: str
    action: str
    request_id: str


async def write_entry(
    connection: Connection, account_id: str, authorship: Authorship, subject: Subject, changes: object
) -> None:
    """Write down what is being done (O1)."""
    await _ENTRY.execute(
        connection,
        account_id=account_id,
        subject_kind=subject.kind,
        subject_id=subject.id,
        subject_name=subject.name,
        changes=changes,
        **authorship,
    )


def _event_from(row: asyncpg.Record) -> AuditEvent:
    return AuditEvent(*row[: len(_COLUMNS)])


@lru_cache(maxsize=8)
def _page_statement(way: Reading) -> Statement:
    return Statement(page_of(way, _rows))


def _rows(side: Side) -> Select[*tuple[Any, ...]]:
    return (
        _EVENTS.add_columns(*side.marks)
        .where(audit_events.c.account_id == bindparam("account_id", type_=ID), in_scope(accounts))
        .where(*side.way.within(_KEYSET))
        .order_by(*side.way.sorting(_KEYSET))
        .limit(side.limit)
    )
