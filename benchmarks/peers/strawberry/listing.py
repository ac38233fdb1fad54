"""Lists of users, read when they are asked for."""

import asyncio
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, Integer, Select, Text, and_, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from benchmarks.peers.strawberry.loaders import Loaders, Sessions
from benchmarks.peers.strawberry.models import License, Product, Role, User, UserSearch, UserSource, UserStatus

Query = TypeVar("Query", bound=Select[*tuple[Any, ...]])

_PROPERTIES: dict[str, ColumnElement[bool]] = {
    "ADMINS": User.role.in_([Role.ACCOUNT_ADMIN, Role.PARTNER]),
    "USERS": literal(1) == 1,
    "REGISTERED": User.status == UserStatus.REGISTERED,
    "UNREGISTERED": User.status == UserStatus.UNREGISTERED,
    "PBX_USERS": User.source == UserSource.PBX,
    "MICLOUD_CONNECTED": User.source == UserSource.MICLOUD_CONNECT,
    "IOT_CONNECTED": User.is_iot_connected.is_(True),
    "INACTIVE": User.status == UserStatus.INACTIVE,
}


@dataclass(frozen=True)
class Page:
    """Users, whether there are more, and the place of the last."""

    nodes: list[User]
    has_next_page: bool
    end_cursor: str | None


class Listing:
    """The users of an account that match a search."""

    def __init__(self, sessions: Sessions, account_id: UUID, first: int, search: str | None) -> None:
        self._sessions = sessions
        self._account_id = account_id
        self._first = first
        self._parts = (search or "").lower().split()
        self._page: asyncio.Task[Page] | None = None

    async def page(self) -> Page:
        """Read the page, once."""
        if self._page is None:
            self._page = asyncio.create_task(self._read())
        return await self._page

    async def total(self) -> int:
        """Count all."""
        async with self._sessions() as session:
            return await session.scalar(self._matching(select(func.count()).select_from(User))) or 0

    async def properties(self) -> list[tuple[str, int]]:
        """Count the users of each property."""
        counts = [func.count().filter(condition).label(name) for name, condition in _PROPERTIES.items()]
        async with self._sessions() as session:
            row = (await session.execute(self._matching(select(*counts).select_from(User)))).one()
        return list(zip(_PROPERTIES, row, strict=True))

    async def products(self) -> list[tuple[Product, int]]:
        """Count the users of each product."""
        given = (
            select(License.product_id, func.count().label("total"))
            .where(License.account_id == self._account_id)
            .group_by(License.product_id)
            .subquery()
        )
        query = (
            select(Product, func.coalesce(given.c.total, 0))
            .outerjoin(given, given.c.product_id == Product.id)
            .order_by(Product.name, Product.id)
        )
        async with self._sessions() as session:
            return [(product, count) for product, count in await session.execute(query)]

    async def _read(self) -> Page:
        query = self._matching(select(User)).order_by(User.name_key, User.id).limit(self._first + 1)
        async with self._sessions() as session:
            found = list(await session.scalars(query))
        return page_of(found, self._first)

    def _matching(self, query: Query) -> Query:
        query = query.where(User.account_id == self._account_id)
        return query.where(_matches(self._account_id, self._parts)) if self._parts else query


class LoadedListing:
    """The first users of an account, which a loader reads for all accounts at once."""

    def __init__(self, loaders: Loaders, account_id: UUID, first: int) -> None:
        self._loaders = loaders
        self._account_id = account_id
        self._first = first

    async def page(self) -> Page:
        """Load the page."""
        return page_of(await self._loaders.first_users.load((self._account_id, self._first + 1)), self._first)


def page_of(found: list[User], first: int) -> Page:
    """Make a page of users of whom one too many was read."""
    nodes = found[:first]
    return Page(nodes, len(found) > first, _cursor(nodes[-1]) if nodes else None)


def _cursor(user: User) -> str:
    return urlsafe_b64encode(orjson.dumps(["users NAME ASC", user.name_key, user.id.hex])).rstrip(b"=").decode()


def _matches(account_id: UUID, parts: list[str]) -> ColumnElement[bool]:
    wanted = func.wanted_grams(account_id, literal(parts, ARRAY(Text)))
    grams = func.search_grams(UserSearch.account_id, UserSearch.search_text, type_=ARRAY(Integer))
    patterns = literal([f"%{part}%" for part in parts], ARRAY(Text))
    known = and_(grams.op("@>", is_comparison=True)(wanted), UserSearch.search_text.like(func.all(patterns)))
    return User.id.in_(select(UserSearch.id).where(known))
