"""The catalogue of products: the same for everybody, and short."""

from collections.abc import Callable, Sequence
from typing import Final

import asyncpg
from sqlalchemy import select

from domain.products import Product
from persistence.database import Connection
from persistence.records import record_maker
from persistence.statements import Statement, any_of
from persistence.tables import products

PRODUCT_COLUMNS: Final = (products.c.id, products.c.code, products.c.name)
"""The columns of a Product record, in the order of its fields."""

_CATALOGUE: Final = Statement(select(*PRODUCT_COLUMNS).order_by(products.c.name, products.c.id))
_PRODUCTS_BY_ID: Final = Statement(select(*PRODUCT_COLUMNS).where(any_of(products.c.id)))


product_from: Final = record_maker(Product)
"""Reads a row that begins with PRODUCT_COLUMNS."""


def product_reader() -> Callable[[asyncpg.Record], Product]:
    """Make what reads rows that begin with PRODUCT_COLUMNS; the products, being few, are shared."""
    known: dict[str, Product] = {}

    def read(row: asyncpg.Record) -> Product:
        product = known.get(row[0])
        if product is None:
            product = known[row[0]] = product_from(row)
        return product

    return read


async def catalogue(connection: Connection) -> Sequence[Product]:
    """Give all products by name."""
    return [product_from(row) for row in await _CATALOGUE.fetch(connection)]


async def products_by_id(connection: Connection, ids: Sequence[str]) -> dict[str, Product]:
    """Give those of these products that there are, by id."""
    rows = await _PRODUCTS_BY_ID.fetch(connection, ids=ids)
    return {row["id"]: product_from(row) for row in rows}
