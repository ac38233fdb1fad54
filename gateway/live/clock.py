"""Follows the clock, in one gateway at a time: what begins or ends by itself is announced too (L1, L7)."""

import asyncio
import random
from contextlib import suppress
from typing import Final

from events.announcements import Announcement
from gateway.services import Services
from persistence.clock import forget_changes, raise_revisions, take_clock
from persistence.database import UNDONE

_SECONDS: Final = 15.0


async def follow_clock(services: Services) -> None:
    """Look every few seconds, until cancelled; gateways that started together spread out."""
    while True:
        await asyncio.sleep(_SECONDS * random.uniform(0.8, 1.2))  # noqa: S311 - nothing secret about it
        with suppress(*UNDONE):
            await _look_at_clock(services)


async def _look_at_clock(services: Services) -> None:
    """Take into the revisions what the clock has done, and forget what is past."""
    async with services.database.transaction() as connection:
        if not await take_clock(connection):
            return
        raised = await raise_revisions(connection)
        await forget_changes(connection)
    for account_id, counts in raised.items():
        services.broker.announce(Announcement(account_id, dict(counts)))
