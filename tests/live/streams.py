"""A client of server-sent events that shows the bytes."""

import asyncio
import json
from typing import Any

import httpx


class Stream:
    """A stream, and what came over it so far."""

    def __init__(self, url: str, token: str, query: str, variables: dict[str, Any]) -> None:
        self.status = 0
        self.events: list[tuple[str, Any]] = []
        self.task = asyncio.create_task(self._read(url, token, {"query": query, "variables": variables}))

    async def until(self, count: int, patience: float = 20) -> None:
        """Wait until so many events have come."""
        async with asyncio.timeout(patience):
            while len(self.events) < count:
                assert not self.task.done() or len(self.events) >= count, self.events
                await asyncio.sleep(0.01)

    async def end(self, patience: float = 20) -> None:
        """Wait until the gateway ends it."""
        await asyncio.wait_for(asyncio.shield(self.task), patience)

    async def _read(self, url: str, token: str, body: dict[str, Any]) -> None:
        headers = {"authorization": f"Bearer {token}", "accept": "text/event-stream"}
        async with (
            httpx.AsyncClient(timeout=60) as client,
            client.stream("POST", f"{url}/graphql", json=body, headers=headers) as response,
        ):
            self.status = response.status_code
            name = ""
            async for line in response.aiter_lines():
                field, _, value = line.partition(":")
                if field == "event":
                    name = value.strip()
                elif field == "data":
                    self.events.append((name, json.loads(value) if value.strip() else None))
