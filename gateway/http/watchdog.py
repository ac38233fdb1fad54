"""Ends what takes too long, and what nobody waits for any more.

Most requests are answered long before anybody would have to look, so they have no timer of their own: one timer looks
after all of them, and those that it finds get what they need to be ended.
"""

import asyncio
from collections import deque
from typing import Final

from starlette.types import Receive

# Between two looks. What is answered within them is never looked at.
_UNWATCHED_SECONDS: Final = 0.05


class Watchdog:
    """Looks after all requests that a process works on, each of which ends after so many seconds."""

    def __init__(self, deadline_seconds: float) -> None:
        self._deadline_seconds = deadline_seconds
        self._young: deque[Watch] = deque()
        self._is_looking = False

    def begin(self) -> "Watch":
        """Watch over the request that runs in this task."""
        loop = asyncio.get_running_loop()
        watch = Watch(loop.time())
        self._young.append(watch)
        if not self._is_looking:
            self._is_looking = True
            loop.call_later(_UNWATCHED_SECONDS, self._look, loop)
        return watch

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        young, grown_up = self._young, loop.time() - _UNWATCHED_SECONDS
        while young and young[0].started_at <= grown_up:
            watch = young.popleft()
            watch.attend(watch.started_at + self._deadline_seconds)
        self._is_looking = bool(young)
        if young:
            loop.call_later(_UNWATCHED_SECONDS, self._look, loop)


class Watch:
    """Looks after one request.

    The block of `deadline` is where it can be ended: it then raises TimeoutError.
    """

    def __init__(self, started_at: float) -> None:
        self.started_at = started_at
        self.deadline = asyncio.timeout(None)
        self.is_gone = False
        self._receive: Receive | None = None
        self._is_attended = self._has_ended = False
        self._waiting: asyncio.Task[None] | None = None

    @property
    def has_read(self) -> bool:
        """Whether the request has arrived whole."""
        return self._receive is not None

    def look_after_client(self, receive: Receive) -> None:
        """End the request when its client goes away, so that nobody works for nobody; once it has been read."""
        self._receive = receive
        if self._is_attended:
            self._waiting = asyncio.create_task(self._wait(receive))

    def attend(self, ends_at: float) -> None:
        """End the request at this time of the event loop, or when its client goes, if it still runs."""
        if self._has_ended:
            return
        self._is_attended = True
        self.deadline.reschedule(ends_at)
        if self._receive is not None:
            self._waiting = asyncio.create_task(self._wait(self._receive))

    def end(self) -> None:
        """Look no longer."""
        self._has_ended = True
        if self._waiting is not None:
            self._waiting.cancel()

    async def _wait(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self.is_gone = True
        if not self.deadline.expired():
            self.deadline.reschedule(asyncio.get_running_loop().time())
