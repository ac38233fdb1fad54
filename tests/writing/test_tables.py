"""The tables as the statements know them are the tables as the migrations made them."""

from typing import Any

import pytest
from sqlalchemy import Column, Table
from sqlalchemy.dialects import postgresql

from persistence.tables import ENUMS, METADATA

COLUMNS = """
SELECT attname, format_type(atttypid, atttypmod), attnotnull, coalesce(nullif(collname, 'default'), '')
FROM pg_attribute LEFT JOIN pg_collation ON pg_collation.oid = attcollation
WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped
"""
FOREIGN_KEYS = """
SELECT (SELECT array_agg(attname::text ORDER BY place)
        FROM unnest(conkey) WITH ORDINALITY AS key (number, place)
        JOIN pg_attribute ON attrelid = conrelid AND attnum = number),
       confrelid::regclass::text, confdeltype::text
FROM pg_constraint WHERE conrelid = $1::text::regclass AND contype = 'f' AND conparentid = 0
"""
LABELS = "SELECT enumlabel::text FROM pg_enum WHERE enumtypid = $1::text::regtype ORDER BY enumsortorder"
ON_DELETE = {None: "a", "CASCADE": "c", "SET NULL": "n", "RESTRICT": "r"}
DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


def described(column: Column[Any]) -> tuple[str, str, bool, str]:
    """Tell a column's name, type, whether it is required, and its collation."""
    type_, _, collation = column.type.compile(dialect=DIALECT).partition(" COLLATE ")
    return column.name, type_.lower(), not column.nullable, collation.strip('"')


@pytest.mark.parametrize("table", METADATA.sorted_tables, ids=str)
async def test_a_table_has_these_columns_and_foreign_keys(sql: Any, table: Table):
    columns = {tuple(row) for row in await sql.fetch(COLUMNS, table.name)}
    assert columns == {described(column) for column in table.columns}
    keys = {(tuple(names), referred, action) for names, referred, action in await sql.fetch(FOREIGN_KEYS, table.name)}
    assert keys == {
        (tuple(key.column_keys), key.referred_table.name, ON_DELETE[key.ondelete])
        for key in table.foreign_key_constraints
    }


@pytest.mark.parametrize("name", ENUMS)
async def test_an_enum_has_these_labels(sql: Any, name: str):
    labels = [row[0] for row in await sql.fetch(LABELS, name)]
    assert labels == [member.value for member in ENUMS[name]]
