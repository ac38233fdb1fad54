"""Which users of those in sight: the search and the filters of the Users page (F1, F2, F3)."""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Final

from msgspec import Struct

from domain.nodes import NodeKind, write_id
from domain.refusals import BadUserInput
from domain.text import search_words
from domain.users import Role, UserSource

MAX_FILTER_DEPTH = 5
MAX_FILTER_CONDITIONS = 50


class UserProperty(StrEnum):
    """The properties of the + Add Filter menu (F1)."""

    ADMINS = "ADMINS"
    USERS = "USERS"
    REGISTERED = "REGISTERED"
    UNREGISTERED = "UNREGISTERED"
    PBX_USERS = "PBX_USERS"
    MICLOUD_CONNECTED = "MICLOUD_CONNECTED"
    IOT_CONNECTED = "IOT_CONNECTED"
    INACTIVE = "INACTIVE"


class UserFilter(Struct, frozen=True):
    """Conditions that must all hold; None and an empty tuple are no condition.

    A product id is None where none was asked for, and NO_ID where one was asked for that cannot exist.
    """

    property: UserProperty | None = None
    product_id: str | None = None
    source: UserSource | None = None
    role: Role | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    all_of: tuple["UserFilter", ...] = ()
    any_of: tuple["UserFilter", ...] = ()
    none_of: "UserFilter | None" = None

    def nested(self) -> Iterator["UserFilter"]:
        """Give the filters nested directly in this one."""
        yield from self.all_of
        yield from self.any_of
        if self.none_of is not None:
            yield self.none_of

    def as_audited(self) -> dict[str, object]:
        """Give the conditions there are by the names that clients give them, as audit entries tell them."""
        conditions: dict[str, object] = {
            "property": self.property,
            "productId": self.product_id and write_id(NodeKind.PRODUCT, self.product_id),
            "source": self.source,
            "role": self.role,
            "createdAfter": self.created_after,
            "createdBefore": self.created_before,
            "and": [part.as_audited() for part in self.all_of] or None,
            "or": [part.as_audited() for part in self.any_of] or None,
            "not": self.none_of and self.none_of.as_audited(),
        }
        return {name: condition for name, condition in conditions.items() if condition is not None}

    def own_conditions(self) -> int:
        """Count the conditions of this filter itself, without nested ones; an empty filter is one too."""
        own = (self.property, self.product_id, self.source, self.role, self.created_after, self.created_before)
        return sum(condition is not None for condition in own) or not any(self.nested())


EVERYBODY: Final = UserFilter()
"""No condition."""


class UserSelection(Struct, frozen=True):
    """The one predicate that a page, its total count and its facets share (F6)."""

    words: tuple[str, ...] = ()
    filter: UserFilter = EVERYBODY


def user_selection(search: str | None, user_filter: UserFilter | None) -> UserSelection:
    """Read a search text and a filter.

    Raises BadUserInput for a text that cannot be taken (F3), and for a filter too deep or too large (F2).
    """
    if user_filter is not None:
        _check_size(user_filter)
    return UserSelection(search_words(search), user_filter or EVERYBODY)


def _check_size(user_filter: UserFilter) -> None:
    level: list[UserFilter] = [user_filter]
    depth, conditions = 0, 0
    while level:
        depth += 1
        conditions += sum(part.own_conditions() for part in level)
        if depth > MAX_FILTER_DEPTH or conditions > MAX_FILTER_CONDITIONS:
            raise BadUserInput(
                f"A filter nests to a depth of {MAX_FILTER_DEPTH} and holds {MAX_FILTER_CONDITIONS} conditions at most."
            )
        level = [nested for part in level for nested in part.nested()]
