"""Accounts that belong to one test, made and looked at by plain SQL."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any

from uuid_utils import uuid7

from domain.keys import account_keys, user_keys

PARTNER_NUMBER = "1000"
_SIGNING_IN = """
    SELECT users.id, (SELECT password_hash FROM credentials WHERE user_id = users.id),
        ARRAY(SELECT expires_at::text FROM sessions WHERE user_id = users.id ORDER BY 1),
        ARRAY(SELECT refresh_tokens::text FROM refresh_tokens JOIN sessions ON sessions.id = session_id
              WHERE user_id = users.id ORDER BY 1),
        ARRAY(SELECT links::text FROM links WHERE user_id = users.id ORDER BY 1)
    FROM users WHERE account_id = $1 ORDER BY users.id
"""
_MISCOUNTED_LICENSES = """
    SELECT * FROM license_counts
    FULL JOIN (SELECT account_id, product_id, count(*) AS counted FROM licenses GROUP BY 1, 2) AS groups
    USING (account_id, product_id)
    WHERE coalesce(assigned, 0) <> coalesce(counted, 0)
"""
_MISCOUNTED_USERS = """
    SELECT * FROM user_counts
    FULL JOIN (SELECT account_id, status, source, role, is_iot_connected, count(*) AS counted
               FROM users GROUP BY 1, 2, 3, 4, 5) AS groups
    USING (account_id, status, source, role, is_iot_connected)
    WHERE coalesce(total, 0) <> coalesce(counted, 0)
