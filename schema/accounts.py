"""Accounts and lists of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import strawberry
from msgspec import Struct

from domain.accounts import AccountEntry, AccountFilter, AccountKind, AccountOrder, AccountOrderField, Integration
from domain.licenses import LicenseCount, LicenseManagementRefusal, LicenseSubscription
from domain.nodes import NodeKind, read_id
from domain.paging import Direction, PageArguments
from resolvers import accounts
from resolvers.accounts import AccountList
from resolvers.audit import AuditList, list_audit_events
from resolvers.users import UserList
from schema.audit import AuditEventConnectionType
from schema.connections import (
    After,
    Before,
    First,
    FirstForwards,
    Last,
    OrderedPage,
    PageInfoType,
    edges_of,
    nodes_of,
    page_info_of,
)
from schema.licenses import LicenseCountType, LicenseManagementType, LicenseSubscriptionType
from schema.nodes import OPTIONAL_ACCOUNT, Info, NodeType, batched, node_id, part_of, resolved, shows
from schema.user_filters import BY_NAME
from schema.users import Filter, OrderBy, Search, UserConnectionType, lists_of_users

ProductId = Annotated[
    strawberry.ID,
    strawberry.argument(description="The id of the product. An unknown one counts as never bought."),
]


class _Management(Struct, frozen=True):
    reason: LicenseManagementRefusal | None

    @property
    def allowed(self) -> bool:
        return self.reason is None


async def _integrations(of_accounts: Sequence[AccountEntry], info: Info) -> Sequence[Sequence[Integration]]:
    return await accounts.integrations_of_accounts(info.context, of_accounts)


async def _partners(of_accounts: Sequence[AccountEntry], info: Info) -> Sequence[AccountEntry | None]:
    return await accounts.partners_of_accounts(info.context, of_accounts)


def _users(  # noqa: PLR0913, PLR0917 - the arguments of the field
    of_accounts: Sequence[AccountEntry],
    info: Info,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
    search: Search = None,
    filter: Filter = None,  # noqa: A002 - the name of the argument
    order_by: OrderBy = BY_NAME,
) -> Sequence[UserList]:
    account_ids = [account.id for account in of_accounts]
    return lists_of_users(info, account_ids, first, after, last, before, search, filter, order_by)


async def _license_counts(of_accounts: Sequence[AccountEntry], info: Info) -> Sequence[Sequence[LicenseCount]]:
    return await accounts.license_counts_of_accounts(info.context, of_accounts)


async def _license_subscriptions(
    of_accounts: Sequence[AccountEntry], info: Info
) -> Sequence[Sequence[LicenseSubscription]]:
    return await accounts.license_subscriptions_of_accounts(info.context, of_accounts)


async def _license_management(
    of_accounts: Sequence[AccountEntry], info: Info, product_id: ProductId
) -> Sequence[_Management]:
    product = read_id(NodeKind.PRODUCT, product_id)
    refusals = await accounts.license_management_of_accounts(info.context, of_accounts, product)
    return [_Management(refusal) for refusal in refusals]


def _audit_events(
    of_accounts: Sequence[AccountEntry], info: Info, first: FirstForwards = None, after: After = None
) -> Sequence[AuditList]:
    return [list_audit_events(info.context, account, PageArguments(first, after)) for account in of_accounts]


@strawberry.type(name="Account", description="A partner account, or a customer account that belongs to one.")
class AccountType(NodeType):
    """A partner or customer account."""

    id: strawberry.ID = node_id(NodeKind.ACCOUNT)
    number: str = strawberry.field(description="The account number, by which people name the account; unique.")
    name: str = strawberry.field(description="The name of the account.")
    kind: AccountKind = strawberry.field(description="Whether the account is a customer's or a partner's.")
    partner: Any = batched(
        _partners,
        graphql_type=OPTIONAL_ACCOUNT,
        description="The partner that this customer account belongs to. Null on a partner account, and if the viewer "
        "may not see the partner.",
    )
    is_active: bool = strawberry.field(
        description="Whether the account is active. Users of a deactivated account cannot sign in, and nothing can be "
        "changed on it."
    )
    integrations: list[Integration] = batched(_integrations, description="What is turned on for the account.")
    created_at: datetime = strawberry.field(description="When the account was opened.")
    users: UserConnectionType = batched(_users, description="The users of the account.")
    license_counts: list[LicenseCountType] = batched(
        _license_counts,
        description="One entry for each product that the account has ever bought licenses of, by product name.",
    )
    license_subscriptions: list[LicenseSubscriptionType] = batched(
        _license_subscriptions,
        description="What was bought, newest first.",
    )
    license_management: LicenseManagementType = batched(
        _license_management,
        description="Whether this product's licenses are managed here for this account (assigned and unassigned), "
        "and why not.",
    )
    audit_events: AuditEventConnectionType = batched(
        _audit_events,
        description="The audit log: what was done to this account and its users, newest first.",
    )

    is_type_of = shows(AccountEntry)


@strawberry.input(name="AccountFilter", description="Conditions on accounts. All that are given must hold.")
class AccountFilterInput:
    """Conditions on accounts."""

    kind: AccountKind | None = strawberry.field(default=None, description="Only accounts of this kind.")
    is_active: bool | None = strawberry.field(
        default=None, description="Only active accounts (true), or only deactivated ones (false)."
    )
    integration: Integration | None = strawberry.field(
        default=None, description="Only accounts that have this turned on."
    )

    def to_domain(self) -> AccountFilter:
        """Give the conditions as the domain has them."""
        return AccountFilter(self.kind, self.is_active, self.integration)


@strawberry.input(
    name="AccountOrder", description="How a list of accounts is sorted. Accounts that are equal in it are sorted by id."
)
class AccountOrderInput:
    """How a list of accounts is sorted."""

    field: AccountOrderField = strawberry.field(description="What the list is sorted by.")
    direction: Direction = strawberry.field(description="Which way it is sorted.")


ACCOUNTS_BY_NAME = AccountOrderInput(field=AccountOrderField.NAME, direction=Direction.ASC)


@strawberry.type(name="AccountEdge", description="An account and its place in the list.")
class AccountEdgeType:
    """An account and its place in the list."""

    cursor: str = strawberry.field(description="Marks this place: pass it as `after` or `before` to go on from here.")
    node: AccountType = strawberry.field(description="The account.")


async def _pages(lists: Sequence[AccountList], info: Info) -> Sequence[OrderedPage[AccountEntry]]:
    pages = await accounts.pages_of_accounts(info.context, lists)
    return [OrderedPage(page, listed.order) for page, listed in zip(pages, lists, strict=True)]


async def _total_count(listed: strawberry.Parent[AccountList], info: Info) -> int:
    return await accounts.count_accounts(info.context, listed)


@strawberry.type(name="AccountConnection", description="A list of accounts, a page at a time.")
class AccountConnectionType:
    """A list of accounts, a page at a time."""

    edges: list[AccountEdgeType] = part_of(
        _pages, edges_of, description="The accounts of the page, each with its cursor."
    )
    nodes: list[AccountType] = part_of(_pages, nodes_of, description="The accounts of the page.")
    page_info: PageInfoType = part_of(_pages, page_info_of, description="Where the page stands in the list.")
    total_count: int = resolved(
        _total_count,
        description="How many accounts are in the whole list, not only in this page. Counted only when selected.",
    )


AccountSearch = Annotated[
    str | None,
    strawberry.argument(
        description="The text to search for. Each of its words must be the beginning of a word of the account's name, "
        "or of its number. At most 254 characters."
    ),
]
AccountFilterArgument = Annotated[
    AccountFilterInput | None, strawberry.argument(description="Which accounts to list. If left out: all.")
]
AccountOrderArgument = Annotated[
    AccountOrderInput | None, strawberry.argument(description="How the list is sorted. By name is the default.")
]


def list_accounts(  # noqa: PLR0913, PLR0917 - the arguments of the field
    info: Info,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
    search: AccountSearch = None,
    filter: AccountFilterArgument = None,  # noqa: A002 - the name of the argument
    order_by: AccountOrderArgument = ACCOUNTS_BY_NAME,
) -> AccountList:
    """Unpack the arguments of a list of accounts."""
    order = AccountOrder() if order_by is None else AccountOrder(order_by.field, order_by.direction)
    chosen = None if filter is None else filter.to_domain()
    return accounts.list_accounts(info.context, search, chosen, order, PageArguments(first, after, last, before))
