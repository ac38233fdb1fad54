"""The enums of the domain, with what GraphiQL says of them and of each of their values."""

from enum import Enum
from typing import cast

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition

from domain.accounts import AccountKind, AccountOrderField, Integration
from domain.capabilities import RefusalReason
from domain.licenses import LicenseManagementRefusal, SubscriptionStatus
from domain.mailings import MailKind
from domain.paging import Direction
from domain.user_changes import ChangeKind
from domain.user_errors import UserErrorCode
from domain.user_filters import UserProperty
from domain.users import InactiveReason, Role, UserField, UserOrderField, UserSource, UserStatus


def _describe(members: type[Enum], description: str, *, name: str | None = None, **values: str) -> None:
    """Make a GraphQL enum of an enum of the domain. Every value has to be described."""
    strawberry.enum(members, name=name, description=description)
    definition = cast("StrawberryEnumDefinition", members.__strawberry_definition__)  # type: ignore[attr-defined]  # set by strawberry.enum
    for value in definition.values:
        value.description = values[value.name]


_describe(
    Role,
    "What somebody may do.",
    USER="Reads only their own record.",
    ACCOUNT_ADMIN="Administers their own account, including its other admins.",
    PARTNER="A user of a partner account: administers that account and every customer account that belongs to it.",
)
_describe(
    AccountKind,
    "What an account is there for.",
    CUSTOMER="Has users and licenses; belongs to one partner account.",
    PARTNER="Its people sell to customer accounts and look after them.",
)
_describe(
    Integration,
    "What can be turned on for an account.",
    MITEAM_MEETINGS="MiTeam Meetings. Its licenses are managed here only while this is on.",
    MICOLLAB="MiCollab. While it is on, it manages the licenses of MiTeam Meetings itself.",
    MICLOUD_CONNECT="MiCloud Connect, which sends users of its own.",
    PBX="A PBX, which sends users of its own.",
    SCIM="SCIM, by which a directory such as Entra ID sends users of its own.",
)
_describe(
    AccountOrderField,
    "What a list of accounts can be sorted by.",
    NAME="Alphabetically, without regard to case and accents.",
    NUMBER="By the account number, digit by digit.",
    CREATED_AT="By when the account was opened.",
)
_describe(
    Direction,
    "Which way an order runs.",
    name="OrderDirection",
    ASC="Ascending: A to Z, lowest or oldest first.",
    DESC="Descending: Z to A, highest or newest first.",
)
_describe(
    UserStatus,
    "Whether a user has registered, and can still sign in.",
    UNREGISTERED="Has not yet followed the welcome mail and set a password.",
    REGISTERED="Has set a password and can sign in.",
    INACTIVE="Listed, but cannot sign in; `inactiveReason` says why.",
)
_describe(
    InactiveReason,
    "Why a user is inactive.",
    ACCOUNT_REMOVED="Deleted here while its source still lists it; a welcome mail gives it an account again.",
    DEACTIVATED_BY_SOURCE="Switched off by its source; only the source can switch it on.",
)
_describe(
    UserSource,
    "Where a user comes from.",
    CONSOLE="Added here.",
    IMPORT="Came with a bulk import; since then like one added here.",
    SCIM="Sent by a directory over SCIM, which owns names, address and mobile number.",
    PBX="Sent by a PBX, which owns names and address.",
    MICLOUD_CONNECT="Synced from MiCloud Connect, which owns all fields; cannot be deleted here.",
)
_describe(
    UserField,
    "The fields of a user that an edit can change.",
    NAME="`name`.",
    FIRST_NAME="`firstName`.",
    LAST_NAME="`lastName`.",
    EMAIL="`email`.",
    MOBILE="`mobile`.",
)
_describe(
    UserOrderField,
    "What a list of users can be sorted by.",
    NAME="By the name shown, alphabetically, without regard to case and accents.",
    EMAIL="By the address, without regard to case.",
    CREATED_AT="By when the user was added.",
    UPDATED_AT="By when the user was last changed.",
)
_describe(
    UserProperty,
    "The properties of the + Add Filter menu.",
    ADMINS="Account admins and partner users.",
    USERS="Everyone.",
    REGISTERED="Those who have set a password.",
    UNREGISTERED="Those who have not yet followed the welcome mail.",
    PBX_USERS="Those whose source is a PBX.",
    MICLOUD_CONNECTED="Those whose source is MiCloud Connect.",
    IOT_CONNECTED="Those with a device connected.",
    INACTIVE="Those who are listed but cannot sign in.",
)
_describe(
    RefusalReason,
    "Why something is refused, or why a bulk action passes a user over.",
    FORBIDDEN="The viewer may not do this to this user.",
    NOT_REGISTERED="Has no password that could be reset.",
    ALREADY_REGISTERED="Needs no welcome mail any more.",
    DEACTIVATED_BY_SOURCE="Switched off by its source.",
    ACCOUNT_REMOVED="Was deleted here and has no account until a welcome mail is sent.",
    ACCOUNT_DEACTIVATED="Nothing can be written on a deactivated account.",
    PARTNER_USER="A partner user cannot be deleted, and has no admin toggle.",
    MICLOUD_CONNECT_USER="A user synced from MiCloud Connect cannot be deleted.",
    LAST_ADMIN="The account would be left without an admin; its partner can do this.",
    LICENSES_NOT_MANAGED_HERE="No licenses are managed on this account; see `licenseManagement`.",
)
_describe(
    SubscriptionStatus,
    "Where a license subscription is in its life; follows from its dates and the clock.",
    PENDING_ACTIVATION="Has not begun; its licenses do not count yet.",
    ACTIVE="In force.",
    EXPIRING_SOON="In force, and ends within 30 days.",
    EXPIRED="Over; its licenses do not count any more.",
    PERPETUAL="In force for ever.",
)
_describe(
    LicenseManagementRefusal,
    "Why the Manage panel does not offer a product's licenses; the first reason that applies, in this order.",
    PARTNER_ACCOUNT="A partner account has no licenses.",
    INTEGRATION_OFF="The MITEAM_MEETINGS integration is off.",
    MANAGED_BY_MICOLLAB="The MICOLLAB integration is on and manages them.",
    NO_SUBSCRIPTION="The account has never bought this product.",
)
_describe(
    MailKind,
    "What a mail is for.",
    WELCOME="Leads to the page where a user registers.",
    PASSWORD_RESET="Leads to the page where a user sets a new password.",  # noqa: S106 - no password
)
_describe(
    UserErrorCode,
    "Why a write was not done, for machines.",
    NOT_FOUND="There is nothing with this id, or it is out of the viewer's sight.",
    FORBIDDEN="The viewer may not do this to this user.",
    NAME_REQUIRED="At least one of name, first name and last name is needed.",
    INVALID_EMAIL="No mail can be sent to this address.",
    EMAIL_TAKEN="Somebody else in the account has this address.",
    INVALID_MOBILE="This is no number in E.164.",
    TOO_LONG="A text is longer than its field can hold.",
    FIELD_LOCKED_BY_SOURCE="The field belongs to the source that the user comes from.",
    VERSION_CONFLICT="The user has changed since the version that the edit was made from.",
    CONFIRMATION_REQUIRED="The word delete was not typed.",
    PARTNER_USER="This cannot be done to a user of a partner account.",
    MICLOUD_CONNECT_USER="A user synced from MiCloud Connect cannot be deleted.",
    LAST_ADMIN="The account would be left without an admin; its partner can do this.",
    NOT_REGISTERED="The user has no password yet.",
    ALREADY_REGISTERED="The user has a password already.",
    DEACTIVATED_BY_SOURCE="The user was switched off by its source.",
    ACCOUNT_REMOVED="The user has no account until a welcome mail is sent.",
    ACCOUNT_DEACTIVATED="Nothing can be written on a deactivated account.",
    LICENSES_NOT_MANAGED_HERE="The product's licenses are not managed on this account; see `licenseManagement`.",
    NOT_ENOUGH_LICENSES="Too few licenses are left, so nobody got one.",
    TOO_MANY_TARGETS="More ids were given than one action takes.",
    COUNT_CHANGED="The target names another number of users than `expectedCount`.",
    WRONG_CREDENTIALS="Address and password do not belong together, or cannot sign in.",
    TOO_MANY_ATTEMPTS="Too many attempts: wait a little.",
    INVALID_TOKEN="The link or token is over, used, replaced, or was never given.",  # noqa: S106 - no token
    PASSWORD_TOO_WEAK="The password is too short, too long or too easy to guess.",  # noqa: S106 - no password
)
_describe(
    ChangeKind,
    "What became of a user.",
    CREATED="The user was added.",
    UPDATED="The user, or what belongs to it, was changed.",
    DELETED="The user is gone from the list.",
)
