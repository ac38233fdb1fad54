"""Makes many records quickly."""

from collections.abc import Callable, Collection
from dataclasses import fields, make_dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import asyncpg

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Record = TypeVar("Record", bound="DataclassInstance")


def record_maker(
    record: type[Record], only: Collection[str] | None = None
) -> Callable[[asyncpg.Record | tuple[Any, ...]], Record]:
    """Make a function that gives a record of a row which begins with the values of its fields, in their order.

    With `only`, the row has these fields and no others: to read another one of the record raises AttributeError. The
    record's class inherits no fields.

    A frozen dataclass sets each of its fields through `object.__setattr__`, which takes five times as long as all else.
    So the values are set in a draft that is not frozen, has the same slots, and becomes the record when it is whole.
    """
    names = [field.name for field in fields(record)]
    draft = make_dataclass(record.__name__, [(name, Any) for name in names], slots=True, init=False)
    given = [name for name in names if only is None or name in only]
    lines = (
        "def make(row):",
        "    made = draft()",
        f"    {' '.join(f'made.{name},' for name in given)} = row[:{len(given)}]",
        "    made.__class__ = record",
        "    return made",
    )
    known: dict[str, Any] = {"draft": draft, "record": record}
    exec("\n".join(lines), known)  # noqa: S102 - names of our own fields
    make: Callable[[asyncpg.Record | tuple[Any, ...]], Record] = known["make"]
    return make
