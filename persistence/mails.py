"""Single mails: taken on by one gateway at a time, and noted when the mail server has answered (M6).

Each statement is its own transaction. Nothing is held while it waits for a mail or a user. A mailing is locked only
after its mails, here as where users are deleted. So no deadlock can arise.
"""

from datetime import timedelta
from typing import Any, Final

import asyncpg
from sqlalchemy import (
    ColumnElement,
    Interval,
    Text,
    bindparam,
    cast,
    exists,
    func,
    literal_column,
    select,
    update,
)

from domain.mailings import DueMail, MailState, Recipient
from persistence.database import Connection
from persistence.statements import Statement
from persistence.tables import ID, MAIL_STATE, accounts, mailings, mails, users
from persistence.users import WITH_ACCOUNTS

_THIS_MAIL: Final = (mails.c.id == bindparam("mail_id", type_=ID), mails.c.state == MailState.PENDING)


def is_due(of_mailing: ColumnElement[str]) -> tuple[ColumnElement[bool], ...]:
    """Keep the mails of a mailing whose time has come; the order of the index of due mails.

    The state stands in the statement and is not bound: only so does a plan that is kept use the index, which has no
    other mails.
    """
    return (
        mails.c.mailing_id == of_mailing,
        mails.c.state == literal_column(f"'{MailState.PENDING}'"),
        mails.c.next_attempt_at <= literal_column("now()"),
    )


def _claim() -> Statement:
    """Build the statement that takes the mail that has waited longest, and reads what it takes to send it.

    Others pass over a mail that is being taken, and see it again when the lease is over, whatever became of the taker.
    """
    chosen = (
        select(mails.c.id)
        .where(*is_due(bindparam("mailing_id", type_=ID)))
        .order_by(mails.c.next_attempt_at, mails.c.id)
        .limit(literal_column("1"))
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    name_of_mail = func.replace(cast(mails.c.id, Text), "-", "")
    taken = (
        update(mails)
        .where(mails.c.id == chosen)
        .values(
            message_id=func.coalesce(
                mails.c.message_id, func.concat("<", name_of_mail, "@", bindparam("domain", type_=Text), ">")
            ),
            attempts=mails.c.attempts + literal_column("1"),
            next_attempt_at=literal_column("now()") + bindparam("lease", type_=Interval),
        )
        .returning(mails.c.id, mails.c.mailing_id, mails.c.user_id, mails.c.kind, mails.c.message_id, mails.c.attempts)
        .cte("taken")
    )
    others = exists().where(*is_due(taken.c.mailing_id), mails.c.id != taken.c.id)
    newer = exists().where(
        mails.c.user_id == taken.c.user_id,
        mails.c.kind == taken.c.kind,
        mails.c.id > taken.c.id,
        mails.c.state == MailState.PENDING,
    )
    return Statement(
        select(
            taken.c.id,
            taken.c.mailing_id,
            mailings.c.account_id,
            taken.c.user_id,
            taken.c.kind,
            taken.c.message_id,
            taken.c.attempts,
            users.c.name,
            users.c.email,
            users.c.status,
            accounts.c.name.label("account_name"),
            accounts.c.is_active,
            others.label("more_are_due"),
            newer.label("has_newer"),
        ).select_from(
            taken.join(mailings, mailings.c.id == taken.c.mailing_id).outerjoin(
                WITH_ACCOUNTS, users.c.id == taken.c.user_id
            )
        )
    )


_CLAIM: Final = _claim()
_ENDED: Final = Statement(
    update(mails)
    .where(*_THIS_MAIL)
    .values(state=bindparam("new_state", type_=MAIL_STATE), finished_at=literal_column("clock_timestamp()"))
)
_POSTPONED: Final = Statement(
    update(mails)
    .where(*_THIS_MAIL)
    .values(next_attempt_at=literal_column("clock_timestamp()") + bindparam("pause", type_=Interval))
)
_WELCOMED: Final = Statement(
    update(users).where(users.c.id == bindparam("user_id", type_=ID)).values(welcomed_at=literal_column("now()"))
)


async def claim_mail(connection: Connection, mailing_id: str, *, domain: str, lease: timedelta) -> DueMail | None:
    """Take a due mail of a mailing, for the length of a lease in which nobody else does; None where none is due.

    At the first try it gets its Message-ID, in the domain given.
    """
    rows = await _CLAIM.fetch(connection, mailing_id=mailing_id, domain=domain, lease=lease)
    return _due_mail_from(rows[0]) if rows else None


async def end_mail(connection: Connection, mail: DueMail, state: MailState) -> bool:
    """Note that a mail is sent, or given up; tell whether that was news."""
    return bool(await _ENDED.execute(connection, mail_id=mail.id, new_state=state))


async def postpone(connection: Connection, mail: DueMail, pause: timedelta) -> bool:
    """Leave a mail for later; tell whether it was still to be sent."""
    return bool(await _POSTPONED.execute(connection, mail_id=mail.id, pause=pause))


async def note_welcomed(connection: Connection, user_id: str) -> None:
    """Note when a user was last welcomed. This is no change of the user: version and time of change stay."""
    await _WELCOMED.execute(connection, user_id=user_id)


def _due_mail_from(row: asyncpg.Record) -> DueMail:
    recipient = (
        None
        if row["email"] is None
        else Recipient(row["name"], row["email"], row["status"], row["account_name"], row["is_active"])
    )
    fields: list[Any] = [*row[:7], recipient, row["more_are_due"], row["has_newer"]]
    return DueMail(*fields)
