"""Who a token stands for, looked up when it is used (P5, P6)."""

from typing import Final

from sqlalchemy import bindparam, select

from domain.users import User, UserStatus
from persistence.database import Connection
from persistence.statements import Statement
from persistence.tables import ID, accounts, users
from persistence.users import USER_COLUMNS, user_from

_VIEWER: Final = Statement(
    select(*USER_COLUMNS)
    .select_from(users.join(accounts, accounts.c.id == users.c.account_id))
    .where(users.c.id == bindparam("user_id", type_=ID), users.c.status != UserStatus.INACTIVE, accounts.c.is_active)
)


async def find_viewer(connection: Connection, user_id: str) -> User | None:
    """Give the user, unless gone, inactive, or of a deactivated account."""
    rows = await _VIEWER.fetch(connection, user_id=user_id)
    return user_from(rows[0]) if rows else None
