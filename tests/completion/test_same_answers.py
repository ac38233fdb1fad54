"""Whatever is asked, plans answer as graphql-core does."""

import gc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from events.broker import Broker
from gateway.errors import RequestError
from persistence.database import Database
from resolvers.context import Context
from resolvers.viewers import authenticate
from schema.schema import core_schema
from tests.completion.comparing import SCHEMA, answers, run, without_propagation
from tests.completion.conftest import SPARSE
from tests.completion.drawing import Drawer
from tests.conftest import ADMIN, PARTNER, PLAIN_USER

SEEDS = 20
QUERIES_A_SEED = 100


@pytest.fixture(scope="session")
async def texts(sql: Any) -> dict[str, list[str]]:
    """Give what texts are drawn from: ids of all kinds, in sight, out of sight, of nothing, and of no form."""
    ids = [
        f"{kind}_{row['id']}"
        for kind, table in (
            ("user", "users"),
            ("account", "accounts"),
            ("product", "products"),
            ("count", "license_counts"),
            ("subscription", "license_subscriptions"),
            ("audit", "audit_events"),
        )
        for row in await sql.fetch(f"SELECT id FROM {table} ORDER BY id LIMIT 6")
    ]
    accounts = [
        f"account_{row['id']}"
        for row in await sql.fetch("SELECT id FROM accounts WHERE number = ANY($1)", ["2001", "2101", "1000", SPARSE])
    ]
    people = [
        f"user_{row['id']}"
        for row in await sql.fetch(
            "SELECT id FROM users WHERE email = ANY($1)",
            [ADMIN, PARTNER, PLAIN_USER, "1@sparse.example", "3@sparse.example"],
        )
    ]
    products = [f"product_{row['id']}" for row in await sql.fetch("SELECT id FROM products")]
    nothing = ["user_" + "0" * 32, "nonsense", ""]
    return {
        "id": [*accounts, *people, *ids, *nothing],
        "ids": [*accounts, *people, *ids, *nothing],
        "accountId": [*accounts, *accounts, *nothing],
        "productId": [*products, *nothing],
        "search": ["", "a", "an", "sparse", "jo gon", "zzz"],
        "createdAfter": ["2001-01-01T00:00:00Z", "yesterday"],
        "createdBefore": ["2030-01-01T00:00:00+02:00"],
        "any": ["nonsense", ""],
    }


@pytest.fixture(scope="session")
async def contexts(database: Database, sql: Any) -> dict[str, Callable[[], Context]]:
    """Give what makes the context of a partner, an admin and a plain user, all at the same moment."""
    now = datetime.now(UTC)

    async def of(email: str) -> Callable[[], Context]:
        user = await sql.fetchval("SELECT id FROM users WHERE email = $1 ORDER BY created_at LIMIT 1", email)
        viewer = await authenticate(database, user, now + timedelta(minutes=15), None)
        assert viewer is not None
        return lambda: Context(database, Broker.open("redis://127.0.0.1:1"), viewer, "test", now)

    return {email: await of(email) for email in (PARTNER, ADMIN, PLAIN_USER)}


# Of fields that run at once, graphql-core cancels the others when one fails, some before they have begun.
@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("seed", range(SEEDS))
async def test_answers_as_the_executor_does(
    seed: int, texts: dict[str, list[str]], contexts: dict[str, Callable[[], Context]]
):
    random = Random(seed)
    answered = 0
    while answered < QUERIES_A_SEED:
        drawn = Drawer(core_schema(SCHEMA), random, texts).draw()
        who = random.choice((PARTNER, PARTNER, ADMIN, PLAIN_USER))
        try:
            by_plans, without, operation = await answers(drawn.text, drawn.variables, contexts[who])
        except RequestError:
            continue  # fields that do not go together, or more than the limits let through
        told = f"{who}\n{drawn.text}\n{drawn.variables}"
        assert by_plans.data == without.data, told
        if by_plans.errors != without.errors:
            # Of fields that run at once, whichever fails first takes the others' place in the answer away.
            every = await run(without_propagation(operation), drawn.variables, contexts[who]())
            assert len(every.errors) > 1, told
            assert set(by_plans.errors) | set(without.errors) <= set(every.errors), told
            assert by_plans.errors, told
        assert (operation.plans is not None) == operation.needs_viewer
        assert by_plans.errors or operation.plans is None or not operation.plans.times_given_up, told
        answered += 1
    # What was cancelled complains when it is collected: here, and not in the middle of another test.
    gc.collect()
