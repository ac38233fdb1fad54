"""What waits for a reader who is slow."""

from typing import Final

from domain.refusals import FellBehind
from resolvers.live.events import Event, joined

_MOST_WAITING: Final = 10_000


class Backlog:
    """Events that wait, and their payloads; of each thing only the newest state (S4)."""

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting: dict[str, tuple[Event, bytes | None]] = {}

    def __len__(self) -> int:
        """Count the things of which something waits."""
        return len(self._waiting)

    def put(self, event: Event, payload: bytes) -> None:
        """Have an event wait. Raises FellBehind where too much does, and lets nothing wait any more."""
        waiting = self._waiting.get(event.id)
        newest = event if waiting is None else joined(waiting[0], event)
        self._waiting[event.id] = (newest, payload if newest is event else None)
        if len(self._waiting) > _MOST_WAITING:
            self._waiting.clear()
            raise FellBehind

    def take(self) -> tuple[Event, bytes | None]:
        """Give what has waited longest; one event that was joined of several has no payload yet."""
        return self._waiting.pop(next(iter(self._waiting)))

    def clear(self) -> None:
        """Let nothing wait any more."""
        self._waiting.clear()
