"""Adding users, editing them, and making them admins."""

from collections.abc import Sequence
from typing import Annotated

import strawberry
from msgspec import Struct

from domain.nodes import NodeKind, read_id
from domain.user_edits import NewUser, TypedFields
from domain.user_errors import Declined, UserError
from domain.users import User, UserField
from resolvers import user_edits
from schema.nodes import Info
from schema.user_errors import USER_ERRORS, UserErrorType
from schema.users import UserType

_GIVEN_NAME = "The name to show. Without it, first and last name are shown, also when they change later."


@strawberry.input(
    name="CreateUserInput", description="A new user. At least one of `name`, `firstName` and `lastName` is needed."
)
class CreateUserInput:
    """A new user."""

    account_id: strawberry.ID = strawberry.field(description="The account to add the user to.")
    name: str | None = strawberry.field(default=None, description=_GIVEN_NAME)
    first_name: str | None = strawberry.field(default=None, description="The first name.")
    last_name: str | None = strawberry.field(default=None, description="The last name.")
    email: str = strawberry.field(
        description="The email address. Nobody else in the account may have it, in whatever case."
    )
    mobile: str | None = strawberry.field(default=None, description="The mobile number, with + and the country code.")
    is_account_admin: bool = strawberry.field(default=False, description="Make the user an account admin.")
    send_welcome_email: bool = strawberry.field(
        default=True,
        description="Send the welcome mail, with the link to register. Either both the user and the mail are stored, "
        "or neither.",
    )

    def to_domain(self) -> NewUser:
        """Give it as the domain has it."""
        typed = {
            UserField.NAME: self.name,
            UserField.FIRST_NAME: self.first_name,
            UserField.LAST_NAME: self.last_name,
            UserField.EMAIL: self.email,
            UserField.MOBILE: self.mobile,
        }
        return NewUser(typed, self.is_account_admin, self.send_welcome_email)


@strawberry.input(
    name="EditUserInput", description="A field that is left out stays as it is. One that is null is cleared."
)
class EditUserInput:
    """What to change of a user."""

    user_id: strawberry.ID = strawberry.field(description="The user to edit.")
    name: str | None = strawberry.field(
        default=strawberry.UNSET,
        description=f"{_GIVEN_NAME} Sending back the joined name that `User.name` shows changes nothing.",
    )
    first_name: str | None = strawberry.field(default=strawberry.UNSET, description="The first name.")
    last_name: str | None = strawberry.field(default=strawberry.UNSET, description="The last name.")
    email: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The email address; it cannot be cleared. A new one ends the user's sessions, and links that were "
        "mailed before stop working.",
    )
    mobile: str | None = strawberry.field(
        default=strawberry.UNSET, description="The mobile number, with + and the country code."
    )
    if_version: int | None = strawberry.field(
        default=None,
        description="The `version` of the user as it was read. If the user has changed since, the edit is refused with "
        "VERSION_CONFLICT.",
    )

    def typed(self) -> TypedFields:
        """Give the fields that are not left out."""
        values = {
            UserField.NAME: self.name,
            UserField.FIRST_NAME: self.first_name,
            UserField.LAST_NAME: self.last_name,
            UserField.EMAIL: self.email,
            UserField.MOBILE: self.mobile,
        }
        return {field: value for field, value in values.items() if value is not strawberry.UNSET}


@strawberry.input(
    name="ToggleAdminInput", description="The state that is wanted, and not a change, so that a retry is safe."
)
class ToggleAdminInput:
    """Which side the toggle is to be on."""

    user_id: strawberry.ID = strawberry.field(description="The user to make an account admin, or a plain user again.")
    is_account_admin: bool = strawberry.field(description="Whether the user is to be an account admin from now on.")


class _Payload(Struct, frozen=True):
    user: User | None = None
    user_errors: Sequence[UserError] = ()
    overwritten_on_next_sync: Sequence[UserField] = ()


@strawberry.type(name="CreateUserPayload", description="The user who was added.")
class CreateUserPayloadType:
    """The user who was added."""

    user: UserType | None = strawberry.field(description="The new user; null when refused.")
    user_errors: list[UserErrorType] = strawberry.field(description=USER_ERRORS)


@strawberry.type(name="EditUserPayload", description="The user as edited.")
class EditUserPayloadType:
    """The user as edited."""

    user: UserType | None = strawberry.field(description="The user after the edit; null when refused.")
    overwritten_on_next_sync: list[UserField] = strawberry.field(
        description="Fields that were changed and that the user's source may overwrite at its next sync."
    )
    user_errors: list[UserErrorType] = strawberry.field(description=USER_ERRORS)


@strawberry.type(name="ToggleAdminPayload", description="The user in the state that was wanted.")
class ToggleAdminPayloadType:
    """The user with the toggle as wanted."""

    user: UserType | None = strawberry.field(description="The user in the state that was wanted; null when refused.")
    user_errors: list[UserErrorType] = strawberry.field(description=USER_ERRORS)


CreateInput = Annotated[CreateUserInput, strawberry.argument(description="The new user.")]
EditInput = Annotated[EditUserInput, strawberry.argument(description="What to change.")]
ToggleInput = Annotated[ToggleAdminInput, strawberry.argument(description="The user, and the state wanted.")]


async def create_user(info: Info, input: CreateInput) -> _Payload:  # noqa: A002 - the name of the argument
    """Add a user."""
    account_id = read_id(NodeKind.ACCOUNT, input.account_id)
    try:
        return _Payload(await user_edits.create_user(info.context, account_id, input.to_domain()))
    except Declined as declined:
        return _Payload(user_errors=declined.errors)


async def edit_user(info: Info, input: EditInput) -> _Payload:  # noqa: A002 - the same
    """Edit a user."""
    user_id = read_id(NodeKind.USER, input.user_id)
    try:
        edited = await user_edits.edit_user(info.context, user_id, input.typed(), input.if_version)
    except Declined as declined:
        return _Payload(user_errors=declined.errors)
    return _Payload(edited.user, overwritten_on_next_sync=edited.overwritten_on_next_sync)


async def toggle_admin(info: Info, input: ToggleInput) -> _Payload:  # noqa: A002 - the same
    """Move the admin toggle of a user."""
    user_id = read_id(NodeKind.USER, input.user_id)
    try:
        user = await user_edits.toggle_admin(info.context, user_id, is_account_admin=input.is_account_admin)
    except Declined as declined:
        return _Payload(user_errors=declined.errors)
    return _Payload(user)
