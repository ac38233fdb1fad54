"""How long the parts of a request may be."""

import time

import psutil
import pytest

from tests.conftest import RunningGateway
from tests.http.wire import BEGIN, CHUNKED, CHUNKS, HEADERS, after_an_answer, connect, read_all

UPGRADE = b"GET /graphql HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
TOO_LONG = {
    "a long header": BEGIN + b"accept: " + b"a," * 100_000 + b"\r\n\r\n",
    "long headers": BEGIN + HEADERS + b"\r\n",
    "many headers": BEGIN + b"x:\r\n" * 10_000 + b"\r\n",
    "a long path": b"GET /?" + b"x" * 40_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n",
    "an upgrade": UPGRADE + HEADERS + b"\r\n",
    "no end": BEGIN + HEADERS,
    "after another": BEGIN + b"\r\n" + BEGIN + HEADERS + b"\r\n",
    "no end, after another": BEGIN + b"\r\n" + BEGIN + HEADERS * 10,
}


@pytest.mark.parametrize("kind", TOO_LONG)
def test_refuses_too_long_a_head(gateway: RunningGateway, kind: str):
    head = TOO_LONG[kind]
    with connect(gateway) as client:
        client.sendall(head)
        answers = read_all(client)
    assert answers.count(b"HTTP/1.1 200") == head.count(b"\r\n\r\nGET")
    assert answers.count(b"HTTP/1.1 431") == 1
    assert b"\r\nconnection: close\r\n" in answers
    assert answers.endswith(b"\r\n\r\nThe head of a request may have at most 32768 bytes.\n")


def test_takes_a_long_head_and_a_long_body_in_one(gateway: RunningGateway):
    head = b"POST /health/live HTTP/1.1\r\nhost: x\r\ncontent-length: 50000\r\n" + HEADERS[:30_000] + b"\r\n\r\n"
    with after_an_answer(gateway, head + b"x" * 50_000 + BEGIN, 405) as client:
        client.sendall(b"\r\n")
        assert client.recv(65_536).startswith(b"HTTP/1.1 200"), "and what follows in the same read is taken, too"


def test_cuts_off_a_head_without_an_end(gateway: RunningGateway):
    with connect(gateway) as client:
        client.sendall(b"POST /graphql HTTP/1.1\r\nhost: x\r\n")
        with pytest.raises(ConnectionError):  # noqa: PT012 - it is cut off at some of them
            for number in range(10_000):
                client.sendall(b"x-%d: %s\r\n" % (number, b"x" * 1_000))
                time.sleep(0.001)


def test_keeps_nothing_of_who_has_gone(gateway: RunningGateway):
    memory = psutil.Process(gateway.process.process.pid).memory_info
    before = memory().rss
    for _ in range(3_000):
        with connect(gateway) as client:
            client.sendall(BEGIN + HEADERS[:30_000])
    assert memory().rss - before < 20 * 1024 * 1024, "30 kB of each would be 90 MB"


def test_takes_trailers(gateway: RunningGateway):
    with after_an_answer(gateway, CHUNKED + CHUNKS + b"digest: x\r\n\r\n", 200) as client:
        client.sendall(BEGIN + b"\r\n")
        assert client.recv(65_536).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("before", [b"", BEGIN + b"\r\n"])
@pytest.mark.parametrize("trailers", [b"x: 1\r\n" * 8_000, b"x: " + b"1" * 40_000])
def test_refuses_too_long_trailers(gateway: RunningGateway, before: bytes, trailers: bytes):
    with connect(gateway, timeout=5) as client:
        client.sendall(before + CHUNKED + CHUNKS + trailers[:5])
        time.sleep(0.1)  # it is read without the rest
        client.sendall(trailers[5:])
        answers = read_all(client)
    assert answers.count(b"HTTP/1.1") == 1 + bool(before)
    assert answers.count(b"HTTP/1.1 431") == 1
    assert answers.endswith(b"\r\n\r\nThe trailers of a request may have at most 32768 bytes.\n")


def test_refuses_a_body_that_says_it_is_too_large_before_it_comes(gateway: RunningGateway):
    answer = _send(gateway, b"content-length: 999999999999\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"connection: close" in answer.lower()


def test_refuses_a_body_that_turns_out_too_large_without_waiting_for_its_end(gateway: RunningGateway):
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    answer = _send(gateway, b"transfer-encoding: chunked\r\n\r\n" + chunk * 5)
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"BODY_TOO_LARGE" in answer


def _send(gateway: RunningGateway, rest: bytes) -> bytes:
    """Send a request that does not end, and give the answer."""
    with connect(gateway, timeout=5) as connection:
        connection.sendall(b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n" + rest)
        answer = b""
        while b"}" not in answer:
            answer += connection.recv(65536)
        return answer
