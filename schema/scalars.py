"""How instants and plain JSON values are written."""

import re
from datetime import UTC, datetime
from typing import Any, Final

import strawberry
from strawberry.types.scalar import ScalarDefinition

_INSTANT: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(?P<offset>Z|[+-]\d{2}:[0-5]\d)?", re.ASCII | re.IGNORECASE
)


def write_instant(instant: datetime) -> str:
    """Write an instant in UTC as RFC 3339 does, ending in Z."""
    return f"{instant.astimezone(UTC).replace(tzinfo=None).isoformat()}Z"


def read_instant(text: Any) -> datetime:
    """Read an instant as RFC 3339 writes it (section 5.6), to the microsecond. Raises ValueError for anything else."""
    written = _INSTANT.fullmatch(text) if isinstance(text, str) else None
    if written is None:
        raise ValueError("DateTime takes a text such as 2026-01-31T12:00:00Z.")
    if not written["offset"]:
        raise ValueError("DateTime needs an offset from UTC, such as Z at its end.")
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("DateTime takes days and times that there are, of the years 1 to 9999 of UTC.") from None


DATE_TIME: ScalarDefinition = strawberry.scalar(
    name="DateTime",
    description="An instant in UTC as RFC 3339 writes it, ending in Z: `2026-01-31T12:00:00Z`. An argument may have "
    "another offset than Z, but must have one.",
    serialize=write_instant,
    parse_value=read_instant,
)

JSON: ScalarDefinition = strawberry.scalar(
    name="JSON",
    description="Any JSON value: an object, a list, a string, a number, true, false or null.",
    serialize=lambda value: value,
    parse_value=lambda value: value,
)
