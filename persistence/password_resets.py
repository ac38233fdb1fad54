"""Who gets a mail that resets a password, when somebody asks for one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, exists, select

from domain.mailings import MailKind
from domain.users import User, UserStatus
from persistence.database import Connection
from persistence.statements import Statement
from persistence.tables import INSTANT, KEY, accounts, mails, users
from persistence.users import USER_COLUMNS, user_from

_MAILED_LATELY: Final = exists().where(
    mails.c.user_id == users.c.id,
    mails.c.kind == MailKind.PASSWORD_RESET,
    mails.c.created_at > bindparam("since", type_=INSTANT),
)
_RECIPIENTS: Final = Statement(
    select(*USER_COLUMNS)
    .select_from(users.join(accounts, accounts.c.id == users.c.account_id))
    .where(
        users.c.email_key == bindparam("email_key", type_=KEY),
        users.c.status == UserStatus.REGISTERED,
        accounts.c.is_active,
        ~_MAILED_LATELY,
    )
    .order_by(users.c.id)
)


async def reset_recipients(connection: Connection, email_key: str, since: datetime) -> Sequence[User]:
    """Find the registered holders of an address in active accounts to whom no such mail was promised since (M1, M6)."""
    return [user_from(row) for row in await _RECIPIENTS.fetch(connection, email_key=email_key, since=since)]
