"""What waits for a reader who is slow."""

from typing import Final

from domain.refusals import FellBehind
from resolvers.live.events import Event, joined

_MOST_WAITING: Final = 10_000
_MOST_BYTES: Final = 256 * 1024


class Backlog:
    """Events that wait, of each thing only the newest state, and so many bytes of their payloads (S4)."""

    __slots__ = ("_bytes", "_waiting")

    def __init__(self) -> None:
        self._waiting: dict[str, tuple[Event, bytes | None]] = {}
        self._bytes = 0

    def __len__(self) -> int:
        """Count the things of which something waits."""
        return len(self._waiting)

    def put(self, event: Event, payload: bytes) -> None:
        """Have an event wait. Raises FellBehind where too much does, and lets nothing wait any more."""
        before, replaced = self._waiting.get(event.id, (None, None))
        newest = event if before is None else joined(before, event)
        self._bytes -= len(replaced or b"")
        is_kept = newest is event and self._bytes + len(payload) <= _MOST_BYTES
        self._bytes += len(payload) if is_kept else 0
        self._waiting[event.id] = (newest, payload if is_kept else None)
        if len(self._waiting) > _MOST_WAITING:
            self.clear()
            raise FellBehind

    def take(self) -> tuple[Event, bytes | None]:
        """Give what has waited longest; its payload has to be made anew where it was joined of several, or not kept."""
        event, payload = self._waiting.pop(next(iter(self._waiting)))
        self._bytes -= len(payload or b"")
        return event, payload

    def clear(self) -> None:
        """Let nothing wait any more."""
        self._waiting.clear()
        self._bytes = 0
