"""So many mails a second, and no more."""

import asyncio
import time
from contextlib import suppress


class Throttle:
    """Keeps the mails of one process evenly apart."""

    def __init__(self, per_second: float) -> None:
        self._interval = 1 / per_second
        self._open_at = 0.0

    async def wait(self, stopping: asyncio.Event) -> None:
        """Wait until one more may be sent, or the process is told to stop."""
        left = self._open_at - time.monotonic()
        if left > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await stopping.wait()

    def count(self) -> None:
        """Count one that is being sent."""
        self._open_at = max(self._open_at, time.monotonic()) + self._interval
