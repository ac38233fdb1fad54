"""The tokens of the links in mails: derived from the mail with a secret key, so that none has to be stored (M5).

A mail that is tried again carries the same token, and one that meanwhile goes to another address another one (U9).
"""

import hmac
import secrets
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Final, Self

from domain.keys import email_key
from gateway.identity.keys import KeysMissing, write_once
from gateway.setup_errors import SetupError

_NAME: Final = "links.key"
_LENGTH: Final = 32


class LinkTokens:
    """Gives each mail its token. All gateways of one database need the same key."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def load(cls, directory: Path, *, create: bool) -> Self:
        """Read the key; with `create`, make it where there is none. Raises KeysMissing, SetupError."""
        path = directory / _NAME
        if create and not path.exists():
            write_once(directory, _NAME, secrets.token_hex(_LENGTH).encode())
        try:
            key = bytes.fromhex(path.read_text())
        except FileNotFoundError:
            raise KeysMissing(
                f"There is no {_NAME} in {directory} to make the links in mails with: "
                "run `python -m gateway key --if-none`."
            ) from None
        except OSError as error:
            raise SetupError(f"The key {path} cannot be read ({error.strerror}): correct its owner.") from error
        except ValueError:
            key = b""
        if len(key) < _LENGTH:
            raise SetupError(f"The file {path} holds no {_LENGTH} bytes in hexadecimal: take it away, or replace it.")
        return cls(key)

    def token(self, mail_id: str, email: str) -> str:
        """Derive the token of a mail to an address: 256 bits in base64url."""
        digest = hmac.digest(self._key, f"{mail_id} {email_key(email)}".encode(), "sha256")
        return urlsafe_b64encode(digest).decode().rstrip("=")
