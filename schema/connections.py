"""What every connection has in common: page information, edges and the arguments of a page."""

from collections.abc import Sequence
from typing import Annotated, Final, Generic, Protocol, TypeVar

import strawberry
from msgspec import Struct

from domain.paging import Key, Order, Page, Position, write_cursor

_FIRST: Final = (
    "How many entries to give, from the beginning of the list or after the cursor `after`: 50 by default, at most 200."
)

First = Annotated[
    int | None,
    strawberry.argument(description=f"{_FIRST} Not together with `last` or `before`."),
]
FirstForwards = Annotated[int | None, strawberry.argument(description=_FIRST)]
"""Of a list that has no `last` and no `before`."""
After = Annotated[str | None, strawberry.argument(description="A cursor. The page begins right after it.")]
Last = Annotated[
    int | None,
    strawberry.argument(
        description="How many entries to give, up to the end of the list or up to the cursor `before`: 50 by default, "
        "at most 200. Not together with `first` or `after`."
    ),
]
Before = Annotated[str | None, strawberry.argument(description="A cursor. The page ends right before it.")]


class Row(Protocol):
    """A record that stands in a list."""

    @property
    def id(self) -> str:
        """The id by which rows with equal keys are sorted."""
        ...


Item = TypeVar("Item", bound=Row)
Row_contra = TypeVar("Row_contra", contravariant=True)


class OrderOf(Order, Protocol[Row_contra]):
    """An order that knows the key of its rows."""

    def key(self, row: Row_contra, /) -> Key:
        """Give the key by which this row is sorted."""
        ...


class Edge(Struct, Generic[Item], frozen=True):
    """A row and its place in the list."""

    node: Item
    order: OrderOf[Item]

    @property
    def cursor(self) -> str:
        """The cursor of this place."""
        return write_cursor(self.order, Position(self.order.key(self.node), self.node.id))


class PageInfo(Struct, Generic[Item], frozen=True):
    """Where a page stands in its list; its cursors are written when they are asked for."""

    has_next_page: bool
    has_previous_page: bool
    first: Edge[Item] | None
    last: Edge[Item] | None

    @property
    def start_cursor(self) -> str | None:
        """The cursor of the first row."""
        return None if self.first is None else self.first.cursor

    @property
    def end_cursor(self) -> str | None:
        """The cursor of the last row."""
        return None if self.last is None else self.last.cursor


class OrderedPage(Struct, Generic[Item], frozen=True):
    """A page that was read, and the order of its list. All fields of a connection but the counts come from it."""

    page: Page[Item]
    order: OrderOf[Item]


def edges_of(read: OrderedPage[Item]) -> list[Edge[Item]]:
    """Give the rows of a page with their cursors, each written when it is asked for."""
    return [Edge(item, read.order) for item in read.page.items]


def nodes_of(read: OrderedPage[Item]) -> Sequence[Item]:
    """Give the rows of a page."""
    return read.page.items


def page_info_of(read: OrderedPage[Item]) -> PageInfo[Item]:
    """Tell where a page stands."""
    page, order = read.page, read.order
    first, last = (Edge(page.items[0], order), Edge(page.items[-1], order)) if page.items else (None, None)
    return PageInfo(page.has_next, page.has_previous, first, last)


@strawberry.type(name="PageInfo", description="Where a page stands in its list.")
class PageInfoType:
    """Where a page stands in its list."""

    has_next_page: bool = strawberry.field(description="Whether the list goes on after this page.")
    has_previous_page: bool = strawberry.field(description="Whether the list has entries before this page.")
    start_cursor: str | None = strawberry.field(description="The cursor of the first entry. Null on an empty page.")
    end_cursor: str | None = strawberry.field(description="The cursor of the last entry. Null on an empty page.")
