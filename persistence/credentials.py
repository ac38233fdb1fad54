"""Passwords: of each only the Argon2id hash is kept."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from domain.sessions import MOST_HOLDERS, Credential
from domain.users import User
from persistence.database import Connection
from persistence.statements import Statement
from persistence.tables import ID, KEY, credentials, users
from persistence.users import MAY_SIGN_IN, USER_COLUMNS, WITH_ACCOUNTS, user_from

_ACCOUNT_ID: Final = bindparam("account_id", type_=ID)
_PASSWORD_HASH: Final = bindparam("password_hash", type_=credentials.c.password_hash.type)

_WHO_MAY_SIGN_IN: Final = (
    select(*USER_COLUMNS, credentials.c.password_hash)
    .select_from(WITH_ACCOUNTS.join(credentials))
    .where(
        users.c.email_key == bindparam("email_key", type_=KEY),
        MAY_SIGN_IN,
    )
)
# Those who came last stand first, lest somebody with very many accounts never gets in.
_OF_EMAIL: Final = Statement(
    _WHO_MAY_SIGN_IN.where(or_(_ACCOUNT_ID.is_(None), users.c.account_id == _ACCOUNT_ID))
    .order_by(users.c.last_signed_in_at.desc().nulls_last(), users.c.id)
    .limit(MOST_HOLDERS)
)
_STANDS: Final = Statement(
    _WHO_MAY_SIGN_IN.where(users.c.id == bindparam("user_id", type_=ID), credentials.c.password_hash == _PASSWORD_HASH)
)
_NEW_PASSWORD: Final = insert(credentials).values(
    user_id=bindparam("user_id", type_=ID), password_hash=_PASSWORD_HASH, changed_at=func.now()
)
_STORE: Final = Statement(
    _NEW_PASSWORD.on_conflict_do_update(
        index_elements=[credentials.c.user_id],
        set_={"password_hash": _NEW_PASSWORD.excluded.password_hash, "changed_at": func.now()},
    )
)


async def credentials_of_email(
    connection: Connection, email_key: str, account_id: str | None = None
) -> Sequence[Credential]:
    """Find who may sign in with an address, in one account or in whichever: the same may stand once in each (P5)."""
    rows = await _OF_EMAIL.fetch(connection, email_key=email_key, account_id=account_id)
    return [Credential(user_from(row), row["password_hash"]) for row in rows]


async def credential_stands(connection: Connection, credential: Credential) -> bool:
    """Tell whether somebody may still sign in with the address and the password that were right a moment ago."""
    user = credential.user
    found = await _STANDS.fetch(
        connection, user_id=user.id, email_key=user.email_key, password_hash=credential.password_hash
    )
    return bool(found)


async def store_password(connection: Connection, user: User, password_hash: str) -> None:
    """Store the hash of a user's password, in place of the one before."""
    await _STORE.execute(connection, user_id=user.id, password_hash=password_hash)
