"""How several processes share one server: the first one in starts it, the last one out stops it.

The kernel frees a lock when its holder ends in whatever way, kill -9 included, so nothing here can go stale.
"""

import fcntl
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def lease(home: Path, start: Callable[[], str], stop: Callable[[], None]) -> Generator[str, None, None]:
    """Hold a share in the server that lives in `home`, and give its URL.

    `start` must join a server that runs already; `stop` must do nothing where none runs. They never run at once.
    """
    with (home / "users.lock").open("w") as users:
        with _turn(home):
            fcntl.flock(users, fcntl.LOCK_SH)
        try:
            with _turn(home):
                url = start()
            yield url
        finally:
            with _turn(home):
                if _is_last(users):
                    stop()


@contextmanager
def _turn(home: Path) -> Generator[None, None, None]:
    """Wait until no other process starts, stops or counts the users of the server."""
    with (home / "turn.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield


def _is_last(users: IO[str]) -> bool:
    """Tell whether nobody else has a share; gives up its own."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
