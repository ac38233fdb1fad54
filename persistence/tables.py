"""The tables, as the migrations make them; a test holds the two together."""

from enum import StrEnum
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Computed,
    DateTime,
    Enum,
    FetchedValue,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from domain.accounts import AccountKind
from domain.accounts import Integration as IntegrationKind
from domain.audit import SubjectKind
from domain.mailings import MailKind, MailState
from domain.user_changes import ChangeKind
from domain.users import InactiveReason, Role, UserSource, UserStatus

METADATA = MetaData()

ID = UUID(as_uuid=False)
INSTANT = DateTime(timezone=True)
KEY = Text(collation="C")
"""A text that is compared by its code points: folded already, or digits."""


def _values(members: type[StrEnum]) -> list[str]:
    return [member.value for member in members]


ENUMS: Final[dict[str, type[StrEnum]]] = {}
"""The enums of the database by name, and what they are in Python."""


def _enum(members: type[StrEnum], name: str) -> Enum:
    ENUMS[name] = members
    return Enum(members, name=name, metadata=METADATA, values_callable=_values)


ACCOUNT_KIND = _enum(AccountKind, "account_kind")
INTEGRATION = _enum(IntegrationKind, "integration")
USER_ROLE = _enum(Role, "user_role")
USER_STATUS = _enum(UserStatus, "user_status")
INACTIVE_REASON = _enum(InactiveReason, "inactive_reason")
USER_SOURCE = _enum(UserSource, "user_source")
SUBJECT_KIND = _enum(SubjectKind, "subject_kind")
MAIL_KIND = _enum(MailKind, "mail_kind")
MAIL_STATE = _enum(MailState, "mail_state")
CHANGE_KIND = _enum(ChangeKind, "change_kind")


def _id() -> Column[str]:
    return Column("id", ID, primary_key=True, server_default=FetchedValue())


def _required(name: str, kind: Any, *more: Any) -> Column[Any]:
    return Column(name, kind, *more, nullable=False)


accounts = Table(
    "accounts",
    METADATA,
    _id(),
    _required("number", KEY),
    _required("name", Text),
    _required("name_key", KEY),
    _required("search_text", KEY),
    _required("kind", ACCOUNT_KIND),
    Column("partner_id", ID),
    Column("partner_kind", ACCOUNT_KIND, Computed("")),
    _required("is_active", Boolean),
    _required("created_at", INSTANT),
    UniqueConstraint("number"),
    UniqueConstraint("id", "kind"),
    ForeignKeyConstraint(["partner_id", "partner_kind"], ["accounts.id", "accounts.kind"]),
)

