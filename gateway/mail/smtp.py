"""A mail server, spoken to over one connection that is reused, and opened anew where it went away."""

import asyncio
import time
from contextlib import suppress
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Final
from urllib.parse import unquote, urlsplit

from aiosmtplib import (
    SMTP,
    SMTPException,
    SMTPHeloError,
    SMTPNotSupported,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from gateway.mail.transports import Refused, Unreachable

# The server is about to go away (RFC 5321 section 3.8).
_CLOSING: Final = 421
_GOODBYE_SECONDS: Final = 2.0
# What lies between may forget a connection at rest, and then swallow all that is sent over it.
_LONGEST_REST_SECONDS: Final = 30.0


class MailServer:
    """Sends mails by SMTP.

    The URL is smtp:// or smtps://, with user and password where needed. On smtp:// the connection turns to TLS where
    the server offers that; with ?starttls nothing is sent before it has. A connection that has rested for too long
    is not used again.
    """

    def __init__(
        self, url: str, sender: str, *, timeout_seconds: float, longest_rest_seconds: float = _LONGEST_REST_SECONDS
    ) -> None:
        parts = urlsplit(url)
        self._sender = parseaddr(sender)[1]
        self._timeout = timeout_seconds
        self._longest_rest = longest_rest_seconds
        self._used_at = 0.0
        self._client = SMTP(
            hostname=parts.hostname,
            port=parts.port,
            username=None if parts.username is None else unquote(parts.username),
            password=None if parts.password is None else unquote(parts.password),
            use_tls=parts.scheme == "smtps",
            start_tls=True if parts.query == "starttls" else None,
            timeout=timeout_seconds,
        )

    async def send(self, message: EmailMessage, recipient: str) -> None:
        """Hand a mail over within the timeout, connection included. Raises Refused, Unreachable."""
        try:
            async with asyncio.timeout(self._timeout):
                await self._connect()
                await self._client.send_message(message, sender=self._sender, recipients=[recipient])
        except SMTPRecipientsRefused as error:
            refusal = error.recipients[0]
            raise Refused(f"{refusal.code} {refusal.message}") from None
        except (SMTPHeloError, SMTPSenderRefused) as error:
            self._client.close()
            raise Unreachable(f"{error.code} {error.message}") from None
        except SMTPResponseException as error:
            told = f"{error.code} {error.message}"
            raise (Unreachable(told) if error.code == _CLOSING else Refused(told)) from None
        except ValueError:
            raise Refused("the address cannot be sent to", for_good=True) from None
        except SMTPNotSupported as error:  # letters that it takes no address with (RFC 6531 section 3.2)
            raise Refused(str(error)) from None
        except (SMTPException, OSError) as error:
            self._client.close()
            raise Unreachable(str(error) or "it took too long") from None
        finally:
            self._used_at = time.monotonic()

    async def close(self) -> None:
        """Say goodbye, and not wait long for the answer."""
        if self._client.is_connected:
            with suppress(SMTPException, OSError):
                await self._client.quit(timeout=_GOODBYE_SECONDS)
        self._client.close()

    async def _connect(self) -> None:
        """Open the connection, unless there is one that was used just now.

        Raises Unreachable, whatever is answered: no mail has been offered yet.
        """
        if time.monotonic() - self._used_at > self._longest_rest:
            self._client.close()  # without a goodbye, whose answer may never come
        if self._client.is_connected:
            return
        try:
            await self._client.connect()
        except SMTPResponseException as error:
            raise Unreachable(f"{error.code} {error.message}") from None
        except (SMTPNotSupported, ValueError) as error:  # ValueError: a name that is none, as mail..example.com
            self._client.close()
            raise Unreachable(f"no connection: {error}") from None
