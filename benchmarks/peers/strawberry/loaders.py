"""A data loader for each edge, made anew for each request; every batch has a session of its own."""

from collections import defaultdict
from uuid import UUID

from sqlalchemy import select, true
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlalchemy.orm import aliased
from strawberry.dataloader import DataLoader

from benchmarks.peers.strawberry.models import Account, License, LicenseCount, Product, User

Sessions = async_sessionmaker[AsyncSession]


class Loaders:
    """The loaders of one request."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self.licenses = DataLoader(self._load_licenses)
        self.products = DataLoader(self._load_products)
        self.license_counts = DataLoader(self._load_license_counts)
        self.first_users = DataLoader(self._load_first_users)

    async def _load_licenses(self, user_ids: list[UUID]) -> list[list[License]]:
        query = (
            select(License)
            .join(Product, Product.id == License.product_id)
            .where(License.user_id.in_(user_ids))
            .order_by(Product.name, Product.id)
        )
        by_user: dict[UUID, list[License]] = defaultdict(list)
        async with self._sessions() as session:
            for found in await session.scalars(query):
                by_user[found.user_id].append(found)
        return [by_user[user_id] for user_id in user_ids]

    async def _load_products(self, product_ids: list[UUID]) -> list[Product]:
        async with self._sessions() as session:
            found = await session.scalars(select(Product).where(Product.id.in_(product_ids)))
            by_id = {product.id: product for product in found}
        return [by_id[product_id] for product_id in product_ids]

    async def _load_license_counts(self, account_ids: list[UUID]) -> list[list[LicenseCount]]:
        query = (
            select(LicenseCount)
            .join(Product, Product.id == LicenseCount.product_id)
            .where(LicenseCount.account_id.in_(account_ids))
            .order_by(Product.name, Product.id)
        )
        by_account: dict[UUID, list[LicenseCount]] = defaultdict(list)
        async with self._sessions() as session:
            for found in await session.scalars(query):
                by_account[found.account_id].append(found)
        return [by_account[account_id] for account_id in account_ids]

    async def _load_first_users(self, keys: list[tuple[UUID, int]]) -> list[list[User]]:
        """Load the first users of each account; all accounts of a query want equally many."""
        page = (
            select(User)
            .where(User.account_id == Account.id)
            .order_by(User.name_key, User.id)
            .limit(max(first for _, first in keys))
            .lateral()
        )
        listed = aliased(User, page)
        query = (
            select(listed)
            .select_from(Account)
            .join(page, true())
            .where(Account.id.in_([account_id for account_id, _ in keys]))
            .order_by(listed.name_key, listed.id)
        )
        by_account: dict[UUID, list[User]] = defaultdict(list)
        async with self._sessions() as session:
            for found in await session.scalars(query):
                by_account[found.account_id].append(found)
        return [by_account[account_id][:first] for account_id, first in keys]
