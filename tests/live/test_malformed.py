"""Whatever is sent over a socket ends in the protocol's own way: never with 1006, and never with a traceback."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import pytest
import websockets
from websockets.frames import Frame, Opcode

from tests.conftest import ADMIN, RunningGateway
from tests.live.conftest import Open
from tests.live.sockets import Client

QUERY = "{ viewer { role } }"
Act: TypeAlias = Callable[[Client], Awaitable[None]]


def text(message: str) -> Act:
    async def send(client: Client) -> None:
        await client.socket.send(message)

    return send


def send(*messages: Any) -> Act:
    return texts(*[json.dumps(message) for message in messages])


def texts(*messages: str) -> Act:
    async def send_all(client: Client) -> None:
        for message in messages:
            await client.socket.send(message)

    return send_all


def nested(levels: int) -> str:
    return '{"a": ' * levels + "1" + "}" * levels


def deep_variable(query: str) -> str:
    """Write what subscribes with a variable that the document does not declare."""
    return json.dumps(subscribe(query=query, variables={"a": "DEEP"})).replace('"DEEP"', nested(300))


def subscribe(id_: Any = "1", **payload: Any) -> dict[str, Any]:
    return {"id": id_, "type": "subscribe", "payload": {"query": QUERY} | payload}


async def binary(client: Client) -> None:
    await client.socket.send(json.dumps({"type": "ping"}).encode())


async def no_utf8(client: Client) -> None:
    frame = Frame(Opcode.TEXT, b"\xff\xfe").serialize(mask=True)
    client.socket.transport.write(frame)


async def unmasked(client: Client) -> None:
    client.socket.transport.write(Frame(Opcode.TEXT, b"{}").serialize(mask=False))


async def fragments(client: Client) -> None:
    begin, more = Frame(Opcode.TEXT, b"", fin=False), Frame(Opcode.CONT, b"", fin=False)
    client.socket.transport.write(begin.serialize(mask=True) + more.serialize(mask=True) * 1_500)


async def some_fragments(client: Client) -> None:
    begin, more, end = Frame(Opcode.TEXT, b"{", fin=False), Frame(Opcode.CONT, b"", fin=False), Frame(Opcode.CONT, b"")
    frames = [begin, *[more] * 990, end]
    client.socket.transport.write(b"".join(frame.serialize(mask=True) for frame in frames))


INIT = {"type": "connection_init", "payload": {"authorization": "Bearer x"}}
WATCHES = subscribe(query="subscription { licenseCounts { id } }")

ENDS: dict[str, tuple[Act, int]] = {
    "no JSON": (text("{nonsense"), 4400),
    "nothing": (text(""), 4400),
    "a list": (text("[]"), 4400),
    "a number": (text("5"), 4400),
    "null": (text("null"), 4400),
    "deep nesting": (text("[" * 30_000 + "]" * 30_000), 4400),
    "a deep payload of ping": (text(f'{{"type": "ping", "payload": {nested(300)}}}'), 4400),
    "a deep variable of a query": (text(deep_variable(QUERY)), 4400),
    "a deep variable of a subscription": (text(deep_variable("subscription { licenseCounts { id } }")), 4400),
    "no type": (send({"id": "1"}), 4400),
    "an unknown type": (send({"type": "start", "id": "1"}), 4400),
    "a type that is no string": (send({"type": 7}), 4400),
    "a type that is an object": (send({"type": {}}), 4400),
    "a payload of ping that is no object": (send({"type": "ping", "payload": "x"}), 4400),
    "a payload of init that is no object": (send({"type": "connection_init", "payload": [1]}), 4400),
    "no id": (send({"type": "subscribe", "payload": {"query": QUERY}}), 4400),
    "an empty id": (send(subscribe("")), 4400),
    "an id that is a number": (send(subscribe(1)), 4400),
    "a long id": (send(subscribe("i" * 257)), 4400),
    "no id of complete": (send({"type": "complete"}), 4400),
    "no payload": (send({"type": "subscribe", "id": "1"}), 4400),
    "a payload that is a string": (send({"type": "subscribe", "id": "1", "payload": QUERY}), 4400),
    "no query": (send({"type": "subscribe", "id": "1", "payload": {}}), 4400),
    "a query that is a number": (send(subscribe(query=5)), 4400),
    "variables that are a list": (send(subscribe(variables=[])), 4400),
    "an operation name that is a number": (send(subscribe(operationName=5)), 4400),
    "extensions that are a string": (send(subscribe(extensions="x")), 4400),
    "a binary message": (binary, 4400),
    "the same id twice": (send(WATCHES, WATCHES), 4409),
    "the same long id twice": (send(*[WATCHES | {"id": "x" + "é" * 80}] * 2), 4409),
    "init twice": (send(INIT), 4429),
    "too long a message": (text("x" * 70_000), 1009),
    "too many frames of a message": (fragments, 1009),
    "many frames of a message": (some_fragments, 4400),
    "no UTF-8": (no_utf8, 1007),
    "an unmasked frame": (unmasked, 1002),
}


@pytest.mark.parametrize("kind", ENDS)
async def test_ends_the_socket_with_the_codes_of_the_protocol(gateway: RunningGateway, open_client: Open, kind: str):
    act, code = ENDS[kind]
    printed = len(gateway.printed)
    client = await open_client(ADMIN)
    await act(client)
    assert await client.closed() == code
    assert "Traceback" not in gateway.printed[printed:]


@pytest.mark.parametrize(
    ("init", "code"),
    [
        ({"type": "subscribe", "id": "1", "payload": {"query": QUERY}}, 4401),
        ({"type": "connection_init"}, 4403),
        ({"type": "connection_init", "payload": {"authorization": 5}}, 4403),
        ({"type": "connection_init", "payload": {"authorization": "Bearer nonsense"}}, 4403),
        ({"type": "connection_init", "payload": {"authorization": "Bearer \N{SNOWMAN}"}}, 4403),
    ],
)
async def test_lets_nobody_in_without_a_token(gateway: RunningGateway, init: dict[str, Any], code: int):
    client = await Client.open(gateway.url, None)
    await client.send(init)
    assert await client.closed() == code


async def test_waits_ten_seconds_for_the_first_message(gateway: RunningGateway):
    client = await Client.open(gateway.url, None)
    await client.send({"type": "ping"})
    assert await client.closed(30) == 4408
    assert client.other == [{"type": "pong"}]


async def test_speaks_no_other_protocol(gateway: RunningGateway):
    for protocols in (None, ["graphql-ws"]):
        address = gateway.url.replace("http", "ws") + "/graphql"
        async with websockets.connect(address, subprotocols=protocols) as socket:  # type: ignore[arg-type]
            with pytest.raises(websockets.ConnectionClosedError):
                await socket.recv()
            assert socket.close_code == 4406


async def test_opens_no_socket_for_pages_of_other_sites(gateway: RunningGateway):
    token, printed = gateway.token(ADMIN), len(gateway.printed)
    for origin in ("https://evil.example", "null", f"{gateway.url}.evil.example"):
        with pytest.raises(websockets.InvalidStatus) as refused:
            await Client.open(gateway.url, token, origin=origin)
        assert refused.value.response.status_code == 403
    async with asyncio.timeout(5):
        while gateway.printed[printed:].count("status=403") < 3:  # noqa: ASYNC110 - a thread reads what is printed
            await asyncio.sleep(0.02)
    client = await Client.open(gateway.url, token, origin=gateway.url)
    assert client.other == [{"type": "connection_ack"}]
    await client.close()
    assert "error" not in gateway.printed[printed:], "it is no fault"


ERRORS = {
    "{ viewer {": "GRAPHQL_PARSE_FAILED",
    "": "GRAPHQL_PARSE_FAILED",
    "{ nothing }": "GRAPHQL_VALIDATION_FAILED",
    "subscription { licenseCounts { id } userChanges(accountId: 5) { kind } }": "GRAPHQL_VALIDATION_FAILED",
    "query A { viewer { role } } query B { viewer { role } }": "BAD_REQUEST",
    "query ($a: ID!) { account(id: $a) { id } }": "BAD_USER_INPUT",
    "{" + "a: viewer { role } " * 30 + "}": "QUERY_TOO_COMPLEX",
    "subscription ($a: ID!) { userChanges(accountId: $a) { kind } }": "BAD_USER_INPUT",
}


async def test_an_operation_that_cannot_run_fails_alone(open_client: Open):
    client = await open_client(ADMIN)
    watching = await client.subscribe("subscription { licenseCounts { id } }")
    await client.until(lambda: bool(watching.events))
    for query, code in ERRORS.items():
        told = await client.subscribe(query)
        await client.until(lambda told=told: told.end is not None)  # type: ignore[misc]
        assert told.end == "error"
        assert {error["extensions"]["code"] for error in told.errors} == {code}, query
    assert watching.end is None
    again = await client.subscribe(QUERY, id_="2")
    await client.until(lambda: again.end is not None)
    assert again.events[0]["data"] == {"viewer": {"role": "ACCOUNT_ADMIN"}}


async def test_runs_twenty_operations_at_once(open_client: Open):
    client = await open_client(ADMIN)
    told = [await client.subscribe("subscription { licenseCounts { id } }") for _ in range(21)]
    await client.until(lambda: all(one.events for one in told[:20]) and told[20].end is not None)
    assert told[20].code == "TOO_MANY_OPERATIONS"

    await client.send({"type": "complete", "id": "1"})
    await client.send({"type": "complete", "id": "no such"})
    again = await client.subscribe("subscription { licenseCounts { id } }", id_="1")
    await client.until(lambda: bool(again.events))


async def test_answers_pings(open_client: Open):
    client = await open_client(ADMIN)
    payloads: list[dict[str, Any]] = [{"a": 1}, json.loads(nested(99)), {"a": [[]] * 200}]
    for payload in payloads:
        await client.send({"type": "ping", "payload": payload})
    await client.send({"type": "pong"})
    await client.send({"type": "ping"})
    await client.until(lambda: len(client.other) == 5)
    assert client.other[1:] == [*({"type": "pong", "payload": payload} for payload in payloads), {"type": "pong"}]


async def test_mutations_and_queries_run_over_a_socket(open_client: Open):
    client = await open_client(ADMIN)
    first, second = await asyncio.gather(
        client.subscribe("{ accounts { nodes { number } } }", id_="a"),
        client.subscribe(
            'mutation { createUser(input: { accountId: "x", email: "a@b.example" }) { userErrors { code } } }', id_="b"
        ),
    )
    await client.until(lambda: first.end is not None and second.end is not None)
    assert first.events[0]["data"]["accounts"]["nodes"] == [{"number": "2001"}]
    assert first.events[0]["extensions"]["cost"]["requested"] > 0
    assert second.events[0]["data"]["createUser"]["userErrors"]
