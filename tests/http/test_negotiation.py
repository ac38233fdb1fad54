"""The type of the answer, and what its status then says."""

import httpx
import pytest

from tests.http.asking import ask, code_of

JSON = "application/json; charset=utf-8"
GRAPHQL = "application/graphql-response+json; charset=utf-8"


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("application/json", JSON),
        ("APPLICATION/JSON", JSON),
        ("application/graphql-response+json", GRAPHQL),
        ("application/graphql-response+json; charset=utf-8, application/json; charset=utf-8", GRAPHQL),
        ("application/json, application/graphql-response+json", JSON),
        ("application/json;q=0.9, application/graphql-response+json", GRAPHQL),
        ("application/json;q=0.5, */*", GRAPHQL),
        ("application/json;q=0, */*;q=0.1", GRAPHQL),
        ("application/graphql-response+json;q=0.2, */*;q=0.1", GRAPHQL),
        ("text/html, */*;q=0.8", JSON),
        ("application/json;q=nonsense, application/graphql-response+json;q=0.1", GRAPHQL),
        ("application/json;charset=latin1, application/graphql-response+json;q=0.1", GRAPHQL),
    ],
)
def test_answers_in_the_type_that_is_wanted_most(client: httpx.Client, accept: str, content_type: str):
    response = client.post("/graphql", json={"query": "{ __typename }"}, headers={"accept": accept})
    assert response.status_code == 200
    assert response.headers["content-type"] == content_type


def test_answers_in_json_when_no_type_is_named(client: httpx.Client):
    del client.headers["accept"]
    response = client.post("/graphql", json={"query": "{ __typename }"})
    assert response.headers["content-type"] == JSON


def test_joins_accept_headers_that_come_apart(client: httpx.Client):
    headers = [("accept", "text/html"), ("accept", "application/graphql-response+json")]
    response = client.post("/graphql", json={"query": "{ __typename }"}, headers=headers)
    assert response.headers["content-type"] == GRAPHQL


@pytest.mark.parametrize("accept", ["text/html", "application/json;q=0", "application/json;charset=latin1", ",;=,"])
def test_refuses_when_nothing_is_acceptable(client: httpx.Client, accept: str):
    response = client.post("/graphql", json={"query": "{ __typename }"}, headers={"accept": accept})
    assert response.status_code == 406
    assert code_of(response) == "NOT_ACCEPTABLE"


def test_takes_a_long_header_for_none(client: httpx.Client):
    body = {"query": "{ __typename }"}
    for accept in ("text/html," * 250, "text/event-stream," * 150):
        response = client.post("/graphql", json=body, headers={"accept": accept})
        assert (response.status_code, response.headers["content-type"]) == (200, JSON)
    response = client.post("/graphql", json=body, headers={"content-type": "application/json;" + "a=b;" * 600})
    assert (response.status_code, code_of(response)) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        ("{", {}, "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("query ($name: String!) { __type(name: $name) { name } }", {"name": 5}, "BAD_USER_INPUT"),
        ("query ($name: String!) { __type(name: $name) { name } }", {}, "BAD_USER_INPUT"),
        ("{ __schema " + "{ types { fields { type " * 6 + "{ name }" + "}}}" * 6 + "}", {}, "QUERY_TOO_DEEP"),
    ],
)
def test_tells_by_status_or_in_the_body_alone_what_is_wrong_with_a_document(
    client: httpx.Client, query: str, variables: dict[str, object], code: str
):
    by_status = ask(client, query, variables=variables)
    in_body = ask(client, query, variables=variables, headers={"accept": "application/json"})
    assert (by_status.status_code, in_body.status_code) == (400, 200)
    assert code_of(by_status) == code_of(in_body) == code


def test_tells_partial_success_by_status_or_in_the_body_alone(client: httpx.Client, signed_in: dict[str, str]):
    query = '{ viewer { role } account(id: "x") { users(first: -1) { totalCount } } users(first: -1) { totalCount } }'
    by_status = ask(client, query, headers=signed_in)
    in_body = ask(client, query, headers=signed_in | {"accept": "application/json"})
    assert (by_status.status_code, in_body.status_code) == (294, 200)
    assert by_status.json()["errors"][0]["path"] == ["users"]