"""


async def miscounts(sql: Any) -> list[dict[str, Any]]:
    """Give what is kept, of all accounts, as the number of their users and licenses, and is not."""
    return [dict(row) for query in (_MISCOUNTED_USERS, _MISCOUNTED_LICENSES) for row in await sql.fetch(query)]


@dataclass
class FreshAccount:
    """A customer account, its admin, and a connection for plain SQL."""

    sql: Any
    id: str
    number: str
    admin: str = ""

    @property
    def node(self) -> str:
        return f"account_{self.id}"

    async def add_user(self, name: str | None = None, email: str | None = None, **columns: Any) -> str:
        """Add a user, and give its id; columns are those of the table, and `first_name` and `last_name` are free."""
        user_id = uuid7().hex
        names = {"given_name": name, "first_name": columns.pop("first_name", None)}
        names["last_name"] = columns.pop("last_name", None)
        if not any(names.values()):
            names["given_name"] = f"User {user_id[-6:]}"
        email = email or f"u{user_id}@{self.number}.example"
        row = {"id": user_id, "account_id": self.id, "email": email, **names}
        row |= user_keys(**names, email=email)._asdict() | columns
        places = ", ".join(f"${place}" for place in range(1, len(row) + 1))
        await self.sql.execute(f"INSERT INTO users ({', '.join(row)}) VALUES ({places})", *row.values())
        return user_id

    async def set_password(self, user_id: str, password_hash: str) -> None:
        """Give a user the password of a hash."""
        await self.sql.execute(
            "INSERT INTO credentials (user_id, password_hash) VALUES ($1, $2)", user_id, password_hash
        )

    async def add_link(self, user_id: str, kind: str, *, hours: int = 1) -> str:
        """Make a link that ends in so many hours, in place of the one before; give its token."""
        token = token_urlsafe(32)
        await self.sql.execute(
            "INSERT INTO links (user_id, kind, mail_id, token_hash, expires_at, email)"
            " SELECT $1, $2, $3, $4, now() + $5::integer * interval '1 hour', email FROM users WHERE id = $1"
            " ON CONFLICT (user_id, kind) DO UPDATE"
            " SET token_hash = excluded.token_hash, expires_at = excluded.expires_at, used_at = NULL",
            user_id,
            kind,
            uuid7().hex,
            sha256(token.encode()).digest(),
            hours,
        )
        return token

    async def add_source_record(self, user_id: str, source: str, attributes: str = "{}") -> None:
        await self.sql.execute(
            "INSERT INTO source_records (user_id, account_id, source, external_id, last_synced_at, attributes)"
            " VALUES ($1, $2, $3, $4, now(), $5)",
            user_id,
            self.id,
            source,
            user_id,
            attributes,
        )

    async def buy(self, code: str = "MITEAM_MEETINGS", quantity: int = 10, **columns: Any) -> str:
        """Buy licenses of a product, from now and for ever unless told otherwise; give the id of the product."""
        starts_at = columns.get("starts_at", datetime.now(UTC) - timedelta(days=1))
        product: str = await self.sql.fetchval("SELECT id FROM products WHERE code = $1", code)
        await self.sql.execute(
            "INSERT INTO license_subscriptions (account_id, product_id, order_number, quantity, starts_at, expires_at)"
            " VALUES ($1, $2, $3, $4, $5, $6)",
            self.id,
            product,
            uuid7().hex,
            quantity,
            starts_at,
            columns.get("expires_at"),
        )
        return product

    async def give(self, product: str, *user_ids: str) -> None:
        """Assign licenses of a product."""
        await self.sql.executemany(
            "INSERT INTO licenses (user_id, account_id, product_id) VALUES ($1, $2, $3)",
            [(user_id, self.id, product) for user_id in user_ids],
        )

    async def value(self, query: str, *arguments: Any) -> Any:
        """Ask for one value; $1 is the account."""
        return await self.sql.fetchval(query, self.id, *arguments)

    async def rows(self, query: str, *arguments: Any) -> list[Any]:
        """Ask for rows; $1 is the account."""
        return list(await self.sql.fetch(query, self.id, *arguments))

    async def somebody_waits(self) -> None:
        """Wait until another connection waits for a lock. Raises AssertionError where none does."""
        waiting = (
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        for _ in range(1000):
            if await self.sql.fetchval(waiting):
                return
            await asyncio.sleep(0.01)
        raise AssertionError("nobody waits")

    async def traces(self) -> dict[str, Any]:
        """Give all that a write could leave behind, to tell that one left nothing.

        The worker's own note of when it welcomed somebody comes when it comes.
        """
        users = await self.rows("SELECT * FROM users WHERE account_id = $1 ORDER BY id")
        return {
            "users": [dict(row) | {"welcomed_at": None} for row in users],
            "licenses": len(await self.rows("SELECT FROM licenses WHERE account_id = $1")),
            "counts": [tuple(row) for row in await self.rows("SELECT * FROM license_counts WHERE account_id = $1")],
            "mailings": len(await self.rows("SELECT FROM mailings WHERE account_id = $1")),
            "mails": await self.value(
                "SELECT count(*) FROM mails WHERE mailing_id IN (SELECT id FROM mailings WHERE account_id = $1)"
            ),
            "audit": len(await self.rows("SELECT FROM audit_events WHERE account_id = $1")),
            "signing in": [tuple(row) for row in await self.rows(_SIGNING_IN)],
            "changes": len(await self.rows("SELECT FROM user_changes WHERE account_id = $1")),
        }


async def open_account(
    sql: Any,
    *,
    partner: str = PARTNER_NUMBER,
    integrations: tuple[str, ...] = ("MITEAM_MEETINGS",),
    is_active: bool = True,
    admins: int = 1,
) -> FreshAccount:
    """Open a customer account; `admin` is the first of its account admins."""
    number = f"7{uuid7().int % 10**14:014}"
    name = f"Fresh {number}"
    keys = account_keys(name=name, number=number)
    account_id: str = await sql.fetchval(
        "INSERT INTO accounts (number, name, name_key, search_text, kind, partner_id, is_active)"
        " VALUES ($1, $2, $3, $4, 'CUSTOMER', (SELECT id FROM accounts WHERE number = $5), $6) RETURNING id",
        number,
        name,
        keys.name_key,
        keys.search_text,
        partner,
        is_active,
    )
    await sql.executemany(
        "INSERT INTO account_integrations (account_id, integration) VALUES ($1, $2)",
        [(account_id, integration) for integration in integrations],
    )
    account = FreshAccount(sql, account_id, number)
    made = [
        await account.add_user(f"Admin {place}", role="ACCOUNT_ADMIN", status="REGISTERED") for place in range(admins)
    ]
    account.admin = made[0] if made else ""
    return account
