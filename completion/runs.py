"""Runs a plan on one value: first what is there at once, then level by level what batches and the executor bring."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from inspect import iscoroutine
from typing import Any, NamedTuple, Protocol, TypeAlias

from graphql import GraphQLAbstractType
from graphql.pyutils import Path, is_awaitable
from msgspec import Struct

from completion.shapes import ReadField, SelectedField
from completion.unexpected import Unexpected
from completion.ways import Batch, Bound, Info, Part

Fill: TypeAlias = Callable[[list[Any], Sequence[Any], list[Path]], None]
Pending: TypeAlias = tuple[list[Any], list[Any], list[Path], tuple[tuple["Load", Fill], ...]]
Begin: TypeAlias = Callable[["Run"], tuple[Callable[[Any, Path | None], Any], tuple[Pending, ...]]]
Load: TypeAlias = Callable[[Sequence[Any]], Awaitable[Sequence[Any]] | Sequence[Any]]


class Host(Protocol):
    """What a run needs of the executor that it runs in."""

    def info_of(self, field: SelectedField, path: Path | None) -> Info:
        """Give the information that resolvers of a field get."""
        ...

    def arguments_of(self, field: ReadField) -> dict[str, Any]:
        """Give the coerced arguments of a field. Raises GraphQLError."""
        ...

    def type_resolver_of(self, type_: GraphQLAbstractType) -> Callable[..., Any]:
        """Give what tells the type of an object."""
        ...

    def resolve(self, field: SelectedField, source: Any, path: Path) -> Any:
        """Execute a field as usual."""
        ...


class _Filling(NamedTuple):
    """What a batch was asked for, and where what it gives belongs."""

    fill: Fill
    outs: list[Any]
    paths: list[Path]
    values: Any
    is_awaited: bool


class Outcome(Struct, frozen=True):
    """What came of a field that the executor has done for a plan: a value, an error, or what will bring one."""

    completed: Any = None
    error: Exception | None = None
    future: "asyncio.Future[Any] | None" = None

    def value(self) -> Any:
        """Give it as the executor gave it."""
        if self.error is not None:
            raise self.error
        return self.completed if self.future is None else self.future


class Run:
    """One run of a plan. It raises whatever goes wrong, and then only `outcomes` may be used."""

    def __init__(self, host: Host, path: Path | None) -> None:
        self.outcomes: dict[Path, Outcome] = {}
        self._host = host
        self._path = path
        self._waiting: list[tuple[Any, str, asyncio.Future[Any]]] = []
        self._pending: tuple[Pending, ...] = ()

    def start(self, begin: Begin, value: Any) -> Any:
        """Complete what can be completed at once. `is_done` tells whether that is all."""
        complete, self._pending = begin(self)
        return complete(value, self._path)

    @property
    def is_done(self) -> bool:
        """Whether nothing has to be waited for."""
        if self._waiting:
            return False
        for sources, _, _, _ in self._pending:  # noqa: SIM110 - asked at each level, and three times as quick as any()
            if sources:
                return False
        return True

    async def finish(self) -> None:
        """Fill in what has to be waited for. What that brings may have to wait for more."""
        while not self.is_done:
            fillings, waiting = self._ask(), self._waiting
            self._waiting = []
            awaited = [filling.values for filling in fillings if filling.is_awaited]
            arrived = iter(await _together([*awaited, *(future for _, _, future in waiting)]))
            for fill, outs, paths, values, is_awaited in fillings:
                ready = next(arrived) if is_awaited else values
                if len(ready) != len(outs):
                    raise Unexpected
                fill(outs, ready, paths)
            for (out, attribute, _), value in zip(waiting, arrived, strict=True):
                setattr(out, attribute, value)

    def _ask(self) -> list[_Filling]:
        """Call every batch that has records waiting for it."""
        fillings: list[_Filling] = []
        try:
            for sources, outs, paths, batches in self._pending:
                if sources:
                    records, at_outs, at_paths = sources[:], outs[:], paths[:]
                    for taken in (sources, outs, paths):
                        taken.clear()
                    for load, fill in batches:
                        values = load(records)
                        fillings.append(_Filling(fill, at_outs, at_paths, values, is_awaitable(values)))
        except Exception:
            for filling in fillings:
                if iscoroutine(filling.values):
                    filling.values.close()
            raise
        return fillings

    # What the source of a plan calls:

    def info(self, field: SelectedField) -> Info:
        """Give the information on a field; its path is that of the value that is completed."""
        return self._host.info_of(field, self._path)

    def type_resolver(self, type_: GraphQLAbstractType) -> Callable[..., Any]:
        """Give what tells the type of an object."""
        return self._host.type_resolver_of(type_)

    def bind(self, field: ReadField) -> Callable[[Any], Any]:
        """Give the function that reads a field of a record."""
        way = field.way
        assert isinstance(way, Bound)  # noqa: S101 - no other field is written so
        return way.bind(self.info(field), self._host.arguments_of(field))

    def load(self, field: ReadField) -> Load:
        """Give the batch of a field, or the one that it is a part of, which takes the records."""
        way, info, arguments = field.way, self.info(field), self._host.arguments_of(field)
        batch = way.batch if isinstance(way, Part) else way
        assert isinstance(batch, Batch)  # noqa: S101 - no other field is written so
        call = batch.call
        return lambda sources: call(sources, info, arguments)

    def execute(self, field: SelectedField, source: Any, path: Path | None, out: Any, attribute: str) -> None:
        """Let the executor do a field, of which the value goes into an attribute of an object."""
        at = Path(path, field.key, field.parent.name)
        try:
            value = self._host.resolve(field, source, at)
        except Exception as error:
            self.outcomes[at] = Outcome(error=error)
            raise
        if is_awaitable(value):
            future = asyncio.ensure_future(value)
            self.outcomes[at] = Outcome(future=future)
            self._waiting.append((out, attribute, future))
        else:
            self.outcomes[at] = Outcome(value)
            setattr(out, attribute, value)


async def _together(awaited: list[Awaitable[Any]]) -> list[Any]:
    """Wait for all; only when none of them runs any more, raise what one of them did."""
    if len(awaited) < 2:  # noqa: PLR2004 - one alone needs no task
        return [await one for one in awaited]
    settled = await asyncio.gather(*awaited, return_exceptions=True)
    for outcome in settled:
        if isinstance(outcome, BaseException):
            raise outcome
    return settled
