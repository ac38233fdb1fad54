"""Sending welcome and password-reset mails to many."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated

import strawberry
from msgspec import Struct

from domain.mailings import Mailing
from domain.targets import BulkOutcome, BulkRequest
from domain.user_errors import Declined, UserError
from resolvers import mailings
from resolvers.context import Context
from resolvers.mailings import MailsPromised
from schema.bulk import BulkInput, BulkPayloadType
from schema.mailings import MailingType
from schema.nodes import Info


@strawberry.input(
    name="BulkResetPasswordsInput",
    description="Whom to send a mail with a link to a new password. It works once, for an hour.",
)
class BulkResetPasswordsInput(BulkInput):
    """Whom to send a password-reset mail."""


@strawberry.input(
    name="BulkSendWelcomeEmailsInput",
    description="Whom to send a mail with a link to register. It works once, for 7 days.",
)
class BulkSendWelcomeEmailsInput(BulkInput):
    """Whom to send a welcome mail."""


class _Payload(Struct, frozen=True):
    outcome: BulkOutcome | None = None
    mailing: Mailing | None = None
    user_errors: Sequence[UserError] = ()


@strawberry.type
class _BulkMailsPayloadType(BulkPayloadType):
    """Who gets a mail."""

    mailing: MailingType | None = strawberry.field(
        description="The sending of the mails, to be followed with `mailingProgress`; null when refused, on a dry "
        "run, and when nobody gets a mail."
    )


@strawberry.type(name="BulkResetPasswordsPayload", description="Who gets a password-reset mail.")
class BulkResetPasswordsPayloadType(_BulkMailsPayloadType):
    """Who gets a password-reset mail."""


@strawberry.type(name="BulkSendWelcomeEmailsPayload", description="Who gets a welcome mail.")
class BulkSendWelcomeEmailsPayloadType(_BulkMailsPayloadType):
    """Who gets a welcome mail."""


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
    given: BulkInput,
    promise: Callable[[Context, BulkRequest], Awaitable[MailsPromised]],
) -> _Payload:
    try:
        promised = await promise(info.context, given.to_request(info.context))
    except Declined as declined:
        return _Payload(user_errors=declined.errors)
    return _Payload(promised.outcome, promised.mailing)
