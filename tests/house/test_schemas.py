"""The tables may be in any schema that the role looks into first."""

import asyncio
import signal

import asyncpg
import httpx
import pytest

from gateway.embedded import embedded_servers
from tests.conftest import ADMIN
from tests.house.houses import House

QUERY = "{ viewer { role account { kind } } users { nodes { status licenses { assignedAt } } } }"
OWNED = "CREATE ROLE plain LOGIN; CREATE SCHEMA app AUTHORIZATION plain"


@pytest.mark.parametrize(
    ("prepare", "parameters"),
    [(f"{OWNED}; ALTER ROLE plain SET search_path = app", ""), (OWNED, "&options=-c%20search_path%3Dapp")],
    ids=["of the role", "of the URL"],
)
def test_serves_from_another_schema(house: House, prepare: str, parameters: str) -> None:
    with embedded_servers(house.data_dir, durable=False) as servers:
        asyncio.run(run(servers.database_url, prepare))
        url = servers.database_url.replace("//postgres@", "//plain@")
        house.environment = {"DATABASE_URL": url + parameters, "REDIS_URL": servers.redis_url}
        gateway = house.serve()
        headers = {"authorization": f"Bearer {house.run('token', '--email', ADMIN).stdout.strip()}"}
        answer = httpx.post(f"{gateway.address}/graphql", json={"query": QUERY}, headers=headers).json()
        assert gateway.end(signal.SIGTERM) == 0
    assert gateway.faults == ""
    assert answer["data"]["viewer"] == {"role": "ACCOUNT_ADMIN", "account": {"kind": "CUSTOMER"}}
    assert "errors" not in answer


async def run(url: str, statements: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(statements)
    await connection.close()
