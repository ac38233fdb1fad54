"""Who signs in, and who is signed in.

Locks are taken in one order, so that nobody waits in a circle: the user, the session, its refresh tokens. Deleting
users takes the sessions first, and holds the turn of the account: who signs in waits for no session.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Interval,
    LargeBinary,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    select,
    update,
)

from domain.accounts import Account
from domain.users import User, UserStatus
from persistence.accounts import ACCOUNT_COLUMNS, account_from
from persistence.database import Connection
from persistence.statements import Statement, any_of
from persistence.tables import ID, accounts, refresh_tokens, sessions, users
from persistence.users import CHANGED, MAY_SIGN_IN, USER_COLUMNS, user_from

REMEMBERED_TOKENS: Final = 10_000
"""Used refresh tokens of a session that are known when they come back: of months, at one in a quarter of an hour."""

_USER_ID: Final = bindparam("user_id", type_=ID)
_SESSION_ID: Final = bindparam("session_id", type_=ID)
_HASH: Final = bindparam("token_hash", type_=LargeBinary)
_END: Final = func.now() + bindparam("lasts", type_=Interval)
_NOW: Final[ColumnElement[Any]] = literal_column("now()")

_SIGNED_IN: Final = update(users).where(users.c.id == _USER_ID).values(last_signed_in_at=_NOW).returning(*USER_COLUMNS)
_SIGN_IN: Final = Statement(_SIGNED_IN)
_REGISTER: Final = Statement(_SIGNED_IN.values(status=UserStatus.REGISTERED, registered_at=_NOW, **CHANGED))

_BEGIN: Final = Statement(
    insert(sessions).values(user_id=_USER_ID, expires_at=_END).returning(sessions.c.id, sessions.c.expires_at)
)
_ADD_TOKEN: Final = Statement(insert(refresh_tokens).values(token_hash=_HASH, session_id=_SESSION_ID))
_USE_TOKEN: Final = Statement(update(refresh_tokens).where(refresh_tokens.c.token_hash == _HASH).values(used_at=_NOW))
_FORGET: Final = Statement(
    delete(refresh_tokens).where(
        refresh_tokens.c.token_hash.in_(
            select(refresh_tokens.c.token_hash)
            .where(refresh_tokens.c.session_id == _SESSION_ID, refresh_tokens.c.used_at.is_not(None))
            .order_by(refresh_tokens.c.used_at.desc())
            .offset(literal_column(str(REMEMBERED_TOKENS)))
        )
    )
)
_GO_ON: Final = Statement(
    update(sessions).where(sessions.c.id == _SESSION_ID).values(expires_at=_END).returning(sessions.c.expires_at)
)
_LASTING: Final = Statement(select(sessions.c.id).where(any_of(sessions.c.id), sessions.c.expires_at > _NOW))
_END_ALL: Final = Statement(delete(sessions).where(any_of(sessions.c.user_id)))
_END_ONE: Final = Statement(delete(sessions).where(sessions.c.id == _SESSION_ID))

_OF_TOKEN: Final = select(refresh_tokens.c.session_id).where(refresh_tokens.c.token_hash == _HASH).scalar_subquery()
_LOCK: Final = Statement(
    select(sessions.c.id)
    .where(sessions.c.id == _OF_TOKEN, sessions.c.expires_at > func.now())
    .with_for_update(key_share=True)
)
_HELD: Final = Statement(
    select(
        *USER_COLUMNS,
        sessions.c.id.label("session_id"),
        refresh_tokens.c.used_at.is_not(None).label("is_used"),
        MAY_SIGN_IN.label("may_sign_in"),
    )
    .select_from(
        refresh_tokens.join(sessions)
        .join(users, users.c.id == sessions.c.user_id)
        .join(accounts, accounts.c.id == users.c.account_id)
    )
    .where(refresh_tokens.c.token_hash == _HASH)
)
_ACCOUNTS_OF_USERS: Final = Statement(
    select(*ACCOUNT_COLUMNS)
    .where(accounts.c.id.in_(select(users.c.account_id).where(any_of(users.c.id))))
    .order_by(accounts.c.name_key, accounts.c.id)
)


class Holder(NamedTuple):
    """A user who holds an address, and the number of the account that the user is in."""

    user_id: str
    account_number: str


class HeldToken(NamedTuple):
    """A refresh token that somebody showed: whose session it is of, and whether it may still be used."""

    user: User
    session_id: str
    is_used: bool
    may_sign_in: bool


async def holders_of_email(connection: Connection, email_key: str) -> Sequence[Holder]:
    """Find everybody who holds an address, in whichever account: the same may stand once in each."""
    query = """
        SELECT users.id, accounts.number FROM users JOIN accounts ON accounts.id = account_id
        WHERE email_key = $1 ORDER BY accounts.number
    """
    return [Holder(row["id"], row["number"]) for row in await connection.fetch(query, email_key)]


async def accounts_of_users(connection: Connection, user_ids: Sequence[str]) -> Sequence[Account]:
    """Give the accounts of users whose password somebody knows, by name."""
    return [account_from(row) for row in await _ACCOUNTS_OF_USERS.fetch(connection, ids=user_ids)]


async def mark_signed_in(connection: Connection, user_id: str) -> User | None:
    """Note that a user signs in now; None where the user is gone. No version counts that."""
    rows = await _SIGN_IN.fetch(connection, user_id=user_id)
    return user_from(rows[0]) if rows else None


async def mark_registered(connection: Connection, user_id: str) -> User:
    """Make a user registered, who signs in now. The account's turn is taken, and the user is there."""
    return user_from((await _REGISTER.fetch(connection, user_id=user_id))[0])


