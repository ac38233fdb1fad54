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
    "Whether an account is a customer's or a partner's.",
    CUSTOMER="Has users and licenses; belongs to one partner account.",
    PARTNER="Its people sell to customer accounts and look after them.",
)
_describe(
    Integration,
    "What can be turned on for an account.",
    MITEAM_MEETINGS="MiTeam Meetings. Its licenses are managed here only while this is on.",
    MICOLLAB="MiCollab. While it is on, it manages the licenses of MiTeam Meetings itself.",
    MICLOUD_CONNECT="MiCloud Connect, which sends users of its own.",
    PBX="A PBX (a telephone system), which sends users of its own.",
    SCIM="SCIM, by which a directory such as Entra ID sends users of its own.",
)
_describe(
    AccountOrderField,
    "What a list of accounts can be sorted by.",
    NAME="Alphabetically, without regard to case and accents.",
    NUMBER="By the account number, compared as text: 10 comes before 9.",
    CREATED_AT="By when the account was opened.",
)
_describe(
    Direction,
    "Whether a list is sorted upwards or downwards.",
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
    ACCOUNT_REMOVED="Deleted here, but still listed by the source. A welcome mail gives the user an account again.",
    DEACTIVATED_BY_SOURCE="Switched off by the source; only the source can switch the user on again.",
)
_describe(
    UserSource,
    "Where a user comes from.",
    CONSOLE="Added here.",
    IMPORT="Came with a bulk import, and is treated like a user who was added here.",
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
    "Properties that users can be filtered by.",
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
    "Why something is refused, or why a bulk action skips a user.",
    FORBIDDEN="The viewer may not do this to this user.",
    NOT_REGISTERED="The user has no password that could be reset.",
    ALREADY_REGISTERED="The user has registered, and needs no welcome mail any more.",
    DEACTIVATED_BY_SOURCE="The user was switched off by the source.",
    ACCOUNT_REMOVED="The user was deleted here, and has no account until a welcome mail is sent.",
    ACCOUNT_DEACTIVATED="Nothing can be written on a deactivated account.",
    PARTNER_USER="A partner user cannot be deleted, and has no admin toggle.",
    MICLOUD_CONNECT_USER="A user synced from MiCloud Connect cannot be deleted.",
    LAST_ADMIN="The account would be left without an admin. Only its partner can do this.",
    LICENSES_NOT_MANAGED_HERE="No licenses are managed on this account; see `licenseManagement` of the account.",
)
_describe(
    SubscriptionStatus,
    "Whether a license subscription is in force, by its dates and the current time.",
    PENDING_ACTIVATION="Has not begun; its licenses do not count yet.",
    ACTIVE="In force.",
    EXPIRING_SOON="In force, and ends within 30 days.",
    EXPIRED="Over; its licenses do not count any more.",
    PERPETUAL="In force for ever.",
)
_describe(
    LicenseManagementRefusal,
    "Why a product's licenses are not managed here for an account; of several reasons, the first in this order.",
    PARTNER_ACCOUNT="A partner account has no licenses.",
    INTEGRATION_OFF="The MITEAM_MEETINGS integration, which this product needs, is off.",
    MANAGED_BY_MICOLLAB="The MICOLLAB integration is on, and manages these licenses itself.",
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
    "Why a change was refused, for programs.",
    NOT_FOUND="There is nothing with this id, or the viewer may not see it.",
    FORBIDDEN="The viewer may not do this to this user.",
    NAME_REQUIRED="At least one of name, first name and last name is needed.",
    INVALID_EMAIL="No mail can be sent to this address.",
    EMAIL_TAKEN="Somebody else in the account has this address.",
    INVALID_MOBILE="This is no international phone number (E.164), such as +14155550100.",
    TOO_LONG="A text is longer than its field can hold.",
    FIELD_LOCKED_BY_SOURCE="The field belongs to the source that the user comes from.",
    VERSION_CONFLICT="The user has changed since the version that the edit was made from.",
    CONFIRMATION_REQUIRED="The word delete was not typed.",
    PARTNER_USER="This cannot be done to a user of a partner account.",
    MICLOUD_CONNECT_USER="A user synced from MiCloud Connect cannot be deleted.",
    LAST_ADMIN="The account would be left without an admin. Only its partner can do this.",
    NOT_REGISTERED="The user has no password yet.",
    ALREADY_REGISTERED="The user has a password already.",
    DEACTIVATED_BY_SOURCE="The user was switched off by the source.",
    ACCOUNT_REMOVED="The user has no account until a welcome mail is sent.",
    ACCOUNT_DEACTIVATED="Nothing can be written on a deactivated account.",
    LICENSES_NOT_MANAGED_HERE="The product's licenses are not managed on this account; see `licenseManagement` of the "
    "account.",
    NOT_ENOUGH_LICENSES="Too few licenses are left, so nobody got one.",
    TOO_MANY_TARGETS="More ids were given than one action takes.",
    COUNT_CHANGED="The target matches another number of users than `expectedCount`.",
    WRONG_CREDENTIALS="The address or the password is wrong, or this user may not sign in.",
    TOO_MANY_ATTEMPTS="Too many attempts: wait a little.",
    INVALID_TOKEN="The link or token has expired, was used already, was replaced by a newer one, or does not exist.",  # noqa: S106 - no token
    PASSWORD_TOO_WEAK="The password is too short, too long or too easy to guess.",  # noqa: S106 - no password
)
_describe(
    ChangeKind,
    "What happened to a user.",
    CREATED="The user was added.",
    UPDATED="The user, or something of the user such as a license, was changed.",
    DELETED="The user is gone from the list.",
)
