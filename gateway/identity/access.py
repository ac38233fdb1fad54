"""Access tokens for people who are named by their address, for development and operations."""

from datetime import UTC, datetime

from domain.sessions import AccessToken, typed_email_key
from gateway.identity.tokens import Tokens
from gateway.settings import Mode, Settings
from gateway.setup_errors import SetupError
from persistence.database import Database
from persistence.sessions import holders_of_email


async def issue_token(settings: Settings, database_url: str, email: str, account_number: str | None) -> AccessToken:
    """Issue an access token for the holder of an address. Raises SetupError where that is not exactly one user."""
    tokens = Tokens.load(settings.signing_keys_dir, create=settings.mode is Mode.DEVELOPMENT)
    timeout = settings.statement_timeout_seconds
    database = await Database.open(database_url, pool_size=1, statement_timeout_seconds=timeout)
    try:
        async with database.connection() as connection:
            holders = await holders_of_email(connection, typed_email_key(email))
    finally:
        await database.close()
    wanted = [holder for holder in holders if account_number in {None, holder.account_number}]
    if not wanted:
        place = "any account" if account_number is None else f"account {account_number}"
        raise SetupError(f"There is nobody with the address {email} in {place}.")
    if len(wanted) > 1:
        numbers = ", ".join(holder.account_number for holder in wanted)
        raise SetupError(f"The address {email} stands in the accounts {numbers}: say which one with --account.")
    return tokens.issue(wanted[0].user_id, datetime.now(UTC))
