"""The one predicate of a list of users, as SQL: the search and the nested filter (F1, F2, F3, F6).

What a filter asks for is told apart from the values it asks with, so that a statement is built once for each shape
of a filter and not for each filter.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import ColumnElement, Integer, and_, bindparam, func, literal_column, not_, or_, select, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.expression import FromClause
from sqlalchemy.types import TypeEngine

from domain.nodes import NO_ID
from domain.user_filters import EVERYBODY, UserFilter, UserProperty, UserSelection
from domain.users import Role, UserSource, UserStatus
from persistence.statements import literally
from persistence.tables import ID, INSTANT, licenses, users

_A_PRODUCT = UserFilter(product_id=NO_ID)
"""The shape of a filter that asks for a product and nothing else; among alternatives, for any of several."""
_SOME_INSTANT = datetime.fromtimestamp(0, UTC)
_NOT_AT_ONCE: ColumnElement[int] = literal_column("0", Integer)
"""An OFFSET with which PostgreSQL looks into a subquery for each row, instead of once for all that there may be."""


def properties_of(rows: FromClause) -> dict[UserProperty, ColumnElement[bool]]:
    """Tell what each property of the + Add Filter menu means (F1), of rows that have the columns of users it needs."""
    column = rows.c
    return {
        UserProperty.ADMINS: or_(column.role == Role.ACCOUNT_ADMIN, column.role == Role.PARTNER),
        UserProperty.USERS: true(),
        UserProperty.REGISTERED: column.status == UserStatus.REGISTERED,
        UserProperty.UNREGISTERED: column.status == UserStatus.UNREGISTERED,
        UserProperty.PBX_USERS: column.source == UserSource.PBX,
        UserProperty.MICLOUD_CONNECTED: column.source == UserSource.MICLOUD_CONNECT,
        UserProperty.IOT_CONNECTED: column.is_iot_connected,
        UserProperty.INACTIVE: column.status == UserStatus.INACTIVE,
    }


STATE: Final = (users.c.status, users.c.source, users.c.role, users.c.is_iot_connected)
"""The columns that properties_of needs. Users who are alike in them are counted in user_counts."""

PRODUCT_ASKED_FOR: Final = bindparam("filter_0", type_=ID)
"""The product of a filter that asks for nothing else."""


class SelectionShape(Struct, frozen=True):
    """What of a selection decides its SQL: equal for two that differ in values only."""

    has_search: bool
    filter: UserFilter

    @property
    def is_partial(self) -> bool:
        """Tell whether it may leave anybody out."""
        return self.has_search or self.filter != EVERYBODY

    @property
    def is_of_state(self) -> bool:
        """Tell whether it looks at no other columns than those of STATE."""
        return not self.has_search and _is_of_state(self.filter)

    @property
    def is_of_product(self) -> bool:
        """Tell whether it asks for all who have a license of a product, and for nothing else."""
        return not self.has_search and self.filter == _A_PRODUCT


def selection_shape(selection: UserSelection) -> SelectionShape:
    """Tell the shape of a selection, to build its statement by."""
    return SelectionShape(bool(selection.words), _filter_shape(selection.filter))


def selection_values(selection: UserSelection) -> dict[str, Any]:
    """Give the values that a statement of this selection's shape is bound to."""
    values: dict[str, Any] = {f"filter_{place}": value for place, value in enumerate(_filter_values(selection.filter))}
    values["words"] = list(selection.words)
    values["patterns"] = [f"%{literally(word)}%" for word in selection.words]
    return values


def matches_filter(
    shape: UserFilter, account_id: ColumnElement[Any], rows: FromClause = users, *, are_few: bool = False
) -> ColumnElement[bool]:
    """Give the SQL of a filter's shape, of the users of an account or of rows with the same columns.

    Its values are bound as filter_0, filter_1, … in the order of its parts. Where the rows are few, alternatives and
    what is ruled out ask for the licenses of each, and never for those of the account.
    """
    return _filter_sql(shape, _Asked(account_id, rows, are_few, iter(range(10**6))))


