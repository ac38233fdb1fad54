"""The first users of a list that match, however few of all they are (docs/decisions/0003).

Where many users match, reading the list in its order meets enough of them soon. Where few do, another index knows them
all, and they are soon sorted. Which of the two it is shows in the first rows of the list: one statement looks through
those, and asks the other index only when they did not fill the page. That needs no statistics, so a list is read in
the same way right after an import as a week later.
"""

from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, Subquery, and_, func, literal_column, select, union_all

from domain.user_filters import EVERYBODY
from persistence.keysets import Keyset, Reading
from persistence.tables import user_search, users
from persistence.user_predicates import SelectionShape, matches_filter
from persistence.user_search import known_by_grams, matches_by_grams, matches_search

WINDOW = 4096
"""Rows of the list that are looked through."""


def found_users(
    account_id: ColumnElement[Any], keyset: Keyset, way: Reading, shape: SelectionShape, limit: ColumnElement[int]
) -> Subquery:
    """Give the ids of the first users of an account, on this way, that a selection names."""
    window = (
        select(users)  # of which the planner reads no more than is asked for below
        .where(users.c.account_id == account_id, *way.within(keyset))
        .order_by(*way.sorting(keyset))
        .limit(literal_column(str(WINDOW), Integer))
        .correlate_except(users)
        .subquery("window")
    )
    matching = matches_filter(shape.filter, window)
    seen = (
        select(window.c.id, keyset.of(window).key)
        .where(and_(matching, matches_search(window)) if shape.has_search else matching)
        .order_by(*way.sorting(keyset.of(window)))
        .limit(limit)
        .cte("seen")
    )
    is_enough = select(func.count() >= limit).select_from(seen).scalar_subquery()
    # Materialized, so that the planner cannot read the list in order here as well.
    known = _all_matching(account_id, keyset, way, shape, ~is_enough).cte("known").prefix_with("MATERIALIZED")
    return (
        union_all(
            select(seen.c.id).where(is_enough),
            select(known.c.id).order_by(*way.sorting(keyset.of(known))).limit(limit),
        )
        .add_cte(seen, known, nest_here=True)
        .subquery("found")
    )


def _all_matching(
    account_id: ColumnElement[Any], keyset: Keyset, way: Reading, shape: SelectionShape, is_wanted: ColumnElement[bool]
) -> Select[*tuple[Any, ...]]:
    """Select all users of an account that a selection names, where they are wanted at all."""
    if shape.has_search and shape.filter == EVERYBODY and keyset.key.key in user_search.c:
        # What is sorted by stands beside what is searched, so that users need not be looked up.
        keyset = keyset.of(user_search)
        return (
            select(keyset.id, keyset.key)
            .where(is_wanted, known_by_grams(account_id), *way.within(keyset))
            .correlate_except(user_search)
        )
    of_account = matches_by_grams(account_id) if shape.has_search else users.c.account_id == account_id
    return (
        select(keyset.id, keyset.key)
        .where(is_wanted, of_account, matches_filter(shape.filter), *way.within(keyset))
        .correlate_except(users)
    )
