"""Asking for a mail that resets a password, without being signed in."""

from datetime import datetime
from functools import partial

from domain.audit import Changes
from domain.mailings import MailKind
from domain.sessions import typed_email_key
from domain.user_errors import Declined
from domain.users import User
from domain.viewers import Scope
from persistence.failures import UNDONE
from persistence.jobs import enqueue_password_reset_request
from persistence.mailings import promise_mail
from persistence.password_resets import reset_recipients
from resolvers.context import Context
from resolvers.writes import user_subject


async def request_password_reset(context: Context, email: str) -> None:
    """Enqueue the request, whether or not anybody has the address, so that no answer and no time tells (P4)."""
    await context.close()
    entrance, address = context.entrance, typed_email_key(email)
    if await entrance.attempts.may_request_reset(address, entrance.client):
        async with context.database.transaction() as connection:
            await enqueue_password_reset_request(connection, address)


async def promise_password_resets(context: Context, email_key: str, asked_at: datetime) -> None:
    """Promise a mail to everybody who has this address and a password; what the job of a request does (M1).

    Each account has a transaction of its own, and none waits for another: what cannot be written now is raised when the
    others are done. Whoever was promised a mail since it was asked for gets no second one (M6), so the job may be run
    again, however late.
    """
    recipients = await context.database.read(partial(reset_recipients, email_key=email_key, asked_at=asked_at))
    failures: list[Exception] = []
    for recipient in recipients:
        try:
            await _promise(context, recipient, asked_at)
        except Declined:
            continue  # the account was deactivated, or the user deleted, in the meantime
        except UNDONE as failure:
            failures.append(failure)
    if failures:
        raise failures[0]


async def _promise(context: Context, recipient: User, asked_at: datetime) -> None:
    async with context.write(turn_of=recipient.account_id) as write:
        account = await write.take_turn_of_user(Scope(recipient.account_id), recipient.id)
        for user in await reset_recipients(write.connection, recipient.email_key, asked_at):
            if user.id == recipient.id:
                mailing = await promise_mail(write.connection, account.id, MailKind.PASSWORD_RESET, user.id)
                await write.audit("requestPasswordReset", account, user_subject(user), Changes())
                write.announce(account, mailing=mailing)
