"""The search of the Users page, anywhere inside words, from one letter up (F3)."""

from typing import Any

from sqlalchemy import CTE, ColumnElement, Integer, Text, and_, bindparam, func, literal_column, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.expression import FromClause

from persistence.tables import user_search, users

_PATTERNS = bindparam("patterns", type_=ARRAY(Text))
_WORDS = bindparam("words", type_=ARRAY(Text))

_SAMPLE: ColumnElement[int] = literal_column("1024", Integer)
_MANY: ColumnElement[int] = literal_column("4", Integer)
"""Many are more than one in so many: from there on, to look through all is cheaper than to fetch those that match."""


def matches_search(rows: FromClause = users) -> ColumnElement[bool]:
    """Keep the users, or rows with their search_text, in which each word typed occurs somewhere (F3)."""
    return rows.c.search_text.like(func.all(_PATTERNS))


def known_by_grams(account_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """Keep the rows of user_search that match, found by the index of n-grams, which are hashed with their account."""
    known = func.search_grams(user_search.c.account_id, user_search.c.search_text)
    wanted = func.wanted_grams(account_id, _WORDS)
    return and_(known.op("@>", is_comparison=True)(wanted), matches_search(user_search))


def matches_by_grams(account_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """Keep the users of an account who match, found by the index of n-grams and then looked up one by one.

    They are handed over as an array: the planner would think of other ways, having no idea how few they are.
    """
    found = select(user_search.c.id).where(known_by_grams(account_id)).correlate_except(user_search)
    return and_(users.c.id == func.any(func.array(found.scalar_subquery())), users.c.account_id == account_id)


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
