"""Makes many records quickly."""

from collections.abc import Callable
from dataclasses import fields, make_dataclass
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Record = TypeVar("Record", bound="DataclassInstance")


def record_maker(record: type[Record]) -> Callable[..., Record]:
    """Make a function that gives a record of the values of its fields, in their order.

    A frozen dataclass sets each of its fields through `object.__setattr__`, which takes five times as long as all else.
    So the values are set in a draft that is not frozen, has the same slots, and becomes the record when it is whole.
    """
    draft = make_dataclass(record.__name__, [(field.name, Any) for field in fields(record)], slots=True)

    def make(*values: Any) -> Record:
        made: Any = draft(*values)
        made.__class__ = record
        return made  # type: ignore[no-any-return]

    return make
