"""People at the entrance."""

import signal
from collections.abc import Iterator

import pytest

from tests.accounts import FreshAccount
from tests.conftest import RunningGateway
from tests.house.houses import House
from tests.sessions.entrances import Entrance


@pytest.fixture
def entrance(gateway: RunningGateway) -> Entrance:
    """Give an entrance from a place in the network that is the test's own."""
    return Entrance(gateway)


@pytest.fixture
def email(account: FreshAccount) -> str:
    """Give an address that nobody has yet."""
    return f"ada@a{account.number}.example"


@pytest.fixture(scope="session")
def both_urls(gateway: RunningGateway) -> Iterator[list[str]]:
    """Give two gateways on one database, where nothing is stopped for being slow."""
    patient = {
        "GATEWAY_SESSION_DAYS": "7",
        "GATEWAY_OPERATION_DEADLINE_SECONDS": "60",
        "GATEWAY_STATEMENT_TIMEOUT_SECONDS": "50",
    }
    houses = [House(gateway.house.data_dir, environment=gateway.house.environment | patient) for _ in range(2)]
    processes = [house.serve() for house in houses]
    yield [process.address for process in processes]
    for process in processes:
        process.end(signal.SIGTERM)
