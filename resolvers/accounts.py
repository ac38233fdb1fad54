"""Reading accounts: one, a list, and what hangs from them."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.accounts import Account, AccountFilter, AccountOrder, AccountSelection
from domain.licenses import LicenseCount, LicenseManagementRefusal, LicenseSubscription, license_management_refusal
from domain.paging import Page, PageArguments, PageRequest, page_request
from domain.text import search_parts
from loaders.accounts import AccountPageKey
from persistence import account_pages
from resolvers.context import Context


@dataclass(frozen=True, slots=True)
class AccountList:
    """A list of accounts that was asked for and not read yet."""

    selection: AccountSelection
    order: AccountOrder
    request: PageRequest


def list_accounts(
    context: Context, search: str | None, account_filter: AccountFilter | None, order: AccountOrder, page: PageArguments
) -> AccountList:
    """Take the arguments of a list; its page and count are read when they are asked for.

    Raises Forbidden for a plain user (P3) and BadUserInput for arguments that cannot be taken (F5).
    """
    _ = context.scope
    selection = AccountSelection(search_parts(search), account_filter or AccountFilter())
    return AccountList(selection, order, page_request(order, page))


async def page_of_accounts(context: Context, accounts: AccountList) -> Page[Account]:
    """Read the page of a list."""
    key = AccountPageKey(accounts.selection, accounts.order, accounts.request)
    return await context.loaders.account_pages.load(key)


async def count_accounts(context: Context, accounts: AccountList) -> int:
    """Count the whole selection of a list."""
    return await context.database.read(
        lambda connection: account_pages.account_total(connection, context.scope, accounts.selection)
    )


async def get_account(context: Context, account_id: str) -> Account | None:
    """Give an account that the viewer administers. Raises Forbidden for a plain user (P3)."""
    _ = context.scope
    return await context.loaders.accounts.load(account_id)


async def account_of(context: Context, account_id: str) -> Account:
    """Give the account of something that is in sight, so that the account is too."""
    account = await context.loaders.accounts.load(account_id)
    if account is None:
        raise LookupError("the account of what is in sight is in sight")
    return account


async def partner_of_account(context: Context, account: Account) -> Account | None:
    """Give the partner of a customer account, where that is in sight; an account admin does not see it (P4)."""
    return None if account.partner_id is None else await context.loaders.accounts.load(account.partner_id)


async def license_counts_of_account(context: Context, account: Account) -> Sequence[LicenseCount]:
    """Give the counts of an account, by product name. Raises Forbidden for a plain user (P3)."""
    _ = context.scope
    return await context.loaders.license_counts.load(account.id)


async def license_subscriptions_of_account(context: Context, account: Account) -> Sequence[LicenseSubscription]:
    """Give what an account has bought, newest first. Raises Forbidden for a plain user (P3)."""
    _ = context.scope
    return await context.loaders.license_subscriptions.load(account.id)


async def license_management_of_account(
    context: Context, account: Account, product_id: str
) -> LicenseManagementRefusal | None:
    """Tell why a product's licenses are not managed on an account; a product that is not there was never bought (L2).

    Raises Forbidden for a plain user (P3).
    """
    _ = context.scope
    product = await context.loaders.products.load(product_id)
    return license_management_refusal(account, "" if product is None else product.code)
