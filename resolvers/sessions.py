"""Signing in, staying signed in, and signing out."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Final

from domain.accounts import Account
from domain.audit import change
from domain.passwords import clean_password
from domain.sessions import Credential, Session, invalid_token, too_many_attempts, typed_email_key, wrong_credentials
from domain.tokens import new_token, token_hash
from domain.user_errors import Declined
from domain.users import User
from domain.viewers import Viewer
from events.attempts import Counted
from persistence import sessions
from persistence.credentials import credential_stands, credentials_of_email
from persistence.failures import UNDONE
from persistence.sessions import HeldToken
from resolvers.context import Context
from resolvers.writes import Write, user_subject

_REFUSAL_SECONDS: Final = 1.0
"""How long a wrong password takes at least to be refused: longer than to try a few passwords."""


async def sign_in(context: Context, email: str, password: str, account_id: str | None) -> Session | Sequence[Account]:
    """Begin a session; or give the accounts to choose from, where the password is right in several.

    Raises Declined: TOO_MANY_ATTEMPTS, WRONG_CREDENTIALS.
    """
    await context.close()  # lest a dry run lasts for as long as it takes to try passwords
    begun = asyncio.get_running_loop().time()
    entrance, address = context.entrance, typed_email_key(email)
    attempt = await entrance.attempts.begin_sign_in(address, entrance.client, account_id)
    if not isinstance(attempt, Counted):
        raise too_many_attempts(attempt)
    try:
        known = await context.database.read(partial(credentials_of_email, email_key=address, account_id=account_id))
        fitting = await _fitting(context, known, clean_password(password))
        answer = await _begin_or_choose(context, fitting)
    except Declined:
        await _hold_back(begun)
        raise
    except UNDONE:
        await entrance.attempts.take_back_sign_in(attempt)
        raise
    # Whoever holds the address in one account may not have guesses at its holder in another forgotten.
    is_of_all = len(fitting) == len(known)
    await (entrance.attempts.end_sign_in if is_of_all else entrance.attempts.take_back_sign_in)(attempt)
    return answer


async def refresh_session(context: Context, refresh_token: str) -> Session:
    """Go on with a session: its refresh token is used up for another one.

    A used one that comes back ends the session: one of the two who have it should not. Raises Declined: INVALID_TOKEN.
    """
    used_hash, token = token_hash(refresh_token), new_token()
    session: Session | None = None
    async with context.write() as write:
        held = await sessions.take_token(write.connection, used_hash)
        if held is not None and held.is_used:
            write.act_as_the_gateway()
            await _end_session(write, "refreshSession", held)
        elif held is not None and held.may_sign_in:
            expires_at = await sessions.turn_token_over(
                write.connection, held.session_id, used_hash, token_hash(token), context.entrance.session_lasts
            )
            session = _session(context, held.user, held.session_id, token, expires_at)
    if session is None:
        raise invalid_token("refreshToken")
    context.adopt(session.viewer)
    return session


async def sign_out(context: Context, refresh_token: str) -> None:
    """End the session of a refresh token, used or not; where there is none, that is the same (P4)."""
    held = await context.database.read(partial(sessions.find_token, token_hash=token_hash(refresh_token)))
    if held is not None:
        async with context.write(actor=held.user) as write:
            await _end_session(write, "signOut", held)


async def begin_session(context: Context, write: Write, user: User) -> Session:
    """Begin a session in the transaction of a write; nobody is to have it before that is committed."""
    token, lasts = new_token(), context.entrance.session_lasts
    session_id, expires_at = await sessions.begin_session(write.connection, user.id, token_hash(token), lasts)
    return _session(context, user, session_id, token, expires_at)


async def _fitting(context: Context, known: Sequence[Credential], password: str) -> Sequence[Credential]:
    """Find those with this password, of all who have the address; if nobody has it, take the time of one try (P4)."""
    fits = context.entrance.passwords.fits
    if not known:
        await fits(password, None)
    return [credential for credential in known if await fits(password, credential.password_hash)]


async def _begin_or_choose(context: Context, fitting: Sequence[Credential]) -> Session | Sequence[Account]:
    """Begin a session if one user fits; if several do, give their accounts. Raises Declined if nobody does."""
    if not fitting:
        raise wrong_credentials()
    if len(fitting) == 1:
        return await _begin_for(context, fitting[0])
    user_ids = [credential.user.id for credential in fitting]
    return await context.database.read(partial(sessions.accounts_of_users, user_ids=user_ids))


async def _begin_for(context: Context, credential: Credential) -> Session:
    """Begin a session of somebody whose password was right a moment ago, and still is (M7, U9)."""
    before = credential.user
    async with context.write(actor=before) as write:
        user = await sessions.mark_signed_in(write.connection, before.id)
        if user is None or not await credential_stands(write.connection, credential):
            raise wrong_credentials()
        session = await begin_session(context, write, user)
        (account,) = await sessions.accounts_of_users(write.connection, [user.id])
        await write.audit("signIn", account, user_subject(user), change("session", None, session.id))
    context.adopt(session.viewer)
    return session


async def _end_session(write: Write, action: str, held: HeldToken) -> None:
    """End a session, if nobody else has just done so, and write that down."""
    if await sessions.end_session(write.connection, held.session_id):
        (account,) = await sessions.accounts_of_users(write.connection, [held.user.id])
        await write.audit(action, account, user_subject(held.user), change("session", held.session_id, None))


def _session(context: Context, user: User, session_id: str, refresh_token: str, expires_at: datetime) -> Session:
    """Put together what the client gets."""
    access = context.entrance.issue_token(user.id, context.now, session_id)
    viewer = Viewer(user, access.expires_at, session_id)
    return Session(session_id, access, refresh_token, expires_at, viewer)


async def _hold_back(begun: float) -> None:
    """Hold a refusal back, so that its time does not tell how many passwords were tried (P4)."""
    elapsed = asyncio.get_running_loop().time() - begun
    await asyncio.sleep(_REFUSAL_SECONDS - elapsed)
