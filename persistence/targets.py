"""The users that a bulk action is for, gathered once, so that every statement of the action means the same people.

They stand in a table of the connection's own, which is empty again at the end of each transaction.
"""

from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

import asyncpg
from msgspec import Struct
from sqlalchemy import (
    Boolean,
    ColumnElement,
    Insert,
    Integer,
    Select,
    String,
    Text,
    and_,
    bindparam,
    exists,
    false,
    func,
    insert,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from domain.deletions import STAY_LISTED
from domain.mailings import MailKind, MailState
from domain.targets import MAX_IDS, MAX_SKIPPED_IDS, Target, UserGroup
from domain.users import InactiveReason, Role, UserStatus
from persistence.database import Connection
from persistence.statements import BulkStatement, any_of
from persistence.tables import ID, licenses, links, mails, users
from persistence.temporary import targets
from persistence.user_predicates import SelectionShape, matches_filter, selection_shape, selection_values
from persistence.user_search import matches_by_grams

ANALYZED_FROM: Final = 1_000
"""Users of a target from which on the planner is told how many there are."""


class Unchanged(StrEnum):
    """Who is already as an action would make them."""

    HAS_LICENSE = "HAS_LICENSE"
    HAS_NO_LICENSE = "HAS_NO_LICENSE"
    WELCOMED_JUST_NOW = "WELCOMED_JUST_NOW"
    RESET_JUST_NOW = "RESET_JUST_NOW"
    HAS_NO_ACCOUNT = "HAS_NO_ACCOUNT"


_NOW: Final[ColumnElement[Any]] = literal_column("now()")
_A_MINUTE: Final[ColumnElement[Any]] = literal_column("interval '1 minute'")
_HAS_LICENSE: Final = exists().where(
    licenses.c.user_id == users.c.id, licenses.c.product_id == bindparam("product_id", type_=ID)
)


def mailed_just_now(kind: MailKind, now: ColumnElement[Any] = _NOW) -> ColumnElement[bool]:
    """Tell whether such a mail was promised or sent within the last minute, so that no second one is sent (M6).

    What is done late is held against the minute before it was asked for, and whatever came since. One that was sent to
    an address that was wrong counts no more: its link was voided when that was corrected (U9).
    """
    of_user = links.c.user_id == users.c.id, links.c.kind == kind, links.c.email == users.c.email
    link_stands = exists().where(*of_user).correlate(users)
    return exists().where(
        mails.c.user_id == users.c.id,
        mails.c.kind == kind,
        or_(
            and_(mails.c.state == MailState.PENDING, mails.c.created_at > now - _A_MINUTE),
            and_(mails.c.state == MailState.SENT, mails.c.finished_at > now - _A_MINUTE, link_stands),
        ),
    )


_UNCHANGED: Final[dict[Unchanged, ColumnElement[bool]]] = {
    Unchanged.HAS_LICENSE: _HAS_LICENSE,
    Unchanged.HAS_NO_LICENSE: ~_HAS_LICENSE,
    # One whose account was removed gets it back with the mail, whenever the last one was (M3).
    Unchanged.WELCOMED_JUST_NOW: and_(mailed_just_now(MailKind.WELCOME), users.c.status == UserStatus.UNREGISTERED),
    Unchanged.RESET_JUST_NOW: mailed_just_now(MailKind.PASSWORD_RESET),
    Unchanged.HAS_NO_ACCOUNT: and_(
        or_(*[users.c.source == source for source in STAY_LISTED]),
        func.coalesce(users.c.inactive_reason == InactiveReason.ACCOUNT_REMOVED, false()),
        users.c.role == Role.USER,  # and not made an admin since (D3)
    ),
}

_ALIKE: Final = ("role", "status", "inactive_reason", "source", "is_viewer", "is_unchanged")
_ACCOUNT_ID: ColumnElement[str] = bindparam("account_id", type_=ID)
_FIRST: ColumnElement[int] = literal_column("1", Integer)
_LAST: ColumnElement[int] = literal_column(str(MAX_SKIPPED_IDS), Integer)
_KEYS: Final = bindparam("keys", type_=ARRAY(Text))

CHOSEN: Final[ColumnElement[bool]] = targets.c.key == func.any(_KEYS)
"""Keeps the targets of the groups whose keys are bound as `keys`."""

_GATHERED: Final = BulkStatement(select(targets.c.id))
_FIRST_CHOSEN: Final = BulkStatement(
    select(targets.c.id).where(CHOSEN).order_by(targets.c.id).limit(literal_column(str(MAX_IDS)))
)


def chosen_ids() -> Select[*tuple[Any, ...]]:
    """Select the ids of the targets of the groups whose keys are bound as `keys`."""
    return select(targets.c.id).where(CHOSEN)


class _Shape(Struct, frozen=True):
    """What of a target decides the SQL that gathers it."""

    selection: SelectionShape | None
    unchanged: Unchanged


async def gather_targets(  # noqa: PLR0913 - what a target is
    connection: Connection,
    account_id: str,
    target: Target,
    *,
    viewer_id: str,
    unchanged: Unchanged,
    product_id: str | None = None,
) -> Sequence[UserGroup]:
    """Gather the users of an account whose turn is taken, and give the groups in which they are alike."""
    shape = _Shape(None if target.ids is not None else selection_shape(target.selection), unchanged)
    values = {"ids": target.distinct_ids} if target.ids is not None else selection_values(target.selection)
    rows = await _gathering(shape).fetch(
        connection, account_id=account_id, viewer_id=viewer_id, product_id=product_id, **values
    )
    groups = [_group_from(row) for row in rows]
    if sum(group.count for group in groups) >= ANALYZED_FROM:
        await connection.execute("ANALYZE targets")
    return groups


async def missing_place(connection: Connection, ids: Sequence[str]) -> int:
    """Tell the place of the first of these ids that is none of the targets; there has to be one."""
    found = {row["id"] for row in await _GATHERED.fetch(connection)}
    return next(place for place, user_id in enumerate(ids) if user_id not in found)


async def first_chosen(connection: Connection, keys: Sequence[str]) -> list[str]:
    """Give the first ids of those in the groups with these keys, as many as an action takes."""
    return [row["id"] for row in await _FIRST_CHOSEN.fetch(connection, keys=keys)]


@lru_cache(maxsize=256)
def _gathering(shape: _Shape) -> BulkStatement:
    is_viewer: ColumnElement[bool] = users.c.id == bindparam("viewer_id", type_=ID)
    alike = (
        users.c.role,
        users.c.status,
        users.c.inactive_reason,
        users.c.source,
        is_viewer.label("is_viewer"),
        _UNCHANGED[shape.unchanged].label("is_unchanged"),
    )
    of_account = users.c.account_id == _ACCOUNT_ID
    # Without an OFFSET PostgreSQL would make one select of both, and look twice for what is unchanged.
    kept_apart: ColumnElement[int] = literal_column("0")
    found = select(users.c.id, *alike).where(of_account, *_named(shape.selection)).offset(kept_apart).subquery("found")
    key = func.concat_ws("/", *[found.c[column.name].cast(String) for column in alike])
    return BulkStatement(_groups_of(insert(targets).from_select([*found.c.keys(), "key"], select(found, key))))


def _groups_of(gathering: Insert) -> Select[*tuple[Any, ...]]:
    """Select the groups of what is gathered, each with the ids of the first in it."""
    gathered = gathering.returning(*[targets.c[name] for name in ("id", "key", *_ALIKE)]).cte("gathered")
    first_ids: ColumnElement[Any] = func.array_agg(aggregate_order_by(gathered.c.id, gathered.c.id))
    return (
        select(
            gathered.c.key,
            *[_common(gathered.c[name]).label(name) for name in _ALIKE],
            func.count().label("count"),
            first_ids[_FIRST:_LAST].label("first_ids"),
        )
        .group_by(gathered.c.key)
        .order_by(gathered.c.key)
    )


def _common(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Give what all of a group have in a column, as the least of it, since the key says it."""
    return func.bool_and(column) if isinstance(column.type, Boolean) else func.min(column)


def _named(selection: SelectionShape | None) -> list[ColumnElement[bool]]:
    """Keep those whom the target names."""
    if selection is None:
        return [any_of(users.c.id)]
    matching = [matches_filter(selection.filter, _ACCOUNT_ID)]
    if selection.has_search:
        matching.append(matches_by_grams(_ACCOUNT_ID))
    return matching


def _group_from(row: asyncpg.Record) -> UserGroup:
    fields: list[Any] = [*row]
    fields[-1] = tuple(fields[-1])
    return UserGroup(*fields)
