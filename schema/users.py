"""Users, what may be done to them, and lists of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final

import strawberry
from msgspec import Struct
from strawberry.utils.str_converters import to_camel_case

from domain.accounts import Account
from domain.capabilities import RefusalReason, UserCapabilities
from domain.licenses import License
from domain.nodes import NodeKind
from domain.paging import PageArguments
from domain.products import Product
from domain.user_filters import UserProperty
from domain.users import InactiveReason, Role, SourceRecord, User, UserField, UserSource, UserStatus
from resolvers import users
from resolvers.accounts import accounts_of
from resolvers.users import UserList
from schema.connections import OrderedPage, PageInfoType, edges_of, nodes_of, page_info_of
from schema.licenses import LicenseType
from schema.nodes import ACCOUNT, Info, NodeType, batched, node_id, part_of, resolved, shows
from schema.products import ProductType
from schema.user_columns import ColumnsRead
from schema.user_filters import SEARCH_DESCRIPTION, UserFilterInput, UserOrderInput, user_order


@strawberry.type(name="SourceRecord", description="What an outside source last sent about a user who comes from it.")
class SourceRecordType:
    """What an outside source last sent."""

    source: UserSource = strawberry.field(description="The source that sent it.")
    external_id: str = strawberry.field(description="The id of this user at its source.")
    last_synced_at: datetime = strawberry.field(description="When the source last sent it.")
    attributes: object = strawberry.field(description="The attributes as the source sent them.")


@strawberry.type(name="Capability", description="Whether an action may be done, and why not.")
class CapabilityType:
    """Whether one thing may be done."""

    allowed: bool = strawberry.field(description="Whether it may be done now.")
    reason: RefusalReason | None = strawberry.field(description="Why it may not be done. Null when allowed.")


@strawberry.type(
    name="UserCapabilities",
    description="What the viewer may do to a user now, for a front end to grey out the rest. Bulk actions skip users "
    "to whom the action may not be done.",
)
class UserCapabilitiesType:
    """What the viewer may do to a user."""

    edit: CapabilityType = strawberry.field(description="Change the fields that are not locked; see `lockedFields`.")
    toggle_admin: CapabilityType = strawberry.field(
        description="Make the user an account admin, or, if they are one, a plain user again."
    )
    reset_password: CapabilityType = strawberry.field(description="Send a password-reset mail.")
    send_welcome_email: CapabilityType = strawberry.field(description="Send a welcome mail.")
    manage_licenses: CapabilityType = strawberry.field(
        description="Assign licenses to this user; `licenseManagement` of the account tells of which products."
    )
    delete: CapabilityType = strawberry.field(description="Delete this user.")


async def _accounts(of_users: Sequence[User], info: Info) -> Sequence[Account]:
    return await accounts_of(info.context, [user.account_id for user in of_users])


async def _licenses(of_users: Sequence[User], info: Info) -> Sequence[Sequence[License]]:
    return await users.licenses_of_users(info.context, of_users)


async def _source_records(of_users: Sequence[User], info: Info) -> Sequence[SourceRecord | None]:
    return await users.source_records_of_users(info.context, of_users)


async def _viewer_can(on_users: Sequence[User], info: Info) -> Sequence[UserCapabilities]:
    return await users.capabilities_on_users(info.context, on_users)


@strawberry.type(name="User", description="A person listed in one account.")
class UserType(NodeType):
    """A person listed in one account."""

    id: strawberry.ID = node_id(NodeKind.USER)
    account: Any = batched(_accounts, graphql_type=ACCOUNT, description="The account of the user.")
    name: str = strawberry.field(
        description="The name to show: the name that was given, or else first and last name joined."
    )
    first_name: str | None = strawberry.field(description="The first name, where one was given.")
    last_name: str | None = strawberry.field(description="The last name, where one was given.")
    email: str = strawberry.field(description="The email address. Nobody else in the account has it, in whatever case.")
    mobile: str | None = strawberry.field(description="The mobile number in E.164, such as +14155550100.")
    role: Role = strawberry.field(description="What the user may do.")
    is_account_admin: bool = strawberry.field(description="Whether the user is an account admin.")
    status: UserStatus = strawberry.field(description="Whether the user has registered and can sign in.")
    inactive_reason: InactiveReason | None = strawberry.field(
        description="Why the user is inactive. Null unless `status` is INACTIVE."
    )
    source: UserSource = strawberry.field(description="Where the user comes from.")
    is_iot_connected: bool = strawberry.field(description="Whether a device is connected.")
    licenses: list[LicenseType] = batched(_licenses, description="The licenses of the user, by product name.")
    locked_fields: list[UserField] = strawberry.field(
        description="Fields that only the user's source can change: an edit of one is refused."
    )
    source_record: SourceRecordType | None = batched(
        _source_records,
        description="What the source sent. Null for a user who comes from no outside source.",
    )
    viewer_can: UserCapabilitiesType = batched(
        _viewer_can,
        description="What the viewer may do to this user now, and why not.",
    )
    version: int = strawberry.field(
        description="Grows with every change of the user, but not with licenses, mails and sign-ins. Pass it as "
        "`ifVersion` to an edit."
    )
    created_at: datetime = strawberry.field(description="When the user was added.")
    updated_at: datetime = strawberry.field(
        description="When the user was last changed. What raises `version` counts as a change."
    )
    welcomed_at: datetime | None = strawberry.field(description="When the last welcome mail was sent.")
    registered_at: datetime | None = strawberry.field(
        description="When the user registered, by setting a password. If the account was removed and given back, the "
        "latest registration."
    )
    last_signed_in_at: datetime | None = strawberry.field(description="When the user last signed in.")

    is_type_of = shows(User)


class _PropertyCount(Struct, frozen=True):
    property: UserProperty
    count: int


class _ProductCount(Struct, frozen=True):
    product: Product
    count: int


@strawberry.type(name="UserPropertyCount", description="How many users would remain with a filter on this property.")
class UserPropertyCountType:
    """How many users a property would leave."""

    property: UserProperty = strawberry.field(description="The property.")
    count: int = strawberry.field(description="How many users of the list have it.")


@strawberry.type(name="ProductCount", description="How many users would remain with a filter on this product.")
class ProductCountType:
    """How many users a product would leave."""

    product: ProductType = strawberry.field(description="The product.")
    count: int = strawberry.field(description="How many users of the list have a license of it.")


async def _property_counts(lists: Sequence[UserList], info: Info) -> Sequence[Sequence[_PropertyCount]]:
    by_list = await users.count_users_by_property(info.context, lists)
    return [[_PropertyCount(property_, count) for property_, count in counts.items()] for counts in by_list]


async def _product_counts(lists: Sequence[UserList], info: Info) -> Sequence[Sequence[_ProductCount]]:
    by_list = await users.count_users_by_product(info.context, lists)
    return [[_ProductCount(product, count) for product, count in counts] for counts in by_list]


@strawberry.type(name="UserFacets", description="How many users would remain if one more filter were added.")
class UserFacetsType:
    """What each further filter would leave."""

    properties: list[UserPropertyCountType] = batched(
        _property_counts,
        description="One entry for each property that users can be filtered by.",
    )
    products: list[ProductCountType] = batched(
        _product_counts,
        description="One entry for each product, by name.",
    )


@strawberry.type(name="UserEdge", description="A user and its place in the list.")
class UserEdgeType:
    """A user and its place in the list."""

    cursor: str = strawberry.field(description="Marks this place: pass it as `after` or `before` to go on from here.")
    node: UserType = strawberry.field(description="The user.")


COLUMNS_READ: Final = ColumnsRead(to_camel_case(name) for name in UserType.__annotations__)


async def _pages(lists: Sequence[UserList], info: Info) -> Sequence[OrderedPage[User]]:
    pages = await users.pages_of_users(info.context, lists, COLUMNS_READ.of(info.context.selected))
    return [OrderedPage(page, listed.order) for page, listed in zip(pages, lists, strict=True)]


async def _total_count(lists: Sequence[UserList], info: Info) -> Sequence[int]:
    return await users.count_users(info.context, lists)


def _facets(listed: strawberry.Parent[UserList]) -> UserList:
    return listed


@strawberry.type(name="UserConnection", description="A list of users, a page at a time.")
class UserConnectionType:
    """A list of users, a page at a time."""

    edges: list[UserEdgeType] = part_of(_pages, edges_of, description="The users of the page, each with its cursor.")
    nodes: list[UserType] = part_of(_pages, nodes_of, description="The users of the page.")
    page_info: PageInfoType = part_of(_pages, page_info_of, description="Where the page stands in the list.")
    total_count: int = batched(
        _total_count,
        description="How many users are in the whole list, not only in this page. Counted only when selected.",
    )
    facets: UserFacetsType = resolved(
        _facets,
        description="How many users would remain if one more filter were added. Counted only when selected.",
    )


Search = Annotated[str | None, strawberry.argument(description=SEARCH_DESCRIPTION)]
Filter = Annotated[UserFilterInput | None, strawberry.argument(description="Which users to list. If left out: all.")]
OrderBy = Annotated[
    UserOrderInput | None, strawberry.argument(description="How the list is sorted. By name is the default.")
]


def lists_of_users(  # noqa: PLR0913, PLR0917 - the arguments of the field
    info: Info,
    account_ids: Sequence[str | None],
    first: int | None,
    after: str | None,
    last: int | None,
    before: str | None,
    search: str | None,
    user_filter: UserFilterInput | None,
    order_by: UserOrderInput | None,
) -> Sequence[UserList]:
    """Unpack the arguments of the same list of users of each account."""
    chosen = None if user_filter is None else user_filter.to_domain()
    page = PageArguments(first, after, last, before)
    return users.lists_of_users(info.context, account_ids, search, chosen, user_order(order_by), page)
