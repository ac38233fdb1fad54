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
    "It has an id, so that the normalized cache of a client takes in what a subscription brings.",
)
class LicenseCountType(NodeType):
    """The count of one product on one account."""

    id: strawberry.ID = node_id(NodeKind.LICENSE_COUNT)
    account: Any = batched(_accounts_of_counts, graphql_type=ACCOUNT, description="The account that has the licenses.")
    product: ProductType = strawberry.field(description="The product that the licenses are of.")
    total: int = strawberry.field(description="How many were bought and are in force now.")
    assigned: int = strawberry.field(description="How many are assigned to users.")
    available: int = strawberry.field(
        description="How many can still be assigned; 0 when more are assigned than are in force."
    )
    revision: int = strawberry.field(
        description="Grows with every change of this count. A client can drop a count whose revision is lower than "
        "that of the one it has."
    )

    is_type_of = shows(LicenseCount)


def _statuses(subscriptions: Sequence[LicenseSubscription], info: Info) -> Sequence[SubscriptionStatus]:
    return [subscription.status(info.context.now) for subscription in subscriptions]


@strawberry.type(
    name="LicenseSubscription",
    description="A purchase of licenses of one product for one account, for a time or for ever.",
)
class LicenseSubscriptionType(NodeType):
    """A purchase."""

    id: strawberry.ID = node_id(NodeKind.LICENSE_SUBSCRIPTION)
    product: ProductType = strawberry.field(description="The product that was bought.")
    order_number: str = strawberry.field(description="The number of the order, as it stands on the invoice.")
    quantity: int = strawberry.field(description="How many licenses were bought.")
    status: SubscriptionStatus = batched(
        _statuses, description="Whether it is in force, by its dates and the current time."
    )
    starts_at: datetime = strawberry.field(description="From when its licenses count.")
    expires_at: datetime | None = strawberry.field(
        description="Until when its licenses count. Null if they count for ever."
    )

    is_type_of = shows(LicenseSubscription)


@strawberry.type(
    name="LicenseManagement",
    description="Whether a product's licenses are managed here for an account (assigned and unassigned), and why not.",
)
class LicenseManagementType:
    """Whether licenses are managed here."""

    allowed: bool = strawberry.field(description="Whether they are managed here.")
    reason: LicenseManagementRefusal | None = strawberry.field(description="Why they are not. Null when allowed.")
