"""The first users of a list that match, however few of all they are (docs/decisions/0003).

Where many users match, reading the list in its order meets enough of them soon. Where few do, another index knows them
all, and they are soon sorted. Which of the two it is shows in the first rows of the list: one statement looks through
those, and asks the other index only when they did not fill the page. A search that many match may still leave the page
open, for its filter or at the end of the list: then all who pass the filter are looked through, and no grams are asked.
That needs no statistics, so a list is read in the same way right after an import as a week later.
"""

from typing import Any, TypeAlias

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    Subquery,
    and_,
    func,
    literal_column,
    select,
    union_all,
)

from domain.user_filters import EVERYBODY
from persistence.keysets import Keyset, Reading
from persistence.tables import user_search, users
from persistence.user_predicates import SelectionShape, matches_filter
from persistence.user_search import known_by_grams, many_match, matches_by_grams, matches_search

Rows: TypeAlias = Select[*tuple[Any, ...]]

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
    matching = matches_filter(shape.filter, account_id, window, are_few=True)
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
) -> Rows | CompoundSelect[*tuple[Any, ...]]:
    """Select all users of an account that a selection names, where they are wanted at all."""
    rows = select(keyset.id, keyset.key).where(is_wanted, *way.within(keyset)).correlate_except(users)
    everybody = rows.where(users.c.account_id == account_id, matches_filter(shape.filter, account_id))
    if not shape.has_search:
        return everybody
    verdict = many_match(account_id)
    is_many = select(verdict.c.is_many).scalar_subquery()
    if shape.filter == EVERYBODY and keyset.key.key in user_search.c:
        # What is sorted by stands beside what is searched, so that users need not be looked up.
        copied = keyset.of(user_search)
        by_grams = select(copied.id, copied.key).where(is_wanted, known_by_grams(account_id), *way.within(copied))
        by_grams = by_grams.correlate_except(user_search)
    else:
        by_grams = rows.where(matches_by_grams(account_id), matches_filter(shape.filter, account_id))
    through_all = everybody.where(is_many, matches_search())
    return union_all(through_all, by_grams.where(~is_many)).add_cte(verdict, nest_here=True)
