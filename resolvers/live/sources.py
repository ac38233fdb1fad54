"""Where a subscription's events come from; one source may serve many readers with the same sight."""

import asyncio
from abc import abstractmethod
from collections.abc import AsyncGenerator, Sequence

from domain.licenses import LicenseCount
from resolvers.live.events import Event, joined
from resolvers.live.watches import AccountWatch, Listener


class Source(Listener):
    """Collects what changes until it is asked for; of each thing only the newest waits (S4)."""

    def __init__(self) -> None:
        self._waiting: dict[str, Event] = {}
        self._arrived = asyncio.Event()
        self._is_over = False

    @abstractmethod
    def snapshot(self) -> Sequence[Event]:
        """Give how everything stands: what a reader gets who joins now (S2)."""

    @abstractmethod
    async def catch_up(self) -> None:
        """Read anew, so that what was committed before now is taken in."""

    @abstractmethod
    def close(self) -> None:
        """Stop watching."""

    async def changes(self) -> Sequence[Event] | None:
        """Wait for changes, and give all there are: none when only woken, None when there will be no more."""
        await self._arrived.wait()
        events, self._waiting = list(self._waiting.values()), {}
        if not self._is_over:
            self._arrived.clear()
        return events if events or not self._is_over else None

    def wake(self) -> None:
        """Let whoever waits for changes go on."""
        self._arrived.set()

    def put(self, event: Event) -> None:
        """Have an event wait."""
        self._waiting[event.id] = joined(self._waiting.get(event.id), event)
        self._arrived.set()

    def end(self) -> None:
        """Let nothing follow what waits."""
        self._is_over = True
        self._arrived.set()

    async def __aiter__(self) -> AsyncGenerator[Event]:
        """Give first how everything stands, then each change."""
        self._waiting.clear()
        try:
            for event in self.snapshot():
                yield event
            while (events := await self.changes()) is not None:
                for event in events:
                    yield event
        finally:
            self.close()


class NoSource(Source):
    """Tells of what is not there or out of sight, which is nothing at all (P4)."""

    def __init__(self) -> None:
        super().__init__()
        self.end()

    def notice(self, watch: AccountWatch, counts: Sequence[LicenseCount]) -> None:
        """Notice nothing."""

    def snapshot(self) -> Sequence[Event]:
        """Give nothing."""
        return ()

    async def catch_up(self) -> None:
        """Read nothing."""

    def close(self) -> None:
        """Do nothing."""
