"""Loads products."""

from collections.abc import Mapping, Sequence

from domain.products import Product
from domain.viewers import Scope
from loaders.batches import by_id
from loaders.many_loader import ManyLoader
from loaders.sharing import SharedReads
from persistence import products
from persistence.database import Connection


def products_by_id(reads: SharedReads, scope: Scope) -> ManyLoader[str, Product | None]:
    """Load entries of the catalogue, which is the same in every scope."""
    return by_id(reads, scope, _read)


async def _read(connection: Connection, _scope: Scope, ids: Sequence[str]) -> Mapping[str, Product]:
    return await products.products_by_id(connection, ids)
