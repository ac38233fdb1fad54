"""A gateway whose worker sends mails to a real mail server, on servers of its own."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tests.conftest import RunningGateway, plain_sql, running_gateway
from tests.mails.post_offices import PostOffice
from tests.scenario.screens import Screen


@pytest.fixture(scope="session")
def post_office() -> Iterator[PostOffice]:
    office = PostOffice().open()
    yield office
    office.close()


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory, post_office: PostOffice) -> Iterator[RunningGateway]:
    sending = {"SMTP_URL": post_office.url, "GATEWAY_MAILS_PER_SECOND": "500"}
    with running_gateway(tmp_path_factory.mktemp("gateway"), **sending) as gateway:
        yield gateway


@pytest.fixture(scope="session")
async def sql(gateway: RunningGateway) -> AsyncIterator[Any]:
    """Give a connection for plain SQL to this gateway's database."""
    async with plain_sql(gateway) as connection:
        yield connection


@pytest.fixture(scope="session")
def screen(gateway: RunningGateway, post_office: PostOffice) -> Screen:
    return Screen(gateway, post_office)
