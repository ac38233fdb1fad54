"""Reads by id that operations share: what those of one scope ask for at the same moment is one statement.

Under load many requests are worked on at once, and most of what a small one takes is its statements. Nobody sees more
for it: a statement has one scope, as ever, and each operation takes the ids that it asked for. A read begins after all
who share it have asked, so that each sees what it has written itself.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias, TypeVar

from domain.viewers import Scope
from loaders.many_loader import Bunches
from persistence.database import Connection, Readable

Value = TypeVar("Value")
Missing = TypeVar("Missing")

Read: TypeAlias = Callable[[Connection, Scope, Sequence[str]], Awaitable[Mapping[str, Value]]]
"""Reads what belongs to ids, as far as it is in a scope."""

# Scopes times reads. What falls out is shared no longer by who comes later, and that is all.
_MOST: Final = 4096
# Of one statement: whoever shares it waits for all that is read in it.
_MOST_IDS: Final = 5000


class SharedReads:
    """The reads by id of all operations of a process, or of one that is a dry run."""

    def __init__(self, source: Readable) -> None:
        self._source = source
        self._bunches: OrderedDict[tuple[Read[Any], Scope, object], Bunches[str, Any]] = OrderedDict()

    def bunches(self, read: Read[Value], scope: Scope, *, missing: Missing) -> Bunches[str, Value | Missing]:
        """Give what loads by this read in this scope, and `missing` for what is not there or out of sight."""
        asked = (read, scope, missing)
        known = self._bunches.get(asked)
        if known is not None:
            self._bunches.move_to_end(asked)
            return known
        made = self._bunches[asked] = self._make(read, scope, missing)
        if len(self._bunches) > _MOST:
            self._bunches.popitem(last=False)
        return made

    def _make(self, read: Read[Value], scope: Scope, missing: Missing) -> Bunches[str, Value | Missing]:
        async def load_some(ids: list[str]) -> list[Value | Missing]:
            found = await self._source.read(lambda connection: read(connection, scope, ids))
            return [found.get(key, missing) for key in ids]

        async def load(ids: list[str]) -> list[Value | Missing]:
            if len(ids) <= _MOST_IDS:
                return await load_some(ids)
            parts = [ids[start : start + _MOST_IDS] for start in range(0, len(ids), _MOST_IDS)]
            return [one for part in await asyncio.gather(*map(load_some, parts)) for one in part]

        return Bunches(load, shared=True)
