"""What people may type into the fields of a user (U1, U2, U3).

Each check gives the value as it is stored, or raises what is wrong with it. `FieldErrors` gathers them, so that a form
shows all at once.
"""

import re
from collections.abc import Callable
from typing import Final, TypeVar

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from domain.text import is_invisible, one_line
from domain.user_errors import Declined, UserError, UserErrorCode

Value = TypeVar("Value")

MAX_NAME_LENGTH = 200
MAX_EMAIL_LENGTH = 254
MAX_MOBILE_LENGTH = 40
"""Of what is typed, with its spaces and hyphens."""

# Digits, and what people set them out with; the parser would pass over other signs, or take them for an extension.
_MOBILE: Final = re.compile(r"\+[\d\s().\-\u2010-\u2015\u2212/]+")


def clean_name(text: str | None, field: str) -> str | None:
    """Give a name as one line in NFC, or None where it is blank (U1). Raises Declined with TOO_LONG."""
    if text is None:
        return None
    text = text.strip()
    if len(text) > MAX_NAME_LENGTH * 4:
        raise _too_long(field, MAX_NAME_LENGTH)
    name = one_line(text)
    if len(name) > MAX_NAME_LENGTH:
        raise _too_long(field, MAX_NAME_LENGTH)
    return None if is_invisible(name) else name


def clean_email(text: str | None) -> str:
    """Give an address that mail can be sent to (U2). Raises Declined with INVALID_EMAIL or TOO_LONG."""
    address = (text or "").strip()
    if len(address) > MAX_EMAIL_LENGTH:
        raise _too_long("email", MAX_EMAIL_LENGTH)
    try:
        normalized = validate_email(address, check_deliverability=False, strict=True).normalized
    except EmailNotValidError:
        message = "This is not a valid email address."
        raise Declined(UserError(UserErrorCode.INVALID_EMAIL, message, ("email",))) from None
    if len(normalized) > MAX_EMAIL_LENGTH:
        raise _too_long("email", MAX_EMAIL_LENGTH)
    return normalized


def clean_mobile(text: str | None) -> str | None:
    """Give a number in E.164, or None where it is blank (U3). Raises Declined with INVALID_MOBILE."""
    typed = (text or "").strip()
    if not typed:
        return None
    if not _MOBILE.fullmatch(typed):
        raise _invalid_mobile("A mobile number is + and the country code, then digits, such as +14155550100.")
    no_such_number = _invalid_mobile("There is no such mobile number.")
    try:
        number = phonenumbers.parse(typed)
    except phonenumbers.NumberParseException:
        raise no_such_number from None
    # What is possible within a country only cannot be dialled from another one.
    possible = phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE
    if len(typed) > MAX_MOBILE_LENGTH or not possible:
        raise no_such_number
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


class FieldErrors:
    """Gathers what is wrong with the fields of one input."""

    def __init__(self) -> None:
        self._errors: list[UserError] = []

    def take(self, check: Callable[[], Value], otherwise: Value) -> Value:
        """Give what a check gives; note what it raises, and go on with something else."""
        try:
            return check()
        except Declined as declined:
            self._errors += declined.errors
            return otherwise

    def add(self, error: UserError) -> None:
        """Note something that is wrong."""
        self._errors.append(error)

    def decline_if_any(self) -> None:
        """Raise Declined with all that was noted."""
        if self._errors:
            raise Declined(*self._errors)


def _too_long(field: str, most: int) -> Declined:
    return Declined(UserError(UserErrorCode.TOO_LONG, f"This has more than {most} characters.", (field,)))


def _invalid_mobile(message: str) -> Declined:
    return Declined(UserError(UserErrorCode.INVALID_MOBILE, message, ("mobile",)))
