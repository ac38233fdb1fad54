"""URLs in the environment: what is refused of them, without repeating it, since they may hold a password."""

import re
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import urlsplit

from asyncpg.connect_utils import SessionAttribute
from sqlalchemy import URL, make_url

_LAST_PORT: Final = 65535
_PORT_AND_PASSWORD: Final = (
    f"the port in the URL should be a number from 1 to {_LAST_PORT}, and a password percent-encoded"
)

_SESSION_ATTRIBUTES: Final = tuple(attribute.value for attribute in SessionAttribute)
_SMTP_PARAMETERS: Final = {"smtp": {"", "starttls"}, "smtps": {""}}


def check_database_url(url: str) -> str:
    """Refuse what would be read in another way than it is meant: a password may have nearly any character."""
    _check_scheme(url, "postgresql", "postgres", "postgresql+asyncpg")
    try:
        read = make_url(url)
        _check_ports(_ports_of_database(read))
    except ValueError:
        raise ValueError(f"{_PORT_AND_PASSWORD}; several hosts go into parameters: ?host=a,b&port=5432,5432") from None
    if "@" in f"{read.host}{read.database}":
        raise ValueError("the user and the password in the URL should be percent-encoded")
    if not set(read.normalized_query.get("target_session_attrs", ())).issubset(_SESSION_ATTRIBUTES):
        raise ValueError(f"target_session_attrs in the URL should be one of {', '.join(_SESSION_ATTRIBUTES)}")
    return url


def check_redis_url(url: str) -> str:
    """Refuse what does not name a Redis, or names a database of it that is no number: its client would take 0."""
    parts = urlsplit(_check_url(url, "redis", "rediss", "unix"))
    if parts.scheme != "unix" and re.fullmatch(r"/?|/[0-9]+/?", parts.path) is None:
        raise ValueError("the path in the URL should be the number of a database, and a password percent-encoded")
    return url


def check_smtp_url(url: str) -> str:
    """Refuse what does not name a mail server, or asks for what there is not: a password could go out in the clear."""
    parts = urlsplit(_check_host(_check_url(url, "smtp", "smtps")))
    if parts.path not in {"", "/"} or parts.fragment or parts.query not in _SMTP_PARAMETERS[parts.scheme]:
        raise ValueError("after host and port the URL should have nothing, or on smtp:// ?starttls without a value")
    return url


def check_link_base(url: str) -> str:
    """Refuse what a path cannot follow."""
    if "?" in url or "#" in url:
        raise ValueError("the URL should have no ? and no #, as /register and /reset follow")
    if " " in url or not url.isprintable():
        raise ValueError("the URL should have no spaces and no control characters")
    return _check_host(_check_url(url, "https", "http"))


def _ports_of_database(url: URL) -> Iterator[int | None]:
    """Give all ports in a URL, which may stand in its parameters too. Raises ValueError where one is no number."""
    yield url.port
    for ports in url.normalized_query.get("port", ()):
        yield from map(int, ports.split(","))
    for hosts in url.normalized_query.get("host", ()):
        yield from (urlsplit(f"//{host}").port for host in hosts.split(",") if not host.startswith("/"))


def _check_url(url: str, *schemes: str) -> str:
    _check_scheme(url, *schemes)
    try:
        _check_ports([urlsplit(url).port])
    except ValueError:
        raise ValueError(_PORT_AND_PASSWORD) from None
    return url


def _check_host(url: str) -> str:
    if not urlsplit(url).hostname:
        raise ValueError("the URL should name a host")
    return url


def _check_ports(ports: Iterable[int | None]) -> None:
    """Raise ValueError where one is out of range."""
    if not all(port is None or 1 <= port <= _LAST_PORT for port in ports):
        raise ValueError


def _check_scheme(url: str, *schemes: str) -> None:
    scheme, separator, _ = url.partition("://")
    if not separator or scheme.lower() not in schemes:
        raise ValueError(f"the URL should begin with {schemes[0]}:// or {schemes[1]}://")
