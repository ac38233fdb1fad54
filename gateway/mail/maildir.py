"""Mails that stay here, in development: a maildir, which every mail program can read."""

import asyncio
from email import message_from_bytes, policy
from email.message import EmailMessage
from mailbox import Maildir
from pathlib import Path
from typing import Final

from gateway.mail.transports import Unreachable
from gateway.setup_errors import SetupError

_LOCAL: Final = policy.SMTP.clone(linesep="\n")


class MailFolder:
    """Puts mails into a maildir: into `tmp` first, and then in one step to where readers look."""

    def __init__(self, directory: Path) -> None:
        directory.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._directory = directory
        self._open()

    async def send(self, message: EmailMessage, recipient: str) -> None:  # noqa: ARG002 - it is in the mail
        """Keep a mail; the disk has it when this is over. Raises Unreachable."""
        try:
            await asyncio.to_thread(self._keep, message.as_bytes(policy=_LOCAL))
        except OSError as error:
            raise Unreachable(str(error)) from None

    async def close(self) -> None:
        """Do nothing: each mail is complete by itself."""

    def _open(self) -> Maildir:
        """Make the folder, unless it is there. Somebody may have taken it away since the last mail."""
        return Maildir(self._directory)

    def _keep(self, mail: bytes) -> None:
        self._open().add(mail)


def list_mails(directory: Path) -> str:
    """Give a line for each mail that was kept, the newest last, with its number, which stays as others come."""
    lines = [
        f"{number:>4}  {message['Date'].datetime:%Y-%m-%d %H:%M:%S}  {message['To']}  {message['Subject']}"
        for number, message in enumerate(_kept(directory), start=1)
    ]
    return "\n".join(lines) or "There are no mails yet."


def show_mail(directory: Path, number: int) -> str:
    """Give a mail as people read it, its link included. Raises SetupError where there is no such mail."""
    kept = _kept(directory)
    if number > len(kept):
        raise SetupError(f"There is no mail {number}: `python -m gateway mail` lists those that there are.")
    message = kept[number - 1]
    headers = [f"{name}: {message[name]}" for name in ("From", "To", "Subject", "Date", "Message-ID")]
    body = message.get_body(("plain",))
    return "\n".join([*headers, "", "" if body is None else body.get_content().rstrip()])


def _kept(directory: Path) -> list[EmailMessage]:
    """Read the mails that were kept, the oldest first."""
    paths = sorted(directory.glob("new/*"), key=lambda path: (path.stat().st_mtime_ns, path.name))
    return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in paths]
