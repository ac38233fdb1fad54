"""Reading a list by its keys: from a position on, in either direction, by an index and never by an offset (F4, F5)."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, TypeVar

import asyncpg
from msgspec import Struct
from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    UnaryExpression,
    bindparam,
    false,
    literal_column,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.sql.elements import KeyedColumnElement
from sqlalchemy.sql.expression import FromClause

from domain.paging import Direction, Page, PageRequest
from persistence.tables import ID

Item = TypeVar("Item")

_Rows: TypeAlias = Select[*tuple[Any, ...]]

_ROWS: ColumnElement[int] = bindparam("rows", type_=Integer)
_ONE: ColumnElement[int] = literal_column("1", Integer)


class Keyset(Struct, frozen=True):
    """The two columns by which a list is sorted: a key and, where keys are equal, the id."""

    key: KeyedColumnElement[Any]
    id: KeyedColumnElement[Any]

    def of(self, rows: FromClause) -> "Keyset":
        """Give these columns as a subquery has them."""
        return Keyset(rows.c[str(self.key.key)], rows.c[str(self.id.key)])


class Reading(Struct, frozen=True):
    """One way through a list: up or down its order, from the beginning or from the bound position on."""

    is_upwards: bool
    has_position: bool
    includes_position: bool = False

    def within(self, keyset: Keyset) -> list[ColumnElement[bool]]:
        """Give the conditions that keep what lies ahead."""
        if not self.has_position:
            return []
        row = tuple_(keyset.key, keyset.id)
        position = tuple_(bindparam("position_key", type_=keyset.key.type), bindparam("position_id", type_=ID))
        if self.includes_position:
            return [row >= position if self.is_upwards else row <= position]
        return [row > position if self.is_upwards else row < position]

    def sorting(self, keyset: Keyset) -> list[UnaryExpression[Any]]:
        """Give the order in which rows are read."""
        if self.is_upwards:
            return [keyset.key.asc(), keyset.id.asc()]
        return [keyset.key.desc(), keyset.id.desc()]

    def opposite(self) -> "Reading":
        """Give the way back from the position, with the row at the position itself."""
        return Reading(not self.is_upwards, self.has_position, includes_position=True)


class Side(Struct, frozen=True):
    """What lies ahead of a page's position, or the row behind it: which way it is read, and how many rows."""

    way: Reading
    limit: ColumnElement[int]
    marks: tuple[ColumnElement[bool], ...] = ()
    """The column that tells the rows of the two sides apart, where there are two."""


def page_of(way: Reading, rows_of: Callable[[Side], _Rows]) -> _Rows | CompoundSelect[*tuple[Any, ...]]:
    """Build what reads a page: its rows, one more than it holds, and where it has a position, one from behind that."""
    if not way.has_position:
        return rows_of(Side(way, _ROWS))
    ahead = Side(way, _ROWS, (false().label("is_behind"),))
    behind = Side(way.opposite(), _ONE, (true().label("is_behind"),))
    return union_all(rows_of(ahead), rows_of(behind))


def reading(direction: Direction, request: PageRequest) -> Reading:
    """Tell how a page of a list in this direction is read."""
    return Reading((direction is Direction.ASC) is not request.backwards, request.position is not None)


def page_values(request: PageRequest) -> dict[str, Any]:
    """Give the values that `page_of` needs."""
    values: dict[str, Any] = {"rows": request.size + 1}
    if request.position is not None:
        values |= {"position_key": request.position.key, "position_id": request.position.id}
    return values


def page_from(
    rows: Sequence[asyncpg.Record], request: PageRequest, read: Callable[[asyncpg.Record], Item]
) -> Page[Item]:
    """Drop the two extra rows.

    One past the end tells that there is more, one before the start that there was something before.
    """
    ahead = rows if request.position is None else [row for row in rows if not row["is_behind"]]
    is_more_ahead, is_some_behind = len(ahead) > request.size, len(ahead) < len(rows)
    items = list(map(read, ahead[: request.size]))
    if request.backwards:
        return Page(items[::-1], has_next=is_some_behind, has_previous=is_more_ahead)
    return Page(items, has_next=is_more_ahead, has_previous=is_some_behind)
