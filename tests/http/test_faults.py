"""A fault of ours is told in one sentence; the log has the rest, once."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, TypeAlias

import asyncpg
import httpx
import orjson
import pytest

from gateway.identity.viewers import RecentViewers
from gateway.logs import _without_rows  # pyright: ignore[reportPrivateUsage]
from tests.accounts import FreshAccount
from tests.conftest import RunningGateway
from tests.house.houses import Gateway
from tests.http.asking import ask, lines_about

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

SECRET = "do-not-tell-anybody"
LOG_CHAINED = f"""
import asyncio, asyncpg, logging, os, structlog
from gateway.logs import configure_logs
from gateway.settings import read_settings

async def fail():
    connection = await asyncpg.connect(os.environ["DATABASE_URL"])
    await connection.execute("DO $$ BEGIN RAISE 'not this time' USING DETAIL = '{SECRET}'; END $$")

async def fail_behind():
    try:
        await fail()
    except asyncpg.PostgresError as error:
        raise ExceptionGroup("both", [error, RuntimeError()])

configure_logs(read_settings())
try:
    asyncio.run(fail_behind())
except Exception:
    structlog.get_logger().exception("fault")
    logging.getLogger().exception("fault")
"""
LOG_QUEUE = """
import asyncpg, logging
from gateway.logs import configure_logs
from gateway.settings import read_settings

configure_logs(read_settings())
lost = asyncpg.ConnectionDoesNotExistError("in the middle"), asyncpg.InterfaceError("connection is closed")
for error in *lost, PermissionError("no mail folder"), asyncpg.InterfaceError("a fault of ours"):
    try:
        raise error
    except Exception:
        logging.getLogger("pgqueuer").exception("Exception while processing job %s", 1)
"""
LOG_STRANGE = r"""
import structlog
from gateway.logs import configure_logs
from gateway.settings import read_settings

configure_logs(read_settings())
log = structlog.get_logger()
log.info("half a pair", text="a\ud800b", known="é")
log.info("a large number", number=2**64)
try:
    raise ValueError("\ud800")
except ValueError:
    log.exception("fault")
