"""How several processes share one server: the first one in starts it, the last one out stops it.

The kernel frees a lock when its holder ends in whatever way, kill -9 included, so nothing here can go stale.
"""

import fcntl
import os
import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import psutil
from msgspec import Struct

LONGEST_END_SECONDS = 10
"""How long a server whose home is gone may take to end."""


class Server(Struct, frozen=True):
    """A server that runs, and the signal at which it ends when its home is gone, and all its files with it."""

    url: str
    process: psutil.Process
    ends_at: signal.Signals

    def end(self) -> None:
        """End it, unless it has noticed by itself."""
        with suppress(psutil.Error):
            self.process.send_signal(self.ends_at)
            self.process.wait(LONGEST_END_SECONDS)


@contextmanager
def lease(home: Path, start: Callable[[], Server], stop: Callable[[], None]) -> Generator[str, None, None]:
    """Hold a share in the server that lives in `home`, and give its URL.

    `start` must join a server that runs already; `stop` must do nothing where none runs. They never run at once.
    Where somebody has removed the home, the server is ended without it.
    """
    with (home / "users.lock").open("w") as users, (home / "turn.lock").open("w") as turn:
        with _turn(turn):
            fcntl.flock(users, fcntl.LOCK_SH)
        server = None
        try:
            with _turn(turn):
                server = start()
            yield server.url
        finally:
            with _turn(turn):
                if _is_last(users):
                    if _lies_in(home, users):
                        stop()
                    elif server is not None:
                        server.end()


@contextmanager
def _turn(turn: IO[str]) -> Generator[None, None, None]:
    """Wait until no other process starts, stops or counts the users of the server."""
    fcntl.flock(turn, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(turn, fcntl.LOCK_UN)


def _is_last(users: IO[str]) -> bool:
    """Tell whether nobody else has a share; gives up its own."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _lies_in(home: Path, users: IO[str]) -> bool:
    """Tell whether the home is the one of the start: not gone, nor another one of the same name."""
    try:
        return os.path.samestat(os.fstat(users.fileno()), (home / users.name).stat())
    except OSError:
        return False
