"""Assigning and unassigning licenses; the count follows by itself, and refuses more than are in force (L4)."""

from collections.abc import Sequence
from typing import Final

import asyncpg
from sqlalchemy import bindparam, delete, insert, select

from persistence.database import Connection
from persistence.statements import BulkStatement
from persistence.tables import ID, licenses
from persistence.targets import CHOSEN, chosen_ids
from persistence.temporary import targets

_ACCOUNT_ID: Final = bindparam("account_id", type_=ID)
_PRODUCT_ID: Final = bindparam("product_id", type_=ID)

_ASSIGN: Final = BulkStatement(
    insert(licenses).from_select(
        ["user_id", "account_id", "product_id"], select(targets.c.id, _ACCOUNT_ID, _PRODUCT_ID).where(CHOSEN)
    )
)
_UNASSIGN: Final = BulkStatement(
    delete(licenses).where(licenses.c.product_id == _PRODUCT_ID, licenses.c.user_id.in_(chosen_ids()))
)


class LicensesRanOut(Exception):  # noqa: N818 - nobody is wrong: a subscription has just ended
    """Fewer licenses are in force than were read a moment ago."""


async def assign_to_chosen(connection: Connection, account_id: str, product_id: str, keys: Sequence[str]) -> None:
    """Assign a license to each target in the groups with these keys. Raises LicensesRanOut."""
    try:
        await _ASSIGN.execute(connection, account_id=account_id, product_id=product_id, keys=keys)
    except asyncpg.CheckViolationError as refusal:
        if refusal.constraint_name == "licenses_within_total":
            raise LicensesRanOut from None
        raise


async def unassign_from_chosen(connection: Connection, product_id: str, keys: Sequence[str]) -> None:
    """Take the license of a product from each target in the groups with these keys."""
    await _UNASSIGN.execute(connection, product_id=product_id, keys=keys)
