"""How much one document may ask for; what is too much is refused before it costs anything."""

import time
from typing import Any

import httpx
import pytest

from tests.http.asking import ask, code_of


def fragments(levels: int, body: str) -> str:
    """Write fragments f0 to f{levels} on Account, each made of the next by `body`, and the last of an id."""
    chain = [f"fragment f{level} on Account {{ {body.format(level + 1)} }}" for level in range(levels)]
    return " ".join([*chain, f"fragment f{levels} on Account {{ id }}"])


DEEP = "{ viewer " + "{ user { account { partner " * 5 + "{ id }" + " } } }" * 5 + " }"
MANY_ALIASES = "{ viewer { " + " ".join(f"a{number}: role" for number in range(101)) + " } }"
LONG_ALIAS = "{ viewer { " + "a" * 65 + ": role } }"
LONG_ALIAS_IN_A_FRAGMENT = "{ viewer { role } } fragment f on Viewer { ... { " + "a" * 65 + ": role } }"
MANY_ROOTS = "{ " + " ".join(["viewer { role }"] * 21) + " }"
MANY_DIRECTIVES = "{ viewer { role " + "@include(if: true) " * 101 + "} }"
MANY_SELECTIONS = "{ viewer { " + "role " * 1_001 + "} }"
MANY_TOKENS = "{ viewer { role(" + "a: 1 " * 2_000 + ") } }"
MANY_REPEATS = "{ viewer { " + "account { id } " * 200 + "} }"
MANY_REPEATED_ARGUMENTS = "{ viewer { " + "role(a: 1) " * 577 + "} }"
NESTED_REPEATS = "{ viewer { " + ("account { " + "partner { id } " * 15 + "} ") * 15 + "} }"
REPEATS_IN_FRAGMENTS = (
    "{ viewer { account { "
    + " ".join(f"...f{number}" for number in range(110))
    + " } } } "
    + " ".join(f"fragment f{number} on Account {{ partner {{ id }} }}" for number in range(110))
)
UNUSED_REPEATS = "{ viewer { role } } fragment f on Viewer { " + "account { id } " * 200 + "}"
MANY_FRAGMENTS = (
    "{ viewer { "
    + " ".join(f"...f{number}" for number in range(101))
    + " } } "
    + " ".join(f"fragment f{number} on Viewer {{ role }}" for number in range(101))
)
DOUBLED_FIELDS = "{ viewer { account { ...f0 } } } " + fragments(6, "a: partner {{ ...f{0} }} b: partner {{ ...f{0} }}")
DOUBLED_FIELDS_TO_THE_END = "{ viewer { account { ...f0 } } } " + fragments(90, "a: partner {{ ...f{0} }} ...f{0}")
LONG_CHAIN = "{ viewer { account { ...f0 } } } " + fragments(250, "...f{0}")
SELF_SPREAD = (
    "{ viewer { account { ...a } } } fragment a on Account { ...b } fragment b on Account { partner { ...a } }"
)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        (DEEP, "QUERY_TOO_DEEP"),
        (MANY_ALIASES, "QUERY_TOO_COMPLEX"),
        (LONG_ALIAS, "QUERY_TOO_COMPLEX"),
        (LONG_ALIAS_IN_A_FRAGMENT, "QUERY_TOO_COMPLEX"),
        (MANY_ROOTS, "QUERY_TOO_COMPLEX"),
        (MANY_DIRECTIVES, "QUERY_TOO_COMPLEX"),
        (MANY_SELECTIONS, "QUERY_TOO_COMPLEX"),
        (MANY_TOKENS, "GRAPHQL_PARSE_FAILED"),
        ("#" + " " * 65_536 + "\n{ __typename }", "QUERY_TOO_LARGE"),
        ("#\n" * 501 + "{ __typename }", "GRAPHQL_PARSE_FAILED"),
        (MANY_REPEATS, "QUERY_TOO_COMPLEX"),
        (MANY_REPEATED_ARGUMENTS, "QUERY_TOO_COMPLEX"),
        (NESTED_REPEATS, "QUERY_TOO_COMPLEX"),
        (REPEATS_IN_FRAGMENTS, "QUERY_TOO_COMPLEX"),
        (UNUSED_REPEATS, "QUERY_TOO_COMPLEX"),
        (MANY_FRAGMENTS, "QUERY_TOO_COMPLEX"),
        (DOUBLED_FIELDS, "QUERY_TOO_COMPLEX"),
        (DOUBLED_FIELDS_TO_THE_END, "QUERY_TOO_COMPLEX"),
        (LONG_CHAIN, "QUERY_TOO_DEEP"),
        (SELF_SPREAD, "GRAPHQL_VALIDATION_FAILED"),
    ],
)
def test_refuses_too_large_a_document_at_once(client: httpx.Client, signed_in: dict[str, str], query: str, code: str):
    started = time.monotonic()
    response = ask(client, query, headers=signed_in)
    assert time.monotonic() - started < 5, "and not for ever, as a walk that doubles at each level"
    assert response.status_code == 400
    assert code_of(response) == code


