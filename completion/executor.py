"""An executor that completes values by plans, and does as ever where there is none or one gives up.

A plan knows success only. When anything goes wrong in it, the executor completes the value once more as though there
were no plan, and so finds every error where it belongs. What it had done for the plan is not done twice.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, cast

from graphql import GraphQLAbstractType, GraphQLObjectType, GraphQLOutputType
from graphql.execution import Executor
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet
from graphql.execution.values import get_argument_values
from graphql.pyutils import Path

from completion.plans import ChosenPlans, OperationPlans, Plan
from completion.runs import Outcome, Run
from completion.shapes import SelectedField
from completion.ways import Info


class CompletingExecutor(Executor[Any]):
    """Executes one operation, by plans once it has been given them."""

    _plans: ChosenPlans | None = None

    def use_plans(self, plans: OperationPlans, *, at_once: bool = True) -> None:
        """Complete by these plans, which belong to the operation; see `OperationPlans.choose`."""
        self._plans = plans.choose(self.variable_values, at_once=at_once)
        self._outcomes: dict[Path, Outcome] = {}

    # What graphql-core calls:

    def execute_root_grouped_field_set(
        self,
        root_type: GraphQLObjectType,
        root_value: Any,
        grouped_field_set: GroupedFieldSet,
        serially: bool,  # noqa: FBT001 - as graphql-core has it
        position_context: Any,
    ) -> Any:
        """Execute the fields of the operation itself, under the lists by which their plans are found."""
        if self._plans is not None:
            grouped_field_set = self._plans.root_fields(self.variable_values)
        return super().execute_root_grouped_field_set(
            root_type, root_value, grouped_field_set, serially, position_context
        )

    def execute_field(
        self,
        parent_type: GraphQLObjectType,
        source: Any,
        field_details_list: FieldDetailsList,
        path: Path,
        position_context: Any,
    ) -> Any:
        """Execute a field, unless it was executed before, for a plan that gave up."""
        if self._plans is not None and self._outcomes and path in self._outcomes:
            return self._outcomes.pop(path).value()
        return super().execute_field(parent_type, source, field_details_list, path, position_context)

    def complete_value(  # noqa: PLR0913, PLR0917 - as graphql-core has it
        self,
        return_type: GraphQLOutputType,
        field_details_list: FieldDetailsList,
        info: Info,
        path: Path,
        result: Any,
        position_context: Any,
    ) -> Any:
        """Complete the value of a field by its plan."""
        complete = partial(
            super().complete_value, return_type, field_details_list, info, path, result, position_context
        )
        plan = None if self._plans is None else self._plans.find(field_details_list)
        # Of the values that graphql-core completes on the way, only the field's own has the type of the plan.
        if plan is None or plan.type is not return_type:
            return complete()
        begin = plan.begin(self.variable_values)
        if begin is None:
            return complete()
        run = Run(self, path)
        try:
            completed = run.start(begin, result)
        except Exception:  # noqa: BLE001 - whatever it was, the executor meets it again
            return self._complete_again(plan, run, complete)
        return completed if run.is_done else self._finish(plan, run, completed, complete)

    # What a run needs:

    def info_of(self, field: SelectedField, path: Path) -> Info:
        """Give the information that resolvers of a field get."""
        return self.build_resolve_info(field.definition, field.nodes, field.parent, path)

    def arguments_of(self, field: SelectedField) -> dict[str, Any]:
        """Give the coerced arguments of a field. Raises GraphQLError."""
        node = field.details[0].node
        if not field.definition.args and not node.arguments:
            return {}
        return get_argument_values(field.definition, node, self.variable_values, hide_suggestions=self.hide_suggestions)

    def type_resolver_of(self, type_: GraphQLAbstractType) -> Callable[..., Any]:
        """Give what tells the type of an object."""
        return type_.resolve_type or self.type_resolver

    def resolve(self, field: SelectedField, source: Any, path: Path) -> Any:
        """Execute a field as usual."""
        return self.execute_field(field.parent, source, field.details, path, None)

    # How runs end:

    async def _finish(self, plan: Plan, run: Run, completed: Any, complete: Callable[[], Any]) -> Any:
        try:
            await run.finish()
        except Exception:  # noqa: BLE001 - the same
            again = self._complete_again(plan, run, complete)
            return await again if self.is_awaitable(again) else again
        return completed

    def _complete_again(self, plan: Plan, run: Run, complete: Callable[[], Any]) -> Any:
        plan.times_given_up += 1
        self._outcomes.update(run.outcomes)
        try:
            completed = complete()
        except BaseException:
            self._forget(run)
            raise
        if self.is_awaitable(completed):
            return self._wait_and_forget(completed, run)
        self._forget(run)
        return completed

    async def _wait_and_forget(self, completed: Awaitable[Any], run: Run) -> Any:
        try:
            return await completed
        finally:
            self._forget(run)

    def _forget(self, run: Run) -> None:
        """Let end in peace what the plan had asked for and the executor did not."""
        left = [self._outcomes.pop(path).future for path in run.outcomes if path in self._outcomes]
        futures = [future for future in left if future is not None]
        if futures:
            self.settle_in_background(cast("list[Awaitable[Any]]", futures))
