"""Signing in: what a session is, and why somebody gets none."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from domain.keys import email_key
from domain.user_errors import Declined, UserError, UserErrorCode
from domain.user_fields import MAX_EMAIL_LENGTH, clean_email
from domain.users import User
from domain.viewers import Viewer

MOST_HOLDERS = 8
"""How many users with one address have their passwords tried. Others can sign in by naming their account."""


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token for its holder, and when it stops working."""

    token: str = field(repr=False)
    expires_at: datetime


IssueToken: TypeAlias = Callable[[str, datetime, str | None], AccessToken]
"""Makes an access token. It takes the id of the user, the time now, and the id of the session, if there is one."""


@dataclass(frozen=True, slots=True)
class Session:
    """What somebody has who is signed in; the refresh token works once."""

    id: str
    access: AccessToken
    refresh_token: str = field(repr=False)
    refresh_token_expires_at: datetime
    viewer: Viewer


@dataclass(frozen=True, slots=True)
class Credential:
    """A registered user, and what the password is checked against."""

    user: User
    password_hash: str = field(repr=False)


def typed_email_key(email: str) -> str:
    """Give the key of an address as somebody types it; the empty text where nobody can have such an address.

    A valid address is first brought into the form that is stored, with its domain in Unicode.
    """
    address = email.strip()
    if len(address) > MAX_EMAIL_LENGTH or not address.isprintable():
        return ""
    try:
        return email_key(clean_email(address))
    except Declined:
        return email_key(address)


def wrong_credentials() -> Declined:
    """Decline to sign somebody in, for whatever reason: there is one answer to all (P4)."""
    message = "The address or the password is wrong."
    return Declined(UserError(UserErrorCode.WRONG_CREDENTIALS, message))


def too_many_attempts(seconds: float) -> Declined:
    """Decline to try, for so long."""
    whole = max(math.ceil(seconds), 1)
    message = f"Too many attempts. Try again in {whole} second{'' if whole == 1 else 's'}."
    return Declined(UserError(UserErrorCode.TOO_MANY_ATTEMPTS, message))


def invalid_token(*path: str) -> Declined:
    """Decline a token that is used, over, replaced, forged, or of somebody who may not sign in: all the same (P4)."""
    message = "This does not work any more: ask for a new link, or sign in again."
    return Declined(UserError(UserErrorCode.INVALID_TOKEN, message, path))
