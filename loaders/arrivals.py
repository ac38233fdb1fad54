"""A data loader that is asked for hundreds of keys at once."""

from asyncio import AbstractEventLoop, Future
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
            await self._ask(new).wait()
        asked = [slots[key] for key in keys]
        return [slot.value if slot.is_good else await slot for slot in asked]

    def _ask(self, keys: Iterable[Key]) -> "_Arrival":
        """Put keys into the batch that goes out next."""
        arrival = _Arrival(self.loop)
        ask = cast("Callable[[Key, _Slot], None]", self.do_resolve_reject)
        for key in dict.fromkeys(keys):
            slot = self._slots[key] = _Slot(arrival)
            ask(key, slot)
        return arrival

    def clear(self, key: Key) -> Self:  # noqa: ARG002 - aiodataloader forgets what failed with it
        """Forget nothing."""
        return self


class _Arrival:
    """The keys that were asked for together, and who waits for the last of them."""

    __slots__ = ("_loop", "_waiting", "missing")

    def __init__(self, loop: AbstractEventLoop) -> None:
        self.missing = 0
        self._loop = loop
        self._waiting: list[Future[None]] = []

    def wait(self) -> "Future[None]":
        """Give a future of one's own, so that who stops waiting stops nobody else."""
        future: Future[None] = self._loop.create_future()
        self._waiting.append(future)
        return future

    def note(self) -> None:
        """Note that one more is there."""
        self.missing -= 1
        if not self.missing:
            for future in self._waiting:
                if not future.done():
                    future.set_result(None)


class _Slot:
    """What comes of one key. It has the methods of a future that aiodataloader calls, and can be awaited."""

    __slots__ = ("_arrival", "_error", "is_good", "value")

    def __init__(self, arrival: _Arrival) -> None:
        arrival.missing += 1
        self.value: Any = None
        self.is_good = False
        self._arrival = arrival
        self._error: BaseException | None = None

    def done(self) -> bool:
        return self.is_good or self._error is not None

    def set_result(self, value: Any) -> None:
        self.value = value
        self.is_good = True
        self._arrival.note()

    def set_exception(self, error: BaseException) -> None:
        self._error = error
        self._arrival.note()

    def __await__(self) -> Generator[Any, None, Any]:
        if self._arrival.missing:
            yield from self._arrival.wait().__await__()
        if self._error is not None:
            raise self._error
        return self.value
