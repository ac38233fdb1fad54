"""The GraphQL types over the models."""

from collections.abc import Callable
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

import strawberry

from benchmarks.peers.strawberry import models
from benchmarks.peers.strawberry.announcements import AnnouncedCount
from benchmarks.peers.strawberry.context import Info
from benchmarks.peers.strawberry.listing import Listing, LoadedListing, Page
from benchmarks.peers.strawberry.models import InactiveReason, Role, UserSource, UserStatus


@strawberry.enum
class UserField(Enum):
    """The fields that a source can own."""

    NAME = "NAME"
    FIRST_NAME = "FIRST_NAME"
    LAST_NAME = "LAST_NAME"
    EMAIL = "EMAIL"
    MOBILE = "MOBILE"


_NAMES = [UserField.NAME, UserField.FIRST_NAME, UserField.LAST_NAME, UserField.EMAIL]
_LOCKED: dict[UserSource, list[UserField]] = {
    UserSource.CONSOLE: [],
    UserSource.IMPORT: [],
    UserSource.SCIM: list(UserField),
    UserSource.PBX: _NAMES,
    UserSource.MICLOUD_CONNECT: list(UserField),
}


def resolved(resolver: Callable[..., Any]) -> Any:
    """Make a field whose annotation names the GraphQL type of what its resolver gives."""
    return strawberry.field(resolver=resolver)


def row_id(shown: str) -> UUID:
    """Give the id of a row, of the id that clients see."""
    return UUID(shown.partition("_")[2])


def _shown(kind: str) -> Callable[..., Any]:
    def show(root: strawberry.Parent[Any]) -> strawberry.ID:
        return strawberry.ID(f"{kind}_{root.id.hex}")

    return show


@strawberry.type
class Product:
    """A product."""

    id: strawberry.ID = resolved(_shown("product"))
    code: str
    name: str


async def _product(root: strawberry.Parent[models.License], info: Info) -> models.Product:
    return await info.context.loaders.products.load(root.product_id)


@strawberry.type
class License:
    """A product assigned to a user."""

    assigned_at: datetime
    product: Product = resolved(_product)


def _is_account_admin(root: strawberry.Parent[models.User]) -> bool:
    return root.role is Role.ACCOUNT_ADMIN


def _locked_fields(root: strawberry.Parent[models.User]) -> list[UserField]:
    return _LOCKED[root.source]


async def _licenses(root: strawberry.Parent[models.User], info: Info) -> list[models.License]:
    return await info.context.loaders.licenses.load(root.id)


@strawberry.type
class User:
    """A user."""

    id: strawberry.ID = resolved(_shown("user"))
    name: str
    first_name: str | None
    last_name: str | None
    email: str
    mobile: str | None
    role: Role
    is_account_admin: bool = resolved(_is_account_admin)
    status: UserStatus
    inactive_reason: InactiveReason | None
    source: UserSource
    is_iot_connected: bool
    locked_fields: list[UserField] = resolved(_locked_fields)
    version: int
    created_at: datetime
    updated_at: datetime
    welcomed_at: datetime | None
    registered_at: datetime | None
    last_signed_in_at: datetime | None
    licenses: list[License] = resolved(_licenses)


@strawberry.type
class PageInfo:
    """Where a page stands."""

    has_next_page: bool
    end_cursor: str | None


@strawberry.type
class PropertyCount:
    """How many users have a property."""

    property: str
    count: int


@strawberry.type
class ProductCount:
    """How many users have a product."""

    product: Product
    count: int


async def _property_counts(root: strawberry.Parent[Listing]) -> list[dict[str, Any]]:
    return [PropertyCount(property=name, count=count) for name, count in await root.properties()]  # type: ignore[misc]


async def _product_counts(root: strawberry.Parent[Listing]) -> list[ProductCount]:
    counts: list[tuple[Any, int]] = [*await root.products()]
    return [ProductCount(product=product, count=count) for product, count in counts]


@strawberry.type
class UserFacets:
    """How many users each filter would leave."""

    properties: list[PropertyCount] = resolved(_property_counts)
    products: list[ProductCount] = resolved(_product_counts)


async def _nodes(root: strawberry.Parent[Listing | LoadedListing]) -> list[models.User]:
    return (await root.page()).nodes


async def _page_info(root: strawberry.Parent[Listing | LoadedListing]) -> Page:
    return await root.page()


async def _total_count(root: strawberry.Parent[Listing]) -> int:
    return await root.total()


def _facets(root: strawberry.Parent[Listing]) -> Listing:
    return root


@strawberry.type
class UserConnection:
    """A list of users."""

    nodes: list[User] = resolved(_nodes)
    page_info: PageInfo = resolved(_page_info)
    total_count: int = resolved(_total_count)
    facets: UserFacets = resolved(_facets)


async def _counted(root: strawberry.Parent[models.LicenseCount | AnnouncedCount], info: Info) -> Any:
    if isinstance(root, AnnouncedCount):
        return root.product
    return await info.context.loaders.products.load(root.product_id)


@strawberry.type
class LicenseCount:
    """How many licenses of a product an account has and uses."""

    id: strawberry.ID = resolved(_shown("count"))
    product: Product = resolved(_counted)
    total: int
    assigned: int
    available: int
    revision: int


async def _license_counts(root: strawberry.Parent[models.Account], info: Info) -> list[models.LicenseCount]:
    return await info.context.loaders.license_counts.load(root.id)


def _users(root: strawberry.Parent[models.Account], info: Info, first: int = 50) -> LoadedListing:
    return LoadedListing(info.context.loaders, root.id, first)


@strawberry.type
class Account:
    """An account."""

    id: strawberry.ID = resolved(_shown("account"))
    number: str
    name: str
    license_counts: list[LicenseCount] = resolved(_license_counts)
    users: UserConnection = resolved(_users)


@strawberry.type
class AccountConnection:
    """A list of accounts."""

    nodes: list[Account]
