"""The log of changed users, for those who watch an account (S3)."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Insert, Select, bindparam, func, insert, select
from sqlalchemy.dialects.postgresql import ARRAY

from domain.user_changes import ChangeKind
from persistence.database import Connection
from persistence.statements import BulkStatement, Statement
from persistence.tables import CHANGE_KIND, ID, user_changes, users
from persistence.targets import chosen_ids

CHUNK = 1000
"""Users of one row, and so of what a reader takes in at once."""

_ACCOUNT_ID: ColumnElement[str] = bindparam("account_id", type_=ID)
_KIND: ColumnElement[Any] = bindparam("kind", type_=CHANGE_KIND)


def _entries_of(ids: Select[*tuple[Any, ...]]) -> Insert:
    """Build the insert that logs what becomes of the users whose ids a query gives, in chunks."""
    numbered = ids.add_columns(((func.row_number().over() - 1) // CHUNK).label("chunk")).subquery("numbered")
    user_ids: ColumnElement[Any] = func.array_agg(numbered.c.id)
    chunks = select(_ACCOUNT_ID, _KIND, user_ids).group_by(numbered.c.chunk)
    return insert(user_changes).from_select(["account_id", "kind", "user_ids"], chunks)


_ENTRY: Final = Statement(
    insert(user_changes).values(account_id=_ACCOUNT_ID, kind=_KIND, user_ids=bindparam("user_ids", type_=ARRAY(ID)))
)
_CHOSEN_ENTRIES: Final = BulkStatement(_entries_of(chosen_ids()))
_ALL_ENTRIES: Final = Statement(_entries_of(select(users.c.id).where(users.c.account_id == _ACCOUNT_ID)))


async def log_changed_users(connection: Connection, account_id: str, kind: ChangeKind, user_ids: Sequence[str]) -> None:
    """Log what became of a few users. The account's turn is taken (persistence.accounts)."""
    await _ENTRY.execute(connection, account_id=account_id, kind=kind, user_ids=user_ids)


async def log_chosen_users(connection: Connection, account_id: str, kind: ChangeKind, keys: Sequence[str]) -> None:
    """Log what becomes of the targets in the groups with these keys. The account's turn is taken."""
    await _CHOSEN_ENTRIES.execute(connection, account_id=account_id, kind=kind, keys=keys)


async def log_all_users(connection: Connection, account_id: str, kind: ChangeKind) -> None:
    """Log the same of every user of an account. The account's turn is taken."""
    await _ALL_ENTRIES.execute(connection, account_id=account_id, kind=kind)
