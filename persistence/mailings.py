"""The sending of mails: promised with the change that asks for it, and followed to its end (U4, M6)."""

from collections.abc import Sequence
from typing import Any, Final

import asyncpg
from sqlalchemy import Insert, Integer, Select, bindparam, insert, select

from domain.mailings import Mailing, MailKind
from domain.viewers import Scope
from persistence.database import Connection
from persistence.jobs import enqueue_mailing
from persistence.statements import BulkStatement, Statement, any_of, in_scope, scope_values
from persistence.tables import ID, MAIL_KIND, accounts, mailings, mails, users
from persistence.targets import chosen_ids

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


def _mails_to(chosen: Select[*tuple[Any, ...]]) -> Insert:
    """Give the insert of a mail to each of the users whose id a query gives, in the mailing bound as `mailing_id`."""
    recipients = chosen.subquery("recipients")
    rows = select(bindparam("mailing_id", type_=ID), recipients.c.id, bindparam("kind", type_=MAIL_KIND))
    return insert(mails).from_select(["mailing_id", "user_id", "kind"], rows)


_MAIL_TO_ONE: Final = Statement(_mails_to(select(users.c.id).where(users.c.id == bindparam("user_id", type_=ID))))
_MAILS_TO_CHOSEN: Final = BulkStatement(_mails_to(chosen_ids()))


async def promise_mail(connection: Connection, account_id: str, kind: MailKind, user_id: str) -> Mailing:
    """Promise a mail to one user, in the transaction of the change that asks for it."""
    mailing = await _open(connection, account_id, kind, 1)
    await _MAIL_TO_ONE.execute(connection, mailing_id=mailing.id, kind=kind, user_id=user_id)
    return mailing


async def promise_mails(
    connection: Connection, account_id: str, kind: MailKind, keys: Sequence[str], total: int
) -> Mailing:
    """Promise a mail to each of the targets in the groups with these keys, who are `total`."""
    mailing = await _open(connection, account_id, kind, total)
    await _MAILS_TO_CHOSEN.execute(connection, mailing_id=mailing.id, kind=kind, keys=keys)
    return mailing


async def _open(connection: Connection, account_id: str, kind: MailKind, total: int) -> Mailing:
    """Begin a mailing, and have it sent once the transaction is committed."""
    (row,) = await _MAILING.fetch(connection, account_id=account_id, kind=kind, total=total)
    mailing = mailing_from(row)
    await enqueue_mailing(connection, mailing.id)
    return mailing


async def mailings_by_id(connection: Connection, scope: Scope, ids: Sequence[str]) -> dict[str, Mailing]:
    """Give those of these mailings that are in sight, by id."""
    rows = await _MAILINGS_BY_ID.fetch(connection, ids=ids, **scope_values(scope))
    return {row["id"]: mailing_from(row) for row in rows}


def mailing_from(row: asyncpg.Record) -> Mailing:
    """Read a row of `mailings`."""
    return Mailing(*row)
