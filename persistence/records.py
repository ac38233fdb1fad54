"""Makes many records quickly."""

from collections.abc import Callable, Collection
from typing import Any, TypeVar

import asyncpg
from msgspec import UNSET, Struct

Record = TypeVar("Record", bound=Struct)


def record_maker(
    record: type[Record], only: Collection[str] | None = None
) -> Callable[[asyncpg.Record | tuple[Any, ...]], Record]:
    """Make a function that gives a record of a row which begins with the values of its fields, in their order.

    With `only`, the row has these fields and no others: they are UNSET in the record, which no field of the schema
    takes for a value.
    """
    names = record.__struct_fields__
    if only is None:
        count = len(names)
        return lambda row: record(*row[:count])
    given = [name for name in names if name in only]
    lines = (
        "def make(row):",
        f"    {' '.join(f'{name},' for name in given)} = row[:{len(given)}]",
        f"    return record({', '.join(name if name in given else 'unset' for name in names)})",
    )
    known: dict[str, Any] = {"record": record, "unset": UNSET}
    exec("\n".join(lines), known)  # noqa: S102 - names of our own fields
    make: Callable[[asyncpg.Record | tuple[Any, ...]], Record] = known["make"]
    return make
