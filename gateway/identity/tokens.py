"""Access tokens: JWTs (RFC 9068) signed with Ed25519, the fully specified name of EdDSA since RFC 9864."""

import time
from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import ClassVar, Final, Self

import structlog
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import GuestProtocol, OKPKey
from msgspec import Struct, structs

from domain.refusals import Unauthenticated
from domain.sessions import AccessToken
from gateway.identity.keys import Keys, key_files, load_keys
from gateway.setup_errors import SetupError

LIFETIME: Final = timedelta(minutes=15)

_CLOCKS_DIFFER: Final = timedelta(minutes=1)
"""By so much at most, between the gateways that issue and verify."""

_ALGORITHM: Final = "Ed25519"
_TYPE: Final = "at+jwt"
_ISSUER: Final = "accounts-gateway"
_AUDIENCE: Final = "accounts-gateway"
_MAX_LENGTH: Final = 2_048

_log: Final = structlog.get_logger("gateway.tokens")


class Claims(Struct, frozen=True):
    """What a token says: whose it is, when it stops working, and in which session it was made, if in any."""

    user_id: str
    expires_at: datetime
    session_id: str | None


class Tokens:
    """Issues tokens, and tells whose a token is.

    A token whose signature was checked is remembered by its SHA-256, the newest of them. Keys that come or go are
    noticed, and then every signature is checked anew. A key that comes does not sign before the next start, as long as
    the one that signs stays: all processes shall know it by then.
    """

    remembers_at_most: ClassVar[int] = 10_000
    looks_again_after_seconds: ClassVar[float] = 10
    looks_for_unknown_after_seconds: ClassVar[float] = 1
    warns_again_after_seconds: ClassVar[float] = 60

    def __init__(self, directory: Path, keys: Keys) -> None:
        self._directory = directory
        self._files = key_files(directory)
        self._keys = keys
        self._looked_at = time.monotonic()
        self._verified: OrderedDict[bytes, Claims] = OrderedDict()
        self._warned_at = -self.warns_again_after_seconds

    @classmethod
    def load(cls, directory: Path, *, create: bool) -> Self:
        """Read the keys; with `create`, make the first one. Raises KeysMissing, SetupError."""
        return cls(directory, load_keys(directory, create=create))

    def __len__(self) -> int:
        """Count the tokens that are remembered."""
        return len(self._verified)

    def issue(self, user_id: str, now: datetime, session_id: str | None = None) -> AccessToken:
        """Make a token for a user; one of a session works no longer than the session."""
        self._notice_keys(self.looks_again_after_seconds)
        expires_at = (now + LIFETIME).replace(microsecond=0)
        header = {"alg": _ALGORITHM, "kid": self._keys.signing}
        claims = {
            "iss": _ISSUER,
            "aud": _AUDIENCE,
            "sub": user_id,
            "iat": int(now.timestamp()),
            "exp": int(expires_at.timestamp()),
        }
        if session_id is not None:
            claims["sid"] = session_id
        key = self._keys.by_id[self._keys.signing]
        return AccessToken(jwt.encode(header, claims, key, [_ALGORITHM], default_type=_TYPE), expires_at)

    def verify(self, token: str, now: datetime) -> Claims:
        """Tell whose a token is. Raises Unauthenticated for one that is forged, over, or of another kind."""
        if len(token) > _MAX_LENGTH or not token.isascii():
            raise _not_ours()
        self._notice_keys(self.looks_again_after_seconds)
        digest = sha256(token.encode()).digest()
        claims = self._verified.get(digest)
        if claims is None:
            claims = self._read(token, now)
            self._remember(digest, claims)
        if claims.expires_at <= now:
            raise Unauthenticated("The access token has run out: sign in again.")
        return claims

    def _read(self, token: str, now: datetime) -> Claims:
        """Check the signature and read what it signs; who stole a key shall make no token that outlives it."""
        try:
            decoded = jwt.decode(token, self._key_of, [_ALGORITHM])
        except (JoseError, TypeError, ValueError):  # the last two for headers that are not what joserfc takes them for
            raise _not_ours() from None
        claims = decoded.claims
        known = (decoded.header.get("typ"), claims.get("iss"), claims.get("aud"))
        user_id, expires, session_id = claims.get("sub"), claims.get("exp"), claims.get("sid")
        if known != (_TYPE, _ISSUER, _AUDIENCE) or not isinstance(user_id, str) or not isinstance(expires, int):
            raise _not_ours()
        latest = (now + LIFETIME + _CLOCKS_DIFFER).timestamp()
        if expires > latest:
            self._warn("it works for longer than any that is issued now: the clocks of gateways may differ")
            raise _not_ours()
        if not isinstance(session_id, str | None):
            raise _not_ours()
        return Claims(user_id, datetime.fromtimestamp(expires, UTC), session_id)

    def _key_of(self, signed: GuestProtocol) -> OKPKey:
        """Find the key that the token says it is signed with."""
        kid = signed.headers().get("kid", "")
        if kid not in self._keys.by_id:
            self._notice_keys(self.looks_for_unknown_after_seconds)
        key = self._keys.by_id.get(kid)
        if key is None:
            self._warn("it names a key that is not here: all gateways need the same keys")
            raise _not_ours()
        return key

    def _warn(self, reason: str) -> None:
        """Log what may be wrong with the gateways rather than with a token, but not for each that a stranger makes."""
        if time.monotonic() >= self._warned_at + self.warns_again_after_seconds:
            self._warned_at = time.monotonic()
            _log.warning("token refused", reason=reason)

    def _remember(self, digest: bytes, claims: Claims) -> None:
        self._verified[digest] = claims
        if len(self._verified) > self.remembers_at_most:
            self._verified.popitem(last=False)

    def _notice_keys(self, after_seconds: float) -> None:
        """Read the keys again if their files changed, and nobody has looked for so long.

        Keys that cannot be read leave the known ones in force.
        """
        if time.monotonic() < self._looked_at + after_seconds:
            return
        self._looked_at = time.monotonic()
        try:
            files = key_files(self._directory)
            if files == self._files:
                return
            keys = load_keys(self._directory, create=False)
        except (OSError, SetupError) as error:
            _log.warning("keys not read", reason=str(error))
        else:
            signing = self._keys.signing
            self._keys = structs.replace(keys, signing=signing) if signing in keys.by_id else keys
            self._files = files
            self._verified.clear()


def _not_ours() -> Unauthenticated:
    return Unauthenticated("The access token is not valid.")
