"""The log of changed users, for those who watch an account (S3)."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Insert, Select, bindparam, func, insert, literal, literal_column, select
from sqlalchemy.dialects.postgresql import ARRAY

from domain.users import ChangeKind
from persistence.database import Connection
from persistence.statements import Statement
from persistence.tables import CHANGE_KIND, ID, user_changes

CHUNK = 1000
"""Users of one row, and so of what a reader takes in at once."""

_ENTRY: Final = Statement(
    insert(user_changes).values(
        account_id=bindparam("account_id", type_=ID),
        kind=bindparam("kind", type_=CHANGE_KIND),
        user_ids=bindparam("user_ids", type_=ARRAY(ID)),
    )
)


async def log_changed_users(connection: Connection, account_id: str, kind: ChangeKind, user_ids: Sequence[str]) -> None:
    """Log what became of a few users. The account's turn is taken (persistence.accounts)."""
    await _ENTRY.execute(connection, account_id=account_id, kind=kind, user_ids=user_ids)


def logging_of(changed: Select[*tuple[Any, ...]], kind: ChangeKind) -> Insert:
    """Give the insert that logs what became of the users whose `id` and `account_id` a query gives, in chunks."""
    numbered = changed.add_columns(
        ((func.row_number().over() - 1) / literal_column(str(CHUNK))).label("chunk")
    ).subquery("numbered")
    kind_: ColumnElement[Any] = literal(kind, CHANGE_KIND)
    user_ids: ColumnElement[Any] = func.array_agg(numbered.c.id)
    chunks = select(numbered.c.account_id, kind_, user_ids).group_by(numbered.c.account_id, numbered.c.chunk)
    return insert(user_changes).from_select(["account_id", "kind", "user_ids"], chunks)
