"""Products."""

import strawberry

from domain.nodes import NodeKind
from domain.products import Product
from schema.nodes import NodeType, node_id, shows


@strawberry.type(name="Product", description="Something that is licensed to users, such as MiTeam Meetings.")
class ProductType(NodeType):
    """An entry of the catalogue."""

    id: strawberry.ID = node_id(NodeKind.PRODUCT)
    code: str = strawberry.field(
        description="The name that programs know it by, such as MITEAM_MEETINGS. It never changes."
    )
    name: str = strawberry.field(description="The name to show.")

    is_type_of = shows(Product)
