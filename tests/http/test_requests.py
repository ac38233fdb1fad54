"""What a request must be like to be taken."""

from urllib.parse import urlencode

import httpx
import pytest

from tests.http.asking import ask, code_of

PREFLIGHT = {"graphql-require-preflight": "1"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"5",
        b'"x"',
        b"null",
        b"true",
        b"[]",
        b'[{"query": "{ __typename }"}]',
        b"{",
        b"nonsense",
        b"\xff\xfe",
        b'{"query": "\xff"}',
        b'{"query": "\\ud800"}',
        b'{"query": "{ __typename }"} x',
        b'{"query": "{ __typename }", "variables": NaN}',
        b"[" * 5_000,
        b'{"query": "{ __typename }", "variables": {"a": ' + b"[" * 2_000 + b"]" * 2_000 + b"}}",
        b'{"query": "{ __typename }", "variables": {"a": ' + b"[" * 99 + b"]" * 99 + b"}}",
        b"{}",
        b'{"query": null}',
        b'{"query": {"a": 1}}',
        b'{"query": "{ __typename }", "variables": []}',
        b'{"query": "{ __typename }", "variables": "{}"}',
        b'{"query": "{ __typename }", "operationName": 5}',
        b'{"query": "{ __typename }", "extensions": []}',
    ],
)
def test_refuses_a_body_that_is_no_request(client: httpx.Client, body: bytes):
    response = client.post("/graphql", content=body, headers={"content-type": "application/json"})
    assert response.status_code == 400
    assert code_of(response) == "BAD_REQUEST"


def test_ignores_members_of_the_body_that_mean_nothing_to_it(client: httpx.Client):
    assert ask(client, "{ __typename }", id=7, variables=None, extensions=None).is_success


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "application/graphql",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=latin1",
        "application/jsonp",
        "application/json, text/plain",
    ],
)
def test_takes_no_other_content_type_than_json(client: httpx.Client, content_type: str | None):
    headers = {} if content_type is None else {"content-type": content_type}
    response = client.post("/graphql", content=b'{"query": "{ __typename }"}', headers=headers)
    assert response.status_code == 415
    assert code_of(response) == "UNSUPPORTED_MEDIA_TYPE"


def test_takes_no_packed_body(client: httpx.Client):
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    assert client.post("/graphql", content=b"x", headers=headers).status_code == 415


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])
def test_says_which_methods_it_takes(client: httpx.Client, method: str):
    response = client.request(method, "/graphql")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, POST"


@pytest.mark.parametrize("header", ["GraphQL-Require-Preflight", "X-Requested-With"])
def test_answers_a_query_by_get(client: httpx.Client, header: str):
    query = urlencode({"query": "query ($n: String!) { __type(name: $n) { name } }", "variables": '{"n": "User"}'})
    response = client.get(f"/graphql?{query}", headers={header: "1"})
    assert response.status_code == 200
    assert response.json()["data"] == {"__type": {"name": "User"}}


def test_takes_an_empty_operation_name_by_get_for_none(client: httpx.Client):
    query = urlencode({"query": "{ __typename }", "operationName": "", "variables": "", "extensions": "null"})
    assert client.get(f"/graphql?{query}", headers=PREFLIGHT).is_success


def test_refuses_a_get_that_a_page_of_another_site_could_send(client: httpx.Client):
    response = client.get("/graphql?query={__typename}")
    assert response.status_code == 400
    assert code_of(response) == "PREFLIGHT_REQUIRED"


@pytest.mark.parametrize(
    "query_string",
    [
        "",
        "quer=1",
        "query=%ff",
        "query={__typename}&query={__typename}",
        "query={__typename}&variables=5",
        "query={__typename}&variables={",
        "query={__typename}&variables={" + '"a":{' * 100 + "}" * 101,
        "query={__typename}&extensions=[]",
        "&".join(f"a{number}=1" for number in range(50)),
    ],
)
def test_refuses_a_query_string_that_is_no_request(client: httpx.Client, query_string: str):
    response = client.get(f"/graphql?{query_string}", headers=PREFLIGHT)
    assert response.status_code == 400
    assert code_of(response) == "BAD_REQUEST"


@pytest.mark.parametrize(
    ("name", "code"), [(None, "BAD_REQUEST"), ("C", "BAD_REQUEST"), ("", "BAD_REQUEST"), ("A", None)]
)
@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json"])
def test_runs_the_operation_that_is_named_and_no_other(
    client: httpx.Client, name: str | None, code: str | None, accept: str
):
    query = "query A { a: __typename } query B { b: __typename }"
    response = ask(client, query, operationName=name, headers={"accept": accept})
    if code is None:
        assert response.json()["data"] == {"a": "Query"}
    else:
        assert response.status_code == 400
        assert code_of(response) == code
