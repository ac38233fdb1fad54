"""How much a process does at once. What is more is refused: in a queue all would wait, and many in vain."""

from contextlib import AbstractContextManager, nullcontext
from types import TracebackType
from typing import Final, Self

from gateway.errors import UNAVAILABLE, refuse_request

# Seconds: what is counted here comes and goes many times in one.
_RETRY_AFTER: Final = (b"retry-after", b"1")


class ConcurrencyLimit:
    """So many slots; whoever finds none free is refused, with a message that says why."""

    def __init__(self, slots: int, *, message: str) -> None:
        self._slots = self._free = slots
        self._message = message

    @property
    def taken(self) -> int:
        """How many slots are taken."""
        return self._slots - self._free

    def take(self) -> "Slot":
        """Take a slot. Raises RequestError (503) where none is free."""
        if not self._free:
            raise refuse_request(self._message, code=UNAVAILABLE, status=503, headers=[_RETRY_AFTER])
        self._free -= 1
        return Slot(self)

    def give_back(self) -> None:
        """Have one slot more that is free."""
        self._free += 1


class Slot:
    """One that was taken, until it is freed or its block ends, whichever is first."""

    __slots__ = ("_limit",)

    def __init__(self, limit: ConcurrencyLimit) -> None:
        self._limit: ConcurrencyLimit | None = limit

    def __enter__(self) -> Self:
        """Begin the block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Free the slot."""
        self.free()

    def free(self) -> None:
        """Let somebody else have it; a second time does nothing."""
        if self._limit is not None:
            self._limit.give_back()
            self._limit = None


class OperationLimits:
    """So many operations at once, of which some may be strangers': those for which nobody needs to be signed in.

    The others are left for those who are signed in, however many passwords strangers try.
    """

    def __init__(self, of_all: ConcurrencyLimit, of_strangers: ConcurrencyLimit) -> None:
        self._of_all = of_all
        self._of_strangers = of_strangers

    @property
    def taken(self) -> int:
        """How many slots are taken."""
        return self._of_all.taken

    def take(self) -> Slot:
        """Take a slot, for whatever operation. Raises RequestError (503) where none is free."""
        return self._of_all.take()

    def take_as_stranger(self, *, needs_viewer: bool) -> AbstractContextManager[object]:
        """Take one of the strangers' as well, unless the operation needs a viewer. Raises RequestError (503)."""
        return nullcontext() if needs_viewer else self._of_strangers.take()
