"""Reading users: one, a list, and how many."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from domain.capabilities import UserCapabilities, user_capabilities
from domain.licenses import License, LicensedUser
from domain.paging import Page, PageArguments, PageRequest, page_request
from domain.products import Product
from domain.user_filters import UserFilter, UserProperty, UserSelection, user_selection
from domain.users import Role, SourceRecord, User, UserOrder
from loaders.users import PageKey, TotalKey
from resolvers.accounts import accounts_of
from resolvers.context import Context


class UserList(Struct, frozen=True):
    """A list of users that was asked for and not read yet: of one account or, with None, of all in sight."""

    account_id: str | None
    selection: UserSelection
    order: UserOrder
    request: PageRequest


def lists_of_users(  # noqa: PLR0913, PLR0917 - the arguments of a list
    context: Context,
    account_ids: Sequence[str | None],
    search: str | None,
    user_filter: UserFilter | None,
    order: UserOrder,
    page: PageArguments,
) -> Sequence[UserList]:
    """Take the arguments of the same list of each account; pages, counts and facets are read when asked for (F6).

    Raises Forbidden for a plain user (P3) and BadUserInput for arguments that cannot be taken (F2, F5).
    """
    context.require_administrator()
    selection, request = user_selection(search, user_filter), page_request(order, page)
    return [UserList(account_id, selection, order, request) for account_id in account_ids]


async def pages_of_users(
    context: Context, lists: Sequence[UserList], fields: frozenset[str] | None = None
) -> Sequence[Page[User]]:
    """Read the page of each of these lists; empty for an account that is out of sight (P4).

    With `fields`, the users have those, and what the list is read by, and no others.
    """
    keys = [PageKey(users.account_id, users.selection, users.order, users.request, fields) for users in lists]
    return await context.loaders.user_pages.load_many(keys)


async def count_users(context: Context, lists: Sequence[UserList]) -> Sequence[int]:
    """Count the whole selection of each of these lists."""
    return await context.loaders.user_totals.load_many(map(_total_key, lists))


async def count_users_by_property(context: Context, lists: Sequence[UserList]) -> Sequence[Mapping[UserProperty, int]]:
    """Count what each property would leave of each of these lists. Raises Forbidden for a plain user (P3)."""
    context.require_administrator()
    return await context.loaders.user_properties.load_many(map(_total_key, lists))


async def count_users_by_product(
    context: Context, lists: Sequence[UserList]
) -> Sequence[Sequence[tuple[Product, int]]]:
    """Count what each product of the catalogue would leave of each of these lists, by product name.

    Raises Forbidden for a plain user (P3).
    """
    context.require_administrator()
    return await context.loaders.user_products.load_many(map(_total_key, lists))


async def get_user(context: Context, user_id: str) -> User | None:
    """Give a user in sight; a plain user sees nobody else (P3, P4)."""
    viewer = context.viewer
    if viewer.role is Role.USER and user_id != viewer.user.id:
        return None
    return await context.loaders.users.load(user_id)


async def users_named(context: Context, user_ids: Sequence[str]) -> Sequence[User]:
    """Give the users that an action was for, as they stand now; without those whom somebody has deleted since."""
    return [user for user in await context.loaders.users.load_many(user_ids) if user is not None]


async def licenses_of_users(context: Context, users: Sequence[User]) -> Sequence[Sequence[License]]:
    """Give the licenses of each user, by product name; those whom a write gives were read without."""
    read = [user.licenses for user in users if isinstance(user, LicensedUser)]
    if len(read) == len(users):
        return read
    licensed = await context.loaders.licensed_users.load_many([user.id for user in users])
    return [() if user is None else user.licenses for user in licensed]


async def source_records_of_users(context: Context, users: Sequence[User]) -> Sequence[SourceRecord | None]:
    """Give what the source of each user sent (U7)."""
    return await context.loaders.source_records.load_many([user.id for user in users])


async def capabilities_on_users(context: Context, users: Sequence[User]) -> Sequence[UserCapabilities]:
    """Tell what the viewer may do to each user now. Raises LookupError for one whose account is out of sight."""
    accounts = await accounts_of(context, [user.account_id for user in users])
    return [user_capabilities(context.viewer, user, account) for user, account in zip(users, accounts, strict=True)]


def _total_key(users: UserList) -> TotalKey:
    return TotalKey(users.account_id, users.selection)
