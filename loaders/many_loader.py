"""A data loader that is asked for hundreds of keys at once."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from itertools import chain
from typing import Any, Generic, TypeVar, cast

from aiodataloader import DataLoader, Loader, dispatch_queue_batch

from persistence.failures import UNDONE

Key = TypeVar("Key")
Value = TypeVar("Value")
Value_co = TypeVar("Value_co", covariant=True)


class Bunches(DataLoader[list[Key], Mapping[Key, Value]]):
    """Loads what is asked for at the same moment at once.

    aiodataloader makes a future, and a callback, for each key. So all keys that somebody asks for at once, a bunch, are
    one key to it. Whoever asks gets what was loaded for all, and takes their own part. With `shared`, the bunches are
    of several operations. If they cannot be loaded together, each is loaded alone, so that nobody suffers for another's
    keys, unless the database is away or too slow.
    """

    cache = False

    def __init__(self, load: Callable[[list[Key]], Awaitable[list[Value]]], *, shared: bool = False) -> None:
        # DataLoader's own would find out for each of the many that are made that they can be awaited.
        self.loop = asyncio.get_running_loop()
        self._queue = []
        self._cache = {}
        self._load_keys = load
        self._shared = shared

    async def batch_load_fn(self, bunches: list[list[Key]]) -> list[Mapping[Key, Value]]:
        """Load the keys of all bunches; a bunch that cannot be loaded gets its error, which is raised to its owner."""
        try:
            found = await self._load_all(bunches)
        except Exception as error:
            if not self._shared or len(bunches) == 1 or isinstance(error, UNDONE):
                raise
            return cast("list[Mapping[Key, Value]]", [await self._outcome(keys) for keys in bunches])
        return [found] * len(bunches)

    def get_cache_key(self, key: Any) -> Any:
        """Give the key; nothing is kept by it."""
        return key

    def do_resolve_reject(self, key: list[Key], future: "asyncio.Future[Mapping[Key, Value]]") -> None:
        """Put a bunch into the queue, and have that sent out when all who are to run now have run.

        aiodataloader makes a task to begin another one: one is enough.
        """
        self._queue.append(Loader(key, future))
        if len(self._queue) == 1:
            self.loop.call_soon(self._send_out)

    def _send_out(self) -> None:
        """Load what is in the queue, until it is there or nobody waits for it any more."""
        queue, self._queue = self._queue, []
        loading = self.loop.create_task(dispatch_queue_batch(self, queue))
        waiting = len(queue)

        def leave(future: "asyncio.Future[Mapping[Key, Value]]") -> None:
            nonlocal waiting
            waiting -= future.cancelled()
            if not waiting:
                loading.cancel()

        futures: list[asyncio.Future[Mapping[Key, Value]]] = [
            bunch.future  # pyright: ignore[reportUnknownMemberType] - aiodataloader names no type
            for bunch in queue
        ]
        for future in futures:
            future.add_done_callback(leave)

    async def _load_all(self, bunches: list[list[Key]]) -> Mapping[Key, Value]:
        keys = list(dict.fromkeys(chain.from_iterable(bunches)))
        return dict(zip(keys, await self._load_keys(keys), strict=True))

    async def _outcome(self, keys: list[Key]) -> Mapping[Key, Value] | Exception:
        try:
            return await self._load_all([keys])
        except Exception as error:  # noqa: BLE001 - whatever it was, it is raised to who asked
            return error


class ManyLoader(Generic[Key, Value_co]):
    """What one operation loads. It keeps what it has, what failed too, so that nothing is asked for again."""

    def __init__(self, bunches: Bunches[Key, Value_co]) -> None:
        self._bunches = bunches
        self._values: dict[Key, Value_co] = {}
        self._errors: dict[Key, Exception] = {}

    async def load(self, key: Key) -> Value_co:
        """Give what a key stands for."""
        return (await self.load_many([key]))[0]

    async def load_many(self, keys: Iterable[Key]) -> list[Value_co]:
        """Give what the keys stand for, in their order."""
        wanted, values = list(keys), self._values
        new = [key for key in wanted if key not in values] if values else wanted
        if new:
            await self._load(new)
        return [values[key] for key in wanted]

    async def _load(self, new: list[Key]) -> None:
        for key in new if self._errors else ():
            if key in self._errors:
                raise self._errors[key]
        try:
            found = await self._bunches.load(new)
        except Exception as error:
            self._errors.update(dict.fromkeys(new, error))
            raise
        self._values.update(zip(new, map(found.__getitem__, new), strict=True))
