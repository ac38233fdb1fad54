"""Filling a database with made-up accounts and people, all of it or nothing."""

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import islice
from random import Random
from typing import TypeAlias

from msgspec import Struct

from domain.accounts import AccountKind
from gateway.demo.accounts import PARTNER, domain_of, new_customer
from gateway.demo.addresses import Addresses
from gateway.demo.chances import chance_of
from gateway.demo.demonstration import SIZE, make_demonstration
from gateway.demo.filling import Advance, Filling
from gateway.demo.opening import open_customer, staff
from gateway.demo.people import Employer, people
from gateway.setup_errors import SetupError
from persistence import seeding
from persistence.copying import copy_connection, vacuum

Progress: TypeAlias = Callable[[int, int], None]
"""Called with how many people are in, and how many there will be."""

LOWEST_NUMBER = 3001
"""The least number of an account that is made besides those of the demonstration."""


class Seeded(Struct, frozen=True):
    """What was made: so many users of this account."""

    account_number: str
    users: int


async def seed_demo(database_url: str, *, now: datetime, progress: Progress) -> bool:
    """Make the accounts of the demonstration in a database without accounts; tell whether there were none."""
    async with copy_connection(database_url) as connection:
        async with connection.transaction():
            await seeding.wait_for_turn(connection)
            if not await seeding.is_empty(connection):
                return False
            await make_demonstration(await Filling.begin(connection, now, _towards(SIZE, progress)))
        await vacuum(connection)
    return True


async def seed_users(  # noqa: PLR0913 - each is for the caller to choose
    database_url: str,
    *,
    users: int,
    account_number: str | None,
    random_seed: int,
    progress: Progress,
    now: datetime | None = None,
) -> Seeded:
    """Make users of a customer account: of this one, or of a new one that belongs to the demonstration's partner.

    The same seed makes the same people up to `now`, or up to this moment. A database without accounts gets the
    demonstration first. Raises SetupError when there is no such customer account.
    """
    chance, now = chance_of(random_seed), now or datetime.now(UTC)
    async with copy_connection(database_url) as connection:
        async with connection.transaction():
            await seeding.wait_for_turn(connection)
            if await seeding.is_empty(connection):
                await make_demonstration(await Filling.begin(connection, now, _nowhere))
            filling = await Filling.begin(connection, now, _towards(users, progress))
            if account_number is None:
                account_number = await _fill_new_account(filling, users, chance)
            else:
                await _fill_account(filling, users, account_number, chance)
        await vacuum(connection)
    return Seeded(account_number, users)


async def _fill_new_account(filling: Filling, users: int, chance: Random) -> str:
    """Make a customer account with all integrations on and license subscriptions in every state; give its number."""
    partner = await seeding.find_account(filling.connection, PARTNER.number)
    if partner is None:
        raise SetupError(f"There is no partner account {PARTNER.number} for a new account: name one with --account.")
    plan = new_customer(await seeding.next_account_number(filling.connection, LOWEST_NUMBER), users)
    employer = await open_customer(filling.connection, plan, partner.id, filling.product_ids, filling.now)
    await filling.fill(employer, staff(chance, employer, plan, filling.now), chance)
    return plan.number


async def _fill_account(filling: Filling, users: int, number: str, chance: Random) -> None:
    """Add users to a customer account that is there; their addresses are none of those in use (U2)."""
    account = await seeding.find_account(filling.connection, number)
    if account is None or account.kind is not AccountKind.CUSTOMER:
        raise SetupError(f"There is no customer account {number}: leave --account out to make a new one.")
    taken = await seeding.highest_numbers(filling.connection, account.id)
    employer = Employer(account.id, min(account.created_at, filling.now))
    endless = people(chance, employer, Addresses(domain_of(number), taken), filling.now)
    await filling.fill(employer, islice(endless, users), chance)


def _towards(total: int, progress: Progress) -> Advance:
    """Turn how many more into how many of the total."""
    done = 0

    def advance(more: int) -> None:
        nonlocal done
        done += more
        progress(done, total)

    return advance


def _nowhere(_more: int) -> None:
    """Tell nobody."""
