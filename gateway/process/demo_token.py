"""The token that lets GraphiQL ask its first question; in development only (`gateway.http.page`)."""

from datetime import UTC, datetime

from gateway.process.introduction import FIRST_VIEWER
from gateway.services import Services
from persistence.sessions import holders_of_email


async def issue_demo_token(services: Services) -> str | None:
    """Issue a token for the first person of the demonstration; None where the demonstration is not there."""
    holders = await services.database.read(lambda connection: holders_of_email(connection, FIRST_VIEWER))
    return services.tokens.issue(holders[0].user_id, datetime.now(UTC)).token if holders else None
