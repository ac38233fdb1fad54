"""Deleting users, and giving accounts back.

What belongs to the users goes first, by the set: the foreign keys then find nothing more to do user by user.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Text,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from domain.audit import SubjectKind
from domain.mailings import MailState
from domain.users import InactiveReason, Role, UserStatus
from persistence.audit import Authorship
from persistence.database import Connection
from persistence.statements import BulkStatement
from persistence.tables import (
    ID,
    SUBJECT_KIND,
    audit_events,
    credentials,
    licenses,
    links,
    mails,
    sessions,
    source_records,
    users,
)
from persistence.targets import CHOSEN, chosen_ids
from persistence.temporary import targets
from persistence.users import CHANGED

_GIVE_UP_MAILS: Final = BulkStatement(
    update(mails)
    .where(mails.c.user_id.in_(chosen_ids()), mails.c.state == MailState.PENDING)
    .values(state=MailState.FAILED, finished_at=func.now())
)
_DELETE_BELONGINGS: Final = tuple(
    BulkStatement(delete(table).where(table.c.user_id.in_(chosen_ids())))
    for table in (links, sessions, credentials, licenses)
)
_DELETE_RECORDS: Final = BulkStatement(delete(source_records).where(source_records.c.user_id.in_(chosen_ids())))
_DELETE_USERS: Final = BulkStatement(delete(users).where(users.c.id.in_(chosen_ids())))
_DEACTIVATE_USERS: Final = BulkStatement(
    update(users)
    .where(users.c.id.in_(chosen_ids()))
    .values(
        status=UserStatus.INACTIVE,
        inactive_reason=InactiveReason.ACCOUNT_REMOVED,
        role=Role.USER,
        **CHANGED,
    )
)
_REACTIVATE_USERS: Final = BulkStatement(
    update(users)
    .where(users.c.id.in_(chosen_ids()))
    .values(status=UserStatus.UNREGISTERED, inactive_reason=None, registered_at=None, **CHANGED)
)
_ENTRY_COLUMNS: Final = (
    "account_id",
    "actor_id",
    "actor_name",
    "action",
    "subject_kind",
    "subject_id",
    "subject_name",
    "changes",
    "request_id",
)
_NOTHING: Final[ColumnElement[Any]] = literal_column("'{}'::jsonb")


def _change(field: str, before: ColumnElement[Any], after: str | None) -> ColumnElement[Any]:
    values = func.jsonb_build_object("before", before, "after", literal(after, Text))
    return func.jsonb_build_object(literal(field, Text), values, type_=JSONB)


def _if_changed(field: str, before: ColumnElement[Any], after: str) -> ColumnElement[Any]:
    """Tell of a field, unless it stays what it is."""
    stays = before == literal_column(f"'{after}'")
    return case((stays, _NOTHING), else_=_change(field, before, after))


def _entries(told: ColumnElement[Any], role_after: str | None) -> BulkStatement:
    """Build the insert of an audit entry for each of the chosen targets: what became of it, and of an admin's role."""
    subject_kind: ColumnElement[Any] = literal(SubjectKind.USER, SUBJECT_KIND)
    role = case((users.c.role != literal_column(f"'{Role.USER}'"), _change("role", users.c.role, role_after)))
    rows = (
        select(
            users.c.account_id,
            bindparam("actor_id", type_=ID),
            bindparam("actor_name", type_=Text),
            bindparam("action", type_=Text),
            subject_kind,
            users.c.id,
            users.c.name,
            told.op("||")(func.coalesce(role, _NOTHING)),
            bindparam("request_id", type_=Text),
        )
        .select_from(users.join(targets, targets.c.id == users.c.id))
        .where(CHOSEN)
    )
    return BulkStatement(insert(audit_events).from_select(_ENTRY_COLUMNS, rows))


_ENTRIES_OF_DELETED: Final = _entries(_change("email", users.c.email, None), None)
_ENTRIES_OF_DEACTIVATED: Final = _entries(
    _if_changed("status", users.c.status, UserStatus.INACTIVE).op("||")(
        _if_changed("inactiveReason", users.c.inactive_reason, InactiveReason.ACCOUNT_REMOVED)
    ),
    Role.USER,
)


async def delete_belongings(connection: Connection, keys: Sequence[str]) -> None:
    """Delete licenses, passwords, sessions and links of the chosen targets, and give up their mails (D3, L6)."""
    await _GIVE_UP_MAILS.execute(connection, keys=keys)
    for statement in _DELETE_BELONGINGS:
        await statement.execute(connection, keys=keys)


async def delete_users(connection: Connection, keys: Sequence[str], authorship: Authorship) -> None:
    """Delete the chosen targets, who have nothing left, with an audit entry for each (D3, D5, O2)."""
    await _ENTRIES_OF_DELETED.execute(connection, keys=keys, **authorship)
    await _DELETE_RECORDS.execute(connection, keys=keys)
    await _DELETE_USERS.execute(connection, keys=keys)


async def deactivate_users(connection: Connection, keys: Sequence[str], authorship: Authorship) -> None:
    """Leave the chosen targets listed without an account, as their source lists them still (D3, O2)."""
    await _ENTRIES_OF_DEACTIVATED.execute(connection, keys=keys, **authorship)
    await _DEACTIVATE_USERS.execute(connection, keys=keys)


async def reactivate_users(connection: Connection, keys: Sequence[str]) -> None:
    """Give the chosen targets, who were left without an account, one again (M3)."""
    await _REACTIVATE_USERS.execute(connection, keys=keys)
