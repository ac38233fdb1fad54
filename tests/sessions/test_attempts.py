"""Guessing is slow, and nobody is locked out for good."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from functools import partial
from typing import Any
from urllib.parse import unquote

import pytest
from redis.asyncio import Redis

from events.attempts import Attempts, Counted
from tests.accounts import FreshAccount
from tests.conftest import RunningGateway
from tests.live.proxies import Proxy
from tests.sessions.entrances import (
    ANOTHER,
    PASSWORD,
    REGISTER,
    RESET,
    SIGN_IN,
    Entrance,
    add_registered,
    new_host,
    refusal,
)


def pause(payload: Any) -> int:
    """Give the seconds that a refusal says one has to wait."""
    assert refusal(payload) == ("TOO_MANY_ATTEMPTS", "")
    told = re.fullmatch(r"Too many attempts\. Try again in (\d+) seconds?\.", payload["userErrors"][0]["message"])
    assert told
    return int(told[1])


@pytest.fixture
async def attempts(gateway: RunningGateway) -> AsyncIterator[Attempts]:
    """Give a counter that counts as the gateways do."""
    attempts = Attempts.open(gateway.house.environment["REDIS_URL"])
    yield attempts
    await attempts.close()


async def fail(attempts: Attempts, email: str, client: str, times: int) -> None:
    for _ in range(times):
        assert isinstance(await attempts.begin_sign_in(email, client), Counted)


async def test_five_wrong_passwords_slow_an_address_down(account: FreshAccount, entrance: Entrance, email: str):
    await add_registered(account, email)
    for _ in range(5):
        assert refusal(entrance.ask(SIGN_IN, email=email, password=ANOTHER)) == ("WRONG_CREDENTIALS", "")
    before = await account.traces()
    first = pause(Entrance(entrance.gateway).ask(SIGN_IN, email=email.upper(), password=PASSWORD))
    assert 1 <= first <= 4
    assert await account.traces() == before
    await asyncio.sleep(first)
    assert refusal(entrance.ask(SIGN_IN, email=email, password=ANOTHER)) == ("WRONG_CREDENTIALS", "")
    assert 4 < pause(entrance.ask(SIGN_IN, email=email, password=PASSWORD)) <= 8


async def test_the_owner_gets_in_after_the_pause_and_starts_anew(account: FreshAccount, entrance: Entrance, email: str):
    await add_registered(account, email)
    for _ in range(5):
        entrance.ask(SIGN_IN, email=email, password=ANOTHER)
    await asyncio.sleep(4)
    entrance.sign_in(email)
    for _ in range(4):
        assert refusal(entrance.ask(SIGN_IN, email=email, password=ANOTHER)) == ("WRONG_CREDENTIALS", "")
    entrance.sign_in(email)


async def test_an_unknown_address_is_slowed_down_alike(entrance: Entrance, email: str):  # P4
    for _ in range(5):
        assert refusal(entrance.ask(SIGN_IN, email=email, password=ANOTHER)) == ("WRONG_CREDENTIALS", "")
    assert 1 <= pause(entrance.ask(SIGN_IN, email=email, password=ANOTHER)) <= 4


async def test_of_many_at_once_five_are_tried(attempts: Attempts, email: str):
    begun = await asyncio.gather(*(attempts.begin_sign_in(email, new_host()) for _ in range(500)))
    assert sum(isinstance(one, Counted) for one in begun) == 5


async def test_strangers_who_guess_do_not_slow_the_owner_down(attempts: Attempts, email: str):
    home = new_host()
    counted = await attempts.begin_sign_in(email, home)
    assert isinstance(counted, Counted)
    await attempts.end_sign_in(counted)
    await fail(attempts, email, new_host(), 5)
    assert await attempts.begin_sign_in(email, new_host()) == pytest.approx(4, abs=1)
    await fail(attempts, email, home, 5)
    assert await attempts.begin_sign_in(email, home) == pytest.approx(4, abs=1)


async def test_a_client_that_tries_many_addresses_is_slowed_down(attempts: Attempts, email: str):
    client = new_host()
    for number in range(100):
        await fail(attempts, f"{number}{email}", client, 1)
    assert await attempts.begin_sign_in(email, client) == pytest.approx(4, abs=1)
    await fail(attempts, email, new_host(), 1)


async def test_who_is_known_at_a_client_is_not_slowed_down_by_who_guesses_there(attempts: Attempts, email: str):
    office = new_host()
    counted = await attempts.begin_sign_in(email, office)
    assert isinstance(counted, Counted)
    await attempts.end_sign_in(counted)
    for number in range(100):
        await fail(attempts, f"{number}{email}", office, 1)
    await fail(attempts, email, office, 1)


@pytest.mark.parametrize(
    ("kind", "complete", "status"), [("PASSWORD_RESET", RESET, "REGISTERED"), ("WELCOME", REGISTER, "UNREGISTERED")]
)
async def test_who_has_followed_a_mailed_link_is_known_there(
    account: FreshAccount, entrance: Entrance, attempts: Attempts, email: str, kind: str, complete: str, status: str
):
    user_id = await add_registered(account, email, status=status)
    assert entrance.ask(complete, token=await account.add_link(user_id, kind), password=ANOTHER)["session"]
    await fail(attempts, email, new_host(), 5)
    assert pause(Entrance(entrance.gateway).ask(SIGN_IN, email=email, password=ANOTHER))
    entrance.sign_in(email, ANOTHER)
    assert entrance.ask(SIGN_IN, email=email, password=ANOTHER, accountId=account.node)["session"]


async def test_who_holds_an_address_elsewhere_has_no_guess_forgotten(
    account: FreshAccount, open_fresh: Any, entrance: Entrance, email: str
):
    other: FreshAccount = await open_fresh()
    await add_registered(account, email, PASSWORD)
    await add_registered(other, email, ANOTHER)
    for _ in range(3):
        assert refusal(entrance.ask(SIGN_IN, email=email, password="a wrong one")) == ("WRONG_CREDENTIALS", "")
    entrance.sign_in(email, ANOTHER)
    assert entrance.ask(SIGN_IN, email=email, password=ANOTHER, accountId=other.node)["session"]
    for _ in range(2):
        assert refusal(entrance.ask(SIGN_IN, email=email, password="a wrong one")) == ("WRONG_CREDENTIALS", "")
    assert 1 <= pause(entrance.ask(SIGN_IN, email=email, password=PASSWORD)) <= 4


async def test_a_client_from_which_many_people_sign_in_is_not(attempts: Attempts, email: str):
    client = new_host()
    for number in range(200):
        counted = await attempts.begin_sign_in(f"{number}{email}", client)
        assert isinstance(counted, Counted)
        await attempts.end_sign_in(counted)


async def test_attempts_are_forgotten_in_the_end_and_hold_no_address(
    gateway: RunningGateway, attempts: Attempts, email: str
):  # M5
    async with Redis.from_url(gateway.house.environment["REDIS_URL"]) as redis:  # pyright: ignore[reportUnknownMemberType]
        before = {key async for key in redis.scan_iter()}
        await fail(attempts, email, new_host(), 5)
        await attempts.may_request_reset(email, new_host())
        made = {key async for key in redis.scan_iter()} - before
        assert len(made) == 4
        for key in made:
            assert email.encode() not in key
            assert 0 < await redis.ttl(key) <= 15 * 60


async def test_counts_though_its_connections_were_cut(gateway: RunningGateway, email: str):
    path = unquote(gateway.house.environment["REDIS_URL"].removeprefix("unix://"))
    async with Proxy.before(partial(asyncio.open_unix_connection, path)) as proxy:
        attempts, client = Attempts.open(proxy.url), new_host()
        for _ in range(5):
            await fail(attempts, email, client, 1)
            proxy.cut_off()
            await asyncio.sleep(0.1)  # for the news to arrive
        assert await attempts.begin_sign_in(email, client) == pytest.approx(4, abs=1)
        await attempts.close()


async def test_without_redis_everybody_is_let_through():
    attempts = Attempts.open("redis://127.0.0.1:1")
    await fail(attempts, "ada@acme.example", "10.1.1.1", 20)
    assert await attempts.may_request_reset("ada@acme.example", "10.1.1.1")
    await attempts.close()


async def test_nobody_waits_long_for_a_redis_that_hangs():
    async def hang(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(5)
        writer.close()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    attempts = Attempts.open(f"redis://{host}:{port}")
    started = time.monotonic()
    begun = await asyncio.gather(*(attempts.begin_sign_in("ada@acme.example", new_host()) for _ in range(100)))
    assert all(isinstance(one, Counted) for one in begun)
    assert time.monotonic() - started < 2
    await attempts.close()
    server.close()
