"""Who gets a mail that resets a password, when somebody asks for one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, select

from domain.mailings import MailKind
from domain.users import User
from persistence.database import Connection
from persistence.statements import Statement
from persistence.tables import INSTANT, KEY, users
from persistence.targets import mailed_just_now
from persistence.users import MAY_SIGN_IN, USER_COLUMNS, WITH_ACCOUNTS, user_from

_RECIPIENTS: Final = Statement(
    select(*USER_COLUMNS)
    .select_from(WITH_ACCOUNTS)
    .where(
        users.c.email_key == bindparam("email_key", type_=KEY),
        MAY_SIGN_IN,
        ~mailed_just_now(MailKind.PASSWORD_RESET, bindparam("asked_at", type_=INSTANT)),
    )
    .order_by(users.c.id)
)


async def reset_recipients(connection: Connection, email_key: str, asked_at: datetime) -> Sequence[User]:
    """Find the registered holders of an address in active accounts for whom a mail was asked at that time (M1).

    Without those who were promised one in the minute before that, or since (M6).
    """
    return [user_from(row) for row in await _RECIPIENTS.fetch(connection, email_key=email_key, asked_at=asked_at)]
