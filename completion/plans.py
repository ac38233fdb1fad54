"""The plans of an operation: kept with it, and each written when the first value is there to be completed."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final, cast

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_leaf_type,
)
from graphql.execution.collect_fields import FieldDetailsList, FragmentDetails, GroupedFieldSet, collect_fields
from graphql.execution.values import VariableValues

from completion.leaves import Passing
from completion.runs import Begin
from completion.selecting import Selecting, TooLarge
from completion.shapes import SelectedField, below, executed_fields
from completion.ways import FindWay
from completion.writing import Writer, compiled

# Each choice of what @skip and @include leave in has plans of its own. One page makes few of them.
_MAX_CHOICES: Final = 16
# Selections and fields of all plans that a planner keeps: each takes up to 7 kB, its code included.
_MAX_SIZE: Final = 10_000


class Planner:
    """Makes plans for the operations of a schema.

    `natives` names scalars of which the encoder writes some values itself, just as the scalar would.
    """

    def __init__(self, schema: GraphQLSchema, find_way: FindWay, natives: Mapping[str, Passing]) -> None:
        self.schema = schema
        self.find_way = find_way
        self.natives = natives
        self.kept = _Kept()

    def plan(self, operation: OperationDefinitionNode, fragments: dict[str, FragmentDetails]) -> "OperationPlans":
        """Make room for the plans of a valid operation; nothing is worked out yet."""
        return OperationPlans(self, operation, fragments)


class _Kept:
    """The choices that have plans, of all operations. Those that were not chosen for longest go first."""

    def __init__(self) -> None:
        self._sizes: OrderedDict[ChosenPlans, int] = OrderedDict()
        self._size = 0

    @property
    def size(self) -> int:
        """How many selections and fields there are plans for."""
        return self._size

    def note_chosen(self, chosen: "ChosenPlans") -> None:
        """Keep a choice for longer."""
        if chosen in self._sizes:
            self._sizes.move_to_end(chosen)

    def add(self, chosen: "ChosenPlans", size: int) -> None:
        """Keep a plan more of a choice, in the place of others where there are too many."""
        self._sizes[chosen] = self._sizes.get(chosen, 0) + size
        self._sizes.move_to_end(chosen)
        self._size += size
        while self._size > _MAX_SIZE:
            oldest = next(iter(self._sizes))
            self.remove(oldest)
            oldest.forget()

    def remove(self, chosen: "ChosenPlans") -> None:
        """Keep nothing of a choice."""
        self._size -= self._sizes.pop(chosen, 0)


class OperationPlans:
    """The plans of one operation, for each choice of what its conditions leave in."""

    def __init__(
        self, planner: Planner, operation: OperationDefinitionNode, fragments: dict[str, FragmentDetails]
    ) -> None:
        self.planner = planner
        self.operation = operation
        self.fragments = fragments
        self._conditions: tuple[str, ...] | None = None
        self._choices: OrderedDict[tuple[Any, ...], ChosenPlans] = OrderedDict()

    @property
    def choices(self) -> int:
        """How many choices there are plans for."""
        return len(self._choices)

    @property
    def times_given_up(self) -> int:
        """How often a value had to be completed by the executor after all."""
        return sum(chosen.times_given_up for chosen in self._choices.values())

    def choose(self, variables: VariableValues, *, at_once: bool) -> "ChosenPlans | None":
        """Give the plans for these variables. The first time only with `at_once`: to write them may take longer."""
        if self._conditions is None:
            self._conditions = tuple(dict.fromkeys(_condition_variables(self.operation, self.fragments)))
        choice = tuple(variables.coerced.get(name) for name in self._conditions)
        chosen = self._choices.get(choice)
        if chosen is not None:
            self._choices.move_to_end(choice)
            self.planner.kept.note_chosen(chosen)
            return chosen
        chosen = self._choices[choice] = ChosenPlans(self, choice)
        if len(self._choices) > _MAX_CHOICES:
            _, oldest = self._choices.popitem(last=False)
            self.planner.kept.remove(oldest)
        return chosen if at_once else None

    def forget(self, chosen: "ChosenPlans") -> None:
        """Choose these plans no more; others are written when their choice comes back, which may have been."""
        if self._choices.get(chosen.choice) is chosen:
            del self._choices[chosen.choice]


class ChosenPlans:
    """The plans for one choice: one for each field whose value the executor is given to complete."""

    def __init__(self, plans: OperationPlans, choice: tuple[Any, ...]) -> None:
        self.choice = choice
        self._plans = plans
        operation = plans.operation.operation
        self._root_type = cast("GraphQLObjectType", plans.planner.schema.get_root_type(operation))
        self._root_fields: GroupedFieldSet | None = None
        self.whole = Plan(self._write_whole)
        """The plan of the whole operation."""
        self._by_details: dict[int, Plan] = {}

    @property
    def times_given_up(self) -> int:
        """How often a value had to be completed by the executor after all."""
        return sum(plan.times_given_up for plan in (self.whole, *self._by_details.values()))

    def root_fields(self, variables: VariableValues) -> GroupedFieldSet:
        """Give the fields of the operation itself; by their lists the executor's values find their plans."""
        if self._root_fields is None:
            plans, root = self._plans, self._root_type
            schema, operation = plans.planner.schema, plans.operation
            self._root_fields = collect_fields(schema, plans.fragments, variables, root, operation).grouped_field_set
            for key, details in self._root_fields.items():
                definition = root.fields.get(details[0].node.name.value)
                if definition is not None:
                    self._add(SelectedField(key, root, definition, details))
        return self._root_fields

    def find(self, details: FieldDetailsList) -> "Plan | None":
        """Give the plan for the values of a field, if it has one."""
        return self._by_details.get(id(details))

    def forget(self) -> None:
        """Be chosen no more."""
        self._plans.forget(self)

    def _write(self, field: SelectedField, variables: VariableValues) -> Begin | None:
        selecting = self._selecting(variables)
        try:
            shape = selecting.shape(field.definition.type, field.details)
        except (GraphQLError, TooLarge):
            return None
        self._plans.planner.kept.add(self, selecting.size)
        for executed in executed_fields(*below(shape)):
            self._add(executed)
        return compiled(self._writer().write(field, shape))

    def _write_whole(self, variables: VariableValues) -> Begin | None:
        if self._plans.operation.operation is not OperationType.QUERY:
            return None  # what changes things is done in order, and once
        selecting = self._selecting(variables)
        try:
            selection = selecting.root(self._root_type, self.root_fields(variables))
        except (GraphQLError, TooLarge):
            return None
        self._plans.planner.kept.add(self, selecting.size)
        for executed in executed_fields(selection):
            self._add(executed)
        return compiled(self._writer().write_root(selection))

    def _selecting(self, variables: VariableValues) -> Selecting:
        plans = self._plans
        planner = plans.planner
        return Selecting(planner.schema, plans.operation, plans.fragments, variables, planner.find_way)

    def _writer(self) -> Writer:
        return Writer(self._plans.planner.natives)

    def _add(self, field: SelectedField) -> None:
        if not is_leaf_type(get_named_type(field.definition.type)):
            self._by_details[id(field.details)] = Plan(partial(self._write, field), field.definition.type)


class Plan:
    """How the values of one field are completed, or the whole answer: then it has no type."""

    def __init__(self, write: Callable[[VariableValues], Begin | None], type_: GraphQLOutputType | None = None) -> None:
        self.type = type_
        self.times_given_up = 0
        self._write = write
        self._begin: Begin | None = None
        self._is_written = False

    def begin(self, variables: VariableValues) -> Begin | None:
        """Give what a run begins with; None where the executor is better."""
        if not self._is_written:
            self._begin = self._write(variables)
            self._is_written = True
        return self._begin


def _condition_variables(operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDetails]) -> Iterator[str]:
    """Give the variables that decide whether something is selected."""
    waiting: list[SelectionSetNode] = [
        operation.selection_set,
        *(fragment.definition.selection_set for fragment in fragments.values()),
    ]
    while waiting:
        for selection in waiting.pop().selections:
            for directive in selection.directives or ():
                for argument in directive.arguments or ():
                    if isinstance(argument.value, VariableNode):
                        yield argument.value.name.value
            if isinstance(selection, FieldNode | InlineFragmentNode) and selection.selection_set:
                waiting.append(selection.selection_set)
