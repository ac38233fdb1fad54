"""A data loader that is asked for hundreds of keys at once."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Generic, TypeVar, cast

from aiodataloader import DataLoader

Key = TypeVar("Key")
Value = TypeVar("Value")


class ManyLoader(Generic[Key, Value]):
    """Loads many keys at once, and what is asked for at the same moment by others in the same batch.

    To aiodataloader, all keys that somebody asks for at once are one key: it makes a future, and a callback, for each.
    A loader lives as long as one operation, so it also keeps what failed: nothing is asked for again.
    """

    def __init__(self, load: Callable[[list[Key]], Awaitable[list[Value]]]) -> None:
        self._values: dict[Key, Value] = {}
        self._bunches = _Bunches(load, self._values)

    async def load(self, key: Key) -> Value:
        """Give what a key stands for."""
        return (await self.load_many([key]))[0]

    async def load_many(self, keys: Iterable[Key]) -> list[Value]:
        """Give what the keys stand for, in their order."""
        bunch, values = list(keys), self._values
        try:
            return [values[key] for key in bunch]
        except KeyError:
            return await self._bunches.load(bunch)


class _Bunches(DataLoader[list[Key], list[Value]]):
    """Loads what is new in bunches of keys.

    It is no part of ManyLoader, and is not called by it through a bound method that is kept: such a circle would keep
    all that was loaded until the garbage collector looks.
    """

    cache = False

    def __init__(self, load: Callable[[list[Key]], Awaitable[list[Value]]], values: dict[Key, Value]) -> None:
        super().__init__()
        self._load_keys = load
        self._values = values
        self._errors: dict[Key, Exception] = {}

    async def batch_load_fn(self, bunches: list[list[Key]]) -> list[list[Value]]:
        """Load what is new; a bunch with a key that failed gets its error, which is raised to its owner."""
        values, errors = self._values, self._errors
        new = list(dict.fromkeys(key for keys in bunches for key in keys if key not in values and key not in errors))
        if new:
            try:
                values.update(zip(new, await self._load_keys(new), strict=True))
            except Exception as error:  # noqa: BLE001 - whatever it was, it is raised to all who asked
                errors.update(dict.fromkeys(new, error))
        return cast("list[list[Value]]", [self._outcome(keys) for keys in bunches])

    def get_cache_key(self, key: Any) -> Any:
        """Give the key; nothing is kept by it."""
        return key

    def _outcome(self, keys: list[Key]) -> list[Value] | Exception:
        failed = next((key for key in keys if key in self._errors), None) if self._errors else None
        return [self._values[key] for key in keys] if failed is None else self._errors[failed]