log.info("the next one")
"""
CREATE = """mutation ($account: ID!, $email: String!) {
  createUser(input: { accountId: $account, email: $email, name: "New" }) { userErrors { code } }
}"""
TWICE = "{ one: products { name } two: products { name } }"


@asynccontextmanager
async def missing(database: Connection, table: str) -> AsyncGenerator[None]:
    """Let a table be missing."""
    await database.execute(f"ALTER TABLE {table} RENAME TO {table}_elsewhere")
    try:
        yield
    finally:
        await database.execute(f"ALTER TABLE {table}_elsewhere RENAME TO {table}")


async def test_masks_a_fault_in_a_field_and_logs_it_once(
    strict: Gateway, strict_client: httpx.Client, signed_in: dict[str, str], database: Connection
):
    async with missing(database, "products"):
        response = ask(strict_client, TWICE, headers=signed_in | {"x-request-id": "fault-in-a-field"})
    error, *others = response.json()["errors"]
    assert not others
    assert error["message"] == "Something went wrong on our side. Quote request id fault-in-a-field when you report it."
    assert error["extensions"] == {"code": "INTERNAL_SERVER_ERROR"}
    assert error["path"] in (["one"], ["two"])
    assert "products" not in error["message"]
    faults = [line for line in lines_about(strict, "fault-in-a-field") if line["event"] == "fault"]
    assert len(faults) == 1
    assert "UndefinedTableError" in str(faults[0]["exception"])


async def test_masks_a_fault_before_anything_ran(
    strict: Gateway, strict_client: httpx.Client, signed_in: dict[str, str], database: Connection
):
    await asyncio.sleep(RecentViewers.remembers_seconds)  # the rights have to be looked up
    async with missing(database, "users"):
        response = ask(strict_client, TWICE, headers=signed_in | {"x-request-id": "fault-before-all"})
    assert response.status_code == 500
    assert response.json() == {
        "errors": [
            {
                "message": "Something went wrong on our side. Quote request id fault-before-all when you report it.",
                "extensions": {"code": "INTERNAL_SERVER_ERROR"},
            }
        ]
    }
    assert len([line for line in lines_about(strict, "fault-before-all") if line["event"] == "fault"]) == 1


@pytest.mark.parametrize("log_format", ["json", "console"])
async def test_logs_no_row_that_breaks_a_rule(
    gateway: RunningGateway, database: Connection, account: FreshAccount, log_format: str
):
    with gateway.beside(GATEWAY_LOG_FORMAT=log_format) as served:
        asking = replace(gateway, process=served, url=served.address)
        await database.execute(
            f"ALTER TABLE users ADD CONSTRAINT strange CHECK (email NOT LIKE '%{SECRET}%') NOT VALID"
        )
        try:
            code = asking.code(CREATE, {"account": account.node, "email": f"ada@{SECRET}.example"})
        finally:
            await database.execute("ALTER TABLE users DROP CONSTRAINT strange")
    assert code == "INTERNAL_SERVER_ERROR"
    assert "CheckViolationError" in served.printed
    assert SECRET not in served.printed


def logged(gateway: RunningGateway, program: str, log_format: str) -> str:
    """Give what a program logs that runs to its end."""
    environment = gateway.house.environment | {"GATEWAY_LOG_FORMAT": log_format}
    return subprocess.run(
        [sys.executable, "-c", program],
        env=replace(gateway.house, environment=environment).whole_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stderr


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_logs_no_row_of_an_error_behind_another(gateway: RunningGateway, log_format: str):
    lines = logged(gateway, LOG_CHAINED, log_format)
    assert lines.count("RaiseError: not this time") == 4
    assert SECRET not in lines


def test_takes_it_for_no_fault_that_the_queue_lost_its_connection_and_nothing_else(gateway: RunningGateway):
    lines = [orjson.loads(line) for line in logged(gateway, LOG_QUEUE, "json").splitlines()]
    assert [line["level"] for line in lines] == ["warning", "warning", "error", "error"]
    assert ["Traceback" in line.get("exception", "") for line in lines] == [False, False, True, True]
    assert [line["event"].partition("job 1")[2] for line in lines] == [
        ": ConnectionDoesNotExistError('in the middle')",
        ": InterfaceError('connection is closed')",
        "",
        "",
    ]


def test_logs_what_json_cannot_say(gateway: RunningGateway):
    pair, number, fault, last = [orjson.loads(line) for line in logged(gateway, LOG_STRANGE, "json").splitlines()]
    assert (pair["event"], pair["text"], pair["known"]) == ("half a pair", r"'a\ud800b'", r"'\xe9'")
    assert (number["level"], number["number"]) == ("info", str(2**64))
    assert r"ValueError: \ud800" in fault["exception"]
    assert fault["timestamp"].endswith("Z")
    assert last["event"] == "the next one"


def test_takes_the_rows_from_errors_of_any_form_and_depth():
    error = ValueError("first")
    for number in range(5_000):
        later = ValueError(number)
        later.__context__ = error
        error = later
    for told in (error, (type(error), error, None), (None, None, None), True, 1, False):
        assert _without_rows(None, "error", {"exc_info": told}) == {"exc_info": told}


def test_logs_no_fault_for_what_a_client_did_wrong(
    strict: Gateway, strict_client: httpx.Client, signed_in: dict[str, str]
):
    queries = ["{", "{ nothing }", "{ users(first: -1) { totalCount } }", '{ users(after: "x") { totalCount } }']
    for number, query in enumerate(queries):
        ask(strict_client, query, headers=signed_in | {"x-request-id": f"not-our-fault-{number}"})
        assert [line["event"] for line in lines_about(strict, f"not-our-fault-{number}")] == ["request"]


REGISTER = "mutation ($input: CompleteRegistrationInput!) { completeRegistration(input: $input) { __typename } }"


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        (REGISTER, {"input": {"token": SECRET}}),
        (REGISTER, {"input": {"token": SECRET, "password": SECRET, "passwort": SECRET}}),
        (REGISTER, {"input": {"token": [SECRET], "password": {"text": SECRET}}}),
        (REGISTER, {"input": SECRET}),
        (REGISTER, {"input": {"token": f"{SECRET}, found: ", "passwort": f"'\n {SECRET}"}}),
        (
            REGISTER.replace("$input)", f'{{ token: "{SECRET}" }})').replace(
                "($input: CompleteRegistrationInput!) ", ""
            ),
            {},
        ),
        (f'mutation {{ signIn(input: {{ email: "x" "{SECRET}" }}) {{ __typename }} }}', {}),
        (f'mutation {{ signIn(input: {{ email: "x" """{SECRET}\'\n""" }}) {{ __typename }} }}', {}),
        (f'mutation {{ signIn(input: {{ email: ["{SECRET}"], passwort: "{SECRET}" }}) {{ __typename }} }}', {}),
    ],
)
def test_repeats_no_value_that_it_refuses(client: httpx.Client, query: str, variables: dict[str, Any]):  # M5
    response = ask(client, query, variables=variables)
    assert response.status_code == 400
    assert SECRET not in response.text
    assert all(error["message"].endswith((".", "?")) for error in response.json()["errors"])


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "include required field 'token'"),
        ({"token": SECRET}, "include required field 'password'"),
        ({"token": SECRET, "password": SECRET, "passwort": SECRET}, "not to include unknown field 'passwort'"),
        ({"token": SECRET, "password": 5}, "at .password: String cannot represent a non string value."),
        (None, "Expected value of non-null type 'CompleteRegistrationInput!' not to be null."),
        (SECRET, "Expected value of type 'CompleteRegistrationInput' to be an object."),
    ],
)
def test_tells_what_is_wrong_with_a_variable(client: httpx.Client, given: Any, told: str):
    messages = [error["message"] for error in ask(client, REGISTER, variables={"input": given}).json()["errors"]]
    assert any(told in message for message in messages), messages


def test_suggests_nothing_where_introspection_is_off(strict_client: httpx.Client, client: httpx.Client):
    for query, hint in [
        ("{ vewer { role } }", "viewer"),
        ('{ user(ld: "x") { id } }', "'id'"),
        ("{ __schema { types { name } } }", ""),
    ]:
        message = ask(strict_client, query).json()["errors"][0]["message"]
        assert "Did you mean" not in message
        assert not hint or hint not in message
    assert "Did you mean 'viewer'" in ask(client, "{ vewer { role } }").json()["errors"][0]["message"]


def test_answers_no_introspection_where_it_is_off(strict_client: httpx.Client):
    for query in ["{ __schema { types { name } } }", '{ __type(name: "User") { name } }']:
        response = ask(strict_client, query)
        assert response.status_code == 400
        assert response.json()["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert ask(strict_client, "{ __typename }").json()["data"] == {"__typename": "Query"}
