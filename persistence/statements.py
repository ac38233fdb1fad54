"""SQLAlchemy statements in the form that asyncpg runs: compiled once, then only bound."""

from collections.abc import Sequence
from typing import Any, Final, TypeAlias, TypeVar

import asyncpg
from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Delete,
    Dialect,
    Insert,
    Select,
    Text,
    Update,
    bindparam,
    cast,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import asyncpg as asyncpg_dialect
from sqlalchemy.sql.expression import FromClause

from domain.viewers import Scope
from persistence.database import Connection
from persistence.tables import ID, accounts

Result = TypeVar("Result")

_DIALECT: Final[Dialect] = asyncpg_dialect.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy has no types there


Written: TypeAlias = Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]] | Insert | Update | Delete
"""What a statement can be built from."""


class Statement:
    """The text of a statement and the names of its parameters, in order."""

    __slots__ = ("_defaults", "_id_lists", "_names", "text")

    patience_seconds: float | None = None
    """For which the driver waits for the server; None: for as long as it does for most."""

    def __init__(self, statement: Written) -> None:
        compiled = statement.compile(dialect=_DIALECT)
        self.text = compiled.string
        self._names: list[str] = compiled.positiontup or []
        self._defaults: dict[str, Any] = dict(compiled.params)
        self._id_lists = [place for place, name in enumerate(self._names) if name == _ID_LIST.key]

    async def fetch(self, connection: Connection, **values: Any) -> Sequence[asyncpg.Record]:
        """Run the statement and give all of its rows."""
        return await connection.fetch(self.text, *self._arguments(values), timeout=self.patience_seconds)

    async def execute(self, connection: Connection, **values: Any) -> int:
        """Run the statement for what it does, and give the number of rows that it did it to."""
        arguments = self._arguments(values)
        status: str = await connection.execute(self.text, *arguments, timeout=self.patience_seconds)
        return int(status.rpartition(" ")[2])

    def _arguments(self, values: dict[str, Any]) -> list[Any]:
        defaults = self._defaults
        arguments = [values[name] if name in values else defaults[name] for name in self._names]
        for place in self._id_lists:
            arguments[place] = f"{{{','.join(arguments[place])}}}"
        return arguments


class BulkStatement(Statement):
    """A statement for all users of a bulk action, who may be very many.

    How long it may take is known to the server (`Database.give_time`), and an operation ends where that is silent.
    """

    __slots__ = ()

    patience_seconds = 3_600.0


# asyncpg looks at each element of an array by itself, which takes longer than PostgreSQL's reading of them all.
_ID_LIST: Final = bindparam("ids", type_=Text)
IDS: Final = cast(_ID_LIST, ARRAY(ID))
"""The ids that a batch asks for, bound to `ids`."""

_ROOT: Final = bindparam("root", type_=ID)


def in_scope(account: FromClause) -> ColumnElement[bool]:
    """Keep the accounts that the viewer administers: their own and its customers (P1, P2)."""
    return or_(account.c.id == _ROOT, account.c.partner_id == _ROOT)


def is_in_sight(account_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Tell whether the viewer administers this account; asked once, and not for each row."""
    return exists().where(accounts.c.id == account_id, in_scope(accounts))


def any_of(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """Keep the rows whose column holds one of the ids asked for."""
    return column == func.any(IDS)


def unseen(value: ColumnElement[Result]) -> ColumnElement[Result]:
    """Hide a bound value from PostgreSQL's planner, which does not look into a subquery for it.

    Where it would seem to do better for just this value, it plans each time anew, which takes longer than to read a few
    rows.
    """
    return select(value).scalar_subquery()


def any_of_unseen(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """Keep the same rows as `any_of`, in a statement that is planned once for however many ids."""
    # Without the cast, this would be a row of the subquery, and not an element of the array.
    return column == func.any(cast(unseen(IDS), ARRAY(ID)))


def scope_values(scope: Scope) -> dict[str, str]:
    """Give the values that `in_scope` needs."""
    return {"root": scope.account_id}


def literally(text: str) -> str:
    """Escape a text for LIKE, so that it stands for itself."""
    return text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
