"""Who waits for a lock on the licenses."""

import asyncio
from typing import Any

_WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'licenses'::regclass"


async def until_waiting(sql: Any, number: int) -> None:
    """Wait until so many statements wait for the lock."""
    async with asyncio.timeout(20):
        while await sql.fetchval(_WAITING) < number:  # noqa: ASYNC110 - only the database knows
            await asyncio.sleep(0.02)
