"""How instants and plain JSON values are written."""

from datetime import UTC, datetime
from typing import Any

import strawberry
from strawberry.types.scalar import ScalarDefinition


def write_instant(instant: datetime) -> str:
    """Write an instant in UTC as RFC 3339 does, ending in Z."""
    return f"{instant.astimezone(UTC).replace(tzinfo=None).isoformat()}Z"


def read_instant(text: Any) -> datetime:
    """Read an instant with its offset from UTC. Raises ValueError for anything else."""
    if not isinstance(text, str):
        raise ValueError("DateTime takes a text such as 2026-01-31T12:00:00Z.")  # noqa: TRY004 - GraphQL's own kind
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError("DateTime needs an offset from UTC, such as Z at its end.")
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise ValueError("DateTime takes the years 1 to 9999 of UTC.") from None


DATE_TIME: ScalarDefinition = strawberry.scalar(
    name="DateTime",
    description="An instant in UTC as RFC 3339 writes it, ending in Z: `2026-01-31T12:00:00Z`. What is given may have "
    "another offset, but must have one.",
    serialize=write_instant,
    parse_value=read_instant,
)

JSON: ScalarDefinition = strawberry.scalar(
    name="JSON",
    description="Any JSON value: an object, a list, a text, a number, true, false or null.",
    serialize=lambda value: value,
    parse_value=lambda value: value,
)
