"""What the links in mails lead to: registering, and setting a new password (M1, M2, M7)."""

from functools import partial

from domain.accounts import Account
from domain.audit import Changes, change
from domain.mailings import MailKind
from domain.passwords import clean_password
from domain.sessions import Session, invalid_token
from domain.tokens import token_hash
from domain.user_changes import ChangeKind
from domain.user_errors import Declined
from domain.users import User
from domain.viewers import Scope
from persistence.credentials import store_password
from persistence.password_links import find_link, use_link
from persistence.sessions import end_sessions, mark_registered, mark_signed_in
from resolvers.context import Context
from resolvers.sessions import begin_session
from resolvers.writes import Write, user_subject


async def complete_registration(context: Context, token: str, password: str) -> Session:
    """Make the user of a welcome mail's link registered, with this password, and sign in.

    Raises Declined: INVALID_TOKEN, PASSWORD_TOO_WEAK.
    """
    found, password_hash = await _take(context, MailKind.WELCOME, token, password)
    async with context.write(turn_of=found.account_id, actor=found) as write:
        account = await _use(write, MailKind.WELCOME, token, found)
        user = await mark_registered(write.connection, found.id)
        await store_password(write.connection, user, password_hash)
        session = await begin_session(context, write, user)
        registered = change("status", found.status, user.status)
        await write.audit("completeRegistration", account, user_subject(user), registered)
        await write.log_changed(account, ChangeKind.UPDATED, [user.id])
    return await _let_in(context, session)


async def complete_password_reset(context: Context, token: str, password: str) -> Session:
    """Set the password of the user of a reset mail's link, end the user's sessions, and sign in.

    Raises Declined: INVALID_TOKEN, PASSWORD_TOO_WEAK.
    """
    found, password_hash = await _take(context, MailKind.PASSWORD_RESET, token, password)
    async with context.write(turn_of=found.account_id, actor=found) as write:
        account = await _use(write, MailKind.PASSWORD_RESET, token, found)
        # The user's row is locked from here on, so nobody signs in with the old password behind our back.
        user = await mark_signed_in(write.connection, found.id) or found
        await store_password(write.connection, user, password_hash)
        ended: Changes = change("openSessions", await end_sessions(write.connection, [user.id]), 1)
        session = await begin_session(context, write, user)
        await write.audit("completePasswordReset", account, user_subject(user), ended)
    return await _let_in(context, session)


async def _take(context: Context, kind: MailKind, token: str, password: str) -> tuple[User, str]:
    """Find whom a link is for and hash the password, before anybody has to wait for that.

    Only who has a link that works is told about the password, and takes up a place where passwords are hashed.
    """
    await context.close()
    passwords, password = context.entrance.passwords, clean_password(password)
    await _find(context, kind, token)
    async with passwords.turn():
        user = await _find(context, kind, token)  # it may have been used while this one waited
        await passwords.check(password, user)
        return user, await passwords.hash(password)


async def _find(context: Context, kind: MailKind, token: str) -> User:
    user = await context.database.read(partial(find_link, kind=kind, token_hash=token_hash(token)))
    if user is None:
        raise invalid_token("token")
    return user


async def _use(write: Write, kind: MailKind, token: str, user: User) -> Account:
    """Take the turn of the user's account, and use the link up, which may have gone in the meantime."""
    try:
        account = await write.take_turn_of_user(Scope(user.account_id), user.id)
    except Declined:
        raise invalid_token("token") from None
    if not await use_link(write.connection, kind, token_hash(token)):
        raise invalid_token("token")
    return account


async def _let_in(context: Context, session: Session) -> Session:
    """Make the user of the link the viewer, and remember the client: somebody there reads mails to the address."""
    user, entrance = session.viewer.user, context.entrance
    await entrance.attempts.know(user.email_key, entrance.client, user.account_id)
    context.adopt(session.viewer)
    return session
