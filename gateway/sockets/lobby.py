"""Where sockets wait while nobody knows whose they are."""

from collections.abc import Callable, Generator
from contextlib import contextmanager


class Lobby:
    """So many sockets may wait. One more is let in for the one that has waited longest.

    A client says at once who it is. So whoever fills the lobby with silent sockets keeps nobody else out.
    """

    def __init__(self, places: int) -> None:
        self._places = places
        self._waiting: dict[Callable[[], None], None] = {}

    @contextmanager
    def wait(self, make_room: Callable[[], None]) -> Generator[None]:
        """Have a place until the block ends; `make_room` is called when another socket takes it."""
        if len(self._waiting) >= self._places:
            longest = next(iter(self._waiting))
            del self._waiting[longest]
            longest()
        self._waiting[make_room] = None
        try:
            yield
        finally:
            self._waiting.pop(make_room, None)
