"""A client of graphql-transport-ws that keeps all that it was told."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import websockets
from websockets.asyncio.client import ClientConnection

PATIENCE_SECONDS = 20
COUNTS = "subscription ($account: ID) { licenseCounts(accountId: $account) { id total assigned available revision } }"


@dataclass
class Told:
    """What was told under one id, and how it ended."""

    events: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    end: str | None = None
    errors: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    @property
    def counts(self) -> list[dict[str, Any]]:
        return [event["data"]["licenseCounts"] for event in self.events]

    @property
    def newest(self) -> dict[str, dict[str, Any]]:
        """Give the last event of each count."""
        return {count["id"]: count for count in self.counts}

    @property
    def changes(self) -> list[dict[str, Any]]:
        return [event["data"]["userChanges"] for event in self.events]

    @property
    def code(self) -> str:
        (error,) = self.errors
        code: str = error["extensions"]["code"]
        return code


class Client:
    """A socket, and what was told under each of its ids."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.told: dict[str, Told] = {}
        self.other: list[dict[str, Any]] = []
        self._news = asyncio.Condition()
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def open(cls, url: str, token: str | None, **options: Any) -> "Client":
        """Open a socket and, with a token, be let in."""
        address = url.replace("http", "ws", 1) + "/graphql"
        client = cls(await websockets.connect(address, subprotocols=["graphql-transport-ws"], **options))  # type: ignore[list-item]
        if token is not None:
            await client.send({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}})
            await client.until(lambda: bool(client.other) or client.is_closed)
        return client

    async def send(self, message: dict[str, Any]) -> None:
        await self.socket.send(json.dumps(message))

    async def subscribe(self, query: str, variables: dict[str, Any] | None = None, id_: str | None = None) -> Told:
        """Subscribe, and give what will be told."""
        id_ = id_ or f"{len(self.told) + 1}"
        told = self.told[id_] = Told()
        payload = {"query": query, "variables": variables or {}}
        await self.send({"type": "subscribe", "id": id_, "payload": payload})
        return told

    async def until(self, holds: Callable[[], bool], patience: float = PATIENCE_SECONDS) -> None:
        """Wait until something holds."""
        async with self._news:
            await asyncio.wait_for(self._news.wait_for(holds), patience)

    async def closed(self, patience: float = PATIENCE_SECONDS) -> int | None:
        """Wait for the end, and give its code."""
        await asyncio.wait_for(asyncio.shield(self._reader), patience)
        return self.socket.close_code

    @property
    def is_closed(self) -> bool:
        return self._reader.done() or self.socket.close_code is not None

    async def close(self) -> None:
        await self.socket.close()
        await self._reader

    def tear_off(self) -> None:
        """Go away without a word."""
        self.socket.transport.abort()

    async def _read(self) -> None:
        try:
            async for text in self.socket:
                async with self._news:
                    self._take(json.loads(text))
                    self._news.notify_all()
        except websockets.ConnectionClosed:
            pass
        async with self._news:
            self._news.notify_all()

    def _take(self, message: dict[str, Any]) -> None:
        told = self.told.get(message.get("id", ""))
        match message["type"]:
            case "next" if told is not None:
                assert told.end is None
                told.events.append(message["payload"])
            case "error" if told is not None:
                told.end, told.errors = "error", message["payload"]
            case "complete" if told is not None:
                told.end = "complete"
            case _:
                self.other.append(message)
