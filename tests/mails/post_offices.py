"""A mail server that keeps what it takes, and answers as it is told."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from time import monotonic
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope, Session

from tests.house.houses import free_port

OK = "250 OK"


@dataclass
class Taken:
    """A mail that was taken, as it came over the wire."""

    sender: str
    recipients: list[str]
    raw: bytes
    peer: object
    at: float = field(default_factory=monotonic)

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=policy.default)

    @property
    def message_id(self) -> str:
        return str(self.message["Message-ID"])

    def body(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        assert part is not None
        text: str = part.get_content()
        return text

    @property
    def token(self) -> str:
        return self.body("plain").partition("#token=")[2].split()[0]


class PostOffice:
    """Listens on a port of its own, from `open` to `close`, as often as one likes."""

    def __init__(self) -> None:
        self.port = free_port()
        self.taken: list[Taken] = []
        self.offered: list[str] = []
        self.answer_recipient: Callable[[str], str] = lambda _address: OK
        self.answer_mail: Callable[[Taken], str] = lambda _mail: OK
        self.takes_all_letters = True
        self.before_answer: Callable[[Taken], Awaitable[object]] | None = None
        self._controller: Controller | None = None

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def open(self) -> "PostOffice":
        self._controller = Controller(
            self, hostname="127.0.0.1", port=self.port, enable_SMTPUTF8=self.takes_all_letters
        )
        self._controller.start()
        return self

    def close(self) -> None:
        if self._controller is not None:
            with suppress(AssertionError):
                self._controller.stop()
            self._controller = None

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: Any, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        answer = self.answer_recipient(address)
        if answer == OK:
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, _server: Any, session: Session, envelope: Envelope) -> str:  # noqa: N802 - the same
        assert isinstance(envelope.content, bytes)
        mail = Taken(str(envelope.mail_from), list(envelope.rcpt_tos), envelope.content, session.peer)
        self.offered.append(mail.message_id)
        answer = self.answer_mail(mail)
        if answer == OK:
            self.taken.append(mail)
        if self.before_answer is not None:
            await self.before_answer(mail)
        return answer

    def to(self, *addresses: str) -> list[Taken]:
        """Give the mails to one of these addresses."""
        return [mail for mail in self.taken if set(mail.recipients) & set(addresses)]


@asynccontextmanager
async def scripted_office(answers: Sequence[str]) -> AsyncGenerator[str]:
    """Run a server that says the first of these to whoever comes, and each other one to a line; give its URL."""

    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            writer.write(f"{answer}\r\n".encode())
            await reader.readline()
        writer.close()

    server = await asyncio.start_server(say, "127.0.0.1")
    async with server:
        yield f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
