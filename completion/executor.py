"""An executor that completes values by plans, and does as ever where there is none or one gives up.

A query is answered by the plan of the whole operation, all else field by field. A plan knows success only. When
anything goes wrong in it, the executor does the same once more as though there were no plan, and so finds every error
where it belongs. What it had done for the plan is not done twice.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, cast

from graphql import GraphQLAbstractType, GraphQLObjectType, GraphQLOutputType
from graphql.execution import Executor
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet
from graphql.pyutils import Path
from graphql.type.definition import GraphQLResolveInfoHelpers

from completion.plans import ChosenPlans, OperationPlans, Plan
from completion.runs import Outcome, Run
from completion.shapes import ReadField, SelectedField
from completion.ways import Info


class CompletingExecutor(Executor[Any]):
    """Executes one operation, by plans once it has been given them."""

    _plans: ChosenPlans | None = None

    # graphql-core keeps these in the executor, which they refer to. All that an operation has read would then stay
    # until the garbage collector looks, and each page would be made in memory that no cache of the processor holds.
    @property
    def async_helpers(self) -> GraphQLResolveInfoHelpers:  # pyright: ignore[reportIncompatibleVariableOverride]
        """What resolvers can wait for others with, made when it is asked for."""
        return GraphQLResolveInfoHelpers(self.gather_async_work, self.track_async_work)

    @async_helpers.setter
    def async_helpers(self, _kept: GraphQLResolveInfoHelpers) -> None:  # pyright: ignore[reportIncompatibleVariableOverride]
        pass

    def use_plans(self, plans: OperationPlans, *, at_once: bool = True) -> None:
        """Complete by these plans, which belong to the operation; see `OperationPlans.choose`."""
        self._plans = plans.choose(self.variable_values, at_once=at_once)
        self._outcomes: dict[Path, Outcome] = {}

    # What graphql-core calls:

    def execute_operation(self, serially: bool | None = None) -> Any:  # noqa: FBT001 - as graphql-core has it
        """Execute the operation."""
        execute = partial(super().execute_operation, serially)
        if self._plans is None:
            return execute()
        return self._run(self._plans.whole, None, self.root_value, execute, self._response)

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
        return self._run(plan, path, result, complete, _as_it_is)

    # What a run needs:

    def info_of(self, field: SelectedField, path: Path | None) -> Info:
        """Give the information that resolvers of a field get."""
        return self.build_resolve_info(field.definition, field.nodes, field.parent, cast("Path", path))

    def arguments_of(self, field: ReadField) -> dict[str, Any]:
        """Give the coerced arguments of a field. Raises GraphQLError."""
        return field.arguments.coerced(self.variable_values, hide_suggestions=self.hide_suggestions)

    def type_resolver_of(self, type_: GraphQLAbstractType) -> Callable[..., Any]:
        """Give what tells the type of an object."""
        return type_.resolve_type or self.type_resolver

    def resolve(self, field: SelectedField, source: Any, path: Path) -> Any:
        """Execute a field as usual."""
        return self.execute_field(field.parent, source, field.details, path, None)

    # How runs go:

    def _run(
        self, plan: Plan, path: Path | None, value: Any, execute: Callable[[], Any], done: Callable[[Any], Any]
    ) -> Any:
        """Complete a value, and give what `done` makes of it; or what `execute` gives, where the plan gives up."""
        begin = plan.begin(self.variable_values)
        if begin is None:
            return execute()
        run = Run(self, path)
        try:
            completed = run.start(begin, value)
        except Exception:  # noqa: BLE001 - whatever it was, the executor meets it again
            return self._give_up(plan, run, execute)
        return done(completed) if run.is_done else self._finish(plan, run, completed, execute, done)

    async def _finish(
        self, plan: Plan, run: Run, completed: Any, execute: Callable[[], Any], done: Callable[[Any], Any]
    ) -> Any:
        try:
            await run.finish()
        except Exception:  # noqa: BLE001 - the same
            result = self._give_up(plan, run, execute)
            return await result if self.is_awaitable(result) else result
        return done(completed)

    def _give_up(self, plan: Plan, run: Run, execute: Callable[[], Any]) -> Any:
        plan.times_given_up += 1
        self._outcomes.update(run.outcomes)
        try:
            result = execute()
        except BaseException:
            self._forget(run)
            raise
        if self.is_awaitable(result):
            return self._wait_and_forget(result, run)
        self._forget(run)
        return result

    async def _wait_and_forget(self, result: Awaitable[Any], run: Run) -> Any:
        try:
            return await result
        finally:
            self._forget(run)

    def _response(self, data: dict[str, Any]) -> Any:
        return self.finish(self.build_response(data))

    def _forget(self, run: Run) -> None:
        """Settle in the background what the plan had asked for and the executor did not."""
        left = [self._outcomes.pop(path).future for path in run.outcomes if path in self._outcomes]
        futures = [future for future in left if future is not None]
        if futures:
            self.settle_in_background(cast("list[Awaitable[Any]]", futures))


def _as_it_is(completed: Any) -> Any:
    return completed
