"""A client that does not read gets the newest state when it does, slows nobody down, and is cut off in the end (S4)."""

import asyncio
import json
import re
import signal
import socket
from contextlib import suppress
from typing import Any

import httpx
import psutil
import websockets
from websockets.frames import Frame, Opcode

from tests.accounts import FreshAccount
from tests.conftest import PARTNER, RunningGateway
from tests.house.houses import House
from tests.live.conftest import Open, ring
from tests.live.sockets import COUNTS
from tests.live.test_handshakes import HANDSHAKE
from tests.live.test_rights import SLACK, be_switched_off
from tests.live.test_user_changes import CHANGES, CREATE, EDIT, watch

# With so small a window TCP may take seconds to find that there is room again.
PATIENCE_SECONDS = 40

# With a name of 500 characters, events of some 50 kB: what the operating system takes without a reader is soon full.
NAMES = "account { " + " ".join(f"name{place}: name" for place in range(95)) + " }"
LONG = f"subscription ($account: ID) {{ licenseCounts(accountId: $account) {{ {NAMES} revision }} }}"


def connect(address: str) -> socket.socket:
    """Connect with room for little in the operating system, from the first byte on."""
    url = httpx.URL(address)
    own = socket.socket()
    own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    own.connect((url.host, url.port))
    return own


async def name_at_length(account: FreshAccount, characters: int) -> None:
    await account.sql.execute("UPDATE accounts SET name = repeat('x', $2) WHERE id = $1", account.id, characters)


async def open_slow(url: str, token: str, account: FreshAccount) -> Any:
    """Subscribe, and read no more once the first event has come."""
    await name_at_length(account, 500)
    address = url.replace("http", "ws") + "/graphql"
    slow = await websockets.connect(address, sock=connect(url), subprotocols=["graphql-transport-ws"], max_queue=1)  # type: ignore[list-item]
    await slow.send(json.dumps({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}}))
    await slow.recv()
    payload = {"query": LONG, "variables": {"account": account.node}}
    await slow.send(json.dumps({"type": "subscribe", "id": "1", "payload": payload}))
    await slow.recv()
    slow.transport.pause_reading()
    return slow


def revision(message: str | bytes) -> int:
    number: int = json.loads(message)["payload"]["data"]["licenseCounts"]["revision"]
    return number


async def count_on(account: FreshAccount) -> None:
    """Have all counts of an account be new ones."""
    await account.sql.execute("UPDATE license_counts SET revision = revision + 1 WHERE account_id = $1", account.id)


async def test_gets_the_newest_state_later(gateway: RunningGateway, account: FreshAccount, open_client: Open):
    await account.buy()
    slow = await open_slow(gateway.url, gateway.token(account.admin), account)
    quick = await open_client(account.admin)
    told = await quick.subscribe(COUNTS, {"account": account.node})
    await quick.until(lambda: bool(told.events))
    for change in range(60):
        await count_on(account)
        await ring(gateway, account)
        await quick.until(lambda change=change: told.counts[-1]["revision"] == change + 3, 10)  # type: ignore[misc]

    slow.transport.resume_reading()
    seen: list[int] = []
    while not seen or seen[-1] < 62:
        seen.append(revision(await asyncio.wait_for(slow.recv(), PATIENCE_SECONDS)))
    assert seen == sorted(set(seen))
    assert len(seen) < 50, "what it slept through is told as one"
    await slow.close()


async def test_gets_the_newest_state_later_over_a_stream_too(
    gateway: RunningGateway, account: FreshAccount, open_client: Open
):
    await account.buy()
    reader, writer = await open_slow_stream(gateway.url, gateway.token(account.admin), account)
    quick = await open_client(account.admin)
    told = await quick.subscribe(COUNTS, {"account": account.node})
    await quick.until(lambda: bool(told.events))
    for change in range(60):
        await count_on(account)
        await ring(gateway, account)
        await quick.until(lambda change=change: told.counts[-1]["revision"] == change + 3, 10)  # type: ignore[misc]

    read, newest = b"", rb'"revision":62\b'
    while not re.search(newest, read[-1_000:]):
        read += await asyncio.wait_for(reader.read(65_536), PATIENCE_SECONDS)
    seen = [int(number) for number in re.findall(rb'"revision":(\d+)', read)]
    assert seen == sorted(set(seen))
    assert len(seen) < 50, "what it slept through is told as one"
    writer.close()


