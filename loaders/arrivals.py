"""A data loader that is asked for hundreds of keys at once."""

from asyncio import Future, shield
from collections.abc import Callable, Coroutine, Generator, Iterable
from typing import Any, Self, TypeVar, cast

from aiodataloader import DataLoader

Key = TypeVar("Key")
Value = TypeVar("Value")


class ManyLoader(DataLoader[Key, Value]):
    """Waits for many keys with one future, where aiodataloader makes one, and a callback, for each of them.

    A loader lives as long as one operation, so it also keeps what failed: nothing is asked for twice. Nobody who stops
    waiting takes a value away from others who wait for it too.
    """

    def __init__(self, load: Callable[[list[Key]], Coroutine[Any, Any, list[Value]]]) -> None:
        self._slots: dict[Key, _Slot] = {}
        super().__init__(load, cache_map=cast("dict[Key, Future[Value]]", self._slots))

    def load(self, key: Key) -> Any:
        """Give what a key stands for. To be awaited, any number of times."""
        if key not in self._slots:
            self._ask([key])
        return self._slots[key]

    def load_many(self, keys: Iterable[Key]) -> Any:
        """Give what the keys stand for, in their order. To be awaited once."""
        return self._load_many(list(keys))

    async def _load_many(self, keys: list[Key]) -> list[Value]:
        slots = self._slots
        new = [key for key in keys if key not in slots]
        if new:
            await shield(self._ask(new))
        asked = [slots[key] for key in keys]
        return [slot.value if slot.is_good else await slot for slot in asked]

    def _ask(self, keys: Iterable[Key]) -> "Future[None]":
        """Put keys into the batch that goes out next, and give the future of their arrival."""
        arrival = _Arrival(self.loop.create_future())
        for key in dict.fromkeys(keys):
            slot = self._slots[key] = _Slot(arrival)
            self.do_resolve_reject(key, cast("Future[Value]", slot))
        return arrival.future

    def clear(self, key: Key) -> Self:  # noqa: ARG002 - aiodataloader forgets what failed with it
        """Forget nothing."""
        return self


class _Arrival:
    """The keys that were asked for together, and the future of the last of them."""

    __slots__ = ("future", "missing")

    def __init__(self, future: "Future[None]") -> None:
        self.future = future
        self.missing = 0

    def note(self) -> None:
        """Note that one more is there."""
        self.missing -= 1
        if not self.missing and not self.future.done():
            self.future.set_result(None)


class _Slot:
    """What comes of one key. It has the methods of a future that aiodataloader calls, and can be awaited."""

    __slots__ = ("_arrival", "_error", "_is_there", "is_good", "value")

    def __init__(self, arrival: _Arrival) -> None:
        arrival.missing += 1
        self.value: Any = None
        self.is_good = False
        self._arrival = arrival
        self._error: BaseException | None = None
        self._is_there = False

    def done(self) -> bool:
        return self._is_there

    def set_result(self, value: Any) -> None:
        self.value = value
        self.is_good = self._is_there = True
        self._arrival.note()

    def set_exception(self, error: BaseException) -> None:
        self._error = error
        self._is_there = True
        self._arrival.note()

    def __await__(self) -> Generator[Any, None, Any]:
        if not self._is_there:
            yield from shield(self._arrival.future).__await__()
        if self._error is not None:
            raise self._error
        return self.value
