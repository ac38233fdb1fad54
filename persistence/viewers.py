"""Who a token stands for, looked up when it is used (P5, P6)."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from sqlalchemy import bindparam, select

from domain.users import Role, User, UserStatus
from persistence.database import Connection
from persistence.statements import Statement, any_of
from persistence.tables import ID, accounts, users
from persistence.users import USER_COLUMNS, user_from

_CAN_SIGN_IN: Final = (users.c.status != UserStatus.INACTIVE, accounts.c.is_active)
_OF_ACCOUNTS: Final = users.join(accounts, accounts.c.id == users.c.account_id)
_VIEWER: Final = Statement(
    select(*USER_COLUMNS).select_from(_OF_ACCOUNTS).where(users.c.id == bindparam("user_id", type_=ID), *_CAN_SIGN_IN)
)
_RIGHTS: Final = Statement(
    select(users.c.id, users.c.role, users.c.account_id)
    .select_from(_OF_ACCOUNTS)
    .where(any_of(users.c.id), *_CAN_SIGN_IN)
)


class Rights(NamedTuple):
    """What of a user decides what may be seen and done (P1 to P3)."""

    role: Role
    account_id: str


async def find_viewer(connection: Connection, user_id: str) -> User | None:
    """Give the user, unless gone, inactive, or of a deactivated account."""
    rows = await _VIEWER.fetch(connection, user_id=user_id)
    return user_from(rows[0]) if rows else None


async def rights_of(connection: Connection, user_ids: Sequence[str]) -> Mapping[str, Rights]:
    """Give what these users may do, without those who are gone, inactive, or of a deactivated account."""
    rows = await _RIGHTS.fetch(connection, ids=user_ids)
    return {row["id"]: Rights(row["role"], row["account_id"]) for row in rows}
