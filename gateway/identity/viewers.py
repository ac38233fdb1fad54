"""Viewers whose rights were looked up a moment ago (P6)."""

import time
from collections import OrderedDict
from typing import ClassVar, NamedTuple

from domain.viewers import Viewer
from gateway.identity.tokens import Claims


class _Known(NamedTuple):
    viewer: Viewer
    asked_at: float


class RecentViewers:
    """Remembers who a token stands for, for half of the second that P6 allows.

    The other half is for the operation itself. What this process writes is heeded at once: it forgets everybody, and
    tells when it did so last, by the monotonic clock.
    """

    remembers_seconds: ClassVar[float] = 0.5
    remembers_at_most: ClassVar[int] = 10_000

    def __init__(self) -> None:
        self._known: OrderedDict[Claims, _Known] = OrderedDict()
        self.cleared_at = time.monotonic()

    def __len__(self) -> int:
        """Count the viewers that are remembered."""
        return len(self._known)

    def get(self, claims: Claims) -> Viewer | None:
        """Give the viewer, if the rights were asked for just now."""
        known = self._known.get(claims)
        if known is None or time.monotonic() - known.asked_at > self.remembers_seconds:
            return None
        return known.viewer

    def put(self, claims: Claims, viewer: Viewer, asked_at: float) -> None:
        """Remember a viewer whose rights were asked for at this time, by the monotonic clock."""
        if asked_at <= self.cleared_at:
            return
        self._known[claims] = _Known(viewer, asked_at)
        self._known.move_to_end(claims)
        if len(self._known) > self.remembers_at_most:
            self._known.popitem(last=False)

    def clear(self) -> None:
        """Forget everybody, those too who are being looked up at this moment."""
        self._known.clear()
        self.cleared_at = time.monotonic()
