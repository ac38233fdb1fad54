"""A handshake that opens no socket is answered, and does not stay."""

import signal
import socket

import httpx
import pytest

from tests.conftest import RunningGateway
from tests.house.houses import House

HANDSHAKE = (
    b"GET /graphql HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
    b"sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"sec-websocket-protocol: graphql-transport-ws\r\n"
)
REFUSED = {
    "many headers": (b"x: 1\r\n" * 130, 431),
    "a long header": (b"cookie: " + b"x" * 9_000 + b"\r\n", 431),
    "a chunked body": (b"transfer-encoding: chunked\r\n", 400),
    "a body": (b"content-length: 5\r\n", 400),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_answers_a_request_that_is_no_handshake(gateway: RunningGateway, kind: str):
    more, status = REFUSED[kind]
    with connect(gateway.url) as client:
        client.sendall(HANDSHAKE + more + b"\r\nhello")
        answer = read_all(client)
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert answer.count(b"HTTP/1.1") == 1


def test_such_a_request_is_in_nobodys_way_when_the_gateway_stops(gateway: RunningGateway):
    going = House(gateway.house.data_dir, environment=gateway.house.environment).serve("--no-worker")
    clients = [connect(going.address) for _ in REFUSED]
    for client, (more, _) in zip(clients, REFUSED.values(), strict=True):
        client.sendall(HANDSHAKE + more + b"\r\n")
    assert httpx.get(f"{going.address}/health/live").is_success, "so what was sent before has been read"
    assert going.end(signal.SIGTERM) == 0
    assert going.faults == ""
    for client in clients:
        client.close()


def connect(address: str) -> socket.socket:
    url = httpx.URL(address)
    return socket.create_connection((url.host, url.port or 80), timeout=10)


def read_all(client: socket.socket) -> bytes:
    """Read to the end that the gateway makes."""
    answer = b""
    while read := client.recv(65_536):
        answer += read
    return answer
