"""DATABASE_URL as providers hand it out: with parameters of libpq, and now and then with another driver's name."""

from typing import Final

from sqlalchemy import make_url

_OF_LIBPQ_ALONE: Final = (
    "connect_timeout",
    "fallback_application_name",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_count",
    "channel_binding",
    "gssencmode",
    "sslcompression",
    "sslsni",
)
"""Parameters that asyncpg would hand on to the server, which knows none of them.

What they ask for is not done: asyncpg binds no channel (RFC 5802, section 6), and neither compresses nor uses GSSAPI.
"""


def driver_url(url: str) -> str:
    """Give the address as asyncpg reads it, whichever driver it names."""
    read = make_url(url).set(drivername="postgresql").difference_update_query(_OF_LIBPQ_ALONE)
    return read.render_as_string(hide_password=False)


def shown_url(url: str) -> str:
    """Give the address without its passwords, for people and logs."""
    read = make_url(url)
    secrets = [name for name in read.query if "password" in name.lower()]
    return read.difference_update_query(secrets).render_as_string(hide_password=True)
