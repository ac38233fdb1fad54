"""Reading users: one, a list, and how many."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.capabilities import UserCapabilities, user_capabilities
from domain.filters import UserFilter, UserProperty, UserSelection, user_selection
from domain.licenses import License
from domain.paging import Page, PageArguments, PageRequest, page_request
from domain.products import Product
from domain.users import Role, SourceRecord, User, UserOrder
from loaders.users import PageKey, TotalKey
from persistence import user_totals
from persistence.database import Connection
from persistence.products import catalogue
from resolvers.accounts import account_of
from resolvers.context import Context


@dataclass(frozen=True, slots=True)
class UserList:
    """A list of users that was asked for and not read yet: of one account or, with None, of all in sight."""

    account_id: str | None
    selection: UserSelection
    order: UserOrder
    request: PageRequest


def list_users(  # noqa: PLR0913, PLR0917 - the arguments of a list
    context: Context,
    account_id: str | None,
    search: str | None,
    user_filter: UserFilter | None,
    order: UserOrder,
    page: PageArguments,
) -> UserList:
    """Take the arguments of a list; its page, count and facets are read when they are asked for (F6).

    Raises Forbidden for a plain user (P3) and BadUserInput for arguments that cannot be taken (F2, F5).
    """
    _ = context.scope
    return UserList(account_id, user_selection(search, user_filter), order, page_request(order, page))


async def page_of_users(context: Context, users: UserList) -> Page[User]:
    """Read the page of a list; empty for an account that is out of sight (P4)."""
    key = PageKey(users.account_id, users.selection, users.order, users.request)
    return await context.loaders.user_pages.load(key)


async def count_users(context: Context, users: UserList) -> int:
    """Count the whole selection of a list."""
    return await context.loaders.user_totals.load(TotalKey(users.account_id, users.selection))


async def count_users_by_property(context: Context, users: UserList) -> Mapping[UserProperty, int]:
    """Count what each property would leave of a list."""
    return await context.database.read(
        lambda connection: user_totals.property_counts(connection, context.scope, _named(users), users.selection)
    )


async def count_users_by_product(context: Context, users: UserList) -> Sequence[tuple[Product, int]]:
    """Count what each product of the catalogue would leave of a list, by product name."""
    scope, selection = context.scope, users.selection

    async def read(connection: Connection) -> Sequence[tuple[Product, int]]:
        counts = await user_totals.product_counts(connection, scope, _named(users), selection)
        return [(product, counts.get(product.id, 0)) for product in await catalogue(connection)]

    return await context.database.read(read)


async def get_user(context: Context, user_id: str) -> User | None:
    """Give a user in sight; a plain user sees nobody else (P3, P4)."""
    viewer = context.viewer
    if viewer.role is Role.USER:
        return viewer.user if user_id == viewer.user.id else None
    return await context.loaders.users.load(user_id)


async def licenses_of_user(context: Context, user: User) -> Sequence[License]:
    """Give the licenses of a user, by product name."""
    return await context.loaders.licenses.load(user.id)


async def source_record_of_user(context: Context, user: User) -> SourceRecord | None:
    """Give what the user's source sent (U7)."""
    return await context.loaders.source_records.load(user.id)


async def capabilities_on_user(context: Context, user: User) -> UserCapabilities:
    """Tell what the viewer may do to this user now."""
    return user_capabilities(context.viewer, user, await account_of(context, user.account_id))


def _named(users: UserList) -> tuple[str, ...] | None:
    return None if users.account_id is None else (users.account_id,)
