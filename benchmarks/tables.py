"""Tables of what was measured, for a terminal and for a document."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from rich.table import Table

from benchmarks.contestants import Contestant
from benchmarks.measuring import Measurement, Measurements
from benchmarks.operations import Operation

_WORTH_A_WORD = 0.0001
_WHOLE = 10
"""Requests a second from which on decimals tell nothing."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table before it is laid out: rows of texts, the first column to the left, the others to the right."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def for_terminal(self) -> Table:
        """Lay the table out for a terminal."""
        table = Table(title=self.title)
        for place, column in enumerate(self.columns):
            table.add_column(column, justify="right" if place else "left", no_wrap=not place)
        for row in self.rows:
            table.add_row(*row)
        return table

    def for_document(self) -> str:
        """Write the table in Markdown."""
        rule = "|".join(["", "---", *["---:"] * (len(self.columns) - 1), ""])
        lines = [f"**{self.title}**", "", _line(self.columns), rule, *map(_line, self.rows)]
        return "\n".join(lines) + "\n"


def median(rounds: Sequence[Measurement]) -> Measurement:
    """Give the median of each figure over the rounds."""
    return Measurement(
        *(
            statistics.median(getattr(one, name) for one in rounds)
            for name in ("requests_per_second", "p50_ms", "p99_ms", "server_cpu_ms", "database_cpu_ms", "failed")
        )
    )


def ratio(ours: Sequence[Measurement], theirs: Sequence[Measurement]) -> float:
    """Tell how many times the requests of the other one ours are: the median of the rounds, each for itself."""
    pairs = zip(ours, theirs, strict=True)
    return statistics.median(one.requests_per_second / other.requests_per_second for one, other in pairs)


def overview_sheet(operations: Sequence[Operation], contestants: Sequence[Contestant], measured: Measurements) -> Sheet:
    """Put requests a second of all at all operations into one table, with how many times as fast the first one is."""
    rows: list[tuple[str, ...]] = []
    for operation in operations:
        ours = measured[contestants[0].name, operation.title]
        cells = [_overview_cell(ours, measured.get((one.name, operation.title))) for one in contestants]
        rows.append((operation.title, *cells))
    titles = [contestant.title for contestant in contestants]
    return Sheet(f"Requests a second, and how many times that {titles[0]} is", ("", *titles), tuple(rows))


def _overview_cell(ours: Sequence[Measurement], theirs: Sequence[Measurement] | None) -> str:
    if theirs is None:
        return "cannot"
    rate = _rate(median(theirs))
    return rate if theirs is ours else f"{rate} ({ratio(ours, theirs):.2f} x)"


def operation_sheet(operation: Operation, contestants: Sequence[Contestant], measured: Measurements) -> Sheet:
    """Put all who were measured at an operation into a table."""
    columns = ("", "requests/s", "p50 ms", "p99 ms", "CPU ms", "database CPU ms", "gateway is")
    ours = measured.get((contestants[0].name, operation.title))
    rows: list[tuple[str, ...]] = []
    for contestant in contestants:
        reason = contestant.cannot.get(operation.questions[0].document)
        if reason is not None:
            rows.append((contestant.title, reason, "", "", "", "", ""))
            continue
        theirs = measured[contestant.name, operation.title]
        one = median(theirs)
        compared = "" if ours is None or theirs is ours else f"{ratio(ours, theirs):.2f} x"
        cpu = (f"{one.server_cpu_ms:.2f}", f"{one.database_cpu_ms:.2f}")
        latency = (f"{one.p50_ms:.1f}", f"{one.p99_ms:.1f}")
        rows.append((contestant.title, _rate(one), *latency, *cpu, compared))
    return Sheet(operation.title, columns, tuple(rows))


def _rate(one: Measurement) -> str:
    """Show requests a second; fewer than one in ten thousand that fail are not worth a word."""
    failed = f", {one.failed:.1%} failed" if one.failed > _WORTH_A_WORD else ""
    return f"{one.requests_per_second:,.{0 if one.requests_per_second >= _WHOLE else 1}f}{failed}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
