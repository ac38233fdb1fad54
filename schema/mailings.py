"""The sending of mails: to many, and how far it has come."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Annotated

import strawberry
from msgspec import Struct

from domain.mailings import Mailing, MailKind
from domain.nodes import NodeKind
from domain.targets import BulkOutcome, BulkRequest
from domain.user_errors import Declined, UserError
from resolvers import mailings
from resolvers.context import Context
from resolvers.mailings import MailsPromised
from schema.bulk import BulkInput, BulkPayloadType
from schema.nodes import Info, NodeType, node_id, shows


@strawberry.type(name="Mailing", description="The progress of the mails of one action.")
class MailingType(NodeType):
    """The sending of the mails of one action."""

    id: strawberry.ID = node_id(NodeKind.MAILING)
    kind: MailKind = strawberry.field(description="What the mails are for.")
    total: int = strawberry.field(description="How many mails there are in all.")
    sent: int = strawberry.field(description="How many the mail server has taken.")
    failed: int = strawberry.field(description="How many were given up.")
    pending: int = strawberry.field(description="How many are still to be sent.")
    created_at: datetime = strawberry.field(description="When the action was done that asked for the mails.")
    finished_at: datetime | None = strawberry.field(description="When the last was sent or given up. Null until then.")

    is_type_of = shows(Mailing)


@strawberry.input(
    name="BulkResetPasswordsInput",
    description="Whom to send a mail with a link for setting a new password. The link works once, within an hour.",
)
class BulkResetPasswordsInput(BulkInput):
    """Whom to send a password-reset mail."""


@strawberry.input(
    name="BulkSendWelcomeEmailsInput",
    description="Whom to send a mail with a link for registering. The link works once, within 7 days.",
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
        description="The progress of the mails, which `mailingProgress` follows; null when refused, on a dry run, and "
        "when nobody gets a mail."
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