@pytest.mark.parametrize("levels", [18, 90])
def test_takes_fragments_that_spread_each_other_twice_at_once(
    client: httpx.Client, signed_in: dict[str, str], levels: int
):
    query = "{ viewer { account { ...f0 } } } " + fragments(levels, "...f{0} ...f{0}")
    started = time.monotonic()
    response = ask(client, query, headers=signed_in)
    assert time.monotonic() - started < 5, "and not for ever, as a walk that doubles at each level"
    assert response.status_code == 200, response.text
    assert response.json()["data"]["viewer"]["account"]["id"]


def test_takes_an_alias_that_is_no_longer_than_it_may_be(client: httpx.Client, signed_in: dict[str, str]):
    alias = "a" * 64
    response = ask(client, f"{{ viewer {{ {alias}: role }} }}", headers=signed_in)
    assert response.json()["data"] == {"viewer": {alias: "ACCOUNT_ADMIN"}}
    longer = ask(client, f"{{ viewer {{ {alias}a: role }} }}", headers=signed_in)
    assert longer.json()["errors"][0]["message"] == "An alias may have at most 64 characters."


def test_counts_a_fragment_wherever_it_is_spread(client: httpx.Client, signed_in: dict[str, str]):
    fragment = " fragment f on Viewer { " + " ".join(f"a{number}: role" for number in range(40)) + " }"
    twice = "{ one: viewer { ...f } two: viewer { ...f } }" + fragment
    thrice = "{ one: viewer { ...f } two: viewer { ...f } three: viewer { ...f } }" + fragment
    assert ask(client, twice, headers=signed_in).status_code == 200
    assert code_of(ask(client, thrice, headers=signed_in)) == "QUERY_TOO_COMPLEX"


def test_a_field_that_is_selected_far_too_often_is_refused(client: httpx.Client, signed_in: dict[str, str]):
    assert ask(client, "{ viewer { " + "role " * 500 + "} }", headers=signed_in).status_code == 200
    assert code_of(ask(client, "{ viewer { " + "role " * 950 + "} }", headers=signed_in)) == "QUERY_TOO_COMPLEX"


def test_reports_so_many_errors_of_a_document_and_no_more(client: httpx.Client):
    response = ask(
        client, "{ " + " ".join(f"nothing{number}" for number in range(10)) + " viewer { " + "nothing " * 50 + "} }"
    )
    assert len(response.json()["errors"]) == 6, "and that there are more"


def test_reports_so_many_errors_of_the_variables_and_no_more(client: httpx.Client, signed_in: dict[str, str]):
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    response = ask(client, query, variables={"ids": [None] * 500}, headers=signed_in)
    assert response.status_code == 400
    assert len(response.json()["errors"]) <= 21


def test_variables_hold_so_many_values(client: httpx.Client, signed_in: dict[str, str]):
    query = "query ($filter: UserFilter) { users(filter: $filter) { totalCount } }"
    many: list[list[Any]] = [[{}] * 10_000, [[[{"a": [1, 2, 3]}]] * 5] * 1_000]
    for parts in many:
        response = ask(client, query, variables={"filter": {"or": parts}}, headers=signed_in)
        assert (response.status_code, code_of(response)) == (400, "QUERY_TOO_COMPLEX")
