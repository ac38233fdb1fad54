"""Argon2id, computed beside the event loop."""

import asyncio
import os
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from domain.passwords import check_password
from domain.users import User

Result = TypeVar("Result")

_AT_ONCE: Final = min(os.cpu_count() or 1, 4)
"""Each takes 64 MiB of memory, and up to four cores for about 50 ms; the others wait for their turn."""


class PasswordHashes:
    """Hashes passwords and verifies them, a few at once and the others in turn, in threads of its own."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        self._of_nobody = self._hasher.hash(secrets.token_urlsafe())
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="argon2")
        self._free = asyncio.Semaphore(_AT_ONCE)

    async def fits(self, password: str, password_hash: str | None) -> bool:
        """Tell whether a password is the one of a hash. Without a hash it fits none, after the same time."""
        async with self._free:
            return await self._run(lambda: self._fits(password, password_hash))

    def turn(self) -> AbstractAsyncContextManager[None]:
        """Wait until a new password may be checked and hashed, and let nobody else do it in this place meanwhile."""
        return self._free

    async def check(self, password: str, person: User) -> None:
        """Check a new password of this person, within a `turn`. Raises Declined with PASSWORD_TOO_WEAK."""
        await self._run(lambda: check_password(password, person))

    async def hash(self, password: str) -> str:
        """Hash a new password, within a `turn`."""
        return await self._run(lambda: self._hasher.hash(password))

    def close(self) -> None:
        """Let the threads end."""
        self._threads.shutdown(cancel_futures=True)

    def _fits(self, password: str, password_hash: str | None) -> bool:
        try:
            return self._hasher.verify(password_hash or self._of_nobody, password) and password_hash is not None
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)
