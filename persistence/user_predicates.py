"""The one predicate of a list of users, as SQL: the search and the nested filter (F1, F2, F3, F6).

What a filter asks for is told apart from the values it asks with, so that a statement is built once for each shape
of a filter and not for each filter.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import ColumnElement, and_, bindparam, exists, not_, or_, true
from sqlalchemy.sql.expression import FromClause

from domain.user_filters import EVERYBODY, UserFilter, UserProperty, UserSelection
from domain.users import Role, UserSource, UserStatus
from persistence.statements import literally
from persistence.tables import ID, INSTANT, licenses, users

_SOME_ID = "0" * 32
_SOME_INSTANT = datetime.fromtimestamp(0, UTC)


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
        return not self.has_search and self.filter == UserFilter(product_id=_SOME_ID)


def selection_shape(selection: UserSelection) -> SelectionShape:
    """Tell the shape of a selection, to build its statement by."""
    return SelectionShape(bool(selection.parts), _filter_shape(selection.filter))


def selection_values(selection: UserSelection) -> dict[str, Any]:
    """Give the values that a statement of this selection's shape is bound to."""
    values: dict[str, Any] = {f"filter_{place}": value for place, value in enumerate(_filter_values(selection.filter))}
    values["parts"] = list(selection.parts)
    values["patterns"] = [f"%{literally(part)}%" for part in selection.parts]
    return values


def matches_filter(shape: UserFilter, rows: FromClause = users) -> ColumnElement[bool]:
    """Give the SQL of a filter's shape, of users or of rows with the same columns.

    Its values are bound as filter_0, filter_1, … in the order of its parts.
    """
    return _filter_sql(shape, rows, iter(range(10**6)))


def _filter_sql(shape: UserFilter, rows: FromClause, places: Iterator[int]) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = []
    if shape.property is not None:
        conditions.append(properties_of(rows)[shape.property])
    if shape.source is not None:
        conditions.append(rows.c.source == shape.source)
    if shape.role is not None:
        conditions.append(rows.c.role == shape.role)
    if shape.product_id is not None:
        wanted = bindparam(f"filter_{next(places)}", type_=ID)
        # Facets count licenses too: those are not the ones that the filter looks for. The account as well, so that
        # either index of licenses serves.
        held = licenses.alias("held")
        of_user = (held.c.user_id == rows.c.id, held.c.account_id == rows.c.account_id)
        conditions.append(exists().where(*of_user, held.c.product_id == wanted))
    if shape.created_after is not None:
        conditions.append(rows.c.created_at > bindparam(f"filter_{next(places)}", type_=INSTANT))
    if shape.created_before is not None:
        conditions.append(rows.c.created_at < bindparam(f"filter_{next(places)}", type_=INSTANT))
    conditions += [_filter_sql(part, rows, places) for part in shape.all_of]
    if shape.any_of:
        conditions.append(or_(*[_filter_sql(part, rows, places) for part in shape.any_of]))
    if shape.none_of is not None:
        conditions.append(not_(_filter_sql(shape.none_of, rows, places)))
    return and_(true(), *conditions)


def _filter_values(user_filter: UserFilter) -> Iterator[Any]:
    own = (user_filter.product_id, user_filter.created_after, user_filter.created_before)
    yield from (value for value in own if value is not None)
    for part in user_filter.parts():
        yield from _filter_values(part)


def _is_of_state(user_filter: UserFilter) -> bool:
    own = (user_filter.product_id, user_filter.created_after, user_filter.created_before)
    return all(value is None for value in own) and all(map(_is_of_state, user_filter.parts()))


def _filter_shape(user_filter: UserFilter) -> UserFilter:
    if user_filter is EVERYBODY:
        return user_filter
    return replace(
        user_filter,
        product_id=user_filter.product_id and _SOME_ID,
        created_after=user_filter.created_after and _SOME_INSTANT,
        created_before=user_filter.created_before and _SOME_INSTANT,
        all_of=tuple(_filter_shape(part) for part in user_filter.all_of),
        any_of=tuple(_filter_shape(part) for part in user_filter.any_of),
        none_of=user_filter.none_of and _filter_shape(user_filter.none_of),
    )
