"""Who signs in."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from sqlalchemy import delete

from persistence.database import Connection
from persistence.statements import Statement, any_of
from persistence.tables import sessions

_END: Final = Statement(delete(sessions).where(any_of(sessions.c.user_id)))


class Holder(NamedTuple):
    """A user who holds an address, and the number of the account that the user is in."""

    user_id: str
    account_number: str


async def holders_of_email(connection: Connection, email_key: str) -> Sequence[Holder]:
    """Find everybody who holds an address, in whichever account: the same may stand once in each."""
    query = """
        SELECT users.id, accounts.number FROM users JOIN accounts ON accounts.id = account_id
        WHERE email_key = $1 ORDER BY accounts.number
    """
    return [Holder(row["id"], row["number"]) for row in await connection.fetch(query, email_key)]


async def end_sessions(connection: Connection, user_ids: Sequence[str]) -> None:
    """End every session of these users (U9, M7)."""
    await _END.execute(connection, ids=user_ids)
