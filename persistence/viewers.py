"""Who a token stands for, looked up when it is used (P5, P6)."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from sqlalchemy import bindparam, exists, func, or_, select

from domain.users import Role, User, UserStatus
from persistence.database import Connection
from persistence.statements import Statement, any_of
from persistence.tables import ID, accounts, sessions, users
from persistence.users import USER_COLUMNS, WITH_ACCOUNTS, user_from

_HAS_RIGHTS: Final = (users.c.status != UserStatus.INACTIVE, accounts.c.is_active)
_SESSION_ID: Final = bindparam("session_id", type_=ID)
_IN_SESSION: Final = exists().where(
    sessions.c.id == _SESSION_ID, sessions.c.user_id == users.c.id, sessions.c.expires_at > func.now()
)
_VIEWER: Final = Statement(
    select(*USER_COLUMNS)
    .select_from(WITH_ACCOUNTS)
    .where(users.c.id == bindparam("user_id", type_=ID), *_HAS_RIGHTS, or_(_SESSION_ID.is_(None), _IN_SESSION))
)
_RIGHTS: Final = Statement(
    select(users.c.id, users.c.role, users.c.account_id)
    .select_from(WITH_ACCOUNTS)
    .where(any_of(users.c.id), *_HAS_RIGHTS)
)


class Rights(NamedTuple):
    """What of a user decides what may be seen and done (P1, P2, P3)."""

    role: Role
    account_id: str


async def find_viewer(connection: Connection, user_id: str, session_id: str | None) -> User | None:
    """Give the user, unless gone, inactive, or of a deactivated account; or signed out, where there is a session."""
    rows = await _VIEWER.fetch(connection, user_id=user_id, session_id=session_id)
    return user_from(rows[0]) if rows else None


async def rights_of(connection: Connection, user_ids: Sequence[str]) -> Mapping[str, Rights]:
    """Give what these users may do, without those who are gone, inactive, or of a deactivated account."""
    rows = await _RIGHTS.fetch(connection, ids=user_ids)
    return {row["id"]: Rights(row["role"], row["account_id"]) for row in rows}