async def begin_session(
    connection: Connection, user_id: str, token_hash: bytes, lasts: timedelta
) -> tuple[str, datetime]:
    """Begin a session with its first refresh token; give its id and its end."""
    ((session_id, expires_at),) = await _BEGIN.fetch(connection, user_id=user_id, lasts=lasts)
    await _ADD_TOKEN.execute(connection, session_id=session_id, token_hash=token_hash)
    return session_id, expires_at


async def take_token(connection: Connection, token_hash: bytes) -> HeldToken | None:
    """Find a refresh token, and keep others from its session until the transaction ends; None where there is none."""
    if not await _LOCK.fetch(connection, token_hash=token_hash):
        return None
    return await find_token(connection, token_hash)


async def find_token(connection: Connection, token_hash: bytes) -> HeldToken | None:
    """Find a refresh token, used or not, of a session that may have run out; None where there is none."""
    rows = await _HELD.fetch(connection, token_hash=token_hash)
    return HeldToken(user_from(rows[0]), *rows[0][len(USER_COLUMNS) :]) if rows else None


async def turn_token_over(
    connection: Connection, session_id: str, used_hash: bytes, token_hash: bytes, lasts: timedelta
) -> datetime:
    """Use a refresh token up for another one; give the session's new end. The session is taken.

    Those that were used long ago are forgotten, so that a session can be ended however often it was refreshed.
    """
    await _USE_TOKEN.execute(connection, token_hash=used_hash)
    await _FORGET.execute(connection, session_id=session_id)
    await _ADD_TOKEN.execute(connection, session_id=session_id, token_hash=token_hash)
    expires_at: datetime = (await _GO_ON.fetch(connection, session_id=session_id, lasts=lasts))[0]["expires_at"]
    return expires_at


async def lasting_sessions(connection: Connection, session_ids: Sequence[str]) -> frozenset[str]:
    """Give those of these sessions that have not ended."""
    return frozenset([row["id"] for row in await _LASTING.fetch(connection, ids=session_ids)])


async def end_session(connection: Connection, session_id: str) -> bool:
    """End a session; tell whether it was there."""
    return await _END_ONE.execute(connection, session_id=session_id) > 0


async def end_sessions(connection: Connection, user_ids: Sequence[str]) -> int:
    """End every session of these users, and count them (U9, M7)."""
    return await _END_ALL.execute(connection, ids=user_ids)
