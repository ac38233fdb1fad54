"""What a request must be like to be taken."""

import asyncio
import socket
import time
from http.client import HTTPResponse
from urllib.parse import urlencode

import httpx
import psutil
import pytest

from tests.conftest import ADMIN, RunningGateway
from tests.http.asking import ask, code_of
from tests.live.sockets import Client

PREFLIGHT = {"graphql-require-preflight": "1"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"5",
        b'"x"',
        b"null",
        b"true",
        b"[]",
        b'[{"query": "{ __typename }"}]',
        b"{",
        b"nonsense",
        b"\xff\xfe",
        b'{"query": "\xff"}',
        b'{"query": "\\ud800"}',
        b'{"query": "{ __typename }"} x',
        b'{"query": "{ __typename }", "variables": NaN}',
        b"[" * 5_000,
        b'{"query": "{ __typename }", "variables": {"a": ' + b"[" * 2_000 + b"]" * 2_000 + b"}}",
        b'{"query": "{ __typename }", "variables": {"a": ' + b"[" * 99 + b"]" * 99 + b"}}",
        b"{}",
        b'{"query": null}',
        b'{"query": {"a": 1}}',
        b'{"query": "{ __typename }", "variables": []}',
        b'{"query": "{ __typename }", "variables": "{}"}',
        b'{"query": "{ __typename }", "operationName": 5}',
        b'{"query": "{ __typename }", "extensions": []}',
    ],
)
def test_refuses_a_body_that_is_no_request(client: httpx.Client, body: bytes):
    response = client.post("/graphql", content=body, headers={"content-type": "application/json"})
    assert response.status_code == 400
    assert code_of(response) == "BAD_REQUEST"


def test_ignores_members_of_the_body_that_mean_nothing_to_it(client: httpx.Client):
    assert ask(client, "{ __typename }", id=7, variables=None, extensions=None).is_success


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "application/graphql",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=latin1",
        "application/jsonp",
        "application/json, text/plain",
    ],
)
def test_takes_no_other_content_type_than_json(client: httpx.Client, content_type: str | None):
    headers = {} if content_type is None else {"content-type": content_type}
    response = client.post("/graphql", content=b'{"query": "{ __typename }"}', headers=headers)
    assert response.status_code == 415
    assert code_of(response) == "UNSUPPORTED_MEDIA_TYPE"


def test_takes_no_packed_body(client: httpx.Client):
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    assert client.post("/graphql", content=b"x", headers=headers).status_code == 415


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])
def test_says_which_methods_it_takes(client: httpx.Client, method: str):
    response = client.request(method, "/graphql")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, POST"


@pytest.mark.parametrize("header", ["GraphQL-Require-Preflight", "X-Requested-With"])
def test_answers_a_query_by_get(client: httpx.Client, header: str):
    query = urlencode({"query": "query ($n: String!) { __type(name: $n) { name } }", "variables": '{"n": "User"}'})
    response = client.get(f"/graphql?{query}", headers={header: "1"})
    assert response.status_code == 200
    assert response.json()["data"] == {"__type": {"name": "User"}}


def test_takes_an_empty_operation_name_by_get_for_none(client: httpx.Client):
    query = urlencode({"query": "{ __typename }", "operationName": "", "variables": "", "extensions": "null"})
    assert client.get(f"/graphql?{query}", headers=PREFLIGHT).is_success


def test_refuses_a_get_that_a_page_of_another_site_could_send(client: httpx.Client):
    response = client.get("/graphql?query={__typename}")
    assert response.status_code == 400
    assert code_of(response) == "PREFLIGHT_REQUIRED"


@pytest.mark.parametrize(
    "query_string",
    [
        "",
        "quer=1",
        "query=%ff",
        "query={__typename}&query={__typename}",
        "query={__typename}&variables=5",
        "query={__typename}&variables={",
        "query={__typename}&variables={" + '"a":{' * 100 + "}" * 101,
        "query={__typename}&extensions=[]",
        "&".join(f"a{number}=1" for number in range(50)),
    ],
)
def test_refuses_a_query_string_that_is_no_request(client: httpx.Client, query_string: str):
    response = client.get(f"/graphql?{query_string}", headers=PREFLIGHT)
    assert response.status_code == 400
    assert code_of(response) == "BAD_REQUEST"


