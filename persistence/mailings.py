"""The sending of mails: promised with the change that asks for it, and followed to its end (U4, M6)."""

from collections.abc import Sequence
from typing import Any, Final

import asyncpg
from sqlalchemy import Integer, Select, bindparam, insert, select

from domain.mailings import Mailing, MailKind
from domain.viewers import Scope
from persistence.database import Connection
from persistence.jobs import enqueue_mailing
from persistence.statements import Statement, any_of, in_scope, scope_values
from persistence.tables import ID, MAIL_KIND, accounts, mailings, mails, users

_COLUMNS: Final = tuple(mailings.c)
_MAILING: Final = Statement(
    insert(mailings)
    .values(
        account_id=bindparam("account_id", type_=ID),
        kind=bindparam("kind", type_=MAIL_KIND),
        total=bindparam("total", type_=Integer),
    )
    .returning(*_COLUMNS)
)
_MAILINGS_BY_ID: Final = Statement(
    select(*_COLUMNS)
    .select_from(mailings.join(accounts, accounts.c.id == mailings.c.account_id))
    .where(any_of(mailings.c.id), in_scope(accounts))
)


def mails_to(chosen: Select[*tuple[Any, ...]]) -> Statement:
    """Give the insert of a mail to each of the users whose id a query gives, in the mailing bound as `mailing_id`."""
    recipients = chosen.subquery("recipients")
    rows = select(bindparam("mailing_id", type_=ID), recipients.c.id, bindparam("kind", type_=MAIL_KIND))
    return Statement(insert(mails).from_select(["mailing_id", "user_id", "kind"], rows))


_MAIL_TO_ONE: Final = mails_to(select(users.c.id).where(users.c.id == bindparam("user_id", type_=ID)))


async def promise_mail(connection: Connection, account_id: str, kind: MailKind, user_id: str) -> Mailing:
    """Promise a mail to one user, in the transaction of the change that asks for it."""
    return await promise_mails(connection, account_id, kind, 1, _MAIL_TO_ONE, user_id=user_id)


async def promise_mails(
    connection: Connection, account_id: str, kind: MailKind, total: int, mails_to_them: Statement, **values: Any
) -> Mailing:
    """Promise a mail to each of `total` users, in the transaction of the change that asks for it.

    `mails_to_them` is a statement of `mails_to`, bound to the values. Raises RuntimeError where it names another number
    of users.
    """
    (row,) = await _MAILING.fetch(connection, account_id=account_id, kind=kind, total=total)
    mailing = _mailing_from(row)
    promised = await mails_to_them.execute(connection, mailing_id=mailing.id, kind=kind, **values)
    if promised != total:
        raise RuntimeError(f"{total} mails were to be promised, and {promised} were")
    await enqueue_mailing(connection, mailing.id)
    return mailing


async def mailings_by_id(connection: Connection, scope: Scope, ids: Sequence[str]) -> dict[str, Mailing]:
    """Give those of these mailings that are in sight, by id."""
    rows = await _MAILINGS_BY_ID.fetch(connection, ids=ids, **scope_values(scope))
    return {row["id"]: _mailing_from(row) for row in rows}


def _mailing_from(row: asyncpg.Record) -> Mailing:
    return Mailing(*row)
