"""The tables as classes of SQLAlchemy's ORM."""

from datetime import datetime
from enum import Enum
from uuid import UUID

import strawberry
from sqlalchemy import DateTime, ForeignKey, func, or_, select
from sqlalchemy import Enum as EnumType
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, column_property, mapped_column


@strawberry.enum
class Role(Enum):
    """What somebody may do."""

    USER = "USER"
    ACCOUNT_ADMIN = "ACCOUNT_ADMIN"
    PARTNER = "PARTNER"


@strawberry.enum
class UserStatus(Enum):
    """Where a user is."""

    UNREGISTERED = "UNREGISTERED"
    REGISTERED = "REGISTERED"
    INACTIVE = "INACTIVE"


@strawberry.enum
class InactiveReason(Enum):
    """Why a user is inactive."""

    ACCOUNT_REMOVED = "ACCOUNT_REMOVED"
    DEACTIVATED_BY_SOURCE = "DEACTIVATED_BY_SOURCE"


@strawberry.enum
class UserSource(Enum):
    """Where a user was made."""

    CONSOLE = "CONSOLE"
    IMPORT = "IMPORT"
    SCIM = "SCIM"
    PBX = "PBX"
    MICLOUD_CONNECT = "MICLOUD_CONNECT"


class AccountKind(Enum):
    """What an account is there for."""

    CUSTOMER = "CUSTOMER"
    PARTNER = "PARTNER"


class SubjectKind(Enum):
    """What an audit entry is about."""

    ACCOUNT = "ACCOUNT"
    USER = "USER"


class Model(DeclarativeBase):
    """What all tables have in common."""

    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's way to say it
        datetime: DateTime(timezone=True),
        Role: EnumType(Role, name="user_role"),
        UserStatus: EnumType(UserStatus, name="user_status"),
        InactiveReason: EnumType(InactiveReason, name="inactive_reason"),
        UserSource: EnumType(UserSource, name="user_source"),
        AccountKind: EnumType(AccountKind, name="account_kind"),
        SubjectKind: EnumType(SubjectKind, name="subject_kind"),
    }


class Account(Model):
    """An account."""

    __tablename__ = "accounts"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str]
    name: Mapped[str]
    name_key: Mapped[str]
    kind: Mapped[AccountKind]
    partner_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))


class User(Model):
    """A user."""

    __tablename__ = "users"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    name: Mapped[str]
    name_key: Mapped[str]
    first_name: Mapped[str | None]
    last_name: Mapped[str | None]
    email: Mapped[str]
    mobile: Mapped[str | None]
    role: Mapped[Role]
    status: Mapped[UserStatus]
    inactive_reason: Mapped[InactiveReason | None]
    source: Mapped[UserSource]
    is_iot_connected: Mapped[bool]
    version: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    welcomed_at: Mapped[datetime | None]
    registered_at: Mapped[datetime | None]
    last_signed_in_at: Mapped[datetime | None]


class UserSearch(Model):
    """What is searched of a user."""

    __tablename__ = "user_search"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    name_key: Mapped[str]
    search_text: Mapped[str]


class Product(Model):
    """A product."""

    __tablename__ = "products"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str]
    name: Mapped[str]


class License(Model):
    """A product assigned to a user."""

    __tablename__ = "licenses"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), primary_key=True)
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"), primary_key=True)
    account_id: Mapped[UUID]
    assigned_at: Mapped[datetime]


class LicenseSubscription(Model):
    """A purchase."""

    __tablename__ = "license_subscriptions"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    product_id: Mapped[UUID]
    quantity: Mapped[int]
    starts_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]


class LicenseCount(Model):
    """How many licenses of a product an account has and uses."""

    __tablename__ = "license_counts"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column()
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"))
    assigned: Mapped[int]
    revision: Mapped[int]
    total: Mapped[int] = column_property(
        select(func.coalesce(func.sum(LicenseSubscription.quantity), 0))
        .where(
            LicenseSubscription.account_id == account_id,
            LicenseSubscription.product_id == product_id,
            LicenseSubscription.starts_at <= func.now(),
            or_(LicenseSubscription.expires_at.is_(None), LicenseSubscription.expires_at > func.now()),
        )
        .correlate_except(LicenseSubscription)
        .scalar_subquery()
    )

    @property
    def available(self) -> int:
        """What can still be assigned."""
        return max(self.total - self.assigned, 0)


class AuditEvent(Model):
    """What was done."""

    __tablename__ = "audit_events"

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.new_id())
    account_id: Mapped[UUID]
    actor_name: Mapped[str]
    action: Mapped[str]
    subject_kind: Mapped[SubjectKind]
    subject_id: Mapped[UUID]
    subject_name: Mapped[str]
    changes: Mapped[dict[str, str]] = mapped_column(JSONB)
    request_id: Mapped[str]


def open_engine(url: str, pool_size: int) -> AsyncEngine:
    """Make the engine; it connects when it is first used."""
    return create_async_engine(
        make_url(url).set(drivername="postgresql+asyncpg"),
        pool_size=pool_size,
        max_overflow=0,
        connect_args={"server_settings": {"jit": "off", "max_parallel_workers_per_gather": "0"}},
    )
