"""Makes many records quickly."""

from collections.abc import Callable
from dataclasses import fields, make_dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import asyncpg

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Record = TypeVar("Record", bound="DataclassInstance")


def record_maker(record: type[Record]) -> Callable[[asyncpg.Record | tuple[Any, ...]], Record]:
    """Make a function that gives a record of a row which begins with the values of its fields, in their order.

    The record's class inherits no fields.

    A frozen dataclass sets each of its fields through `object.__setattr__`, which takes five times as long as all else.
    So the values are set in a draft that is not frozen, has the same slots, and becomes the record when it is whole.
    """
    names = [field.name for field in fields(record)]
    draft = make_dataclass(record.__name__, [(name, Any) for name in names], slots=True, init=False)
    lines = (
        "def make(row):",
        "    made = draft()",
        f"    {' '.join(f'made.{name},' for name in names)} = row[:{len(names)}]",
        "    made.__class__ = record",
        "    return made",
    )
    known: dict[str, Any] = {"draft": draft, "record": record}
    exec("\n".join(lines), known)  # noqa: S102 - names of our own fields
    make: Callable[[asyncpg.Record | tuple[Any, ...]], Record] = known["make"]
    return make
