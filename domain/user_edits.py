"""Adding and editing users: what is typed in becomes what is stored, or is declined (U1, U2, U3, U6, U8)."""

from collections.abc import Collection, Mapping
from functools import partial

from msgspec import Struct

from domain.accounts import AccountKind
from domain.capabilities import RefusalReason
from domain.keys import shown_name
from domain.text import is_invisible
from domain.user_errors import Declined, UserError, UserErrorCode, VersionConflict, declined_for
from domain.user_fields import FieldErrors, clean_email, clean_mobile, clean_name
from domain.users import Role, User, UserField, UserSource

FIELD_NAMES = {
    UserField.NAME: "name",
    UserField.FIRST_NAME: "firstName",
    UserField.LAST_NAME: "lastName",
    UserField.EMAIL: "email",
    UserField.MOBILE: "mobile",
}
"""What the fields are called in inputs, and in the changes of audit entries."""

TypedFields = Mapping[UserField, str | None]
"""What was typed: a field that is left out stays as it is, and None clears it."""


class UserFields(Struct, frozen=True):
    """The fields of a user that people write, as they are stored."""

    given_name: str | None
    first_name: str | None
    last_name: str | None
    email: str
    mobile: str | None

    def by_field(self) -> dict[UserField, str | None]:
        """Give the values by their fields."""
        return {
            UserField.NAME: self.given_name,
            UserField.FIRST_NAME: self.first_name,
            UserField.LAST_NAME: self.last_name,
            UserField.EMAIL: self.email,
            UserField.MOBILE: self.mobile,
        }

    @property
    def name(self) -> str:
        """The name that is shown (U1)."""
        return shown_name(given_name=self.given_name, first_name=self.first_name, last_name=self.last_name)


class NewUser(Struct, frozen=True):
    """A user who is to be added, as typed; the welcome mail is sent unless told otherwise (U4)."""

    typed: TypedFields
    is_account_admin: bool
    sends_welcome_email: bool


def new_user_fields(typed: TypedFields) -> UserFields:
    """Check what was typed for a new user. Raises Declined with all that is wrong."""
    return _checked({**dict.fromkeys(UserField), **typed}, _NOTHING)


def edited_fields(user: User, typed: TypedFields, if_version: int | None) -> UserFields:
    """Check an edit of a user. Raises Declined with all that is wrong.

    A version that is not the user's is a conflict, whatever else is wrong (U8). A field may always be given unchanged,
    as forms do: also a locked one (U6), and one with a value that would be refused if it were new, since an outside
    source may have written it.
    """
    if if_version is not None and if_version != user.version:
        raise Declined(VersionConflict.with_current(user))
    stored = fields_of(user)
    changed = _changed(stored, typed)
    _check_locks(user, changed)
    return _checked(changed, stored.by_field())


def fields_of(user: User) -> UserFields:
    """Give the fields of a user as they stand."""
    return UserFields(user.given_name, user.first_name, user.last_name, user.email, user.mobile)


def changed_fields(before: UserFields | None, after: UserFields) -> dict[UserField, tuple[str | None, str | None]]:
    """Give what an edit changes, before and after, by field; a new user had nothing before."""
    old, new = _NOTHING if before is None else before.by_field(), after.by_field()
    return {field: (old[field], new[field]) for field in UserField if old[field] != new[field]}


def overwritten_on_next_sync(source: UserSource, changed: Mapping[UserField, object]) -> tuple[UserField, ...]:
    """Tell which of the changed fields an outside source may send a value for later, which then wins (U6).

    The source does not own these fields, or they could not have been changed. But an outside source knows them, too.
    """
    return () if source in {UserSource.CONSOLE, UserSource.IMPORT} else tuple(changed)


def role_of_new_user(kind: AccountKind, *, is_account_admin: bool) -> Role:
    """Tell the role of a user who is added to an account (P1, U5).

    Raises Declined with PARTNER_USER where a partner account is to have an account admin.
    """
    if kind is AccountKind.CUSTOMER:
        return Role.ACCOUNT_ADMIN if is_account_admin else Role.USER
    if is_account_admin:
        raise declined_for(RefusalReason.PARTNER_USER, "isAccountAdmin")
    return Role.PARTNER


def email_taken() -> Declined:
    """Decline an address that somebody else in the account has (U2)."""
    message = "One or more of the attribute values are already in use"
    return Declined(UserError(UserErrorCode.EMAIL_TAKEN, message, ("email",)))


def _checked(typed: TypedFields, stored: TypedFields) -> UserFields:
    """Check what was typed, beside what is stored and stays as it is."""
    errors = FieldErrors()
    values = {
        field: errors.take(partial(_clean, field, typed[field]), _SOMETHING) if field in typed else stored[field]
        for field in UserField
    }
    fields = UserFields(
        given_name=values[UserField.NAME],
        first_name=values[UserField.FIRST_NAME],
        last_name=values[UserField.LAST_NAME],
        email=values[UserField.EMAIL] or "",
        mobile=values[UserField.MOBILE],
    )
    if not fields.name:
        message = "Give at least one of name, first name and last name."
        errors.add(UserError(UserErrorCode.NAME_REQUIRED, message, ("name",)))
    errors.decline_if_any()
    return fields


def _clean(field: UserField, text: str | None) -> str | None:
    """Give what was typed into a field as it is stored. Raises Declined where it cannot be."""
    if field is UserField.EMAIL:
        return clean_email(text)
    if field is UserField.MOBILE:
        return clean_mobile(text)
    return clean_name(text, FIELD_NAMES[field])


def _changed(stored: UserFields, typed: TypedFields) -> TypedFields:
    """Keep what was typed where it differs from what is stored."""
    before = stored.by_field()
    changed = {field: text for field, text in typed.items() if _is_changed(field, text, before[field])}
    after = before | changed
    is_named = not all(is_invisible(after[field] or "") for field in (UserField.FIRST_NAME, UserField.LAST_NAME))
    # A form sends back the name that it showed. Where that is the first and last name joined, it is no edit of the
    # name, as long as one of the two stays.
    if is_named and UserField.NAME in changed and not _is_changed(UserField.NAME, changed[UserField.NAME], stored.name):
        del changed[UserField.NAME]
    return changed


def _is_changed(field: UserField, text: str | None, stored: str | None) -> bool:
    """Tell whether what was typed means something else than what is stored; it may be written in another way."""
    try:
        return text != stored and _clean(field, text) != stored
    except Declined:
        return True


def _check_locks(user: User, changed: Collection[UserField]) -> None:
    locked = [field for field in user.locked_fields if field in changed]
    if locked:
        message = f"This field belongs to {_SOURCE_NAMES[user.source]}, where this user comes from: change it there."
        raise Declined(
            *[UserError(UserErrorCode.FIELD_LOCKED_BY_SOURCE, message, (FIELD_NAMES[field],)) for field in locked]
        )


_SOMETHING: str | None = "?"
"""Stands for a value that was refused, which is not the same as no value."""

_NOTHING: TypedFields = dict.fromkeys(UserField)

_SOURCE_NAMES = {
    UserSource.CONSOLE: "this console",
    UserSource.IMPORT: "an import",
    UserSource.SCIM: "SCIM",
    UserSource.PBX: "the PBX",
    UserSource.MICLOUD_CONNECT: "MiCloud Connect",
}
