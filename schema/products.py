"""Products."""

from typing import Any

import strawberry

from domain.nodes import NodeKind, write_id
from domain.products import Product
from schema.nodes import NodeType, resolved


def _id(product: strawberry.Parent[Product]) -> strawberry.ID:
    return strawberry.ID(write_id(NodeKind.PRODUCT, product.id))


@strawberry.type(name="Product", description="Something that is licensed to users, such as MiTeam Meetings.")
class ProductType(NodeType):
    """An entry of the catalogue."""

    id: strawberry.ID = resolved(_id, description="Opaque, unique over every type.")
    code: str = strawberry.field(description="Its name to machines, such as MITEAM_MEETINGS; never changes.")
    name: str = strawberry.field(description="Its name to people.")

    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        """Tell a product from other nodes."""
        return isinstance(value, Product)
