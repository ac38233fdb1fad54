"""Ends what takes too long, and what nobody waits for any more, and says how each request ended that was not answered.

Most requests are answered long before anybody would have to look, so they have no timer of their own: one timer looks
after all of them, and those that it finds get what they need to be ended.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from starlette.types import Receive

from gateway.errors import RequestError, refuse_for_fault, refuse_request, too_slow
from gateway.messages.bodies import CLOSE, ClientGone

Done = TypeVar("Done")

# Between two looks. What is answered within them is never looked at.
_UNWATCHED_SECONDS: Final = 0.05


class Watchdog:
    """Looks after all requests that a process works on, each of which ends after so many seconds unless it has more."""

    def __init__(self, deadline_seconds: float) -> None:
        self._deadline_seconds = deadline_seconds
        self._young: deque[Watch] = deque()
        self._is_looking = False

    async def watch(self, work: Callable[["Watch"], Awaitable[Done]], request_id: str) -> Done:
        """Do what there is to do for the request that runs in this task, before its deadline.

        Raises RequestError, for faults of ours too, and ClientGone.
        """
        watch = self._begin()
        try:
            async with watch.deadline:
                return await work(watch)
        except TimeoutError as fault:
            if watch.is_gone:
                raise ClientGone from None
            if not watch.deadline.expired():
                raise refuse_for_fault(fault, request_id) from fault
            raise self._timed_out(watch) from None
        except (RequestError, ClientGone):
            raise
        except Exception as fault:
            raise refuse_for_fault(fault, request_id) from fault
        finally:
            watch.end()

    def _timed_out(self, watch: "Watch") -> RequestError:
        if not watch.has_read:
            message = "The request took too long to arrive."
            return refuse_request(message, code="REQUEST_TIMEOUT", status=408, headers=[CLOSE])
        return too_slow(watch.seconds)

    def _begin(self) -> "Watch":
        loop = asyncio.get_running_loop()
        watch = Watch(loop.time(), self._deadline_seconds)
        self._young.append(watch)
        if not self._is_looking:
            self._is_looking = True
            loop.call_later(_UNWATCHED_SECONDS, self._look, loop)
        return watch

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        young, grown_up = self._young, loop.time() - _UNWATCHED_SECONDS
        while young and young[0].started_at <= grown_up:
            young.popleft().attend()
        self._is_looking = bool(young)
        if young:
            loop.call_later(_UNWATCHED_SECONDS, self._look, loop)


class Watch:
    """Looks after one request.

    The block of `deadline` is where it can be ended: it then raises TimeoutError.
    """

    def __init__(self, started_at: float, seconds: float) -> None:
        self.started_at = started_at
        self.seconds = seconds
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
        """End the request when its client goes away, so that no work is done in vain; once it has been read."""
        self._receive = receive
        if self._is_attended:
            self._waiting = asyncio.create_task(self._wait(receive))

    def allow(self, seconds: float) -> None:
        """Let the request take so long, from its start on."""
        self.seconds = seconds
        if self._is_attended and not self.is_gone:
            self.deadline.reschedule(self.started_at + seconds)

    def attend(self) -> None:
        """End the request when its time is over, or when its client goes, if it still runs."""
        if self._has_ended:
            return
        self._is_attended = True
        self.deadline.reschedule(self.started_at + self.seconds)
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
