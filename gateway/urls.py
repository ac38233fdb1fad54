"""URLs in the environment: what is refused of them, without repeating it, since they may hold a password."""

from urllib.parse import urlsplit

from sqlalchemy import make_url


def check_database_url(url: str) -> str:
    """Refuse what would be read in another way than it is meant: a password may have nearly any character."""
    _check_scheme(url, "postgresql", "postgres", "postgresql+asyncpg")
    try:
        read = make_url(url)
    except ValueError:
        raise ValueError(
            "the port in the URL should be a number, and a password percent-encoded; "
            "several hosts go into parameters: ?host=a,b&port=5432,5432"
        ) from None
    if "@" in f"{read.host}{read.database}":
        raise ValueError("the user and the password in the URL should be percent-encoded")
    return url


def check_redis_url(url: str) -> str:
    """Refuse what does not name a Redis."""
    return _check_url(url, "redis", "rediss", "unix")


def check_smtp_url(url: str) -> str:
    """Refuse what does not name a mail server."""
    return _check_url(url, "smtp", "smtps")


def check_link_base(url: str) -> str:
    """Refuse what a path cannot follow."""
    if "?" in url or "#" in url:
        raise ValueError("the URL should have no ? and no #, as /register and /reset follow")
    return _check_url(url, "https", "http")


def _check_url(url: str, *schemes: str) -> str:
    _check_scheme(url, *schemes)
    try:
        _ = urlsplit(url).port
    except ValueError:
        raise ValueError("the port in the URL should be a number, and a password percent-encoded") from None
    return url


def _check_scheme(url: str, *schemes: str) -> None:
    scheme, separator, _ = url.partition("://")
    if not separator or scheme.lower() not in schemes:
        raise ValueError(f"the URL should begin with {schemes[0]}:// or {schemes[1]}://")
