"""Who asks for another protocol than HTTP/1.1 is answered in HTTP/1.1."""

import time

import pytest

from tests.conftest import RunningGateway
from tests.http.wire import BEGIN, BODY, CHUNKS, LENGTH, POST, connect, read_all

H2C = b"connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n"
UPGRADES = {
    "a body": (POST + H2C + LENGTH, BODY),
    "chunks": (POST + H2C + b"transfer-encoding: chunked\r\n\r\n", CHUNKS + b"\r\n"),
    "no body": (BEGIN + H2C + b"\r\n", b""),
    "two fields": (POST + H2C + b"connection: keep-alive\r\n" + LENGTH, BODY),
    "another protocol": (POST + b"connection: upgrade\r\nupgrade: TLS/1.0\r\n" + LENGTH, BODY),
}


@pytest.mark.parametrize("pause", [0, 0.1])
@pytest.mark.parametrize("kind", UPGRADES)
def test_answers_who_would_rather_speak_another_protocol(gateway: RunningGateway, kind: str, pause: float):
    head, body = UPGRADES[kind]
    with connect(gateway, timeout=5) as client:
        for part in (head[:-20], head[-20:] + body[:5], body[5:] + head + body) if pause else ((head + body) * 2,):
            client.sendall(part)
            time.sleep(pause)
        client.sendall(BEGIN + b"connection: close\r\n\r\n")
        answers = read_all(client)
    assert answers.count(b"HTTP/1.1 200") == answers.count(b"HTTP/1.1") == 3
    assert answers.count(b'{"__typename":"Query"}') == (2 if body else 0)


@pytest.mark.parametrize("method", [b"POST /graphql", b"GET /health/live"])
@pytest.mark.parametrize("end", [b"HTTP/1.1\r\nconnection: close, upgrade", b"HTTP/1.0\r\nconnection: upgrade"])
@pytest.mark.parametrize("protocol", [b"h2c", b"websocket"])
def test_answers_them_though_the_connection_is_to_end(
    gateway: RunningGateway, method: bytes, end: bytes, protocol: bytes
):
    head = b"%b %b\r\nhost: x\r\ncontent-type: application/json\r\nupgrade: %b\r\n" % (method, end, protocol)
    with connect(gateway, timeout=5) as client:
        client.sendall(BEGIN + b"\r\n" + head + LENGTH + BODY)
        answers = read_all(client)
    assert answers.count(b"HTTP/1.1 ") == 2
    assert answers.count(b"HTTP/1.1 200") == 2


def test_answers_many_of_them_in_one_read(gateway: RunningGateway):
    with connect(gateway) as client:
        client.sendall((BEGIN + H2C + b"\r\n") * 1_500 + BEGIN + b"connection: close\r\n\r\n")
        assert read_all(client).count(b"HTTP/1.1 200") == 1_501


def test_builds_no_tunnel(gateway: RunningGateway):
    tunnel = b"CONNECT x:80 HTTP/1.1\r\nhost: x\r\n" + H2C + b"\r\n"
    with connect(gateway, timeout=5) as client:
        client.sendall(tunnel)
        assert client.recv(65_536).startswith(b"HTTP/1.1 4")
