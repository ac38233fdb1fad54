"""The log of changed users, for those who watch an account (S3)."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, bindparam, func, insert, select
from sqlalchemy.dialects.postgresql import ARRAY

from domain.users import ChangeKind
from persistence.database import Connection
from persistence.statements import Statement
from persistence.tables import CHANGE_KIND, ID, user_changes
from persistence.targets import chosen_ids

CHUNK = 1000
"""Users of one row, and so of what a reader takes in at once."""

_ENTRY: Final = Statement(
    insert(user_changes).values(
        account_id=bindparam("account_id", type_=ID),
        kind=bindparam("kind", type_=CHANGE_KIND),
        user_ids=bindparam("user_ids", type_=ARRAY(ID)),
    )
)
_NUMBERED: Final = (
    chosen_ids().add_columns(((func.row_number().over() - 1) // CHUNK).label("chunk")).subquery("numbered")
)
_USER_IDS: ColumnElement[Any] = func.array_agg(_NUMBERED.c.id)
_CHOSEN_ENTRIES: Final = Statement(
    insert(user_changes).from_select(
        ["account_id", "kind", "user_ids"],
        select(bindparam("account_id", type_=ID), bindparam("kind", type_=CHANGE_KIND), _USER_IDS).group_by(
            _NUMBERED.c.chunk
        ),
    )
)


async def log_changed_users(connection: Connection, account_id: str, kind: ChangeKind, user_ids: Sequence[str]) -> None:
    """Log what became of a few users. The account's turn is taken (persistence.accounts)."""
    await _ENTRY.execute(connection, account_id=account_id, kind=kind, user_ids=user_ids)


async def log_chosen_users(connection: Connection, account_id: str, kind: ChangeKind, keys: Sequence[str]) -> None:
    """Log what becomes of the targets in the groups with these keys. The account's turn is taken."""
    await _CHOSEN_ENTRIES.execute(connection, account_id=account_id, kind=kind, keys=keys)
