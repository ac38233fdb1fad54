"""The source of changed users: the log in the database, read from where the source is (S3, S4)."""

import time
from collections.abc import Sequence
from functools import partial
from typing import Final

from domain.licenses import LicenseCount
from domain.refusals import FellBehind
from domain.user_changes import UserChange
from domain.viewers import Scope
from persistence.watches import changes_after
from resolvers.live.events import Event
from resolvers.live.sources import Source
from resolvers.live.watches import MEMORY_SECONDS, AccountWatch, Watches

# Of the log, each with up to a thousand users: what is taken in at once.
_ROWS: Final = 10


class UserChangeSource(Source):
    """Changed users of one account. What waits, waits in the log: here is only the place in it."""

    def __init__(self, watches: Watches, scope: Scope, account_id: str) -> None:
        super().__init__()
        self._watches = watches
        self._scope = scope
        self._account_id = account_id
        self._watch = watches.open(account_id, self)
        self._position: int | None = None
        self._end_of_log = 0
        self._is_behind = False
        self._behind_since = 0.0
        self._has_lost_track = False

    def notice(self, watch: AccountWatch, counts: Sequence[LicenseCount]) -> None:  # noqa: ARG002 - no counts here
        """Note whether the log has grown; what is in it when it is first read is past."""
        if watch.state is None or not watch.is_in(self._scope):
            self.end()
            return
        self._end_of_log = watch.state.last_change
        if self._position is None:
            self._position = self._end_of_log
        elif self._end_of_log > self._position:
            if not self._is_behind:
                self._behind_since = time.monotonic()
            self._is_behind = True
            self.wake()

    def lose_track(self) -> None:
        """Give up: the log may not reach back to where this source is."""
        self._has_lost_track = self._is_behind = True
        self.wake()

    def snapshot(self) -> Sequence[Event]:
        """Give nothing: changes have no state."""
        return ()

    async def catch_up(self) -> None:
        """Read where the log ends."""
        await self._watches.refresh([self._account_id])

    def close(self) -> None:
        """Stop watching."""
        self._watches.close(self._account_id, self)

    async def changes(self) -> Sequence[Event] | None:
        """Give what comes next in the log. Raises FellBehind where the log may not reach back so far any more."""
        waiting = await super().changes()
        if waiting is None or not self._is_behind or self._position is None:
            return waiting
        began, known = time.monotonic(), self._end_of_log
        if self._has_lost_track or began - self._behind_since > MEMORY_SECONDS:
            raise FellBehind
        ask = partial(changes_after, account_id=self._account_id, position=self._position, limit=_ROWS)
        rows = await self._watches.database.read(ask)
        for row in rows:
            self._position = row.position
            for user_id in row.user_ids:
                self.put(UserChange(user_id, self._account_id, row.kind))
        if len(rows) < _ROWS:
            # All that was known of when this read began. What was logged meanwhile may not be in it.
            self._behind_since = began
            self._is_behind = self._has_lost_track or self._end_of_log > max(known, self._position)
        events, self._waiting = list(self._waiting.values()), {}
        if self._is_behind:
            self.wake()
        return events
