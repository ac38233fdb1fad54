"""Lists of users, read when they are asked for."""

import asyncio
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, Integer, Text, and_, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from benchmarks.peers.strawberry.loaders import Loaders, Sessions
from benchmarks.peers.strawberry.models import License, Product, Role, User, UserSearch, UserSource, UserStatus

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
        """Count all; what is searched is enough to count the matches of a search."""
        if self._parts:
            query = select(func.count()).select_from(UserSearch).where(self._is_found())
        else:
            query = select(func.count()).select_from(User).where(User.account_id == self._account_id)
        async with self._sessions() as session:
            return await session.scalar(query) or 0

    async def properties(self) -> list[tuple[str, int]]:
        """Count the users of each property."""
        counts = [func.count().filter(condition).label(name) for name, condition in _PROPERTIES.items()]
        query = select(*counts).select_from(User).where(User.account_id == self._account_id)
        if self._parts:
            query = query.where(User.id.in_(select(UserSearch.id).where(self._is_found())))
        async with self._sessions() as session:
            row = (await session.execute(query)).one()
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
        query, limit = select(User).order_by(User.name_key, User.id), self._first + 1
        if self._parts:
            ids = select(UserSearch.id).where(self._is_found()).order_by(UserSearch.name_key, UserSearch.id)
            query = query.where(User.id.in_(ids.limit(limit)))
        else:
            query = query.where(User.account_id == self._account_id).limit(limit)
        async with self._sessions() as session:
            found = list(await session.scalars(query))
        return page_of(found, self._first)

    def _is_found(self) -> ColumnElement[bool]:
        """Keep the rows of what is searched in which each part occurs somewhere."""
        wanted = func.wanted_grams(self._account_id, literal(self._parts, ARRAY(Text)))
        grams = func.search_grams(UserSearch.account_id, UserSearch.search_text, type_=ARRAY(Integer))
        patterns = literal([f"%{part}%" for part in self._parts], ARRAY(Text))
        return and_(grams.op("@>", is_comparison=True)(wanted), UserSearch.search_text.like(func.all(patterns)))


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
