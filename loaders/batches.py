"""What every loader has in common: keys that are asked for at once become one statement on a short connection."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from loaders.arrivals import ManyLoader
from persistence.database import Connection, Database

Key = TypeVar("Key")
Value = TypeVar("Value")


def by_id(
    database: Database, read: Callable[[Connection, Sequence[str]], Awaitable[Mapping[str, Value]]]
) -> ManyLoader[str, Value | None]:
    """Load one thing for each id; None for what is not there or out of sight."""

    async def load(ids: list[str]) -> list[Value | None]:
        found = await database.read(lambda connection: read(connection, ids))
        return [found.get(key) for key in ids]

    return ManyLoader(load)


async def load_where_named(loader: ManyLoader[str, Value | None], ids: Sequence[str | None]) -> list[Value | None]:
    """Load one thing for each id, and nothing where there is no id."""
    found = iter(await loader.load_many([key for key in ids if key is not None]))
    return [None if key is None else next(found) for key in ids]


def lists_by_id(
    database: Database, read: Callable[[Connection, Sequence[str]], Awaitable[Mapping[str, Sequence[Value]]]]
) -> ManyLoader[str, Sequence[Value]]:
    """Load the many things that belong to each id; none for what is not there or out of sight."""

    async def load(ids: list[str]) -> list[Sequence[Value]]:
        found = await database.read(lambda connection: read(connection, ids))
        return [found.get(key, ()) for key in ids]

    return ManyLoader(load)


def one_by_one(database: Database, read: Callable[[Connection, Key], Awaitable[Value]]) -> ManyLoader[Key, Value]:
    """Load what has a statement of its own, once for all fields that ask for it."""

    async def read_each(connection: Connection, keys: list[Key]) -> list[Value]:
        return [await read(connection, key) for key in keys]

    async def load(keys: list[Key]) -> list[Value]:
        return await database.read(lambda connection: read_each(connection, keys))

    return ManyLoader(load)
