"""Requests as bytes, for what no client library would send."""

import socket
from http.client import HTTPResponse

import httpx

from tests.conftest import RunningGateway

BEGIN = b"GET /health/live HTTP/1.1\r\nhost: x\r\n"
HEADERS = b"".join(b"x-%d: %s\r\n" % (number, b"x" * 2_000) for number in range(20))
POST = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
BODY = b'{"query": "{ __typename }"}'
LENGTH = b"content-length: %d\r\n\r\n" % len(BODY)
CHUNKED = POST + b"transfer-encoding: chunked\r\n\r\n"
CHUNKS = b"%x\r\n%b\r\n0\r\n" % (len(BODY), BODY)


def connect(gateway: RunningGateway, *, timeout: float = 30) -> socket.socket:
    """Connect, with seconds of patience for each step."""
    url = httpx.URL(gateway.url)
    return socket.create_connection((url.host, url.port or 80), timeout=timeout)


def after_an_answer(gateway: RunningGateway, request: bytes, status: int) -> socket.socket:
    """Connect, ask, and read the answer."""
    client = connect(gateway)
    client.sendall(request)
    answer = HTTPResponse(client)
    answer.begin()
    assert answer.read()
    assert answer.status == status
    return client


def read_all(client: socket.socket) -> bytes:
    """Read to the end that the gateway makes."""
    answers = b""
    while read := client.recv(65_536):
        answers += read
    return answers
