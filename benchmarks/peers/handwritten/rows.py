"""Rows as they are shown."""

from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg
import orjson

_NAMES = ["NAME", "FIRST_NAME", "LAST_NAME", "EMAIL"]
_LOCKED: dict[str, list[str]] = {
    "CONSOLE": [],
    "IMPORT": [],
    "SCIM": [*_NAMES, "MOBILE"],
    "PBX": _NAMES,
    "MICLOUD_CONNECT": [*_NAMES, "MOBILE"],
}

ALL_COLUMNS = """
    id, name, first_name, last_name, email, mobile, role, status, inactive_reason, source, is_iot_connected, version,
    created_at, updated_at, welcomed_at, registered_at, last_signed_in_at, name_key
"""
LICENSES = """
    SELECT user_id, assigned_at, products.id, code, products.name
    FROM licenses JOIN products ON products.id = product_id
    WHERE user_id = ANY($1) ORDER BY products.name, products.id
"""


def shown_user(row: asyncpg.Record, licenses: Mapping[str, list[Any]]) -> dict[str, Any]:
    """Show a row of ALL_COLUMNS, with licenses."""
    return {
        "id": "user_" + row[0],
        "name": row[1],
        "firstName": row[2],
        "lastName": row[3],
        "email": row[4],
        "mobile": row[5],
        "role": row[6],
        "isAccountAdmin": row[6] == "ACCOUNT_ADMIN",
        "status": row[7],
        "inactiveReason": row[8],
        "source": row[9],
        "isIotConnected": row[10],
        "lockedFields": _LOCKED[row[9]],
        "version": row[11],
        "createdAt": row[12],
        "updatedAt": row[13],
        "welcomedAt": row[14],
        "registeredAt": row[15],
        "lastSignedInAt": row[16],
        "licenses": licenses.get(row[0], ()),
    }


def licenses_by_user(rows: Sequence[asyncpg.Record]) -> dict[str, list[Any]]:
    """Show licenses by user; a product is shown once and shared."""
    products: dict[str, dict[str, str]] = {}
    by_user: dict[str, list[Any]] = {}
    for user_id, assigned_at, product_id, code, name in rows:
        product = products.get(product_id)
        if product is None:
            product = products[product_id] = shown_product(product_id, code, name)
        by_user.setdefault(user_id, []).append({"assignedAt": assigned_at, "product": product})
    return by_user


def shown_product(product_id: str, code: str, name: str) -> dict[str, str]:
    """Show a product."""
    return {"id": "product_" + product_id, "code": code, "name": name}


def page_info(rows: Sequence[asyncpg.Record], size: int) -> dict[str, Any]:
    """Tell where a page stands of which one row too many was read; the name key is the last column."""
    last = rows[min(size, len(rows)) - 1] if rows else None
    cursor = None
    if last is not None:
        cursor = urlsafe_b64encode(orjson.dumps(["users NAME ASC", last[-1], last[0]])).rstrip(b"=").decode()
    return {"hasNextPage": len(rows) > size, "endCursor": cursor}
