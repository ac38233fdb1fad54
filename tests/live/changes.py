"""Changes of users, in the log."""

from tests.accounts import FreshAccount


async def log(account: FreshAccount, kind: str, *user_ids: str) -> None:
    """Write into the log as a mutation does, holding the account's turn."""
    async with account.sql.transaction():
        await account.sql.execute("SELECT FROM accounts WHERE id = $1 FOR NO KEY UPDATE", account.id)
        if kind == "DELETED":
            await account.sql.execute("DELETE FROM users WHERE id = ANY($1)", list(user_ids))
        await account.sql.execute(
            "INSERT INTO user_changes (account_id, kind, user_ids) VALUES ($1, $2, $3)",
            account.id,
            kind,
            list(user_ids),
        )
