"""The links in mails; of their tokens only the SHA-256 is kept (M5)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import asyncpg
from sqlalchemy import LargeBinary, and_, bindparam, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from domain.mailings import RECIPIENT_STATUS, DueMail, MailKind
from domain.users import User
from persistence.database import Connection
from persistence.statements import Statement, any_of
from persistence.tables import MAIL_KIND, USER_STATUS, accounts, links, users
from persistence.users import USER_COLUMNS, user_from

# Neither used nor over, mailed to the address that its user still has (U9), and of somebody for whom such a mail is
# meant, in an account that is active (M1, M2, P5).
_THAT_WORKS: Final = (
    links.c.token_hash == bindparam("token_hash", type_=LargeBinary),
    links.c.kind == bindparam("mail_kind", type_=MAIL_KIND),
    links.c.used_at.is_(None),
    links.c.expires_at > func.now(),
    users.c.id == links.c.user_id,
    users.c.email == links.c.email,
    users.c.status == bindparam("user_status", type_=USER_STATUS),
    accounts.c.id == users.c.account_id,
    accounts.c.is_active,
)
_FIND: Final = Statement(select(*USER_COLUMNS).where(*_THAT_WORKS))
_USE: Final = Statement(update(links).where(*_THAT_WORKS).values(used_at=func.now()))
_VOID: Final = Statement(delete(links).where(any_of(links.c.user_id)))


def _issue() -> Statement:
    """Build the statement that puts a link in the place of the one before, where it may take it.

    Ids of mails sort by time: an older mail's link never comes after a newer one's, and a used one never comes back.
    """
    offered = {
        column.name: bindparam(column.name, type_=column.type) for column in links.c if column is not links.c.used_at
    }
    put = insert(links).values(offered)
    is_newer = links.c.mail_id < put.excluded.mail_id
    is_again = and_(links.c.mail_id == put.excluded.mail_id, links.c.used_at.is_(None))
    return Statement(
        put.on_conflict_do_update(
            index_elements=[links.c.user_id, links.c.kind],
            set_={
                "mail_id": put.excluded.mail_id,
                "email": put.excluded.email,
                "token_hash": put.excluded.token_hash,
                "expires_at": put.excluded.expires_at,
                "used_at": None,
            },
            where=or_(is_newer, is_again),
        )
    )


_ISSUE: Final = _issue()


async def issue_link(
    connection: Connection, mail: DueMail, email: str, token_hash: bytes, expires_at: datetime
) -> bool:
    """Put the link of a mail to an address in force, instead of the one before of its kind (M1, M2).

    Tell whether it is: not where a newer mail has its link out, this one was used, or the user is gone. Nobody has to
    wait for it: where the user has another address by now, it is a link that does not work (U9).
    """
    try:
        return bool(
            await _ISSUE.execute(
                connection,
                user_id=mail.user_id,
                kind=mail.kind,
                mail_id=mail.id,
                email=email,
                token_hash=token_hash,
                expires_at=expires_at,
            )
        )
    except asyncpg.ForeignKeyViolationError:
        return False


async def find_link(connection: Connection, kind: MailKind, token_hash: bytes) -> User | None:
    """Give the user whom a link that works was mailed to; None for every other."""
    rows = await _FIND.fetch(connection, mail_kind=kind, user_status=RECIPIENT_STATUS[kind], token_hash=token_hash)
    return user_from(rows[0]) if rows else None


async def use_link(connection: Connection, kind: MailKind, token_hash: bytes) -> bool:
    """Use a link up, and tell whether it worked. The turn of its user's account is taken."""
    used = await _USE.execute(connection, mail_kind=kind, user_status=RECIPIENT_STATUS[kind], token_hash=token_hash)
    return used > 0


async def void_links(connection: Connection, user_ids: Sequence[str]) -> None:
    """Void every link that was mailed to these users (U9)."""
    await _VOID.execute(connection, ids=user_ids)
