"""How the tests of the transport ask, and what they look for."""

import time
from typing import Any

import httpx
import orjson

from tests.house.houses import Gateway


def ask(
    client: httpx.Client, query: str, *, headers: dict[str, str] | None = None, **parameters: Any
) -> httpx.Response:
    """Ask as a client does that knows application/graphql-response+json."""
    accept = {"accept": "application/graphql-response+json"}
    return client.post("/graphql", json={"query": query, **parameters}, headers=accept | (headers or {}))


def code_of(response: httpx.Response) -> str:
    """Give the code of the one error of an answer without data."""
    body = response.json()
    assert len(body["errors"]) == 1, body
    assert "data" not in body
    code: str = body["errors"][0]["extensions"]["code"]
    return code


def lines_about(gateway: Gateway, request_id: str) -> list[dict[str, Any]]:
    """Give the log lines of a request, once the last of them is there."""
    until = time.monotonic() + 5
    while time.monotonic() < until:
        lines = [orjson.loads(line) for line in gateway.printed.splitlines() if request_id in line]
        if lines and lines[-1]["event"] == "request":
            return lines
        time.sleep(0.01)
    raise AssertionError(gateway.printed)


def line_about(gateway: Gateway, request_id: str) -> dict[str, Any]:
    """Give the one log line of a request."""
    (line,) = lines_about(gateway, request_id)
    return line
