"""Asking a gateway, and making accounts in it to ask about."""

import re
from typing import Any, cast

import httpx

from benchmarks.processes import BenchmarkFailed
from benchmarks.starter import Gateway

PARTNER = "partner@partner.example"

_ACCOUNTS = "query Accounts($number: String!) { accounts(search: $number) { nodes { id number } } }"


class Client:
    """Asks a gateway, on one connection that stays open."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def ask(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        """Give the answer to a query or mutation. Raises BenchmarkFailed when there is an error in it."""
        return data_of(self.send(query, variables))

    def send(self, query: str, variables: dict[str, Any]) -> httpx.Response:
        """Send a query or mutation, and give the answer as it comes."""
        return self._http.post("/graphql", json={"query": query, "variables": variables})

    def account_id(self, number: str) -> str:
        """Find an account by its number."""
        for account in self.ask(_ACCOUNTS, {"number": number})["accounts"]["nodes"]:
            if account["number"] == number:
                return cast("str", account["id"])
        raise BenchmarkFailed(f"There is no account {number}.")


def partner_client(gateway: Gateway) -> httpx.Client:
    """Open a connection on which the partner of the demonstration, who sees every seeded account, is signed in."""
    return httpx.Client(
        base_url=gateway.server.address,
        headers={"Authorization": f"Bearer {gateway.run('token', '--email', PARTNER).strip()}"},
        timeout=60,
        trust_env=False,
    )


def seed(gateway: Gateway, users: int) -> str:
    """Make an account with so many users, and give its number."""
    printed = gateway.run("seed", "--users", str(users))
    told = re.search(r"Account (\S+) has", printed)
    if told is None:
        raise BenchmarkFailed(f"gateway seed did not tell the account: {printed}")
    return told[1]


def data_of(response: httpx.Response) -> dict[str, Any]:
    """Give the data of an answer. Raises BenchmarkFailed where there are errors."""
    answer: dict[str, Any] = response.json()
    if "errors" in answer or not response.is_success:
        raise BenchmarkFailed(f"The gateway answered {response.status_code}: {answer}")
    return cast("dict[str, Any]", answer["data"])
