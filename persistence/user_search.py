"""The search of the Users page, anywhere inside words, from one letter up (F3).

Two ways lead to the first rows that match. Where many users match, reading the list in its order meets enough of
them soon; where few do, the index of n-grams knows them all. Which of the two it is shows in the first rows of
the list: one statement looks through those, and asks the index only when they did not fill the page. That needs no
statistics, so a search takes the same way right after an import as a week later (docs/decisions/0003).
"""

from typing import Any

from sqlalchemy import ColumnElement, Integer, Subquery, Text, bindparam, func, literal_column, or_, select, union_all
from sqlalchemy.dialects.postgresql import ARRAY

from persistence.keysets import Keyset, Reading
from persistence.tables import users

WINDOW = 1024
"""Rows of the list that are looked through before the index is asked."""

_WINDOW: ColumnElement[int] = literal_column(str(WINDOW), Integer)
_PATTERNS = bindparam("patterns", type_=ARRAY(Text))
_PARTS = bindparam("parts", type_=ARRAY(Text))

MATCHES_SEARCH: ColumnElement[bool] = users.c.search_text.like(func.all(_PATTERNS))
"""Each part typed occurs somewhere (F3)."""


def has_grams(account_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """Keep the users of an account that the index of n-grams knows for all parts; MATCHES_SEARCH confirms them."""
    known = func.search_grams(users.c.account_id, users.c.search_text)
    return known.op("@>", is_comparison=True)(func.wanted_grams(account_id, _PARTS))


def found_users(
    account_id: ColumnElement[Any],
    keyset: Keyset,
    way: Reading,
    matching: ColumnElement[bool],
    limit: ColumnElement[int],
) -> Subquery:
    """Give the ids of the first users of an account, on this way, that match the search and a filter."""
    of_account = [users.c.account_id == account_id, *way.within(keyset)]
    key, user_id = keyset.key, keyset.id
    seen = (
        select(user_id, key, (MATCHES_SEARCH & matching).label("is_hit"))
        .where(*of_account)
        .order_by(*way.sorting(keyset))
        .limit(_WINDOW)
        .correlate_except(users)
        .cte("seen")
    )
    seen_keyset = keyset.of(seen)
    is_enough = (
        select(or_(func.count() < _WINDOW, func.count().filter(seen.c.is_hit) >= limit))
        .select_from(seen)
        .scalar_subquery()
    )
    # Materialized, so that the planner cannot read the list in order here as well.
    known = (
        select(user_id, key)
        .where(*of_account, ~is_enough, has_grams(account_id), MATCHES_SEARCH, matching)
        .correlate_except(users)
        .cte("known")
        .prefix_with("MATERIALIZED")
    )
    known_keyset = keyset.of(known)
    return (
        union_all(
            select(seen.c.id).where(seen.c.is_hit, is_enough).order_by(*way.sorting(seen_keyset)).limit(limit),
            select(known.c.id).order_by(*way.sorting(known_keyset)).limit(limit),
        )
        .add_cte(seen, known, nest_here=True)
        .subquery("found")
    )
