"""Reading accounts: one, a list, and what hangs from them."""

from collections.abc import Sequence

from msgspec import Struct

from domain.accounts import Account, AccountEntry, AccountFilter, AccountOrder, AccountSelection, Integration
from domain.licenses import LicenseCount, LicenseManagementRefusal, LicenseSubscription, license_management_refusal
from domain.paging import Page, PageArguments, PageRequest, page_request
from domain.text import search_words
from loaders.accounts import AccountPageKey
from loaders.batches import load_where_named
from persistence import account_pages
from resolvers.context import Context


class AccountList(Struct, frozen=True):
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
    context.require_administrator()
    selection = AccountSelection(search_words(search), account_filter or AccountFilter())
    return AccountList(selection, order, page_request(order, page))


async def pages_of_accounts(context: Context, lists: Sequence[AccountList]) -> Sequence[Page[AccountEntry]]:
    """Read the page of each of these lists."""
    keys = [AccountPageKey(listed.selection, listed.order, listed.request) for listed in lists]
    return await context.loaders.account_pages.load_many(keys)


async def count_accounts(context: Context, accounts: AccountList) -> int:
    """Count the whole selection of a list. Raises Forbidden for a plain user (P3)."""
    return await context.source.read(
        lambda connection: account_pages.account_total(connection, context.scope, accounts.selection)
    )


async def get_account(context: Context, account_id: str) -> Account | None:
    """Give an account that the viewer administers. Raises Forbidden for a plain user (P3)."""
    context.require_administrator()
    return await context.loaders.accounts.load(account_id)


async def account_of(context: Context, account_id: str) -> Account:
    """Give the account of something in sight, which is in sight, too. Raises LookupError if it is not."""
    (account,) = await accounts_of(context, [account_id])
    return account


async def accounts_of(context: Context, account_ids: Sequence[str]) -> Sequence[Account]:
    """Give the accounts of things in sight, which are in sight, too. Raises LookupError if one is not."""
    accounts = await context.loaders.accounts.load_many(account_ids)
    in_sight = [account for account in accounts if account is not None]
    if len(in_sight) < len(accounts):
        raise LookupError("the account of what is in sight is in sight")
    return in_sight


async def partners_of_accounts(context: Context, accounts: Sequence[AccountEntry]) -> Sequence[Account | None]:
    """Give the partner of each customer account, where that is in sight; an account admin does not see it (P4)."""
    return await load_where_named(context.loaders.accounts, [account.partner_id for account in accounts])


async def license_counts_of_accounts(
    context: Context, accounts: Sequence[AccountEntry]
) -> Sequence[Sequence[LicenseCount]]:
    """Give the counts of each account, by product name. Raises Forbidden for a plain user (P3)."""
    context.require_administrator()
    return await context.loaders.license_counts.load_many([account.id for account in accounts])


async def license_subscriptions_of_accounts(
    context: Context, accounts: Sequence[AccountEntry]
) -> Sequence[Sequence[LicenseSubscription]]:
    """Give what each account has bought, newest first. Raises Forbidden for a plain user (P3)."""
    context.require_administrator()
    return await context.loaders.license_subscriptions.load_many([account.id for account in accounts])


async def license_management_of_accounts(
    context: Context, accounts: Sequence[AccountEntry], product_id: str
) -> Sequence[LicenseManagementRefusal | None]:
    """Tell why a product's licenses are not managed on each account (L2).

    A product that is not there was never bought. Raises Forbidden for a plain user (P3).
    """
    context.require_administrator()
    product = await context.loaders.products.load(product_id)
    code = "" if product is None else product.code
    return [license_management_refusal(account, code) for account in await _complete(context, accounts)]


async def integrations_of_accounts(
    context: Context, accounts: Sequence[AccountEntry]
) -> Sequence[Sequence[Integration]]:
    """Tell what is turned on for each account."""
    return [account.integrations for account in await _complete(context, accounts)]


async def _complete(context: Context, accounts: Sequence[AccountEntry]) -> Sequence[Account]:
    """Give accounts in full; a list may have read less of them."""
    complete = [account for account in accounts if isinstance(account, Account)]
    if len(complete) == len(accounts):
        return complete
    return await accounts_of(context, [account.id for account in accounts])
