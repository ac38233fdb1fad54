"""Signing in, the links in mails, and what comes of both: a session."""

from collections.abc import Awaitable, Sequence
from datetime import datetime
from typing import Annotated

import strawberry
from msgspec import Struct

from domain.accounts import Account
from domain.nodes import NodeKind, read_id
from domain.sessions import Session
from domain.user_errors import Declined, UserError
from domain.viewers import Viewer
from resolvers import password_links, password_resets, sessions
from schema.accounts import AccountType
from schema.nodes import Info, resolved
from schema.user_errors import USER_ERRORS, UserErrorType
from schema.viewers import ViewerType

_LINK_TOKEN = "The token from the link in the mail: what follows `#token=`."  # noqa: S105 - a description
_NEW_PASSWORD = "8 to 128 characters, hard to guess, and not built from the person's own name or address."  # noqa: S105 - the same
_REFRESH_TOKEN = "The `refreshToken` that the session was given last."  # noqa: S105 - the same


@strawberry.input(name="SignInInput", description="An email address and its password.")
class SignInInput:
    """Who wants to come in."""

    email: str = strawberry.field(description="The email address; case does not matter.")
    password: str = strawberry.field(description="The password.")
    account_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="Needed only if the address and the password fit users of several accounts: the id of one of the "
        "`accounts` that `signIn` answered without it.",
    )


@strawberry.input(name="RefreshSessionInput", description="The session to go on with.")
class RefreshSessionInput:
    """The session to go on with."""

    refresh_token: str = strawberry.field(description=_REFRESH_TOKEN)


@strawberry.input(name="SignOutInput", description="The session to end.")
class SignOutInput:
    """The session to end."""

    refresh_token: str = strawberry.field(description=_REFRESH_TOKEN)


@strawberry.input(name="CompleteRegistrationInput", description="The link of a welcome mail, and the password to set.")
class CompleteRegistrationInput:
    """The link of a welcome mail."""

    token: str = strawberry.field(description=_LINK_TOKEN)
    password: str = strawberry.field(description=_NEW_PASSWORD)


@strawberry.input(name="RequestPasswordResetInput", description="Whose password is to be reset.")
class RequestPasswordResetInput:
    """Whose password is to be reset."""

    email: str = strawberry.field(description="The address that the mail goes to.")


@strawberry.input(name="CompletePasswordResetInput", description="The link of a reset mail, and the password to set.")
class CompletePasswordResetInput:
    """The link of a reset mail."""

    token: str = strawberry.field(description=_LINK_TOKEN)
    password: str = strawberry.field(description=_NEW_PASSWORD)


def _access_token(session: strawberry.Parent[Session]) -> str:
    return session.access.token


def _access_token_expires_at(session: strawberry.Parent[Session]) -> datetime:
    return session.access.expires_at


def _viewer(session: strawberry.Parent[Session]) -> Viewer:
    return session.viewer


@strawberry.type(
    name="Session",
    description="What somebody has who is signed in. It ends by `signOut`, when the password is reset, when the email "
    "address changes, when the user is deleted, and when it is not refreshed in time. From then on none of its tokens "
    "works.",
)
class SessionType:
    """What somebody has who is signed in."""

    access_token: str = resolved(
        _access_token, description="Send it in the header `Authorization: Bearer ...` of each request."
    )
    access_token_expires_at: datetime = resolved(
        _access_token_expires_at,
        description="When the access token stops working. Get another one with `refreshSession` before that.",
    )
    refresh_token: str = strawberry.field(
        description="`refreshSession` takes it and gives the next pair of tokens. It works once: if a used one is sent "
        "again, it may have been stolen, and the session ends. So refresh in one request at a time, share the new "
        "tokens between all tabs, and store the new refresh token before you use it."
    )
    refresh_token_expires_at: datetime = strawberry.field(description="When the session ends unless it is refreshed.")
    viewer: ViewerType = resolved(
        _viewer, description="The signed-in user. Fields selected below are answered with that user's rights."
    )


class _Payload(Struct, frozen=True):
    session: Session | None = None
    accounts: Sequence[Account] = ()
    user_errors: Sequence[UserError] = ()


@strawberry.type(name="SignInPayload", description="A session, or accounts to choose from, or why there is neither.")
class SignInPayloadType:
    """A session, or why there is none."""

    session: SessionType | None = strawberry.field(description="The session; null when nobody was signed in.")
    accounts: list[AccountType] = strawberry.field(
        description="Accounts to choose from, by name, if the address and the password fit users of several: sign in "
        "again with the id of one as `accountId`. Empty otherwise. As nobody is signed in yet, only plain fields such "
        "as `id` and `name` can be selected."
    )
    user_errors: list[UserErrorType] = strawberry.field(description=USER_ERRORS)


@strawberry.type(name="SignOutPayload", description="The session has ended, if there was one.")
class SignOutPayloadType:
    """The session has ended."""

    user_errors: list[UserErrorType] = strawberry.field(
        description="Always empty: a token that is unknown ends nothing."
    )


@strawberry.type(
    name="RequestPasswordResetPayload", description="The request was taken, whether or not a mail is sent."
)
class RequestPasswordResetPayloadType:
    """The request was taken."""

    user_errors: list[UserErrorType] = strawberry.field(description="Always empty, whatever the address.")


SignIn = Annotated[SignInInput, strawberry.argument(description="Address and password.")]
Refresh = Annotated[RefreshSessionInput, strawberry.argument(description="The session to go on with.")]
SignOut = Annotated[SignOutInput, strawberry.argument(description="The session to end.")]
Registration = Annotated[CompleteRegistrationInput, strawberry.argument(description="The link and the password.")]
ResetRequest = Annotated[RequestPasswordResetInput, strawberry.argument(description="Whose password it is.")]
Reset = Annotated[CompletePasswordResetInput, strawberry.argument(description="The link and the password.")]


async def sign_in(info: Info, input: SignIn) -> _Payload:  # noqa: A002 - the name of the argument
    """Sign in."""
    account_id = None if input.account_id is None else read_id(NodeKind.ACCOUNT, input.account_id)
    try:
        answer = await sessions.sign_in(info.context, input.email, input.password, account_id)
    except Declined as declined:
        return _Payload(user_errors=declined.errors)
    return _Payload(answer) if isinstance(answer, Session) else _Payload(accounts=answer)


async def refresh_session(info: Info, input: Refresh) -> _Payload:  # noqa: A002 - the same
    """Go on with a session."""
    return await _session_or_errors(sessions.refresh_session(info.context, input.refresh_token))


async def complete_registration(info: Info, input: Registration) -> _Payload:  # noqa: A002 - the same
    """Follow the link of a welcome mail."""
    return await _session_or_errors(password_links.complete_registration(info.context, input.token, input.password))


async def complete_password_reset(info: Info, input: Reset) -> _Payload:  # noqa: A002 - the same
    """Follow the link of a reset mail."""
    return await _session_or_errors(password_links.complete_password_reset(info.context, input.token, input.password))


async def sign_out(info: Info, input: SignOut) -> _Payload:  # noqa: A002 - the same
    """End a session."""
    await sessions.sign_out(info.context, input.refresh_token)
    return _Payload()


async def request_password_reset(info: Info, input: ResetRequest) -> _Payload:  # noqa: A002 - the same
    """Ask for a mail that resets a password."""
    await password_resets.request_password_reset(info.context, input.email)
    return _Payload()


async def _session_or_errors(session: Awaitable[Session]) -> _Payload:
    try:
        return _Payload(await session)
    except Declined as declined:
        return _Payload(user_errors=declined.errors)
