"""Paging over keysets: a cursor is a position in an order, not a number of rows to skip (F4, F5)."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

import orjson
from msgspec import Struct

from domain.nodes import ID_LENGTH
from domain.refusals import BadUserInput

DEFAULT_PAGE_SIZE = 50
MAX_PAGE_SIZE = 200
MAX_CURSOR_LENGTH = 4096

Key = str | datetime
Item = TypeVar("Item")


class Direction(StrEnum):
    """Which way an order runs."""

    ASC = "ASC"
    DESC = "DESC"


class Order(Protocol):
    """A total order of a list: by a key, then by id."""

    @property
    def name(self) -> str:
        """What tells this order, its direction included, from every other of its list."""
        ...

    @property
    def by_time(self) -> bool:
        """Whether the key is an instant, and not a text."""
        ...


class Position(Struct, frozen=True):
    """A place between two rows of an ordered list: right at the row with this key and id."""

    key: Key
    id: str


class PageArguments(Struct, frozen=True):
    """The four arguments of a connection, as they were given."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None


class PageRequest(Struct, frozen=True):
    """Up to `size` rows from a position on; without one, from the beginning or, backwards, from the end."""

    size: int = DEFAULT_PAGE_SIZE
    position: Position | None = None
    backwards: bool = False


class Page(Struct, Generic[Item], frozen=True):
    """Rows in the order of the list, whichever way they were read."""

    items: Sequence[Item]
    has_next: bool
    has_previous: bool


def page_request(order: Order, given: PageArguments) -> PageRequest:
    """Read the arguments of a connection.

    Raises BadUserInput for both directions at once, for a size out of range, and for a cursor that is not one of
    ours or belongs to another order (F5).
    """
    forwards = given.first is not None or given.after is not None
    backwards = given.last is not None or given.before is not None
    if forwards and backwards:
        raise BadUserInput("Page either forwards (first, after) or backwards (last, before), not both at once.")
    size, cursor = (given.last, given.before) if backwards else (given.first, given.after)
    if size is None:
        size = DEFAULT_PAGE_SIZE
    if not 0 <= size <= MAX_PAGE_SIZE:
        raise BadUserInput(f"A page holds 0 to {MAX_PAGE_SIZE} entries; {size} were asked for.")
    return PageRequest(size, None if cursor is None else read_cursor(order, cursor), backwards)


def write_cursor(order: Order, position: Position) -> str:
    """Give the cursor of a position in this order."""
    key = position.key.isoformat() if isinstance(position.key, datetime) else position.key
    return urlsafe_b64encode(orjson.dumps([order.name, key, position.id])).rstrip(b"=").decode("ascii")


def read_cursor(order: Order, cursor: str) -> Position:
    """Give the position that a cursor of this order stands for.

    Raises BadUserInput for anything else, a cursor of another order included (F5).
    """
    refusal = BadUserInput("This cursor is not one of this list in this order. Begin again without it.")
    if len(cursor) > MAX_CURSOR_LENGTH:
        raise refusal
    try:
        text = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        name, key, row_id = orjson.loads(text)
        position = Position(datetime.fromisoformat(key) if order.by_time else str(key), bytes.fromhex(row_id).hex())
    except (binascii.Error, UnicodeError, ValueError, TypeError) as error:
        raise refusal from error
    # Only the very text that write_cursor gives is taken, so nothing has two spellings.
    if name != order.name or not _is_storable(position) or write_cursor(order, position) != cursor:
        raise refusal
    return position


def _is_storable(position: Position) -> bool:
    if isinstance(position.key, datetime):
        return position.key.tzname() == "UTC" and len(position.id) == ID_LENGTH
    return "\0" not in position.key and len(position.id) == ID_LENGTH
