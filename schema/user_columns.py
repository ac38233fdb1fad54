"""Which columns of users an operation reads, so that a page has none that nobody looks at."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from strawberry.utils.str_converters import to_camel_case

from domain.users import User

_READ: Final[dict[str, tuple[str, ...]]] = {
    "__typename": (),
    "account": ("account_id",),
    "isAccountAdmin": ("role",),
    "licenses": ("id",),
    "lockedFields": ("source",),
    "sourceRecord": ("id",),
    **{to_camel_case(name): (name,) for name in User.__struct_fields__},
}
"""What the fields of the GraphQL type read of a record. One that is not here may read anything."""

# Each set of columns has statements of its own: so many, whatever people think up.
_MOST_SETS: Final = 64


class ColumnsRead:
    """Tells which columns the selected fields read, of the fields of the GraphQL type with these names."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(names)
        self._sets: set[frozenset[str]] = set()
        self.of = lru_cache(maxsize=1024)(self._of)

    def _of(self, selected: frozenset[str] | None) -> frozenset[str] | None:
        """Give the columns that are read where fields with these names are selected, in whatever type; None for all."""
        names = self._names if selected is None else selected & self._names
        if not names <= _READ.keys():
            return None
        read = frozenset([column for name in names for column in _READ[name]])
        if len(self._sets) < _MOST_SETS:
            self._sets.add(read)
        return read if read in self._sets else None
