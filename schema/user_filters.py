"""The filter and the order of lists of users."""

from datetime import datetime
from typing import Final

import strawberry

from domain.nodes import NodeKind, read_id
from domain.paging import Direction
from domain.user_filters import UserFilter, UserProperty
from domain.users import Role, UserOrder, UserOrderField, UserSource

SEARCH_DESCRIPTION: Final = (
    "The text to search for. Each of its words must occur somewhere in the name, first name, last name or email "
    "address; case and accents do not matter. At most 254 characters."
)


@strawberry.input(
    name="UserFilter",
    description="Conditions on users. All conditions given must hold; an empty filter keeps everyone. "
    "Filters can be nested 5 levels deep, and hold at most 50 conditions in all.",
)
class UserFilterInput:
    """Conditions on users."""

    property: UserProperty | None = strawberry.field(default=None, description="Has this property.")
    product_id: strawberry.ID | None = strawberry.field(default=None, description="Has a license of this product.")
    source: UserSource | None = strawberry.field(default=None, description="Comes from this source.")
    role: Role | None = strawberry.field(default=None, description="Has this role.")
    created_after: datetime | None = strawberry.field(default=None, description="Was added later than this.")
    created_before: datetime | None = strawberry.field(default=None, description="Was added earlier than this.")
    and_: list["UserFilterInput"] | None = strawberry.field(
        name="and", default=None, description="Each of these filters keeps the user."
    )
    or_: list["UserFilterInput"] | None = strawberry.field(
        name="or",
        default=None,
        description="At least one of these filters keeps the user; an empty list is no condition.",
    )
    not_: "UserFilterInput | None" = strawberry.field(
        name="not", default=None, description="This filter does not keep the user."
    )

    def to_domain(self) -> UserFilter:
        """Give the conditions as the domain has them."""
        return UserFilter(
            property=self.property,
            product_id=None if self.product_id is None else read_id(NodeKind.PRODUCT, self.product_id),
            source=self.source,
            role=self.role,
            created_after=self.created_after,
            created_before=self.created_before,
            all_of=tuple(part.to_domain() for part in self.and_ or ()),
            any_of=tuple(part.to_domain() for part in self.or_ or ()),
            none_of=None if self.not_ is None else self.not_.to_domain(),
        )


@strawberry.input(
    name="UserOrder", description="How a list of users is sorted. Users who are equal in it are sorted by id."
)
class UserOrderInput:
    """How a list of users is sorted."""

    field: UserOrderField = strawberry.field(description="What the list is sorted by.")
    direction: Direction = strawberry.field(description="Which way it is sorted.")


BY_NAME = UserOrderInput(field=UserOrderField.NAME, direction=Direction.ASC)


def user_order(order: UserOrderInput | None) -> UserOrder:
    """Give the order as the domain has it; by name where none was given."""
    return UserOrder() if order is None else UserOrder(order.field, order.direction)
