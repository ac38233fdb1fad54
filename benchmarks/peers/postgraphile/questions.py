"""The operations in the words of the schema that PostGraphile makes of the tables."""

from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.operations import Question

_ALL_FIELDS = """
  id: rowId name firstName lastName email mobile role isAccountAdmin status inactiveReason source isIotConnected
  lockedFields version createdAt updatedAt welcomedAt registeredAt lastSignedInAt
  licenses: licensesByUserIdList(orderBy: [PRODUCT_NAME_ASC]) {
    assignedAt product: productByProductId { id: rowId code name }
  }
"""
_BULK = """
mutation Change($input: PostgraphilePeerBulk{0}LicensesInput!) {{
  change: postgraphilePeerBulk{0}Licenses(input: $input) {{
    result {{ matched changed unchanged total assigned available }}
  }}
}}
"""

DOCUMENTS = {
    "page": "query Page($account: UUID!, $first: Int!) {"
    " users: allUsers(condition: { accountId: $account }, orderBy: [NAME_KEY_ASC], first: $first) {"
    " nodes {" + _ALL_FIELDS + "} pageInfo { hasNextPage endCursor } } }",
    "ten_fields": """
query TenFields($account: UUID!, $first: Int!) {
  users: allUsers(condition: { accountId: $account }, orderBy: [NAME_KEY_ASC], first: $first) {
    nodes { id: rowId name email mobile role status source version createdAt lastSignedInAt }
    pageInfo { hasNextPage endCursor }
  }
}
""",
    "user": "query User($id: UUID!) { user: userByRowId(rowId: $id) {" + _ALL_FIELDS + "} }",
    "accounts": """
query Accounts($first: Int!, $users: Int!) {
  accounts: allAccounts(orderBy: [NAME_KEY_ASC], first: $first) {
    nodes {
      id: rowId number name
      licenseCounts: licenseCountsByAccountIdList(orderBy: [PRODUCT_NAME_ASC]) {
        product: productByProductId { id: rowId code name } total assigned available
      }
      users: usersByAccountId(orderBy: [NAME_KEY_ASC], first: $users) { nodes { id: rowId name email status } }
    }
  }
}
""",
    "search": """
query Search($account: UUID!, $search: String!, $first: Int!) {
  users: postgraphilePeerSearchMatches(account: $account, search: $search) { totalCount }
  nodes: postgraphilePeerFoundUsersList(account: $account, search: $search, size: $first) {
    id: rowId name email status
  }
}
""",
    "facets": """
query Facets($account: UUID!) {
  users: allUsers(condition: { accountId: $account }) { totalCount }
  properties: postgraphilePeerPropertyCountsList(account: $account) { property count }
  products: postgraphilePeerProductTotalsList(account: $account) { id: productId code name count }
}
""",
    "assign": _BULK.format("Assign"),
    "unassign": _BULK.format("Unassign"),
}


def variables_of(question: Question) -> dict[str, Any]:
    """Give the variables of a question, with ids as the tables have them."""
    given = question.variables
    if "input" not in given:
        return {name: _row_id(value) if name in {"account", "id"} else value for name, value in given.items()}
    asked = given["input"]
    users = [_row_id(user) for user in asked["target"]["ids"]]
    return {"input": {"account": _row_id(asked["accountId"]), "product": _row_id(asked["productId"]), "userIds": users}}


def read_answer(question: Question, data: Any) -> Any:
    """Give an answer in the shape of this gateway's."""
    read = _READERS.get(question.document)
    return data if read is None else read(data)


def _read_search(data: Any) -> Any:
    return {"users": {**data["users"], "nodes": data["nodes"]}}


def _read_facets(data: Any) -> Any:
    products = [{"count": one.pop("count"), "product": one} for one in data["products"]]
    return {"users": {**data["users"], "facets": {"properties": data["properties"], "products": products}}}


def _read_change(field: str) -> Callable[[Any], Any]:
    def read(data: Any) -> Any:
        result = data["change"]["result"]
        outcome = {name: result[name] for name in ("matched", "changed", "unchanged")}
        count = {name: result[name] for name in ("total", "assigned", "available")}
        return {field: {"outcome": outcome, "licenseCount": count, "userErrors": []}}

    return read


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "search": _read_search,
    "facets": _read_facets,
    "assign": _read_change("bulkAssignLicenses"),
    "unassign": _read_change("bulkUnassignLicenses"),
}


def _row_id(shown: str) -> str:
    digits = shown.partition("_")[2]
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
