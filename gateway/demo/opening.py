"""Opening made-up accounts, with what they have bought and before anybody is in them."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import chain, islice
from random import Random

from uuid_utils import uuid7

from domain.accounts import AccountKind, Integration
from domain.keys import account_keys
from domain.users import UserSource
from gateway.demo.accounts import CustomerPlan, PartnerPlan
from gateway.demo.addresses import Addresses
from gateway.demo.chances import between, chance_of
from gateway.demo.people import Employer, Person, named_person, people
from gateway.demo.purchases import subscriptions
from persistence.copying import AccountRow, CopyConnection, IntegrationRow, SubscriptionRow, copy_rows

OLDEST = timedelta(days=2200)
"""How old a partner account is."""

YOUNGEST = timedelta(days=600)
"""How old a customer account is at least: older than what it bought."""

_SOURCES = {
    Integration.SCIM: UserSource.SCIM,
    Integration.PBX: UserSource.PBX,
    Integration.MICLOUD_CONNECT: UserSource.MICLOUD_CONNECT,
}


async def open_partner(connection: CopyConnection, plan: PartnerPlan, now: datetime) -> Employer:
    """Open a partner account."""
    row = _partner_account(plan.number, plan.name, now - OLDEST)
    await copy_rows(connection, AccountRow, [row])
    return Employer(row.id, row.created_at, (UserSource.CONSOLE,))


async def open_customer(
    connection: CopyConnection, plan: CustomerPlan, partner_id: str, product_ids: Mapping[str, str], now: datetime
) -> Employer:
    """Open a customer account of a partner: its integrations are on, its license subscriptions bought."""
    created = between(chance_of(plan.number), now - OLDEST, now - YOUNGEST)
    row = _partner_account(plan.number, plan.name, created)._replace(
        kind=AccountKind.CUSTOMER, partner_id=partner_id, is_active=plan.is_active
    )
    bought = subscriptions(row.id, product_ids, plan.purchases, plan.users, now)
    await copy_rows(connection, AccountRow, [row])
    await copy_rows(connection, IntegrationRow, [IntegrationRow(row.id, on, created) for on in plan.integrations])
    await copy_rows(connection, SubscriptionRow, bought)
    outside = [_SOURCES[on] for on in plan.integrations if on in _SOURCES]
    return Employer(row.id, created, (UserSource.CONSOLE, UserSource.IMPORT, *outside))


def _partner_account(number: str, name: str, created: datetime) -> AccountRow:
    keys = account_keys(name=name, number=number)
    return AccountRow(
        id=uuid7().hex,
        number=number,
        name=name,
        kind=AccountKind.PARTNER,
        partner_id=None,
        is_active=True,
        created_at=created,
        **keys._asdict(),
    )


def staff(chance: Random, employer: Employer, plan: CustomerPlan, now: datetime) -> Iterator[Person]:
    """Make up everybody of a new account, those with a name from the start first."""
    named = [named_person(chance, employer, name, now) for name in plan.named]
    others = people(chance, employer, Addresses(plan.domain, {}), now)
    return chain(named, islice(others, plan.users - len(named)))
