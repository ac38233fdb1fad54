"""Sends the mails of a process: takes a mail, sends it, and notes at once what became of it (M6).

The rows of `mails` are the truth. Whatever ends a gateway here, another one finds the mail there after its lease.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from typing import Final

import structlog
from msgspec import Struct

from domain.mailings import LINK_LIFETIMES, DueMail, MailKind, MailState, Recipient, goes_to, pause_after
from domain.tokens import token_hash
from events.announcements import Announcement
from events.broker import Broker
from gateway.mail.letters import compose, link_url
from gateway.mail.link_tokens import LinkTokens
from gateway.mail.throttle import Throttle
from gateway.mail.transports import Refused, Transport, Undelivered, Unreachable
from gateway.metrics import count_mail
from persistence.database import Connection, Database
from persistence.failures import UNDONE
from persistence.jobs import wake_mailing
from persistence.mails import claim_mail, end_mail, note_welcomed, postpone
from persistence.password_links import issue_link

TURN: Final = 10
"""Mails that are sent of one mailing before the others have their turn."""

_AGAIN_SECONDS: Final = 0.5

_log: Final = structlog.get_logger("gateway.mail")


class Writing(Struct, frozen=True):
    """What mails of a gateway have in common: whom they are from, and where their links lead.

    No mail takes longer to send than half a lease.
    """

    sender: str
    link_base: str
    lease: timedelta

    @property
    def domain(self) -> str:
        """The domain of the sender, which Message-IDs are in."""
        return parseaddr(self.sender)[1].rpartition("@")[2]


class Courier:
    """Sends one mail at a time, so that none is held longer than it takes to send it."""

    def __init__(  # noqa: PLR0913, PLR0917 - all that it works with
        self,
        database: Database,
        broker: Broker,
        transport: Transport,
        tokens: LinkTokens,
        throttle: Throttle,
        writing: Writing,
    ) -> None:
        self._database = database
        self._broker = broker
        self._transport = transport
        self._tokens = tokens
        self._throttle = throttle
        self._writing = writing
        self._turn = asyncio.Lock()

    async def send_some(self, mailing_id: str, stopping: asyncio.Event) -> None:
        """Send what is due of a mailing, up to so many mails, unless told to stop or nobody takes mails.

        When one has gone, and there are more, another job is enqueued: so every gateway that has a hand free helps.
        """
        for place in range(TURN):
            async with self._turn:
                await self._throttle.wait(stopping)
                mail = None if stopping.is_set() else await self._take(mailing_id)
                if mail is None:
                    return
                try:
                    await self._send(mail)
                except Unreachable:
                    return
            if place == 0 and mail.more_are_due:
                async with self._database.connection() as connection:
                    await wake_mailing(connection, mailing_id)

    async def _take(self, mailing_id: str) -> DueMail | None:
        writing = self._writing
        async with self._database.connection() as connection:
            return await claim_mail(connection, mailing_id, domain=writing.domain, lease=writing.lease)

    async def _send(self, mail: DueMail) -> None:
        """Send a mail that was taken, or give it up. Raises Unreachable, when that is noted."""
        recipient = mail.recipient
        if recipient is None or not goes_to(mail.kind, recipient):
            await self._end(mail, MailState.FAILED, reason="it does not apply any more")
            return
        token = self._tokens.token(mail.id, recipient.email)
        if mail.has_newer or not await self._issue(mail, recipient.email, token):
            await self._end(mail, MailState.FAILED, reason="a newer mail has taken its place")
            return
        self._throttle.count()
        try:
            await self._hand_over(mail, recipient, token)
        except Undelivered as error:
            await self._put_off(mail, error)
            if isinstance(error, Unreachable):
                raise
        else:
            await self._end(mail, MailState.SENT)

    async def _issue(self, mail: DueMail, email: str, token: str) -> bool:
        expires_at = datetime.now(UTC) + LINK_LIFETIMES[mail.kind]
        async with self._database.connection() as connection:
            return await issue_link(connection, mail, email, token_hash(token), expires_at)

    async def _hand_over(self, mail: DueMail, recipient: Recipient, token: str) -> None:
        """Compose a mail, and give it to the mail server. Raises Undelivered."""
        writing = self._writing
        url = link_url(mail.kind, writing.link_base, token)
        try:
            message = compose(mail, recipient, url, sender=writing.sender, now=datetime.now(UTC))
        except ValueError:
            raise Refused("the address cannot be sent to", for_good=True) from None
        await self._transport.send(message, str(message["To"].addresses[0].addr_spec))

    async def _put_off(self, mail: DueMail, error: Undelivered) -> None:
        """Leave a mail for later, or give it up where that is pointless or was done for a day."""
        pause = None if isinstance(error, Refused) and error.for_good else pause_after(mail.attempts)
        if pause is None:
            await self._end(mail, MailState.FAILED, reason=error.reason)
            return
        count_mail(mail.kind.value, "put_off")
        _log.warning("mail put off", **_named(mail), reason=error.reason, pause_seconds=pause.total_seconds())
        await self._note(lambda connection: postpone(connection, mail, pause))

    async def _end(self, mail: DueMail, state: MailState, **why: str) -> None:
        """Note the end of a mail at once; what follows from it comes after, and may get lost in a crash."""
        await self._note(lambda connection: end_mail(connection, mail, state))
        self._broker.announce(Announcement(mail.account_id, mailing_ids=(mail.mailing_id,)))
        if state is MailState.FAILED:
            count_mail(mail.kind.value, "given_up")
            _log.warning("mail given up", **_named(mail), **why)
            return
        count_mail(mail.kind.value, "sent")
        _log.info("mail sent", **_named(mail))
        if mail.kind is MailKind.WELCOME:
            async with self._database.connection() as connection:
                await note_welcomed(connection, mail.user_id)

    async def _note(self, note: Callable[[Connection], Awaitable[bool]]) -> None:
        """Write down what became of a mail, for as long as it takes: a mail sent and not noted would be sent twice."""
        while True:
            try:
                async with self._database.connection() as connection:
                    await note(connection)
            except UNDONE as error:
                _log.warning("not noted yet", reason=repr(error))
                await asyncio.sleep(_AGAIN_SECONDS)
            else:
                return


def _named(mail: DueMail) -> dict[str, object]:
    """Name a mail in the log, and nobody by it."""
    return {"message_id": mail.message_id, "kind": mail.kind.value, "attempts": mail.attempts}
