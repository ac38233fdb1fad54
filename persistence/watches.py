"""What a gateway looks for on behalf of everybody who watches (S3).

Read for all of its viewers at once, and so without the scope of one: a source (resolvers.live) holds what was read
against the sight of its own viewers, for which each account comes with its partner.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct
from sqlalchemy import BigInteger, Integer, bindparam, func, literal_column, or_, select

from domain.licenses import LicenseCount
from domain.mailings import Mailing
from domain.user_changes import LoggedChange
from domain.viewers import Scope
from persistence.database import Connection
from persistence.licenses import ALL_COUNTS, CLOCK_STEPS, counts_from
from persistence.mailings import mailing_from
from persistence.statements import Statement, any_of, in_scope, scope_values
from persistence.tables import ID, KEY, accounts, license_counts, license_subscriptions, mailings, user_changes

_REVISIONS: Final = (
    select(func.coalesce(func.sum(license_counts.c.revision), 0))
    .where(license_counts.c.account_id == accounts.c.id)
    .scalar_subquery()
)
_CLOCK_STEPS: Final = select(CLOCK_STEPS).where(license_subscriptions.c.account_id == accounts.c.id).scalar_subquery()
# Not of the bare column: PostgreSQL may look for its maximum through the log of all accounts, newest first.
_LAST_CHANGE: Final = (
    select(func.coalesce(func.max(user_changes.c.id + literal_column("0")), 0))
    .where(user_changes.c.account_id == accounts.c.id)
    .scalar_subquery()
)
_ACCOUNT_STATES: Final = Statement(
    select(
        accounts.c.id,
        accounts.c.partner_id,
        (_REVISIONS + _CLOCK_STEPS).label("revisions"),
        _LAST_CHANGE.label("last_change"),
    ).where(any_of(accounts.c.id))
)
_COUNTS: Final = Statement(ALL_COUNTS.where(any_of(license_counts.c.account_id)))
_MAILINGS: Final = Statement(select(*mailings.c).where(any_of(mailings.c.id)))
_CHANGES: Final = Statement(
    select(user_changes.c.id, user_changes.c.kind, user_changes.c.user_ids)
    .where(
        user_changes.c.account_id == bindparam("account_id", type_=ID),
        user_changes.c.id > bindparam("position", type_=BigInteger),
    )
    .order_by(user_changes.c.id)
    .limit(bindparam("limit", type_=Integer))
)
_BY_NUMBER: Final = Statement(
    select(accounts.c.id)
    .where(or_(bindparam("number", type_=KEY).is_(None), accounts.c.number == bindparam("number", type_=KEY)))
    .order_by(accounts.c.id)
)
_ACCOUNT_IDS: Final = Statement(
    select(accounts.c.id).where(in_scope(accounts)).order_by(accounts.c.id).limit(bindparam("limit", type_=Integer))
)


class AccountState(Struct, frozen=True):
    """The state of an account, as briefly as tells that something changed.

    Revisions only grow, so their sum does with each change of a count. `last_change` is the end of the log of changed
    users.
    """

    account_id: str
    partner_id: str | None
    revisions: int
    last_change: int

    def is_in(self, scope: Scope) -> bool:
        """Tell whether the account is in sight (P1, P2)."""
        return scope.account_id in {self.account_id, self.partner_id}


async def account_states(connection: Connection, account_ids: Sequence[str]) -> Mapping[str, AccountState]:
    """Give the states of these accounts, by id."""
    rows = await _ACCOUNT_STATES.fetch(connection, ids=account_ids)
    return {row["id"]: AccountState(*row) for row in rows}


async def counts_of_accounts(connection: Connection, account_ids: Sequence[str]) -> Sequence[LicenseCount]:
    """Give the counts of these accounts as they stand by the clock of the database."""
    return counts_from(await _COUNTS.fetch(connection, ids=account_ids)) if account_ids else []


async def mailings_of_ids(connection: Connection, ids: Sequence[str]) -> Sequence[Mailing]:
    """Give these mailings."""
    return [mailing_from(row) for row in await _MAILINGS.fetch(connection, ids=ids)] if ids else []


async def changes_after(
    connection: Connection, account_id: str, position: int, *, limit: int
) -> Sequence[LoggedChange]:
    """Give the rows of the log of an account that come after a position, the oldest first."""
    rows = await _CHANGES.fetch(connection, account_id=account_id, position=position, limit=limit)
    return [LoggedChange(row["id"], row["kind"], tuple(row["user_ids"])) for row in rows]


async def account_ids_in(connection: Connection, scope: Scope, *, limit: int) -> Sequence[str]:
    """Give the accounts in sight, no more than the limit."""
    return [row["id"] for row in await _ACCOUNT_IDS.fetch(connection, limit=limit, **scope_values(scope))]


async def account_ids_by_number(connection: Connection, number: str | None) -> Sequence[str]:
    """Give the account with this number, or every account."""
    return [row["id"] for row in await _BY_NUMBER.fetch(connection, number=number)]