account_integrations = Table(
    "account_integrations",
    METADATA,
    Column("account_id", ID, ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    Column("integration", INTEGRATION, primary_key=True),
    _required("turned_on_at", INSTANT),
)

users = Table(
    "users",
    METADATA,
    _id(),
    _required("account_id", ID),
    Column("given_name", Text),
    Column("first_name", Text),
    Column("last_name", Text),
    Column("name", Text, Computed(""), nullable=False),
    _required("name_key", KEY),
    _required("email", Text),
    _required("email_key", KEY),
    _required("search_text", KEY),
    Column("mobile", Text),
    _required("role", USER_ROLE),
    Column("account_kind", ACCOUNT_KIND, Computed("")),
    _required("status", USER_STATUS),
    Column("inactive_reason", INACTIVE_REASON),
    _required("source", USER_SOURCE),
    _required("is_iot_connected", Boolean),
    _required("version", Integer),
    _required("created_at", INSTANT),
    _required("updated_at", INSTANT),
    Column("welcomed_at", INSTANT),
    Column("registered_at", INSTANT),
    Column("last_signed_in_at", INSTANT),
    UniqueConstraint("account_id", "email_key"),
    UniqueConstraint("account_id", "id"),
    ForeignKeyConstraint(["account_id", "account_kind"], ["accounts.id", "accounts.kind"]),
)

user_counts = Table(
    "user_counts",
    METADATA,
    Column("account_id", ID, ForeignKey("accounts.id"), primary_key=True),
    Column("status", USER_STATUS, primary_key=True),
    Column("source", USER_SOURCE, primary_key=True),
    Column("role", USER_ROLE, primary_key=True),
    Column("is_iot_connected", Boolean, primary_key=True),
    _required("total", BigInteger),
)
"""How many users of an account are alike: triggers keep it."""

user_search = Table(
    "user_search",
    METADATA,
    Column("id", ID, primary_key=True),
    _required("account_id", ID),
    _required("name_key", KEY),
    _required("email_key", KEY),
    _required("search_text", KEY),
)
"""What is searched by n-grams: triggers keep it as it stands in users."""

credentials = Table(
    "credentials",
    METADATA,
    Column("user_id", ID, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    _required("password_hash", Text),
    _required("changed_at", INSTANT),
)

source_records = Table(
    "source_records",
    METADATA,
    Column("user_id", ID, primary_key=True),
    _required("account_id", ID),
    _required("source", USER_SOURCE),
    _required("external_id", Text),
    _required("last_synced_at", INSTANT),
    _required("attributes", JSONB),
    UniqueConstraint("account_id", "source", "external_id"),
    ForeignKeyConstraint(["user_id", "account_id"], ["users.id", "users.account_id"], ondelete="CASCADE"),
)

products = Table(
    "products", METADATA, _id(), _required("code", Text), _required("name", Text), UniqueConstraint("code")
)

license_counts = Table(
    "license_counts",
    METADATA,
    _id(),
    _required("account_id", ID, ForeignKey("accounts.id")),
    _required("product_id", ID, ForeignKey("products.id")),
    _required("assigned", Integer),
    _required("revision", Integer),
    UniqueConstraint("account_id", "product_id"),
)

license_subscriptions = Table(
    "license_subscriptions",
    METADATA,
    _id(),
    _required("account_id", ID, ForeignKey("accounts.id")),
    _required("product_id", ID, ForeignKey("products.id")),
    _required("order_number", Text),
    _required("quantity", Integer),
    _required("starts_at", INSTANT),
    Column("expires_at", INSTANT),
    UniqueConstraint("account_id", "order_number", "product_id"),
)

licenses = Table(
    "licenses",
    METADATA,
    Column("user_id", ID, primary_key=True),
    _required("account_id", ID),
    Column("product_id", ID, primary_key=True),
    _required("assigned_at", INSTANT),
    ForeignKeyConstraint(["user_id", "account_id"], ["users.id", "users.account_id"], ondelete="CASCADE"),
    ForeignKeyConstraint(["account_id", "product_id"], ["license_counts.account_id", "license_counts.product_id"]),
)

audit_events = Table(
    "audit_events",
    METADATA,
    _id(),
    _required("account_id", ID),
    _required("at", INSTANT),
    Column("actor_id", ID),
    _required("actor_name", Text),
    _required("action", Text),
    Column("subject_kind", SUBJECT_KIND),
    Column("subject_id", ID),
    _required("subject_name", Text),
    _required("changes", JSONB),
    _required("request_id", Text),
)

sessions = Table(
    "sessions",
    METADATA,
    _id(),
    _required("user_id", ID, ForeignKey("users.id", ondelete="CASCADE")),
    _required("created_at", INSTANT),
    _required("expires_at", INSTANT),
)

refresh_tokens = Table(
    "refresh_tokens",
    METADATA,
    Column("token_hash", LargeBinary, primary_key=True),
    _required("session_id", ID, ForeignKey("sessions.id", ondelete="CASCADE")),
    Column("used_at", INSTANT),
)

mailings = Table(
    "mailings",
    METADATA,
    _id(),
    _required("account_id", ID, ForeignKey("accounts.id")),
    _required("kind", MAIL_KIND),
    _required("total", Integer),
    _required("sent", Integer),
    _required("failed", Integer),
    _required("created_at", INSTANT),
    Column("finished_at", INSTANT),
)

mails = Table(
    "mails",
    METADATA,
    _id(),
    _required("mailing_id", ID, ForeignKey("mailings.id")),
    _required("user_id", ID),
    _required("kind", MAIL_KIND),
    _required("state", MAIL_STATE),
    Column("message_id", Text),
    _required("attempts", Integer),
    _required("next_attempt_at", INSTANT),
    _required("created_at", INSTANT),
    Column("finished_at", INSTANT),
)

links = Table(
    "links",
    METADATA,
    Column("user_id", ID, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("kind", MAIL_KIND, primary_key=True),
    _required("mail_id", ID),
    _required("email", Text),
    _required("token_hash", LargeBinary),
    _required("expires_at", INSTANT),
    Column("used_at", INSTANT),
    UniqueConstraint("token_hash"),
)

user_changes = Table(
    "user_changes",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    _required("account_id", ID),
    _required("kind", CHANGE_KIND),
    _required("user_ids", ARRAY(ID)),
    _required("at", INSTANT),
)
