"""A TCP proxy between gateways and a server, as a Valkey that the test starts and stops."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TypeAlias
from urllib.parse import unquote

from redis.asyncio import Redis as Client

from events.channels import channel_of
from gateway.embedded import embedded_valkey

Connect: TypeAlias = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]


class Proxy:
    """Passes bytes on; it delays, swallows and cuts off as it is told to."""

    def __init__(self, connect: Connect) -> None:
        self.port = 0
        self.delay_seconds = 0.0
        self.swallows = False
        self._hears_from = 0
        self._opened = 0
        self._connect = connect
        self._writers: set[asyncio.StreamWriter] = set()

    @classmethod
    @asynccontextmanager
    async def before(cls, connect: Connect) -> AsyncGenerator["Proxy"]:
        """Run one before a server for as long as the block runs."""
        proxy = cls(connect)
        server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
        proxy.port = server.sockets[0].getsockname()[1]
        try:
            yield proxy
        finally:
            server.close()
            proxy.cut_off()
            with suppress(TimeoutError):
                await asyncio.wait_for(server.wait_closed(), 5)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def cut_off(self) -> None:
        """Reset every connection."""
        for writer in tuple(self._writers):
            writer.transport.abort()

    def deafen(self) -> None:
        """Swallow for good what comes over the connections that there are; new ones are as ever."""
        self._hears_from = self._opened

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await self._connect()
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, back}
        number = self._opened
        self._opened += 1
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._pass_on(number, reader, back))
                tasks.create_task(self._pass_on(number, there, writer))
        except* OSError:
            pass
        finally:
            self._writers -= {writer, back}
            for end in (writer, back):
                end.transport.abort()

    async def _pass_on(self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            if self.delay_seconds:
                await asyncio.sleep(self.delay_seconds)
            if not self.swallows and number >= self._hears_from:
                writer.write(data)
                await writer.drain()
        raise ConnectionResetError


class Redis:
    """A Valkey of the test's own, behind a proxy."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._running = ExitStack()
        self._proxy: Proxy | None = None
        self.url = ""

    @property
    def proxy(self) -> Proxy:
        assert self._proxy is not None
        return self._proxy

    def start(self) -> Path:
        """Start it, and give its socket."""
        self.url = self._running.enter_context(embedded_valkey(self._home))
        return Path(unquote(self.url.removeprefix("unix://")))

    def stop(self) -> None:
        self._running.close()

    async def count_listeners(self) -> int:
        """Count the connections that subscribe to at least one channel."""
        async with Client.from_url(self.url) as asking:
            return len(await asking.client_list(_type="pubsub"))

    async def count_listeners_on(self, account_id: str) -> int:
        """Count the connections that subscribe to the channel of an account."""
        channel = channel_of(account_id)
        async with Client.from_url(self.url) as asking:
            ((_, number),) = await asking.pubsub_numsub(channel)
        return int(number)

    @classmethod
    @asynccontextmanager
    async def behind_proxy(cls, home: Path) -> AsyncGenerator["Redis"]:
        """Run both for as long as the block runs."""
        redis = cls(home)
        async with AsyncExitStack() as running:
            running.callback(redis.stop)
            connect = partial(asyncio.open_unix_connection, redis.start())
            redis._proxy = await running.enter_async_context(Proxy.before(connect))
            yield redis
