"""Makes many records quickly.

Nothing here looks at the values, and plans take records at their word (docs/decisions/0017): that rows hold what
records declare is tested, for each kind of them, in `tests/reading/test_records.py`.
"""

from collections.abc import Callable, Collection
from typing import Any, Final, NoReturn, TypeVar

import asyncpg
from msgspec import Struct

Record = TypeVar("Record", bound=Struct)


class _NotRead:
    """Stands in a record for a field that was not read: whoever takes it for a value gets AttributeError.

    It cannot be written as JSON either.
    """

    __slots__ = ()

    def _refuse(self, *_: object) -> NoReturn:
        raise AttributeError("This field of the record was not read.")

    __bool__ = __eq__ = __hash__ = __str__ = __getattr__ = _refuse


_NOT_READ: Final = _NotRead()


def record_maker(
    record: type[Record], only: Collection[str] | None = None, **readers: Callable[[Any], Any]
) -> Callable[[asyncpg.Record | tuple[Any, ...]], Record]:
    """Make a function that gives a record of a row which begins with the values of its fields, in their order.

    With `only`, the row has these fields and no others: the others of the record are no values, and to use one raises
    AttributeError. A field that has a reader holds what that makes of the value in the row.
    """
    names = record.__struct_fields__
    given = [name for name in names if only is None or name in only]
    read = {name: f"read_{name}({name})" if name in readers else name for name in given}
    lines = (
        "def make(row):",
        f"    {' '.join(f'{name},' for name in given)} = row[:{len(given)}]",
        f"    return record({', '.join(read.get(name, 'not_read') for name in names)})",
    )
    known: dict[str, Any] = {
        "record": record,
        "not_read": _NOT_READ,
        **{f"read_{name}": reader for name, reader in readers.items()},
    }
    exec("\n".join(lines), known)  # noqa: S102 - names of our own fields
    make: Callable[[asyncpg.Record | tuple[Any, ...]], Record] = known["make"]
    return make
