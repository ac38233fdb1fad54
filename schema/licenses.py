"""Licenses, their counts, and what was bought."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import strawberry

from domain.accounts import Account
from domain.licenses import LicenseCount, LicenseManagementRefusal, LicenseSubscription, SubscriptionStatus
from domain.nodes import NodeKind
from resolvers.accounts import accounts_of
from schema.nodes import ACCOUNT, Info, NodeType, batched, node_id, shows
from schema.products import ProductType


@strawberry.type(name="License", description="One product assigned to one user.")
class LicenseType:
    """One product assigned to one user."""

    product: ProductType = strawberry.field(description="What is assigned.")
    assigned_at: datetime = strawberry.field(description="When it was assigned.")


async def _accounts_of_counts(counts: Sequence[LicenseCount], info: Info) -> Sequence[Account]:
    return await accounts_of(info.context, [count.account_id for count in counts])


@strawberry.type(
    name="LicenseCount",
    description="How many licenses of a product an account has, uses and has left. "
    "A node, so that a normalized cache updates itself from the subscription.",
)
class LicenseCountType(NodeType):
    """The count of one product on one account."""

    id: strawberry.ID = node_id(NodeKind.LICENSE_COUNT)
    account: Any = batched(_accounts_of_counts, graphql_type=ACCOUNT, description="The account that has them.")
    product: ProductType = strawberry.field(description="The product that they are licenses of.")
    total: int = strawberry.field(description="How many are bought and in force.")
    assigned: int = strawberry.field(description="How many are assigned to users.")
    available: int = strawberry.field(
        description="How many can still be assigned; 0 when more are assigned than are in force."
    )
    revision: int = strawberry.field(
        description="Grows with every change of this count, so that a client can drop what arrives late."
    )

    is_type_of = shows(LicenseCount)


def _statuses(subscriptions: Sequence[LicenseSubscription], info: Info) -> Sequence[SubscriptionStatus]:
    return [subscription.status(info.context.now) for subscription in subscriptions]


@strawberry.type(
    name="LicenseSubscription",
    description="A purchase: a quantity of licenses of one product for one account, from a day, to a day or for ever.",
)
class LicenseSubscriptionType(NodeType):
    """A purchase."""

    id: strawberry.ID = node_id(NodeKind.LICENSE_SUBSCRIPTION)
    product: ProductType = strawberry.field(description="The product that they are licenses of.")
    order_number: str = strawberry.field(description="The number of the order, as it stands on the invoice.")
    quantity: int = strawberry.field(description="How many licenses were bought.")
    status: SubscriptionStatus = batched(_statuses, description="Follows from the dates and the clock; nobody sets it.")
    starts_at: datetime = strawberry.field(description="From when its licenses count.")
    expires_at: datetime | None = strawberry.field(description="Until when they count. Null for a perpetual one.")

    is_type_of = shows(LicenseSubscription)


@strawberry.type(
    name="LicenseManagement",
    description="Whether the Manage panel offers a product's licenses on an account, and why not where it does not.",
)
class LicenseManagementType:
    """Whether licenses are managed here."""

    allowed: bool = strawberry.field(description="Whether they can be assigned and unassigned here.")
    reason: LicenseManagementRefusal | None = strawberry.field(description="Why they are not. Null when allowed.")
