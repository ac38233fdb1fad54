"""What a list should hold, in plain SQL written apart from the gateway's."""

from collections.abc import Mapping
from typing import Any

import orjson

PROPERTIES = {
    "ADMINS": "role IN ('ACCOUNT_ADMIN', 'PARTNER')",
    "USERS": "true",
    "REGISTERED": "status = 'REGISTERED'",
    "UNREGISTERED": "status = 'UNREGISTERED'",
    "PBX_USERS": "source = 'PBX'",
    "MICLOUD_CONNECTED": "source = 'MICLOUD_CONNECT'",
    "IOT_CONNECTED": "is_iot_connected",
    "INACTIVE": "status = 'INACTIVE'",
}
KEYS = {"NAME": "name_key", "EMAIL": "email_key", "CREATED_AT": "created_at", "UPDATED_AT": "updated_at"}


def condition(user_filter: Mapping[str, Any]) -> str:
    """Write a filter as SQL."""
    parts = ["true"]
    for name, value in user_filter.items():
        match name:
            case "property":
                parts.append(PROPERTIES[value])
            case "productId":
                product = f"product_id = '{value.removeprefix('product_')}'"
                parts.append(f"id IN (SELECT user_id FROM licenses WHERE {product})")
            case "createdAfter":
                parts.append(f"created_at > '{value}'")
            case "createdBefore":
                parts.append(f"created_at < '{value}'")
            case "and":
                parts += [condition(part) for part in value]
            case "or":
                parts.append(" OR ".join(f"({condition(part)})" for part in value) or "true")
            case "not":
                parts.append(f"NOT ({condition(value)})")
            case _:
                parts.append(f"{name} = '{value}'")
    return " AND ".join(f"({part})" for part in parts)


async def counted(sql: Any, user_filter: Mapping[str, Any], account: str, parts: list[str]) -> dict[str, int]:
    """Count a list and all its facets in one statement; facets that count none are left out."""
    counts = [f'count(*) FILTER (WHERE {sql}) AS "{name}"' for name, sql in PROPERTIES.items()]
    statement = f"""
        WITH named AS MATERIALIZED (
            SELECT id, role, status, source, is_iot_connected FROM users WHERE {_named(user_filter)}
        ), by_product AS (
            SELECT replace(product_id::text, '-', '') AS id, count(*) AS quantity
            FROM licenses WHERE user_id IN (SELECT id FROM named) GROUP BY product_id
        )
        SELECT to_jsonb(facts)::text, (SELECT jsonb_object_agg(id, quantity)::text FROM by_product)
        FROM (SELECT count(*) AS "totalCount", {", ".join(counts)} FROM named) AS facts
    """
    row = await sql.fetchrow(statement, account, parts)
    facts: dict[str, int] = orjson.loads(row[0]) | orjson.loads(row[1] or "{}")
    return {name: count for name, count in facts.items() if count or name == "totalCount"}


async def listed(
    sql: Any, user_filter: Mapping[str, Any], account: str, parts: list[str], order: Mapping[str, str]
) -> list[str]:
    """Give the ids of a whole list in one statement; `parts` are those of the search, folded."""
    key, direction = KEYS[order["field"]], order["direction"]
    statement = f"""
        SELECT string_agg(replace(id::text, '-', ''), ' ' ORDER BY {key} {direction}, id {direction})
        FROM users WHERE {_named(user_filter)}
    """
    ids: str | None = await sql.fetchval(statement, account, parts)
    return ids.split() if ids else []


def _named(user_filter: Mapping[str, Any]) -> str:
    """Write which users are meant; $1 is the account, $2 the parts of the search."""
    search = "NOT EXISTS (SELECT FROM unnest($2::text[]) AS part WHERE position(part IN search_text) = 0)"
    return f"account_id = $1 AND {condition(user_filter)} AND {search}"
