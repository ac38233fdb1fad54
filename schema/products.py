"""Products."""

import strawberry

from domain.nodes import NodeKind
from domain.products import Product
from schema.nodes import NodeType, node_id, shows


@strawberry.type(name="Product", description="Something that is licensed to users, such as MiTeam Meetings.")
class ProductType(NodeType):
    """An entry of the catalogue."""

    id: strawberry.ID = node_id(NodeKind.PRODUCT)
    code: str = strawberry.field(description="Its name to machines, such as MITEAM_MEETINGS; never changes.")
    name: str = strawberry.field(description="Its name to people.")

    is_type_of = shows(Product)