async def test_a_stream_is_not_told_what_came_after_the_rights_went(gateway: RunningGateway, account: FreshAccount):
    """P6, S5."""
    await account.buy()
    reader, writer = await open_slow_stream(gateway.url, gateway.token(account.admin), account)
    for _ in range(12):
        await count_on(account)
        await ring(gateway, account)
    await be_switched_off(gateway, account)
    await asyncio.sleep(1 + SLACK)
    for _ in range(3):
        await count_on(account)
        await ring(gateway, account)

    async with asyncio.timeout(PATIENCE_SECONDS):
        read = await reader.read(-1)
    assert b"FORBIDDEN" in read
    assert max(int(number) for number in re.findall(rb'"revision":(\d+)', read)) <= 14
    writer.close()


async def open_slow_stream(
    address: str, token: str, account: FreshAccount
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Subscribe over server-sent events, and read next to nothing."""
    await name_at_length(account, 500)
    url = httpx.URL(address)
    reader, writer = await asyncio.open_connection(sock=connect(address), limit=4096)
    body = json.dumps({"query": LONG, "variables": {"account": account.node}})
    head = [
        "POST /graphql HTTP/1.1",
        f"Host: {url.host}",
        f"Authorization: Bearer {token}",
        "Accept: text/event-stream",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    writer.write("\r\n".join([*head, "", body]).encode())
    assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"
    return reader, writer


async def test_gets_what_became_of_a_user_as_one(gateway: RunningGateway, account: FreshAccount, open_client: Open):
    await account.buy()
    slow = await open_slow(gateway.url, gateway.token(account.admin), account)
    payload = {"query": CHANGES, "variables": {"account": account.node}}
    await slow.send(json.dumps({"type": "subscribe", "id": "2", "payload": payload}))
    quick = await open_client(account.admin)
    told = await watch(quick, account)
    for _ in range(30):
        await count_on(account)
        await ring(gateway, account)

    made = gateway.data(CREATE, {"account": account.node, "email": f"slow@{account.number}.example"})
    user = made["createUser"]["user"]["id"]
    await quick.until(lambda: len(told.events) == 1, 5)
    gateway.data(EDIT, {"user": user, "name": "Edited"})
    await quick.until(lambda: len(told.events) == 2, 5)
    assert [change["kind"] for change in told.changes] == ["CREATED", "UPDATED"]

    slow.transport.resume_reading()
    message: dict[str, Any] = {"id": "1"}
    while message["id"] == "1":
        message = json.loads(await asyncio.wait_for(slow.recv(), PATIENCE_SECONDS))
    assert message["payload"]["data"]["userChanges"] == {
        "kind": "CREATED",
        "userId": user,
        "user": {"name": "Edited", "role": "USER", "version": 2},
    }
    await slow.close()


async def test_gets_what_waits_before_the_end(gateway: RunningGateway, account: FreshAccount, open_client: Open):
    await account.buy()
    slow = await open_slow(gateway.url, gateway.token(PARTNER), account)
    payload = {"query": CHANGES, "variables": {"account": account.node}}
    await slow.send(json.dumps({"type": "subscribe", "id": "2", "payload": payload}))
    quick = await open_client(PARTNER)
    told = await watch(quick, account)
    for _ in range(30):
        await count_on(account)
        await ring(gateway, account)

    made = gateway.data(CREATE, {"account": account.node, "email": f"slow@{account.number}.example"})
    user = made["createUser"]["user"]["id"]
    await quick.until(lambda: len(told.events) == 1, 5)
    gateway.data(EDIT, {"user": user, "name": "Edited"})
    await quick.until(lambda: len(told.events) == 2, 5)
    other = "(SELECT partner_id FROM accounts WHERE number = '2101')"
    await account.sql.execute(f"UPDATE accounts SET partner_id = {other} WHERE id = $1", account.id)
    await quick.until(lambda: told.end == "complete", 5)

    slow.transport.resume_reading()
    messages: list[dict[str, Any]] = []
    while len(messages) < 2:
        message = json.loads(await asyncio.wait_for(slow.recv(), PATIENCE_SECONDS))
        messages += [message] if message["id"] == "2" else []
    assert messages[0]["payload"]["data"]["userChanges"]["kind"] == "CREATED"
    assert messages[1] == {"id": "2", "type": "complete"}
    await slow.close()


async def test_has_its_last_ping_answered_later(gateway: RunningGateway, open_client: Open):
    slow = (await open_client(PARTNER)).socket
    transport = slow.transport
    transport.pause_reading()
    transport.set_write_buffer_limits(0)
    memory = psutil.Process(gateway.process.process.pid).memory_info
    before = memory().rss
    pings = Frame(Opcode.PING, b"p" * 125).serialize(mask=True) * 8_000
    async with asyncio.timeout(PATIENCE_SECONDS):
        for _ in range(40):
            transport.write(pings)
            await slow.drain()
        last = await slow.ping("last")
        await slow.drain()
        await asyncio.sleep(0.2)
        assert memory().rss - before < 20 * 1024 * 1024, "pongs to all of them would be 40 MB"
        transport.resume_reading()
        await last


async def test_is_not_cut_off_while_it_takes_a_little(gateway: RunningGateway, account: FreshAccount):
    await account.buy()
    token, over = gateway.token(account.admin), asyncio.Event()
    with gateway.beside(GATEWAY_SLOW_READER_SECONDS="4") as impatient:
        slow = await open_slow(impatient.address, token, account)
        reader, writer = await open_slow_stream(impatient.address, token, account)

        async def read_socket() -> None:
            while not over.is_set():
                slow.transport.resume_reading()
                await asyncio.sleep(0)  # the loop looks what there is to read
                await asyncio.sleep(0)  # and some of it is read
                slow.transport.pause_reading()
                await asyncio.sleep(0.4)
            slow.transport.resume_reading()
            while revision(await asyncio.wait_for(slow.recv(), PATIENCE_SECONDS)) < 22:
                pass

        async def read_stream() -> None:
            read = b""
            while not re.search(rb'"revision":22\b', read[-1_000:]):
                more = await asyncio.wait_for(reader.read(4096), PATIENCE_SECONDS)
                assert more, "it was cut off"
                read += more
                await asyncio.sleep(0 if over.is_set() else 0.4)

        reading = asyncio.gather(read_socket(), read_stream())
        for _ in range(20):
            await count_on(account)
            await ring(gateway, account)
        await asyncio.sleep(10)
        over.set()
        await reading
        writer.close()
        await slow.close()


async def test_is_cut_off_as_a_socket_too_when_it_was_slow_before(gateway: RunningGateway, account: FreshAccount):
    await name_at_length(account, 50_000)
    body = json.dumps({"query": f"{{ viewer {{ {NAMES} }} }}"}).encode()
    head = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: %d\r\n"
    head += b"authorization: Bearer %s\r\n\r\n"
    token = gateway.token(account.admin).encode()
    with gateway.beside(GATEWAY_SLOW_READER_SECONDS="2") as impatient, connect(impatient.address) as slow:
        slow.sendall(head % (len(body), token) + body)
        answer = slow.recv(1_024)
        assert answer.startswith(b"HTTP/1.1 200")
        await asyncio.sleep(0.5)
        slow.sendall(HANDSHAKE + b"\r\n")
        await asyncio.sleep(5)
        slow.settimeout(PATIENCE_SECONDS)
        with suppress(ConnectionResetError):
            while read := slow.recv(65_536):
                answer = answer[-65_536:] + read
        assert b"HTTP/1.1 101" not in answer
        assert impatient.faults == ""


async def test_is_cut_off_in_the_end(gateway: RunningGateway, account: FreshAccount):
    await account.buy()
    environment = gateway.house.environment | {"GATEWAY_SLOW_READER_SECONDS": "2"}
    process = await asyncio.to_thread(House(gateway.house.data_dir, environment=environment).serve)
    slow = [await open_slow(process.address, gateway.token(account.admin), account) for _ in range(20)]
    memory = psutil.Process(process.process.pid).memory_info
    before = memory().rss
    for _ in range(60):
        await count_on(account)
        await ring(gateway, account)
    assert memory().rss - before < 40 * 1024 * 1024, "60 events of 50 kB for 20 readers would be 60 MB"
    await asyncio.sleep(4)
    for one in slow:
        one.transport.resume_reading()
        try:
            async with asyncio.timeout(10):
                while True:
                    await one.recv()
        except websockets.ConnectionClosedError:
            assert one.close_code == 1006
    process.end(signal.SIGTERM)
    assert process.faults == ""
