"""The links in mails; of their tokens only the SHA-256 is kept (M5)."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import delete

from persistence.database import Connection
from persistence.statements import Statement, any_of
from persistence.tables import links

_VOID: Final = Statement(delete(links).where(any_of(links.c.user_id)))


async def void_links(connection: Connection, user_ids: Sequence[str]) -> None:
    """Void every link that was mailed to these users (U9)."""
    await _VOID.execute(connection, ids=user_ids)
