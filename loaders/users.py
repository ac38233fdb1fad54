"""Loads users, what their sources sent, and pages, totals and facets of the users of accounts."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from domain.licenses import LicensedUser
from domain.paging import Page, PageRequest
from domain.products import Product
from domain.user_filters import UserProperty, UserSelection
from domain.users import SourceRecord, User, UserOrder
from domain.viewers import Scope
from loaders.batches import by_id, one_by_one
from loaders.many_loader import Bunches, ManyLoader
from loaders.sharing import SharedReads
from persistence import users
from persistence.database import Connection, Readable
from persistence.products import catalogue
from persistence.user_pages import page_of_all_accounts, pages_by_account
from persistence.user_totals import product_counts, property_counts, total_of_all_accounts, totals_by_account

Key = TypeVar("Key")


class PageKey(Struct, frozen=True):
    """A page of the users of one account or, with None, of all accounts in sight as one list.

    The users have these fields, or all.
    """

    account_id: str | None
    selection: UserSelection
    order: UserOrder
    request: PageRequest
    fields: frozenset[str] | None

    def __hash__(self) -> int:
        """Hash the account alone: keys are looked up many times, and few of an account differ in anything else."""
        return hash(self.account_id)


class TotalKey(Struct, frozen=True):
    """The users of one account, or of all in sight, that a selection names: what is counted of them."""

    account_id: str | None
    selection: UserSelection

    def __hash__(self) -> int:
        """Tell accounts apart, as for a page."""
        return hash(self.account_id)


def users_by_id(reads: SharedReads, scope: Scope) -> ManyLoader[str, User | None]:
    """Load users that are in sight."""
    return by_id(reads, scope, users.users_by_id)


def licensed_users(reads: SharedReads, scope: Scope) -> ManyLoader[str, LicensedUser | None]:
    """Load users that are in sight, by id, with their licenses."""
    return by_id(reads, scope, users.licensed_users_by_id)


def source_records(reads: SharedReads, scope: Scope) -> ManyLoader[str, SourceRecord | None]:
    """Load what outside sources sent, by user id."""
    return by_id(reads, scope, users.source_records_by_user)


def user_pages(source: Readable, scope: Scope, *, with_licenses: bool) -> ManyLoader[PageKey, Page[User]]:
    """Load pages of users, or of licensed users; accounts that want the same page share a statement."""

    async def read(connection: Connection, keys: list[PageKey]) -> list[Page[User]]:
        found: dict[PageKey, Page[User]] = {}
        for same in _grouped(keys, lambda key: replace(key, account_id=None)):
            wanted = (same[0].selection, same[0].order, same[0].request, same[0].fields)
            account_ids = [key.account_id for key in same if key.account_id is not None]
            if account_ids:
                pages = await pages_by_account(connection, scope, account_ids, *wanted, with_licenses=with_licenses)
                found.update((key, pages[key.account_id]) for key in same if key.account_id is not None)
            if len(account_ids) < len(same):
                page = await page_of_all_accounts(connection, scope, *wanted, with_licenses=with_licenses)
                found[replace(same[0], account_id=None)] = page
        return [found[key] for key in keys]

    async def load(keys: list[PageKey]) -> list[Page[User]]:
        return await source.read(lambda connection: read(connection, keys))

    return ManyLoader(Bunches(load))


def user_totals(source: Readable, scope: Scope) -> ManyLoader[TotalKey, int]:
    """Load numbers of users; accounts with the same selection share a statement."""

    async def read(connection: Connection, keys: list[TotalKey]) -> list[int]:
        found: dict[TotalKey, int] = {}
        for same in _grouped(keys, lambda key: replace(key, account_id=None)):
            selection = same[0].selection
            account_ids = [key.account_id for key in same if key.account_id is not None]
            if account_ids:
                totals = await totals_by_account(connection, scope, account_ids, selection)
                found.update((key, totals.get(key.account_id, 0)) for key in same if key.account_id is not None)
            if len(account_ids) < len(same):
                total = await total_of_all_accounts(connection, scope, selection)
                found[TotalKey(None, selection)] = total
        return [found[key] for key in keys]

    async def load(keys: list[TotalKey]) -> list[int]:
        return await source.read(lambda connection: read(connection, keys))

    return ManyLoader(Bunches(load))


def user_properties(source: Readable, scope: Scope) -> ManyLoader[TotalKey, Mapping[UserProperty, int]]:
    """Load how many users of a selection have each property.

    Counting takes long, and so is done on one connection, which leaves the others to those who ask for less.
    """

    async def read(connection: Connection, key: TotalKey) -> Mapping[UserProperty, int]:
        return await property_counts(connection, scope, _named(key), key.selection)

    return one_by_one(source, read)


def user_products(source: Readable, scope: Scope) -> ManyLoader[TotalKey, Sequence[tuple[Product, int]]]:
    """Load how many users of a selection have each product of the catalogue, by product name; as for properties."""

    async def read(connection: Connection, keys: list[TotalKey]) -> list[Sequence[tuple[Product, int]]]:
        products = await catalogue(connection)
        counts = [await product_counts(connection, scope, _named(key), key.selection) for key in keys]
        return [[(product, of_key.get(product.id, 0)) for product in products] for of_key in counts]

    async def load(keys: list[TotalKey]) -> list[Sequence[tuple[Product, int]]]:
        return await source.read(lambda connection: read(connection, keys))

    return ManyLoader(Bunches(load))


def _named(key: TotalKey) -> tuple[str, ...] | None:
    return None if key.account_id is None else (key.account_id,)


def _grouped(keys: list[Key], group_of: Callable[[Key], Hashable]) -> list[list[Key]]:
    """Bring together the keys that differ in their account only."""
    if len(keys) == 1:
        return [keys]
    groups: dict[Hashable, list[Key]] = defaultdict(list)
    for key in keys:
        groups[group_of(key)].append(key)
    return list(groups.values())
