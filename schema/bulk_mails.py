"""Sending welcome and password-reset mails to many."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

import strawberry

from domain.mailings import Mailing
from domain.targets import BulkOutcome, BulkRequest
from domain.user_errors import Declined, UserError
from resolvers import mailings
from resolvers.context import Context
from resolvers.mailings import MailsPromised
from schema.bulk import (
    ACCOUNT_ID,
    DRY_RUN,
    EXPECTED_COUNT,
    OUTCOME,
    TARGET,
    BulkOutcomeType,
    UserTargetInput,
    bulk_request,
)
from schema.mailings import MailingType
from schema.nodes import Info
from schema.user_errors import USER_ERRORS, UserErrorType

_MAILING = "The sending of the mails, to be followed with `mailingProgress`; null on a dry run or when nothing is sent."


@strawberry.input(
    name="BulkResetPasswordsInput",
    description="Whom to send a mail with a link to a new password. It works once, for an hour.",
)
class BulkResetPasswordsInput:
    """Whom to send a password-reset mail."""

    account_id: strawberry.ID = strawberry.field(description=ACCOUNT_ID)
    target: UserTargetInput = strawberry.field(description=TARGET)
    expected_count: int | None = strawberry.field(default=None, description=EXPECTED_COUNT)
    dry_run: bool = strawberry.field(default=False, description=DRY_RUN)


@strawberry.input(
    name="BulkSendWelcomeEmailsInput",
    description="Whom to send a mail with a link to register. It works once, for 7 days.",
)
class BulkSendWelcomeEmailsInput:
    """Whom to send a welcome mail."""

    account_id: strawberry.ID = strawberry.field(description=ACCOUNT_ID)
    target: UserTargetInput = strawberry.field(description=TARGET)
    expected_count: int | None = strawberry.field(default=None, description=EXPECTED_COUNT)
    dry_run: bool = strawberry.field(default=False, description=DRY_RUN)


@dataclass(frozen=True, slots=True)
class _Payload:
    outcome: BulkOutcome | None = None
    mailing: Mailing | None = None
    user_errors: Sequence[UserError] = ()


@strawberry.type(name="BulkResetPasswordsPayload", description="Who gets a password-reset mail.")
class BulkResetPasswordsPayloadType:
    """Who gets a password-reset mail."""

    outcome: BulkOutcomeType | None = strawberry.field(description=OUTCOME)
    mailing: MailingType | None = strawberry.field(description=_MAILING)
    user_errors: list[UserErrorType] = strawberry.field(description=USER_ERRORS)


@strawberry.type(name="BulkSendWelcomeEmailsPayload", description="Who gets a welcome mail.")
class BulkSendWelcomeEmailsPayloadType:
    """Who gets a welcome mail."""

    outcome: BulkOutcomeType | None = strawberry.field(description=OUTCOME)
    mailing: MailingType | None = strawberry.field(description=_MAILING)
    user_errors: list[UserErrorType] = strawberry.field(description=USER_ERRORS)


ResetInput = Annotated[BulkResetPasswordsInput, strawberry.argument(description="Whom to send the mail.")]
WelcomeInput = Annotated[BulkSendWelcomeEmailsInput, strawberry.argument(description="Whom to send the mail.")]


async def bulk_reset_passwords(info: Info, input: ResetInput) -> _Payload:  # noqa: A002 - the name of the argument
    """Send password-reset mails."""
    return await _promise(info, input, mailings.bulk_reset_passwords)


async def bulk_send_welcome_emails(info: Info, input: WelcomeInput) -> _Payload:  # noqa: A002 - the same
    """Send welcome mails."""
    return await _promise(info, input, mailings.bulk_send_welcome_emails)


async def _promise(
    info: Info,
    given: BulkResetPasswordsInput | BulkSendWelcomeEmailsInput,
    promise: Callable[[Context, BulkRequest], Awaitable[MailsPromised]],
) -> _Payload:
    try:
        request = bulk_request(given.account_id, given.target, given.expected_count, dry_run=given.dry_run)
        promised = await promise(info.context, request)
    except Declined as declined:
        return _Payload(user_errors=declined.errors)
    return _Payload(promised.outcome, promised.mailing)
