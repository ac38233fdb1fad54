"""The end of tasks that run for ever."""

import asyncio
from typing import Any, Final

_PAUSE_SECONDS: Final = 0.1


async def cancel(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks until all have ended, however they do.

    One cancellation may be lost: `asyncio.wait_for` of Python 3.11, which drivers use, drops one that comes together
    with what it waits for (python/cpython#86296).
    """
    while running := [task for task in tasks if not task.done()]:
        for task in running:
            task.cancel()
        await asyncio.wait(running, timeout=_PAUSE_SECONDS)
    for task in tasks:
        if not task.cancelled():
            task.exception()  # looked at, or asyncio would log it
