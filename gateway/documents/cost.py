"""What an operation costs: the most values that its answer can hold, and what it makes the database count.

An operation is weighed once (`gateway.documents.scales`). Where variables give page sizes or filters, the cost of those
fields is worked out for each request from the coerced variables; all that is constant was summed beforehand.
"""

from collections.abc import Mapping
from typing import Any, Final, cast

from msgspec import Struct, field

from domain.paging import MAX_PAGE_SIZE
from domain.targets import MAX_IDS

_FREE_CONDITIONS: Final = 3
_CONDITION: Final = 250


class Size(Struct, frozen=True):
    """How many items a field gives at most: as many as the largest of these variables says, or else `fixed`.

    A variable holds a number, a list that is as long as its answer (`nodes`), or the input of a bulk action or its
    target, which are answered with as many users as there are ids, or with `without_ids`. Whatever they say, it is
    `at_least` what the document itself names beside them.
    """

    fixed: int
    variables: tuple[str, ...] = ()
    without_ids: int = 0
    at_least: int = 0

    def given(self, values: Mapping[str, Any]) -> int:
        """Work the size out with the coerced variables of a request."""
        sizes = [self._of(value) for name in self.variables if (value := values.get(name)) is not None]
        return max(*sizes, self.at_least) if sizes else self.fixed

    def _of(self, value: Mapping[str, Any] | list[Any] | int) -> int:
        if isinstance(value, int):
            return clamped(value)
        if isinstance(value, list):
            return min(len(value), MAX_IDS)
        target: Mapping[str, Any] = value.get("target") or value
        ids: list[Any] = target.get("ids") or []
        return min(len(ids), MAX_IDS) if ids else self.without_ids


class Conditions(Struct, frozen=True):
    """How many conditions a filter holds: those that the document has in it, and those that variables bring.

    Among alternatives, or ruled out, a condition by product takes PostgreSQL 50 to 70 ms in an account of 300,000
    users, in each statement that reads the whole selection, and 16 MB while that runs: 49 of them take seconds. At this
    cost an operation may ask for all of one list with 50 conditions, which takes four statements, and no more than that
    before it passes 50,000. Three conditions cost nothing. People seldom choose more, and those take no longer than a
    search.
    """

    fixed: int = 0
    variables: tuple[str, ...] = ()

    def cost(self, values: Mapping[str, Any]) -> int:
        """Work out what they cost for each statement, with the coerced variables of a request."""
        count = self.fixed + sum(_leaves(values.get(name)) for name in self.variables)
        return max(count - _FREE_CONDITIONS, 0) * _CONDITION


class Part(Struct):
    """A field in whose cost variables have a say: its size, what it selects, and what filters that.

    `for_each`: it is among what every item of the field above has, rather than beside the items.
    """

    for_each: bool
    size: Size
    selected: "Weight"
    conditions: Conditions = Conditions()

    def cost(self, beside: int, of_item: int, readings: int, values: Mapping[str, Any]) -> int:
        """Work out what the field costs, where it is known what the things that it selects cost."""
        return 1 + beside + readings * self.conditions.cost(values) + self.size.given(values) * of_item


class Weight(Struct):
    """What a selection set costs: `once`, and `each` for every item that the field above it gives.

    Below a connection its items count for each and the rest, page info and totals, once. Below any other field all
    counts for each. What variables have a say in stands apart. `readings`: statements that read a whole selection.
    """

    once: int = 0
    each: int = 0
    readings: int = 0
    parts: list[Part] = field(default_factory=list[Part])
    fragments: list["Weight"] = field(default_factory=list["Weight"])

    @property
    def is_constant(self) -> bool:
        """Whether no variable has a say."""
        return not self.parts and not self.fragments

    def add(self, cost: int, *, for_each: bool) -> None:
        """Count something that no variable has a say in."""
        if for_each:
            self.each += cost
        else:
            self.once += cost

    def total(self, values: Mapping[str, Any]) -> int:
        """Work out what an operation of this weight costs with the coerced variables of a request."""
        once, each, _ = _given(self, values, {})
        return once + each


def clamped(size: int) -> int:
    """Bring a size to what can be run: the field itself refuses what is larger (F5)."""
    return min(max(size, 0), MAX_PAGE_SIZE)


def _leaves(value: object) -> int:
    """Count the values in a filter, which has a level more for each one that it nests."""
    if isinstance(value, dict):
        value = [*cast("dict[str, object]", value).values()]
    if isinstance(value, list):
        return sum(map(_leaves, cast("list[object]", value)))
    return value is not None


def _given(weight: Weight, values: Mapping[str, Any], known: dict[int, tuple[int, int, int]]) -> tuple[int, int, int]:
    """Fill the variables in; a fragment that stands in many places is worked out once."""
    once, each, readings = weight.once, weight.each, weight.readings
    if weight.is_constant:
        return once, each, readings
    if id(weight) in known:
        return known[id(weight)]
    for part in weight.parts:
        cost = part.cost(*_given(part.selected, values, known), values)
        once, each = (once, each + cost) if part.for_each else (once + cost, each)
    for fragment in weight.fragments:
        beside, of_item, more = _given(fragment, values, known)
        once, each, readings = once + beside, each + of_item, readings + more
    return known.setdefault(id(weight), (once, each, readings))
