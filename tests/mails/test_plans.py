"""A mail is taken by the index of due mails, however many others its mailing has."""

from datetime import timedelta

from domain.nodes import NO_ID
from persistence.database import Connection, Database
from persistence.jobs import wake_mailings
from persistence.mails import claim_mail

# A mailing under way, most of whose mails are sent; and plans for any mailing, as if tables were large.
MANY_MAILS = """
    WITH mailing AS (
        INSERT INTO mailings (account_id, kind, total) SELECT id, 'WELCOME', 3000 FROM accounts LIMIT 1 RETURNING id
    )
    INSERT INTO mails (mailing_id, user_id, kind, state, finished_at)
    SELECT id, new_id(), 'WELCOME', CASE WHEN is_due THEN 'PENDING' ELSE 'SENT' END::mail_state,
           CASE WHEN NOT is_due THEN now() END
    FROM mailing, generate_series(1, 3000) AS place, LATERAL (SELECT place > 2990 AS is_due) AS state;
    ANALYZE mails;
    SET LOCAL plan_cache_mode = force_generic_plan;
    SET LOCAL enable_seqscan = off;
"""


async def kept_plan(connection: Connection, word: str) -> str:
    """Give the plan that PostgreSQL keeps, for whatever is bound, of the statement with this word."""
    name, parameters = await connection.fetchrow(
        "SELECT name, cardinality(parameter_types) FROM pg_prepared_statements WHERE statement LIKE '%' || $1 || '%'",
        word,
    ) or ("", 0)
    bound = f"({', '.join(['NULL'] * parameters)})" if parameters else ""
    return "\n".join(row[0] for row in await connection.fetch(f'EXPLAIN EXECUTE "{name}"{bound}'))


async def test_who_takes_a_mail_looks_at_due_mails_only(database: Database):
    async with database.transaction(keeps=False) as connection:
        await connection.execute(MANY_MAILS)
        await claim_mail(connection, NO_ID, domain="gateway.example", lease=timedelta(seconds=1))
        plan = await kept_plan(connection, "more_are_due")
    assert plan.count("using due_mails") == 2, plan  # for the mail, and whether there are more
    assert "mails_of_mailing" not in plan, plan


async def test_who_looks_for_mailings_with_due_mails_does_so_too(database: Database):
    async with database.transaction(keeps=False) as connection:
        await connection.execute(MANY_MAILS)
        await wake_mailings(connection)
        plan = await kept_plan(connection, "finished_at IS NULL")
    assert "due_mails" in plan, plan
    assert "mails_of_mailing" not in plan, plan