def test_refuses_a_body_that_says_it_is_too_large_before_it_comes(gateway: RunningGateway):
    answer = _send(gateway, b"content-length: 999999999999\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"connection: close" in answer.lower()


def test_refuses_a_body_that_turns_out_too_large_without_waiting_for_its_end(gateway: RunningGateway):
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    answer = _send(gateway, b"transfer-encoding: chunked\r\n\r\n" + chunk * 5)
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"BODY_TOO_LARGE" in answer


def test_cuts_off_a_head_without_an_end(gateway: RunningGateway):
    with socket.create_connection(_address(gateway), timeout=30) as client:
        client.sendall(b"POST /graphql HTTP/1.1\r\nhost: x\r\n")
        with pytest.raises(ConnectionError):  # noqa: PT012 - it is cut off at some of them
            for number in range(10_000):
                client.sendall(b"x-%d: %s\r\n" % (number, b"x" * 1_000))
                time.sleep(0.001)


BEGIN = b"GET /health/live HTTP/1.1\r\nhost: x\r\n"
UPGRADE = b"GET /graphql HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
HEADERS = b"".join(b"x-%d: %s\r\n" % (number, b"x" * 2_000) for number in range(20))


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
    with socket.create_connection(_address(gateway), timeout=30) as client:
        client.sendall(head)
        answers = _read_all(client)
    assert answers.count(b"HTTP/1.1 200") == head.count(b"\r\n\r\nGET")
    assert answers.count(b"HTTP/1.1 431") == 1
    assert b"\r\nconnection: close\r\n" in answers
    assert answers.endswith(b"\r\n\r\nThe head of a request may have 32768 bytes.\n")


CHUNKED = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
BODY = b'{"query": "{ __typename }"}'
CHUNKS = b"%x\r\n%b\r\n0\r\n" % (len(BODY), BODY)


def test_takes_trailers(gateway: RunningGateway):
    with _after_an_answer(gateway, CHUNKED + CHUNKS + b"digest: x\r\n\r\n", 200) as client:
        client.sendall(BEGIN + b"\r\n")
        assert client.recv(65_536).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("before", [b"", BEGIN + b"\r\n"])
@pytest.mark.parametrize("trailers", [b"x: 1\r\n" * 8_000, b"x: " + b"1" * 40_000])
def test_refuses_too_long_trailers(gateway: RunningGateway, before: bytes, trailers: bytes):
    with socket.create_connection(_address(gateway), timeout=5) as client:
        client.sendall(before + CHUNKED + CHUNKS + trailers[:5])
        time.sleep(0.1)  # it is read without the rest
        client.sendall(trailers[5:])
        answers = _read_all(client)
    assert answers.count(b"HTTP/1.1") == 1 + bool(before)
    assert answers.count(b"HTTP/1.1 431") == 1
    assert answers.endswith(b"\r\n\r\nThe trailers of a request may have 32768 bytes.\n")


def test_refuses_what_is_no_request_after_the_answers_under_way(gateway: RunningGateway):
    short = LENGTH.replace(b"%d" % len(BODY), b"%d" % (len(BODY) - 1))
    with socket.create_connection(_address(gateway), timeout=5) as client:
        client.sendall((POST + LENGTH + BODY) * 2 + POST + short + BODY[:-1] + b" } and more")
        answers = _read_all(client)
    first, *others, last = answers.split(b"HTTP/1.1 ")[1:]
    assert b'{"__typename":"Query"}' in first
    assert [answer[:3] for answer in others] == [b"200", b"400"]
    assert last.startswith(b"400 Bad Request")
    assert b"\r\nconnection: close\r\n" in last


@pytest.mark.parametrize("more", [b"", b"expect: 100-continue\r\n"])
def test_refuses_at_once_what_is_wrong_in_the_middle_of_a_request(gateway: RunningGateway, more: bytes):
    with socket.create_connection(_address(gateway), timeout=5) as client:
        client.sendall(CHUNKED[:-2] + more + b"\r\nnonsense\r\n")
        assert _read_all(client).startswith(b"HTTP/1.1 400 Bad Request")
    assert gateway.process.faults == ""


def test_takes_a_long_head_and_a_long_body_in_one(gateway: RunningGateway):
    head = b"POST /health/live HTTP/1.1\r\nhost: x\r\ncontent-length: 50000\r\n" + HEADERS[:30_000] + b"\r\n\r\n"
    with _after_an_answer(gateway, head + b"x" * 50_000 + BEGIN, 405) as client:
        client.sendall(b"\r\n")
        assert client.recv(65_536).startswith(b"HTTP/1.1 200"), "and what follows in the same read is taken, too"


def test_keeps_nothing_of_who_has_gone(gateway: RunningGateway):
    memory = psutil.Process(gateway.process.process.pid).memory_info
    before = memory().rss
    for _ in range(3_000):
        with socket.create_connection(_address(gateway), timeout=30) as client:
            client.sendall(BEGIN + HEADERS[:30_000])
    assert memory().rss - before < 20 * 1024 * 1024, "30 kB of each would be 90 MB"


def test_cuts_off_who_says_nothing_or_half_a_head(gateway: RunningGateway):
    half = b"POST /graphql HTTP/1.1\r\nhost: x\r\n"
    answered = b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n"
    clients = [socket.create_connection(_address(gateway), timeout=30) for _ in range(3)]
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
    clients = [_after_an_answer(gateway, request, status) for request, (status, _) in begun.items()]
    for client, (_, rest) in zip(clients, begun.values(), strict=True):
        client.sendall(rest)
    assert [_is_cut_off(client) for client in clients] == [True] * 3


async def test_cuts_off_nothing_that_began_after_an_empty_line(gateway: RunningGateway):
    token = gateway.token(ADMIN)
    asked = b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n"
    slow, own = (_after_an_answer(gateway, asked, 200) for _ in range(2))
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


H2C = b"connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n"
POST = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
LENGTH = b"content-length: %d\r\n\r\n" % len(BODY)
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
    with socket.create_connection(_address(gateway), timeout=5) as client:
        for part in (head[:-20], head[-20:] + body[:5], body[5:] + head + body) if pause else ((head + body) * 2,):
            client.sendall(part)
            time.sleep(pause)
        client.sendall(BEGIN + b"connection: close\r\n\r\n")
        answers = _read_all(client)
    assert answers.count(b"HTTP/1.1 200") == answers.count(b"HTTP/1.1") == 3
    assert answers.count(b'{"__typename":"Query"}') == (2 if body else 0)


@pytest.mark.parametrize("method", [b"POST /graphql", b"GET /health/live"])
@pytest.mark.parametrize("end", [b"HTTP/1.1\r\nconnection: close, upgrade", b"HTTP/1.0\r\nconnection: upgrade"])
@pytest.mark.parametrize("protocol", [b"h2c", b"websocket"])
def test_answers_them_though_the_connection_is_to_end(
    gateway: RunningGateway, method: bytes, end: bytes, protocol: bytes
):
    head = b"%b %b\r\nhost: x\r\ncontent-type: application/json\r\nupgrade: %b\r\n" % (method, end, protocol)
    with socket.create_connection(_address(gateway), timeout=5) as client:
        client.sendall(BEGIN + b"\r\n" + head + LENGTH + BODY)
        answers = _read_all(client)
    assert answers.count(b"HTTP/1.1 ") == 2
    assert answers.count(b"HTTP/1.1 200") == 2


def test_answers_many_of_them_in_one_read(gateway: RunningGateway):
    with socket.create_connection(_address(gateway), timeout=30) as client:
        client.sendall((BEGIN + H2C + b"\r\n") * 1_500 + BEGIN + b"connection: close\r\n\r\n")
        assert _read_all(client).count(b"HTTP/1.1 200") == 1_501


def test_builds_no_tunnel(gateway: RunningGateway):
    tunnel = b"CONNECT x:80 HTTP/1.1\r\nhost: x\r\n" + H2C + b"\r\n"
    with socket.create_connection(_address(gateway), timeout=5) as client:
        client.sendall(tunnel)
        assert client.recv(65_536).startswith(b"HTTP/1.1 4")


@pytest.mark.parametrize(
    ("name", "code"), [(None, "BAD_REQUEST"), ("C", "BAD_REQUEST"), ("", "BAD_REQUEST"), ("A", None)]
)
@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json"])
def test_runs_the_operation_that_is_named_and_no_other(
    client: httpx.Client, name: str | None, code: str | None, accept: str
):
    query = "query A { a: __typename } query B { b: __typename }"
    response = ask(client, query, operationName=name, headers={"accept": accept})
    if code is None:
        assert response.json()["data"] == {"a": "Query"}
    else:
        assert response.status_code == 400
        assert code_of(response) == code


def _address(gateway: RunningGateway) -> tuple[str, int]:
    url = httpx.URL(gateway.url)
    return url.host, url.port or 80


def _after_an_answer(gateway: RunningGateway, request: bytes, status: int) -> socket.socket:
    """Connect, ask, and read the answer."""
    client = socket.create_connection(_address(gateway), timeout=30)
    client.sendall(request)
    answer = HTTPResponse(client)
    answer.begin()
    assert answer.read()
    assert answer.status == status
    return client


def _read_all(client: socket.socket) -> bytes:
    """Read to the end that the gateway makes."""
    answers = b""
    while read := client.recv(65_536):
        answers += read
    return answers


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


def _send(gateway: RunningGateway, rest: bytes) -> bytes:
    """Send a request that does not end, and give the answer."""
    with socket.create_connection(_address(gateway), timeout=5) as connection:
        connection.sendall(b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n" + rest)
        answer = b""
        while b"}" not in answer:
            answer += connection.recv(65536)
        return answer
