"""How long the bulk actions take for every user of an account of 100,000, and how much memory the gateway needs.

The aim is under 5 s each. All is measured over HTTP, from the request to the end of its answer.
"""

import asyncio
import time
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
from rich.console import Console
from rich.table import Table

from benchmarks.asking import Client, partner_client, seed
from benchmarks.commands import run
from benchmarks.processes import BenchmarkFailed
from benchmarks.starter import Gateway, running_gateway
from gateway.embedded import embedded_postgres

USERS = 100_000
AIM_SECONDS = 5
PRODUCT = "MITEAM_MEETINGS"

_MANAGED = """
WITH account AS (SELECT id FROM accounts WHERE number = $1),
     on_ AS (INSERT INTO account_integrations (account_id, integration) SELECT id, 'MITEAM_MEETINGS' FROM account
             ON CONFLICT DO NOTHING),
     off AS (DELETE FROM account_integrations USING account WHERE account_id = id AND integration = 'MICOLLAB')
INSERT INTO license_subscriptions (account_id, product_id, order_number, quantity, starts_at)
SELECT account.id, products.id, 'benchmark', $2, now() FROM account, products WHERE code = $3
RETURNING 'product_' || replace(product_id::text, '-', '')
"""


class Action(NamedTuple):
    """A bulk action for everybody."""

    name: str
    more: dict[str, Any]


class Measured(NamedTuple):
    """What came of an action."""

    action: str
    changed: int
    seconds: float
    megabytes: float


def main() -> None:
    """Measure, and print the table."""
    run(_measure)


def _measure(console: Console) -> None:
    with console.status("Starting a gateway ...") as status, running_gateway() as gateway:
        status.update(f"Making an account of {USERS:,} users ...")
        number = seed(gateway, USERS)
        product = _manage_licenses(gateway, number)
        idle = _megabytes(gateway)
        with partner_client(gateway) as http:
            client = Client(http)
            account = client.account_id(number)
            measured: list[Measured] = []
            for action in _actions(product):
                status.update(f"{action.name} for everybody ...")
                measured.append(_act(client, gateway, account, action))
    console.print(_table(measured, idle))


def _actions(product: str) -> list[Action]:
    of_product = {"productId": product}
    return [
        Action("bulkUnassignLicenses", of_product),
        Action("bulkAssignLicenses", of_product),
        Action("bulkSendWelcomeEmails", {}),
        Action("bulkResetPasswords", {}),
        Action("deleteUsers", {"confirmation": "delete"}),
    ]


def _act(client: Client, gateway: Gateway, account: str, action: Action) -> Measured:
    kind = f"{action.name[0].upper()}{action.name[1:]}Input"
    payload_fields = "{ outcome { changed } userErrors { code } }"
    query = f"mutation ($input: {kind}!) {{ {action.name}(input: $input) {payload_fields} }}"
    given = {"accountId": account, "target": {"all": True}} | action.more
    begun = time.perf_counter()
    payload = client.ask(query, {"input": given})[action.name]
    taken = time.perf_counter() - begun
    if payload["userErrors"]:
        raise BenchmarkFailed(f"{action.name} was declined: {payload['userErrors']}")
    return Measured(action.name, payload["outcome"]["changed"], taken, _megabytes(gateway))


def _manage_licenses(gateway: Gateway, number: str) -> str:
    """Have the licenses of the account managed here, with enough for everybody; give the id of the product."""

    async def buy(url: str) -> str:
        connection = await asyncpg.connect(url)
        try:
            bought: str = await connection.fetchval(_MANAGED, number, USERS * 2, PRODUCT)
            return bought
        finally:
            await connection.close()

    with embedded_postgres(Path(gateway.environment["GATEWAY_DATA_DIR"]) / "postgres") as url:
        return asyncio.run(buy(url))


def _megabytes(gateway: Gateway) -> float:
    """Measure what memory the gateway's own process holds."""
    return gateway.server.process.memory_info().rss / 1e6


def _table(measured: list[Measured], idle: float) -> Table:
    table = Table(title=f"Bulk actions on {USERS:,} users, over HTTP; the gateway idle: {idle:.0f} MB")
    table.add_column("action", no_wrap=True)
    for name in ("changes", "seconds", f"under {AIM_SECONDS} s", "MB after"):
        table.add_column(name, justify="right")
    for action, changed, seconds, megabytes in measured:
        verdict = "[green]yes[/]" if seconds < AIM_SECONDS else "[red]no[/]"
        table.add_row(action, f"{changed:,}", f"{seconds:.2f}", verdict, f"{megabytes:.0f}")
    return table


if __name__ == "__main__":
    main()
