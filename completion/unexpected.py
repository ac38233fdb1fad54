"""What a plan does not take: it knows success only, and leaves all else to the executor."""

from collections.abc import Callable
from typing import Any

from graphql import Undefined
from graphql.pyutils import is_awaitable

from completion.ways import OfClass


class Unexpected(Exception):  # noqa: N818 - what it is shows when the executor looks at it
    """A value is not as a plan takes it. The executor completes the whole once more, and finds out what is wrong."""


def refuse_unusual(value: Any) -> None:
    """Raise Unexpected for what is no value of a field but stands for one that is wrong, missing or still to come."""
    if value is None or value is Undefined or isinstance(value, Exception) or is_awaitable(value):
        raise Unexpected


def listed(value: Any) -> list[Any] | tuple[Any, ...]:
    """Give what can be gone through without using it up. Raises Unexpected for anything but a list or a tuple."""
    if isinstance(value, list | tuple):
        return value
    raise Unexpected


def usual_checker(known: set[type], of_class: OfClass | None) -> Callable[[Any], None]:
    """Make a check of records that notes their classes as known, so that it is done once for each class."""

    def check(source: Any) -> None:
        refuse_unusual(source)
        if of_class is not None and not of_class(source):
            raise Unexpected
        known.add(type(source))

    return check
