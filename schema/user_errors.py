"""What a person at the screen can act on, in every payload."""

from typing import Any

import strawberry

from domain.user_errors import NotEnoughLicenses, UserError, UserErrorCode, VersionConflict
from schema.nodes import resolved, shows
from schema.users import UserType

CODE = "What is wrong, for programs."
MESSAGE = "A sentence to show to the person at the screen."
PATH = 'Path into the input, such as `["email"]`; empty when no single field is at fault.'


@strawberry.interface(name="UserError", description="Why a change was refused, for the person who asked for it.")
class UserErrorType:
    """Why a write was not done."""

    code: UserErrorCode = strawberry.field(description=CODE)
    message: str = strawberry.field(description=MESSAGE)
    path: list[str] = strawberry.field(description=PATH)


@strawberry.type(
    name="InputError", description="A refusal of which there is no more to tell than code, message and path."
)
class InputErrorType(UserErrorType):
    """Something has to be changed."""

    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        """Tell this from the errors that carry more."""
        return type(value) is UserError


def _current(error: strawberry.Parent[VersionConflict]) -> Any:
    return error.current


@strawberry.type(
    name="VersionConflictError", description="The user has changed since the version that the edit was made from."
)
class VersionConflictErrorType(UserErrorType):
    """Somebody else was faster."""

    current: UserType = resolved(_current, description="The user as it stands.")

    is_type_of = shows(VersionConflict)


@strawberry.type(name="NotEnoughLicensesError", description="Too few licenses are left, so nobody got one.")
class NotEnoughLicensesErrorType(UserErrorType):
    """Too few licenses are left."""

    needed: int = strawberry.field(description="How many licenses were needed: one for each user who was to get one.")
    available: int = strawberry.field(description="How many licenses are left.")
    shortfall: int = strawberry.field(description="`needed` less `available`: how many more to buy or free.")

    is_type_of = shows(NotEnoughLicenses)


USER_ERROR_TYPES = (InputErrorType, VersionConflictErrorType, NotEnoughLicensesErrorType)
"""All that implement the interface; nothing else names them."""

USER_ERRORS = "Why the mutation was refused; empty when it was not."
