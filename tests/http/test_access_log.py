"""Every request has an id and one line in the log."""

import re

import httpx
import pytest

from tests.conftest import ADMIN, RunningGateway
from tests.house.houses import Gateway
from tests.http.asking import ask, line_about


def test_makes_an_id_for_each_request(client: httpx.Client):
    ids = {client.get(path).headers["x-request-id"] for path in ["/graphql", "/health/live", "/", "/nothing"]}
    assert len(ids) == 4
    assert all(re.fullmatch("[0-9a-f]{16}", request_id) for request_id in ids)


def test_takes_the_id_that_a_proxy_gave(client: httpx.Client):
    response = ask(client, "{ __typename }", headers={"x-request-id": "From.a_proxy-1"})
    assert response.headers["x-request-id"] == "From.a_proxy-1"


@pytest.mark.parametrize("request_id", ["", "two words", "a" * 65, "<script>", "a;b", '"'])
def test_takes_no_strange_id(client: httpx.Client, request_id: str):
    response = ask(client, "{ __typename }", headers={"x-request-id": request_id})
    assert re.fullmatch("[0-9a-f]{16}", response.headers["x-request-id"])


def test_logs_one_line_a_request(
    gateway: RunningGateway, strict: Gateway, strict_client: httpx.Client, signed_in: dict[str, str]
):
    user_id = gateway.data("{ viewer { user { id } } }", who=ADMIN)["viewer"]["user"]["id"]
    query = "query Mine { viewer { role } }"
    ask(strict_client, query, headers=signed_in | {"x-request-id": "logged-once"})
    line = line_about(strict, "logged-once")
    assert isinstance(line.pop("ms"), float)
    assert re.fullmatch(r"[0-9T:.-]+Z", str(line.pop("timestamp")))
    assert line == {
        "event": "request",
        "level": "info",
        "method": "POST",
        "path": "/graphql",
        "status": 200,
        "operation": "Mine",
        "user_id": user_id.removeprefix("user_"),
        "request_id": "logged-once",
    }


def test_logs_how_many_errors_an_answer_has(strict: Gateway, strict_client: httpx.Client, signed_in: dict[str, str]):
    ask(strict_client, "{ users(first: -1) { totalCount } }", headers=signed_in | {"x-request-id": "one-error"})
    assert line_about(strict, "one-error")["errors"] == 1


def test_logs_no_more_of_a_name_than_a_line_can_hold(strict: Gateway, strict_client: httpx.Client):
    name = "N" * 5_000
    ask(strict_client, f"query {name} {{ __typename }}", headers={"x-request-id": "long-name"})
    assert line_about(strict, "long-name")["operation"] == "N" * 80


def test_does_not_log_probes_that_succeed(strict: Gateway, strict_client: httpx.Client):
    strict_client.get("/health/ready", headers={"x-request-id": "healthy-probe"})
    assert "healthy-probe" not in strict.printed


def test_keeps_tokens_out_of_the_log(
    gateway: RunningGateway, strict: Gateway, strict_client: httpx.Client, signed_in: dict[str, str]
):
    token = gateway.token(ADMIN)
    for headers in [signed_in, {"authorization": f"Bearer {token}x"}, {"authorization": f"Basic {token}"}]:
        ask(strict_client, "{ viewer { role } }", headers=headers)
    ask(strict_client, "{ __typename }", headers={"x-request-id": "after-tokens"})
    line_about(strict, "after-tokens")
    printed = "\n".join(line for line in strict.printed.splitlines() if line.startswith("{"))
    assert printed
    assert token not in printed
    assert token.split(".")[1] not in printed
