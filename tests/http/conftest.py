"""What the tests of the transport hold in their hands."""

from collections.abc import AsyncIterator, Iterator

import asyncpg
import httpx
import pytest

from tests.conftest import ADMIN, RunningGateway
from tests.house.houses import Gateway

STRICT = {
    "GATEWAY_INTROSPECTION": "false",
    "GATEWAY_LOG_FORMAT": "json",
    "GATEWAY_MAX_BODY_BYTES": "20000",
    "GATEWAY_OPERATION_DEADLINE_SECONDS": "1",
}


@pytest.fixture
def client(gateway: RunningGateway) -> Iterator[httpx.Client]:
    """Give a client without a token."""
    with httpx.Client(base_url=gateway.url, timeout=30) as client:
        yield client


@pytest.fixture
def signed_in(gateway: RunningGateway) -> dict[str, str]:
    """Give the headers of the account admin."""
    return {"authorization": f"Bearer {gateway.token(ADMIN)}"}


@pytest.fixture(scope="session")
def strict(gateway: RunningGateway) -> Iterator[Gateway]:
    """Give a second gateway beside the first, on the same servers, that allows less."""
    with gateway.beside(**STRICT) as strict:
        yield strict


@pytest.fixture
def strict_client(strict: Gateway) -> Iterator[httpx.Client]:
    """Give a client of that one."""
    with httpx.Client(base_url=strict.address, timeout=30) as client:
        yield client


@pytest.fixture
async def database(gateway: RunningGateway) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """Give a connection that can get in the gateways' way."""
    connection = await asyncpg.connect(gateway.database_url)
    yield connection
    await connection.close()
