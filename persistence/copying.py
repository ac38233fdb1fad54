"""Writing by the ten thousand: rows that are streamed to PostgreSQL with COPY, on a connection of their own.

A row here has the columns of its table that are written, in any order; ids are UUIDs as 32 hex digits. The order of
tables: accounts, license subscriptions (which open the license counts), users, then what belongs to the users.
"""

from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import NamedTuple, TypeAlias, TypeVar

import asyncpg

from domain.accounts import AccountKind, Integration
from domain.audit import SubjectKind
from domain.users import InactiveReason, Role, UserSource, UserStatus
from persistence.connecting import connect

CopyConnection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

_SETTINGS = {
    "application_name": "accounts-gateway copy",
    "statement_timeout": "0",
    "jit": "off",
    # New grams gather and go into the search index many at once; more of them is no faster, and makes it larger.
    "gin_pending_list_limit": "16MB",
    "work_mem": "64MB",
}


class AccountRow(NamedTuple):
    """A row of accounts."""

    id: str
    number: str
    name: str
    name_key: str
    search_text: str
    kind: AccountKind
    partner_id: str | None
    is_active: bool
    created_at: datetime


class IntegrationRow(NamedTuple):
    """A row of account_integrations."""

    account_id: str
    integration: Integration
    turned_on_at: datetime


class SubscriptionRow(NamedTuple):
    """A row of license_subscriptions."""

    account_id: str
    product_id: str
    order_number: str
    quantity: int
    starts_at: datetime
    expires_at: datetime | None


class UserRow(NamedTuple):
    """A row of users."""

    id: str
    account_id: str
    given_name: str | None
    first_name: str | None
    last_name: str | None
    name_key: str
    email: str
    email_key: str
    search_text: str
    mobile: str | None
    role: Role
    status: UserStatus
    inactive_reason: InactiveReason | None
    source: UserSource
    is_iot_connected: bool
    version: int
    created_at: datetime
    updated_at: datetime
    welcomed_at: datetime | None
    registered_at: datetime | None
    last_signed_in_at: datetime | None


class CredentialRow(NamedTuple):
    """A row of credentials."""

    user_id: str
    password_hash: str
    changed_at: datetime


class SourceRecordRow(NamedTuple):
    """A row of source_records; the attributes are JSON text."""

    user_id: str
    account_id: str
    source: UserSource
    external_id: str
    last_synced_at: datetime
    attributes: str


class LicenseRow(NamedTuple):
    """A row of licenses."""

    user_id: str
    account_id: str
    product_id: str
    assigned_at: datetime


class AuditEventRow(NamedTuple):
    """A row of audit_events; the changes are JSON text."""

    id: str
    account_id: str
    at: datetime
    actor_id: str | None
    actor_name: str
    action: str
    subject_kind: SubjectKind | None
    subject_id: str | None
    subject_name: str
    changes: str
    request_id: str


Row = TypeVar(
    "Row",
    AccountRow,
    IntegrationRow,
    SubscriptionRow,
    UserRow,
    CredentialRow,
    SourceRecordRow,
    LicenseRow,
    AuditEventRow,
)

_TABLES: dict[type[tuple[object, ...]], str] = {
    AccountRow: "accounts",
    IntegrationRow: "account_integrations",
    SubscriptionRow: "license_subscriptions",
    UserRow: "users",
    CredentialRow: "credentials",
    SourceRecordRow: "source_records",
    LicenseRow: "licenses",
    AuditEventRow: "audit_events",
}


@asynccontextmanager
async def copy_connection(url: str) -> AsyncGenerator[CopyConnection, None]:
    """Open a connection for writing much. Raises DatabaseUnavailable when nothing answers there."""
    connection: CopyConnection = await connect(url, _SETTINGS)
    try:
        yield connection
    finally:
        await connection.close()


async def copy_rows(connection: CopyConnection, kind: type[Row], rows: Iterable[Row]) -> None:
    """Add rows of one kind to their table; refused as a whole when one of them is.

    A trigger counts licenses, and refuses them when more would be assigned than are in force at this moment (L4).
    """
    await connection.copy_records_to_table(_TABLES[kind], records=rows, columns=kind._fields)


async def vacuum(connection: CopyConnection) -> None:
    """Bring search index, visibility and statistics up to date, after the transaction that wrote much.

    Reads answer from indexes alone only where VACUUM has seen that all rows of a page are visible.
    """
    await connection.execute("VACUUM (ANALYZE) " + ", ".join([*_TABLES.values(), "user_counts", "user_search"]))
