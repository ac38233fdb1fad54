"""The clients of npm, each in a process of its own."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.packages import install_packages

_FOLDER = Path(__file__).parent / "clients"


class Program:
    """A client that subscribes to one thing, and what it has reported."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.reported: list[dict[str, Any]] = []
        self._news = asyncio.Condition()
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def start(cls, transport: str, url: str, token: str, query: str, variables: dict[str, Any]) -> "Program":
        """Start graphql-ws or graphql-sse."""
        node = install_packages(_FOLDER)
        return cls(
            await asyncio.create_subprocess_exec(
                *(node, "subscribe.js", transport, f"{url}/graphql", token, query, json.dumps(variables)),
                cwd=_FOLDER,
                stdout=asyncio.subprocess.PIPE,
            )
        )

    @property
    def data(self) -> list[dict[str, Any]]:
        return [one["value"]["data"] for one in self.reported if one["kind"] == "next"]

    async def until(self, holds: Callable[[], bool], patience: float = 20) -> None:
        async with self._news:
            await asyncio.wait_for(self._news.wait_for(holds), patience)

    async def end(self) -> None:
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()
        await self._reader

    async def _read(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            async with self._news:
                self.reported.append(json.loads(line))
                self._news.notify_all()
