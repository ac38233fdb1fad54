"""Loads products."""

from domain.products import Product
from loaders.arrivals import ManyLoader
from loaders.batches import by_id
from persistence import products
from persistence.database import Database


def products_by_id(database: Database) -> ManyLoader[str, Product | None]:
    """Load entries of the catalogue."""
    return by_id(database, products.products_by_id)
