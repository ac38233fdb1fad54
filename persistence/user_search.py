"""The search of the Users page, anywhere inside words, from one letter up (F3)."""

from typing import Any

from sqlalchemy import CTE, ColumnElement, Integer, Text, and_, bindparam, func, literal_column, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.expression import FromClause

from persistence.tables import users

_PATTERNS = bindparam("patterns", type_=ARRAY(Text))
_PARTS = bindparam("parts", type_=ARRAY(Text))

_SAMPLE: ColumnElement[int] = literal_column("1024", Integer)
_MANY: ColumnElement[int] = literal_column("4", Integer)
"""Many are more than one in so many: from there on, to look through all is cheaper than to fetch those that match."""


def matches_search(rows: FromClause = users) -> ColumnElement[bool]:
    """Keep the users, or rows with their search_text, in which each part typed occurs somewhere (F3)."""
    return rows.c.search_text.like(func.all(_PATTERNS))


def matches_by_grams(account_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """Keep the users of an account that match, found by the index of n-grams.

    The grams are hashed with their account, so the index finds no others'. The account is compared in a way that no
    index serves: the planner would read all of the account from another one, to intersect the two.
    """
    known = func.search_grams(users.c.account_id, users.c.search_text)
    return and_(
        known.op("@>", is_comparison=True)(func.wanted_grams(account_id, _PARTS)),
        users.c.account_id.is_not_distinct_from(account_id),
        matches_search(),
    )


def many_match(account_id: ColumnElement[Any]) -> CTE:
    """Give a row that tells, as is_many, whether many users of an account match, judged by the first by name."""
    sample = (
        select(matches_search().label("is_hit"))
        .where(users.c.account_id == account_id)
        .order_by(users.c.name_key, users.c.id)
        .limit(_SAMPLE)
        .correlate_except(users)
        .subquery("sample")
    )
    hits = func.count().filter(sample.c.is_hit)
    return select((hits * _MANY > func.count()).label("is_many")).select_from(sample).cte("verdict")
