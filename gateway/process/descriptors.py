"""How many files and sockets a process may have open."""

import resource
from contextlib import suppress
from typing import Final

import structlog

from gateway.settings import Settings

_OTHERS: Final = 128
"""Descriptors for what is neither of a client nor of PostgreSQL: listeners, Redis, mails, files, threads."""

_log: Final = structlog.get_logger("gateway.serve")


def allow_descriptors(settings: Settings) -> None:
    """Let this process, and those below it, open as many as the system allows; warn where that may not be enough."""
    of_clients = settings.max_sockets + settings.lobby_places + settings.max_operations
    needed = of_clients + settings.database_pool + _OTHERS
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = max(needed, allowed) if most == resource.RLIM_INFINITY else most
    with suppress(OSError, ValueError):  # macOS names no limit, and has one
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if allowed != resource.RLIM_INFINITY and allowed < needed:
        _log.warning("file descriptors may run out: raise `ulimit -n`", allowed=allowed, needed=needed)
