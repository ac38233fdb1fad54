"""The connection over which announcements are heard may end at any moment."""

import asyncio
import gc
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from events.doorbell import Doorbell
from tests.live.proxies import Redis


# The driver leaves some of its ends of broken connections to the garbage collector.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
async def test_ends_while_channels_are_opened(tmp_path: Path):
    untold: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: untold.append(context))
    async with Redis.behind_proxy(tmp_path) as redis:
        doorbell = Doorbell(redis.proxy.url)
        async with asyncio.timeout(60):
            for place in range(20):
                account = uuid4().hex
                doorbell.listen(account)
                while (await doorbell.ring()).account_id != account:
                    pass
                redis.proxy.cut_off()
                for _ in range(place):  # a step of the event loop later each time
                    await asyncio.sleep(0)
                doorbell.listen(uuid4().hex)
            await doorbell.close()
    gc.collect()
    assert untold == []
