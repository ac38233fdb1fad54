"""Loads accounts."""

from msgspec import Struct

from domain.accounts import Account, AccountEntry, AccountOrder, AccountSelection
from domain.paging import Page, PageRequest
from domain.viewers import Scope
from loaders.batches import by_id, one_by_one
from loaders.many_loader import ManyLoader
from loaders.sharing import SharedReads
from persistence import account_pages, accounts
from persistence.database import Readable


class AccountPageKey(Struct, frozen=True):
    """A page of the accounts in sight."""

    selection: AccountSelection
    order: AccountOrder
    request: PageRequest


def accounts_by_id(reads: SharedReads, scope: Scope) -> ManyLoader[str, Account | None]:
    """Load accounts that are in sight."""
    return by_id(reads, scope, accounts.accounts_by_id)


def pages_of_accounts(source: Readable, scope: Scope) -> ManyLoader[AccountPageKey, Page[AccountEntry]]:
    """Load pages of the accounts in sight."""
    return one_by_one(
        source,
        lambda connection, key: account_pages.account_page(connection, scope, key.selection, key.order, key.request),
    )
