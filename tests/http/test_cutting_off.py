"""Who says nothing, and who says what is no request, is cut off."""

import asyncio
import socket

import pytest

from tests.conftest import ADMIN, RunningGateway
from tests.http.wire import BODY, CHUNKED, LENGTH, POST, after_an_answer, connect, read_all
from tests.live.sockets import Client


def test_refuses_what_is_no_request_after_the_answers_under_way(gateway: RunningGateway):
    short = LENGTH.replace(b"%d" % len(BODY), b"%d" % (len(BODY) - 1))
    with connect(gateway, timeout=5) as client:
        client.sendall((POST + LENGTH + BODY) * 2 + POST + short + BODY[:-1] + b" } and more")
        answers = read_all(client)
    first, *others, last = answers.split(b"HTTP/1.1 ")[1:]
    assert b'{"__typename":"Query"}' in first
    assert [answer[:3] for answer in others] == [b"200", b"400"]
    assert last.startswith(b"400 Bad Request")
    assert b"\r\nconnection: close\r\n" in last


@pytest.mark.parametrize("more", [b"", b"expect: 100-continue\r\n"])
def test_refuses_at_once_what_is_wrong_in_the_middle_of_a_request(gateway: RunningGateway, more: bytes):
    with connect(gateway, timeout=5) as client:
        client.sendall(CHUNKED[:-2] + more + b"\r\nnonsense\r\n")
        assert read_all(client).startswith(b"HTTP/1.1 400 Bad Request")
    assert gateway.process.faults == ""


def test_cuts_off_who_says_nothing_or_half_a_head(gateway: RunningGateway):
    half = b"POST /graphql HTTP/1.1\r\nhost: x\r\n"
    answered = b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n"
    clients = [connect(gateway) for _ in range(3)]
    for client, begun in zip(clients, (b"", half, answered + half), strict=True):
        client.sendall(begun)
    assert [_is_cut_off(client) for client in clients] == [True] * 3


def test_cuts_off_who_begins_nothing_after_an_answer(gateway: RunningGateway):
    length = b"host: x\r\ncontent-length: 100000\r\n\r\n"
    begun = {
        b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n": (200, b"\r\n"),
        b"POST /health/live HTTP/1.1\r\n" + length: (405, b"x"),
        b"POST /graphql HTTP/1.1\r\n" + length: (415, b"x"),
    }
    clients = [after_an_answer(gateway, request, status) for request, (status, _) in begun.items()]
    for client, (_, rest) in zip(clients, begun.values(), strict=True):
        client.sendall(rest)
    assert [_is_cut_off(client) for client in clients] == [True] * 3


async def test_cuts_off_nothing_that_began_after_an_empty_line(gateway: RunningGateway):
    token = gateway.token(ADMIN)
    asked = b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n"
    slow, own = (after_an_answer(gateway, asked, 200) for _ in range(2))
    slow.sendall(b"\r\n")
    own.sendall(b"\r\n")
    with slow:
        slow.sendall(b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n")
        slow.sendall(b"content-length: 9\r\n\r\n{")
        # A socket, which takes the connection over from HTTP.
        client = await Client.open(gateway.url, token, sock=own)
        answer = await asyncio.to_thread(slow.recv, 65_536)
        assert answer.startswith(b"HTTP/1.1 408"), "longer than an idle connection may stay"
    told = await client.subscribe("{ __typename }")
    await client.until(lambda: told.end == "complete")
    await client.close()


def _is_cut_off(client: socket.socket) -> bool:
    """Read to the end that the gateway makes; without one, to the end of the client's patience."""
    try:
        while client.recv(65_536):
            pass
    except ConnectionResetError:
        pass
    except TimeoutError:
        return False
    finally:
        client.close()
    return True
