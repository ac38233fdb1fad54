"""Server-sent events, as graphql-sse describes them."""

import json
import socket
import time

import httpx
import pytest

from tests.accounts import FreshAccount
from tests.conftest import ADMIN, RunningGateway
from tests.live.conftest import Assign, OpenStream
from tests.live.sockets import COUNTS
from tests.live.test_handshakes import HANDSHAKE, connect


async def test_tells_counts(gateway: RunningGateway, account: FreshAccount, assign: Assign, open_stream: OpenStream):
    meetings = await account.buy()
    stream = open_stream(gateway.token(account.admin), COUNTS, {"account": account.node})
    await stream.until(1)
    await assign(account, meetings, await account.add_user())
    await stream.until(2, 10)
    assert [name for name, _ in stream.events] == ["next", "next"]
    assert stream.events[1][1]["data"]["licenseCounts"]["assigned"] == 1


async def test_completes_a_query_and_what_is_out_of_sight(gateway: RunningGateway, open_stream: OpenStream):
    query = open_stream(gateway.token(ADMIN), "{ viewer { role } }", {})
    await query.end()
    assert [name for name, _ in query.events] == ["next", "complete"]
    assert query.events[0][1]["data"] == {"viewer": {"role": "ACCOUNT_ADMIN"}}

    nothing = open_stream(gateway.token(ADMIN), COUNTS, {"account": "nothing"})
    await nothing.end()
    assert nothing.events == [("complete", None)]


async def test_tells_what_is_wrong_with_the_operation(gateway: RunningGateway, open_stream: OpenStream):
    stream = open_stream(gateway.token(ADMIN), "subscription { nothing }", {})
    await stream.end()
    assert [name for name, _ in stream.events] == ["next", "complete"]
    assert stream.events[0][1]["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


FOLLOWING = {
    "nothing": b"",
    "another": b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n",
    "a handshake": HANDSHAKE + b"\r\n",
    "no request": b"nonsense\r\n\r\n",
}


@pytest.mark.parametrize("following", FOLLOWING)
def test_ends_with_its_client_whatever_was_sent_behind_it(
    gateway: RunningGateway, account: FreshAccount, following: str
):
    request_id = f"behind-{account.number}"
    with connect(gateway.url) as client:
        ask(client, gateway.token(account.admin), request_id, account)
        assert b"HTTP/1.1 200" in client.recv(65_536)
        client.sendall(FOLLOWING[following])
        time.sleep(0.2)  # it is read
        assert request_id not in gateway.printed
    until = time.monotonic() + 10
    while request_id not in gateway.printed and time.monotonic() < until:
        time.sleep(0.05)
    assert gateway.printed.count(request_id) == 1
    assert gateway.process.faults == ""


def ask(client: socket.socket, token: str, request_id: str, account: FreshAccount) -> None:
    """Ask for a stream over a connection."""
    body = json.dumps({"query": COUNTS, "variables": {"account": account.node}})
    head = [
        "POST /graphql HTTP/1.1",
        "Host: x",
        f"Authorization: Bearer {token}",
        "Accept: text/event-stream",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        f"X-Request-Id: {request_id}",
    ]
    client.sendall("\r\n".join([*head, "", body]).encode())


def test_refuses_what_is_no_request(gateway: RunningGateway):
    url, events = f"{gateway.url}/graphql", {"accept": "text/event-stream"}
    signed_in = events | {"authorization": f"Bearer {gateway.token(ADMIN)}"}
    assert httpx.post(url, json={"query": "{ viewer { role } }"}, headers=events).status_code == 401
    assert httpx.post(url, json=[], headers=signed_in).status_code == 400
    assert httpx.post(url, content="x", headers=signed_in).status_code == 415
    assert httpx.post(url, json={"query": "x" * 300_000}, headers=signed_in).status_code == 413


@pytest.mark.parametrize("sent", [{}, {"authorization": "Bearer one.that.ran.out"}], ids=["no token", "an old token"])
def test_answers_who_is_not_signed_in_what_anybody_may_ask(gateway: RunningGateway, sent: dict[str, str]):
    def ask(query: str) -> httpx.Response:
        headers = {"accept": "text/event-stream", **sent}
        return httpx.post(f"{gateway.url}/graphql", json={"query": query}, headers=headers)

    sign_in = 'mutation { signIn(input: { email: "nobody@x.example", password: "no" }) { userErrors { code } } }'
    told = ask(sign_in).text
    assert told.startswith('event: next\ndata: {"data":{"signIn":{"userErrors":[{"code":"WRONG_CREDENTIALS"}]}}')
    assert told.endswith("event: complete\ndata:\n\n")
    assert '"data":{"__typename":"Query"}' in ask("{ __typename }").text
    for query in ("subscription { __typename }", COUNTS, "{ nothing }"):
        assert ask(query).status_code == 401


def test_answers_json_where_that_is_wanted_more(gateway: RunningGateway):
    for accept in ("application/json, text/event-stream", "text/event-stream;q=0.5, application/json"):
        headers = {"accept": accept, "authorization": f"Bearer {gateway.token(ADMIN)}"}
        response = httpx.post(f"{gateway.url}/graphql", json={"query": "{ viewer { role } }"}, headers=headers)
        assert response.headers["content-type"].startswith("application/json")
