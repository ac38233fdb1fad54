"""What every loader has in common: keys that are asked for at once become one statement on a short connection."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from domain.viewers import Scope
from loaders.many_loader import Bunches, ManyLoader
from loaders.sharing import Read, SharedReads
from persistence.database import Connection, Readable

Key = TypeVar("Key")
Value = TypeVar("Value")


def by_id(reads: SharedReads, scope: Scope, read: Read[Value]) -> ManyLoader[str, Value | None]:
    """Load one thing for each id; None for what is not there or out of sight."""
    return ManyLoader(reads.bunches(read, scope, missing=None))


def lists_by_id(reads: SharedReads, scope: Scope, read: Read[Sequence[Value]]) -> ManyLoader[str, Sequence[Value]]:
    """Load the many things that belong to each id; none for what is not there or out of sight."""
    return ManyLoader(reads.bunches(read, scope, missing=()))


async def load_where_named(loader: ManyLoader[str, Value | None], ids: Sequence[str | None]) -> list[Value | None]:
    """Load one thing for each id, and nothing where there is no id."""
    found = iter(await loader.load_many([key for key in ids if key is not None]))
    return [None if key is None else next(found) for key in ids]


def one_by_one(source: Readable, read: Callable[[Connection, Key], Awaitable[Value]]) -> ManyLoader[Key, Value]:
    """Load what has a statement of its own, once for all fields that ask for it."""

    async def read_each(connection: Connection, keys: list[Key]) -> list[Value]:
        return [await read(connection, key) for key in keys]

    async def load(keys: list[Key]) -> list[Value]:
        return await source.read(lambda connection: read_each(connection, keys))

    return ManyLoader(Bunches(load))
