"""Reading the catalogue."""

from collections.abc import Sequence

from domain.products import Product
from persistence.products import catalogue
from resolvers.context import Context


async def list_products(context: Context) -> Sequence[Product]:
    """Give the catalogue, by name. Raises Forbidden for a plain user (P3)."""
    context.require_administrator()
    return await context.source.read(catalogue)
