"""What a request may do depends on the kind of its operation; shown with a schema that has all kinds.

The schema is small and of this file; all else is the gateway's own.
"""

from collections.abc import AsyncIterator

import httpx
import pytest
import strawberry
from starlette.middleware import Middleware
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send
from strawberry.scalars import JSON

from gateway.concurrency import ConcurrencyLimit, OperationLimits
from gateway.documents.deadlines import Deadlines
from gateway.documents.documents import Documents
from gateway.documents.limits import Limits
from gateway.execution import Execution
from gateway.http.access_log import AccessLog
from gateway.http.endpoint import GraphQLEndpoint
from gateway.services import SERVICES, open_services
from gateway.settings import Settings
from schema.schema import core_schema
from tests.conftest import RunningGateway

ACCEPTS = pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json"])


@strawberry.type
class Query:
    @strawberry.field
    def secret(self) -> str:
        return "told"


@strawberry.type
class Mutation:
    @strawberry.mutation
    def sign_in(self) -> str:
        return "in"

    @strawberry.mutation
    def change(self) -> str:
        return "changed"

    @strawberry.mutation
    def too_large_a_number(self) -> int:
        return 2**40

    @strawberry.mutation
    def no_json(self) -> JSON:
        return JSON(1j)

    @strawberry.mutation
    def repeat(self, times: int = 1) -> str:
        return "again" * times


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def ticks(self) -> AsyncIterator[int]:
        yield 1


PUBLIC = frozenset({"signIn", "tooLargeANumber", "noJson", "repeat", "secret", "ticks"})


@pytest.fixture(scope="session")
async def app(gateway: RunningGateway) -> AsyncIterator[ASGIApp]:
    schema = strawberry.Schema(query=Query, mutation=Mutation, subscription=Subscription)
    limits, plenty = Limits(), ConcurrencyLimit(100, message="Too many.")
    endpoint = GraphQLEndpoint(
        Documents(core_schema(schema), PUBLIC, limits, allows_introspection=True),
        Execution(schema, limits, hides_suggestions=False),
        OperationLimits(of_all=plenty, of_strangers=plenty),
        deadlines=Deadlines(5, 5),
        max_body_bytes=10_000,
    )
    router = Router([Route("/graphql", endpoint)], middleware=[Middleware(AccessLog)])
    settings = Settings(
        database_url=gateway.database_url,
        redis_url=gateway.house.environment["REDIS_URL"],
        data_dir=gateway.house.data_dir,
    )
    async with open_services(settings) as services:

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await router({**scope, "state": {SERVICES: services}}, receive, send)

        yield app


@pytest.fixture
async def client(app: ASGIApp) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://gateway") as client:
        yield client


async def post(client: httpx.AsyncClient, query: str, accept: str = "application/json") -> httpx.Response:
    return await client.post("/graphql", json={"query": query}, headers={"accept": accept})


@ACCEPTS
async def test_changes_nothing_by_get(client: httpx.AsyncClient, accept: str):
    headers = {"graphql-require-preflight": "1", "accept": accept}
    response = await client.get("/graphql?query=mutation{signIn}", headers=headers)
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"
    assert response.json()["errors"][0]["extensions"]["code"] == "METHOD_NOT_ALLOWED"


async def test_lets_the_query_of_a_document_with_both_run_by_get(client: httpx.AsyncClient):
    params = {"query": "query A { __typename } mutation B { signIn }", "operationName": "A"}
    response = await client.get("/graphql", params=params, headers={"x-requested-with": "test"})
    assert response.json()["data"] == {"__typename": "Query"}


@ACCEPTS
async def test_refuses_a_subscription_by_post(client: httpx.AsyncClient, accept: str):
    response = await post(client, "subscription { ticks }", accept)
    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["code"] == "NOT_SUPPORTED"


async def test_lets_anybody_use_a_public_mutation(client: httpx.AsyncClient):
    response = await post(client, "mutation { ...f } fragment f on Mutation { __typename in: signIn }")
    assert response.json()["data"] == {"__typename": "Mutation", "in": "in"}


@pytest.mark.parametrize(
    "query",
    [
        "mutation { change }",
        "mutation { signIn change }",
        "mutation { signIn: change }",
        "mutation { signIn ...f } fragment f on Mutation { change }",
        "{ secret }",
    ],
)
async def test_lets_nobody_use_anything_else(client: httpx.AsyncClient, query: str):
    response = await post(client, query)
    assert response.status_code == 401
    assert "data" not in response.json()


async def test_masks_a_value_that_its_type_cannot_take(client: httpx.AsyncClient):
    response = await post(client, "mutation { tooLargeANumber }")
    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert str(2**40) not in response.text


async def test_masks_an_answer_that_is_no_json(client: httpx.AsyncClient):
    response = await post(client, "mutation { noJson }")
    assert response.status_code == 500
    assert response.json()["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"


async def test_tells_a_client_that_its_variable_does_not_fit_an_argument(client: httpx.AsyncClient):
    body = {"query": "mutation ($n: Int) { repeat(times: $n) }", "variables": {"n": None}}
    response = await client.post("/graphql", json=body)
    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["path"] == ["repeat"]
