"""The random tokens of sessions and links: who has one is let in, and of each only its SHA-256 is kept (M5)."""

import secrets
from hashlib import sha256

_BYTES = 32
"""Nobody guesses these, so a plain hash is enough: there is nothing to slow down."""


def new_token() -> str:
    """Make a token, in base64url."""
    return secrets.token_urlsafe(_BYTES)


def token_hash(token: str) -> bytes:
    """Give what is stored of a token and looked for."""
    return sha256(token.encode(errors="surrogatepass")).digest()
