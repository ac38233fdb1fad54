"""Loads products."""

from aiodataloader import DataLoader

from domain.products import Product
from loaders.batches import by_id
from persistence import products
from persistence.database import Database


def products_by_id(database: Database) -> DataLoader[str, Product | None]:
    """Load entries of the catalogue."""
    return by_id(database, products.products_by_id)
