"""Who is connected, and whether they still may be: asked for all of them at once, twice a second (P6)."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

from domain.viewers import Viewer
from gateway.errors import refuse_request
from gateway.identity.viewers import RecentViewers
from persistence.database import Connection, Database
from persistence.failures import UNDONE
from persistence.sessions import lasting_sessions
from persistence.viewers import Rights, rights_of

_CHECK_SECONDS: Final = 0.5
# How old rights may be when an event is told by them.
_FRESH_SECONDS: Final = 0.9

EXPIRED: Final = "The access token has run out"
SIGNED_OUT: Final = "The session has ended"
RIGHTS_CHANGED: Final = "The rights have changed"


class Attendant:
    """Somebody who is connected, and how that is ended; `end` takes the reason."""

    __slots__ = ("end", "viewer")

    def __init__(self, viewer: Viewer, end: Callable[[str], None]) -> None:
        self.viewer = viewer
        self.end = end


class Attendance:
    """All who are connected to this process."""

    def __init__(self, database: Database, viewers: RecentViewers, *, places_per_user: int) -> None:
        self._database = database
        self._viewers = viewers
        self._places_per_user = places_per_user
        self._present: set[Attendant] = set()
        self._taken: Counter[str] = Counter()
        self._checked_at = 0.0
        self._checking = asyncio.Lock()

    def enter(self, attendant: Attendant) -> None:
        """Count somebody in, whose rights were looked up just now. Raises RequestError for one too many of a user."""
        user_id = attendant.viewer.user.id
        if self._taken[user_id] >= self._places_per_user:
            told = f"A user may hold at most {self._places_per_user} streams and sockets at once."
            raise refuse_request(told, code="TOO_MANY_SOCKETS", status=429)
        self._taken[user_id] += 1
        self._present.add(attendant)

    def leave(self, attendant: Attendant) -> None:
        """Count somebody out; a second time does nothing."""
        if attendant in self._present:
            self._present.remove(attendant)
            user_id = attendant.viewer.user.id
            self._taken[user_id] -= 1
            if not self._taken[user_id]:
                del self._taken[user_id]

    async def run(self) -> None:
        """Check every half second, until cancelled. Whoever cannot be checked stays connected, and is told nothing."""
        while True:
            await asyncio.sleep(_CHECK_SECONDS)
            with suppress(*UNDONE):
                await self._check()

    async def be_sure(self) -> None:
        """Make sure that whoever is connected may be, before they are told something. Raises what the database does.

        All who wait share one check that began after they asked. Otherwise, under many writes, each would need a check
        of its own.
        """
        if self._is_sure:
            return
        asked_at = time.monotonic()
        async with self._checking:
            if not self._is_sure and self._checked_at < asked_at:
                await self._check()

    @property
    def _is_sure(self) -> bool:
        """Whether all were checked just now, and after what this process wrote (S5)."""
        return self._checked_at > max(time.monotonic() - _FRESH_SECONDS, self._viewers.cleared_at)

    async def _check(self) -> None:
        """End the connections of all who may not be here any more."""
        present = tuple(self._present)
        if not present:
            return
        started = time.monotonic()
        viewers = [attendant.viewer for attendant in present]
        ids = {viewer.user.id for viewer in viewers}
        sessions = {viewer.session_id for viewer in viewers if viewer.session_id is not None}

        async def ask(connection: Connection) -> tuple[Mapping[str, Rights], frozenset[str]]:
            return (
                await rights_of(connection, list(ids)),
                await lasting_sessions(connection, list(sessions)) if sessions else frozenset(),
            )

        rights, signed_in = await self._database.read(ask)
        self._checked_at = started
        now = datetime.now(UTC)
        for attendant in present:
            if attendant in self._present and (reason := _reason_to_end(attendant.viewer, rights, signed_in, now)):
                self.leave(attendant)
                attendant.end(reason)


def _reason_to_end(
    viewer: Viewer, rights: Mapping[str, Rights], signed_in: frozenset[str], now: datetime
) -> str | None:
    """Tell why somebody may not stay; None where all is as it was."""
    if viewer.expires_at <= now:
        return EXPIRED
    if viewer.session_id is not None and viewer.session_id not in signed_in:
        return SIGNED_OUT
    if rights.get(viewer.user.id) != (viewer.role, viewer.account_id):
        return RIGHTS_CHANGED
    return None
