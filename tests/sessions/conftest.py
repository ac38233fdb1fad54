"""People at the entrance."""

from collections.abc import Iterator

import pytest

from tests.accounts import FreshAccount
from tests.conftest import RunningGateway
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
    with gateway.beside(**patient) as first, gateway.beside(**patient) as second:
        yield [first.address, second.address]
