"""What is made when it is first asked for, and kept in its place."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

Owner = TypeVar("Owner")
Value = TypeVar("Value")


class once(Generic[Owner, Value]):  # noqa: N801 - used like property
    """Like functools.cached_property without the lock of Python 3.11, which takes longer than what it guards here."""

    def __init__(self, make: Callable[[Owner], Value]) -> None:
        self._make = make
        self._name = make.__name__
        self.__doc__ = make.__doc__

    @overload
    def __get__(self, owner: None, class_: type[Owner]) -> "once[Owner, Value]": ...

    @overload
    def __get__(self, owner: Owner, class_: type[Owner]) -> Value: ...

    def __get__(self, owner: Any, class_: type[Owner]) -> Any:
        """Make the value; it then hides this from those who ask again."""
        if owner is None:
            return self
        value = vars(owner)[self._name] = self._make(owner)
        return value
