"""Whoever is connected is looked up for all who wait at once (P6)."""

import asyncio
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.viewers import Viewer
from gateway.identity.viewers import RecentViewers
from gateway.live.attendance import Attendance, Attendant
from persistence.database import Database
from persistence.viewers import find_viewer
from tests.accounts import FreshAccount
from tests.conftest import RunningGateway


async def test_who_waits_is_served_by_one_check_though_others_write(
    gateway: RunningGateway, account: FreshAccount, monkeypatch: pytest.MonkeyPatch
):
    database = await Database.open(gateway.database_url, pool_size=2, statement_timeout_seconds=5)
    user = await database.read(lambda connection: find_viewer(connection, account.admin, None))
    assert user is not None
    viewers = RecentViewers()
    attendance = Attendance(database, viewers, places_per_user=1)
    ended: list[str] = []
    attendance.enter(Attendant(Viewer(user, datetime.now(UTC) + timedelta(minutes=1), None), ended.append))
    read, checks = database.read, 0

    async def read_slowly(ask: Any) -> Any:
        nonlocal checks
        checks += 1
        await asyncio.sleep(0.05)
        return await read(ask)

    async def write_much() -> None:
        while True:
            viewers.clear()
            await asyncio.sleep(0.005)

    monkeypatch.setattr(database, "read", read_slowly)
    writing = asyncio.create_task(write_much())
    started = time.monotonic()
    try:
        await asyncio.gather(*(attendance.be_sure() for _ in range(40)))
    finally:
        writing.cancel()
        with suppress(asyncio.CancelledError):
            await writing
        await database.close()
    assert checks <= 2, f"{checks} checks in {time.monotonic() - started:.1f} s"
    assert not ended
