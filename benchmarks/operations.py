"""What is measured: the questions as this gateway is asked them; peers are asked the same in their own words."""

from dataclasses import dataclass
from typing import Any

from benchmarks.subjects import Subjects

_ALL_FIELDS = """
  id name firstName lastName email mobile role isAccountAdmin status inactiveReason source isIotConnected
  lockedFields version createdAt updatedAt welcomedAt registeredAt lastSignedInAt
  licenses { assignedAt product { id code name } }
"""
PAGE = (
    "query Page($account: ID!, $first: Int!) { users(accountId: $account, first: $first) {"
    " nodes {" + _ALL_FIELDS + "} pageInfo { hasNextPage endCursor } } }"
)
TEN_FIELDS = """
query TenFields($account: ID!, $first: Int!) {
  users(accountId: $account, first: $first) {
    nodes { id name email mobile role status source version createdAt lastSignedInAt }
    pageInfo { hasNextPage endCursor }
  }
}
"""
USER = "query User($id: ID!) { user(id: $id) {" + _ALL_FIELDS + "} }"
ACCOUNTS = """
query Accounts($first: Int!, $users: Int!) {
  accounts(first: $first) {
    nodes {
      id number name
      licenseCounts { product { id code name } total assigned available }
      users(first: $users) { nodes { id name email status } }
    }
  }
}
"""
SEARCH = """
query Search($account: ID!, $search: String!, $first: Int!) {
  users(accountId: $account, search: $search, first: $first) {
    totalCount
    nodes { id name email status }
  }
}
"""
FACETS = """
query Facets($account: ID!) {
  users(accountId: $account) {
    totalCount
    facets { properties { property count } products { product { id code name } count } }
  }
}
"""
_BULK = """
mutation {0}($input: {0}Input!) {{
  {1}(input: $input) {{
    outcome {{ matched changed unchanged }}
    licenseCount {{ total assigned available }}
    userErrors {{ code }}
  }}
}}
"""
ASSIGN = _BULK.format("BulkAssignLicenses", "bulkAssignLicenses")
UNASSIGN = _BULK.format("BulkUnassignLicenses", "bulkUnassignLicenses")

CONNECTIONS = 8
CROWD = 64
SEARCHES = {2: "ng", 8: "abernath"}
"""What is searched for, by its number of letters."""


@dataclass(frozen=True, slots=True)
class Question:
    """One document with its variables, and the name that it goes by in each server."""

    document: str
    query: str
    variables: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """What is measured as one row: questions asked in turn, by so many clients at once.

    With `turns` above 1, each client asks its own in turn: a change, and what takes it back.
    """

    title: str
    questions: tuple[Question, ...]
    connections: int = CONNECTIONS
    turns: int = 1

    @property
    def is_change(self) -> bool:
        """Tell whether it changes something."""
        return self.turns > 1


def all_operations(subjects: Subjects) -> list[Operation]:
    """Give all operations, in the order of the table."""
    large = {"account": subjects.large}
    pages = _pages(subjects, "page", PAGE, 50)
    return [
        Operation("page of 50, all fields, licenses", pages),
        Operation("page of 50, ten fields", _pages(subjects, "ten_fields", TEN_FIELDS, 50)),
        Operation("page of 200, all fields, licenses", _pages(subjects, "page", PAGE, 200)),
        Operation("one user by id", tuple(Question("user", USER, {"id": user}) for user in subjects.users)),
        Operation("20 accounts, counts, 5 users each", (Question("accounts", ACCOUNTS, {"first": 20, "users": 5}),)),
        *(
            Operation(
                f"search of {letters} letters, total",
                (Question("search", SEARCH, large | {"search": text, "first": 50}),),
            )
            for letters, text in SEARCHES.items()
        ),
        Operation("facets of the large account", (Question("facets", FACETS, large),)),
        _bulk(subjects),
        Operation(f"page of 50, {CROWD} clients at once", pages, connections=CROWD),
    ]


def _pages(subjects: Subjects, document: str, query: str, size: int) -> tuple[Question, ...]:
    """Ask for the first page of each account."""
    return tuple(Question(document, query, {"account": account, "first": size}) for account in subjects.accounts)


def _bulk(subjects: Subjects) -> Operation:
    """Assign licenses to 100 users and take them away again; each client has an account of its own."""
    questions: list[Question] = []
    for target in subjects.targets:
        variables = {
            "input": {
                "accountId": target.account,
                "productId": subjects.product,
                "target": {"ids": list(target.users)},
            }
        }
        questions += [Question("assign", ASSIGN, variables), Question("unassign", UNASSIGN, variables)]
    return Operation(
        "bulkAssignLicenses for 100 users, and back",
        tuple(questions),
        connections=len(subjects.targets),
        turns=2,
    )
