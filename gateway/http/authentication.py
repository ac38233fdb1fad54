"""Who is asking: from the Authorization header to a viewer whose rights were looked up just now (P6)."""

import time
from datetime import datetime
from typing import Final

from domain.refusals import Unauthenticated
from domain.viewers import Viewer
from gateway.errors import refuse_unauthenticated
from gateway.services import Services
from resolvers.viewers import authenticate

_SCHEME: Final = "bearer"


async def find_viewer(
    services: Services, authorization: bytes | None, now: datetime, *, may_be_recent: bool = False
) -> Viewer:
    """Find who a request is from. Raises Unauthenticated.

    A user who is gone and a token that was never valid are answered alike (P4, P5). With `may_be_recent` the rights
    may have been looked up for a request before this one, within the second that P6 allows.
    """
    claims = services.tokens.verify(_bearer_token(authorization), now)
    if may_be_recent and (recent := services.viewers.get(claims)):
        return recent
    asked_at = time.monotonic()
    viewer = await authenticate(services.database, claims.user_id, claims.expires_at, claims.session_id)
    if viewer is None:
        raise Unauthenticated("The access token is not valid.")
    services.viewers.put(claims, viewer, asked_at)
    return viewer


async def require_viewer(
    services: Services, authorization: bytes | None, now: datetime, *, may_be_recent: bool = False
) -> Viewer:
    """Find who a request is from, as `find_viewer` does. Raises RequestError, which tells how to sign in."""
    try:
        return await find_viewer(services, authorization, now, may_be_recent=may_be_recent)
    except Unauthenticated as refusal:
        raise refuse_unauthenticated(refusal) from None


def _bearer_token(authorization: bytes | None) -> str:
    """Take the token out of the header (RFC 6750, section 2.1)."""
    if authorization is None:
        raise Unauthenticated
    scheme, _, token = authorization.decode("latin-1").partition(" ")
    if scheme.lower() != _SCHEME:
        raise Unauthenticated("The Authorization header must be `Bearer` and an access token.")
    return token.strip()