class _Asked(Struct, frozen=True):
    """Which rows a filter is asked of, and the places of its values that are not bound yet."""

    account_id: ColumnElement[Any]
    rows: FromClause
    are_few: bool
    places: Iterator[int]

    def place(self, kind: TypeEngine[Any]) -> ColumnElement[Any]:
        """Bind the next value."""
        return bindparam(f"filter_{next(self.places)}", type_=kind)


def _filter_sql(shape: UserFilter, asked: _Asked, *, must_hold: bool = True) -> ColumnElement[bool]:
    column = asked.rows.c
    conditions: list[ColumnElement[bool]] = []
    if shape.property is not None:
        conditions.append(properties_of(asked.rows)[shape.property])
    if shape.source is not None:
        conditions.append(column.source == shape.source)
    if shape.role is not None:
        conditions.append(column.role == shape.role)
    if shape.product_id is not None:
        conditions.append(_has_license(asked, lambda product_id: product_id == asked.place(ID), must_hold=must_hold))
    if shape.created_after is not None:
        conditions.append(column.created_at > asked.place(INSTANT))
    if shape.created_before is not None:
        conditions.append(column.created_at < asked.place(INSTANT))
    conditions += [_filter_sql(part, asked, must_hold=must_hold) for part in shape.all_of]
    if shape.any_of:
        conditions.append(or_(*[_alternative_sql(part, asked) for part in shape.any_of]))
    if shape.none_of is not None:
        conditions.append(not_(_filter_sql(shape.none_of, asked, must_hold=False)))
    return and_(true(), *conditions)


def _alternative_sql(shape: UserFilter, asked: _Asked) -> ColumnElement[bool]:
    if shape == _A_PRODUCT:
        return _has_license(asked, lambda product_id: product_id == func.any(asked.place(ARRAY(ID))), must_hold=False)
    return _filter_sql(shape, asked, must_hold=False)


def _has_license(
    asked: _Asked, is_wanted: Callable[[ColumnElement[str]], ColumnElement[bool]], *, must_hold: bool
) -> ColumnElement[bool]:
    # Facets count licenses too: those are not the ones that the filter looks for. The account as well, so that either
    # index of licenses serves; as it was given, so that no other account's licenses are read.
    held = licenses.alias("held")
    wanted = select(held.c.user_id).where(
        held.c.user_id == asked.rows.c.id, held.c.account_id == asked.account_id, is_wanted(held.c.product_id)
    )
    if asked.are_few and not must_hold:
        wanted = wanted.offset(_NOT_AT_ONCE)
    return wanted.correlate_except(held).exists()


def _filter_values(user_filter: UserFilter) -> Iterator[Any]:
    own = (user_filter.product_id, user_filter.created_after, user_filter.created_before)
    yield from (value for value in own if value is not None)
    products, others = _alternatives(user_filter)
    for part in user_filter.all_of:
        yield from _filter_values(part)
    if products:
        yield products
    for part in others:
        yield from _filter_values(part)
    if user_filter.none_of is not None:
        yield from _filter_values(user_filter.none_of)


def _alternatives(user_filter: UserFilter) -> tuple[list[str], list[UserFilter]]:
    """Give the products of which any will do, each once, and what else will do.

    One look at the licenses of a user tells of all these products.
    """
    products: dict[str, None] = {}
    others: list[UserFilter] = []
    for part in user_filter.any_of:
        if part.product_id is not None and part == UserFilter(product_id=part.product_id):
            products[part.product_id] = None
        else:
            others.append(part)
    return [*products], others


def _is_of_state(user_filter: UserFilter) -> bool:
    own = (user_filter.product_id, user_filter.created_after, user_filter.created_before)
    return all(value is None for value in own) and all(map(_is_of_state, user_filter.nested()))


def _filter_shape(user_filter: UserFilter) -> UserFilter:
    if user_filter is EVERYBODY:
        return user_filter
    products, others = _alternatives(user_filter)
    return replace(
        user_filter,
        product_id=user_filter.product_id and NO_ID,
        created_after=user_filter.created_after and _SOME_INSTANT,
        created_before=user_filter.created_before and _SOME_INSTANT,
        all_of=tuple(_filter_shape(part) for part in user_filter.all_of),
        any_of=(*([_A_PRODUCT] if products else []), *map(_filter_shape, others)),
        none_of=user_filter.none_of and _filter_shape(user_filter.none_of),
    )
