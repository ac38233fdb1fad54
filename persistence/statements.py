"""SQLAlchemy statements in the form that asyncpg runs: compiled once, then only bound."""

from collections.abc import Sequence
from typing import Any, Final, TypeAlias

import asyncpg
from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Delete,
    Dialect,
    Insert,
    Select,
    Update,
    bindparam,
    func,
    or_,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import asyncpg as asyncpg_dialect
from sqlalchemy.sql.expression import FromClause

from domain.viewers import Scope
from persistence.database import Connection
from persistence.tables import ID

_DIALECT: Final[Dialect] = asyncpg_dialect.dialect()  # type: ignore[no-untyped-call]


Written: TypeAlias = Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]] | Insert | Update | Delete
"""What a statement can be built from."""


class Statement:
    """The text of a statement and the names of its parameters, in order."""

    __slots__ = ("_defaults", "_names", "text")

    def __init__(self, statement: Written) -> None:
        compiled = statement.compile(dialect=_DIALECT)
        self.text = compiled.string
        self._names: list[str] = compiled.positiontup or []
        self._defaults: dict[str, Any] = dict(compiled.params)

    async def fetch(self, connection: Connection, **values: Any) -> Sequence[asyncpg.Record]:
        """Run the statement and give all of its rows."""
        return await connection.fetch(self.text, *self._arguments(values))

    async def execute(self, connection: Connection, **values: Any) -> int:
        """Run the statement for what it does, and give the number of rows that it did it to."""
        status: str = await connection.execute(self.text, *self._arguments(values))
        return int(status.rpartition(" ")[2])

    def _arguments(self, values: dict[str, Any]) -> list[Any]:
        defaults = self._defaults
        return [values[name] if name in values else defaults[name] for name in self._names]


IDS: Final = bindparam("ids", type_=ARRAY(ID))
"""The ids that a batch asks for."""

_ROOT: Final = bindparam("root", type_=ID)


def in_scope(account: FromClause) -> ColumnElement[bool]:
    """Keep the accounts that the viewer administers: the own one and its customers (P1, P2)."""
    return or_(account.c.id == _ROOT, account.c.partner_id == _ROOT)


def any_of(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """Keep the rows whose column holds one of the ids asked for."""
    return column == func.any(IDS)


def scope_values(scope: Scope) -> dict[str, str]:
    """Give the values that `in_scope` needs."""
    return {"root": scope.account_id}


def literally(text: str) -> str:
    """Escape a text for LIKE, so that it stands for itself."""
    return text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
