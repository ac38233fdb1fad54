"""What the command `announce` does: gateways are told to look at what an operator changed by plain SQL."""

from domain.user_changes import ChangeKind
from domain.viewers import Scope
from events.announcements import Announcement
from events.broker import Broker
from gateway.settings import Settings
from gateway.setup_errors import SetupError
from persistence.accounts import take_turn
from persistence.database import Connection, Database
from persistence.user_changes import log_all_users
from persistence.watches import account_ids_by_number, counts_of_accounts


async def announce(
    settings: Settings, database_url: str, redis_url: str, account_number: str | None, *, users: bool
) -> int:
    """Announce all counts of an account, or of every one, and give the number of accounts.

    With `users`, log all of its users as changed first. Raises SetupError where there is no such account.
    """
    timeout = settings.statement_timeout_seconds
    database = await Database.open(database_url, pool_size=1, statement_timeout_seconds=timeout)
    broker = Broker.open(redis_url)
    try:
        async with database.connection() as connection:
            account_ids = await account_ids_by_number(connection, account_number)
        if account_number is not None and not account_ids:
            raise SetupError(f"There is no account {account_number}.")
        for account_id in account_ids:
            if users:
                await _log_users(database, account_id)
            async with database.connection() as connection:
                broker.announce(await _announcement(connection, account_id, users=users))
            await broker.drain()
    finally:
        await broker.close()
        await database.close()
    return len(account_ids)


async def _log_users(database: Database, account_id: str) -> None:
    """Log every user of an account as changed; what really became of them only their writer knows."""
    async with database.transaction() as connection:
        await take_turn(connection, Scope(account_id), account_id)
        await log_all_users(connection, account_id, ChangeKind.UPDATED)


async def _announcement(connection: Connection, account_id: str, *, users: bool) -> Announcement:
    counts = await counts_of_accounts(connection, [account_id])
    return Announcement(account_id, {count.id: count.revision for count in counts}, has_user_changes=users)
