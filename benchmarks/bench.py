"""What `make bench` does: measure this gateway beside its peers, and print tables."""

import argparse
import asyncio
import shlex
import sys
from functools import partial
from pathlib import Path

import asyncpg
from rich.console import Console

from benchmarks.chart import draw_chart
from benchmarks.commands import run
from benchmarks.contestants import CONTESTANTS, Contestant
from benchmarks.dataset import FULL_SIZE, LARGE, dataset, sizes
from benchmarks.growth import measure_growth
from benchmarks.load.closed import find_wrk
from benchmarks.machine import describe_machine
from benchmarks.measuring import Measurements, Pace, measure_rounds
from benchmarks.operations import CONNECTIONS, Operation, all_operations
from benchmarks.processes import ROOT, BenchmarkFailed, pin
from benchmarks.report import as_markdown, write_section
from benchmarks.serving import measure_serving
from benchmarks.subjects import deep_cursor, find_subjects, take_back
from benchmarks.tables import Sheet, operation_sheet, overview_sheet

PARTS = ("peers", "growth", "serving")
DEPTH = 290 / 300
"""Where the deep page is in the large account."""
_LEGEND = f"""
Each server is one process, on the same two cores as PostgreSQL and wrk, and asked by {CONNECTIONS} clients at once
where nothing else is said. CPU is that of one request: of the server, and of all processes of PostgreSQL. Figures are
medians of the rounds. Only this gateway authenticates, limits and logs. Answers were compared before anything was
timed.
"""


def main() -> None:
    """Measure, and print the tables."""
    run(partial(_bench, _arguments()))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--users", type=int, default=FULL_SIZE, help="how many users the data set has")
    parser.add_argument("--rounds", type=int, default=3, help="how often everything is measured")
    parser.add_argument("--seconds", type=float, default=6, help="how long each server is measured at each operation")
    parser.add_argument("--load-seconds", type=float, default=180, help="how long before memory is looked at again")
    parser.add_argument("--parts", nargs="+", default=PARTS, choices=PARTS, help="what is measured")
    parser.add_argument("--only", nargs="*", default=[], metavar="WORD", help="operations with one of these words")
    parser.add_argument("--peers", nargs="*", default=[], metavar="NAME", help="nobody but this gateway and these")
    parser.add_argument(
        "--write",
        type=Path,
        nargs="?",
        const=ROOT / "docs/performance.md",
        metavar="DOCUMENT",
        help="write the tables there, and the chart beside it",
    )
    return parser.parse_args()


def _bench(chosen: argparse.Namespace, console: Console) -> None:
    pin()
    find_wrk()
    sheets: list[Sheet] = []
    measured: Measurements = {}
    contestants = [one for one in CONTESTANTS if _takes_part(one, chosen.peers)]
    pace = Pace(chosen.rounds, max(chosen.seconds / 3, 1), chosen.seconds)
    with console.status("") as status, dataset(chosen.users, status.update) as data:
        postgres = asyncio.run(postgres_version(data.database_url))
        asyncio.run(take_back(data.database_url))
        subjects = asyncio.run(find_subjects(data.database_url))
        operations = _wanted(all_operations(subjects), chosen.only)
        if "peers" in chosen.parts:
            measured = measure_rounds(data, contestants, operations, pace, status.update)
            sheets.append(overview_sheet(operations, contestants, measured))
            sheets += [operation_sheet(operation, contestants, measured) for operation in operations]
        if "growth" in chosen.parts:
            depth = int(sizes(chosen.users)[LARGE] * DEPTH)
            deep = asyncio.run(deep_cursor(data.database_url, subjects.large, depth))
            sheets += measure_growth(data, subjects, deep, pace, status.update)
        if "serving" in chosen.parts:
            sheets += measure_serving(data, operations, pace, chosen.load_seconds, status.update)
        asyncio.run(take_back(data.database_url))
    for sheet in sheets:
        console.print(sheet.for_terminal())
    if chosen.write is not None:
        write_section(chosen.write, "bench", [_command(), describe_machine(postgres), _LEGEND, *as_markdown(sheets)])
        if measured:
            chosen.write.with_suffix(".svg").write_text(draw_chart(operations, contestants, measured))


def _command() -> str:
    """Tell the command that made the figures."""
    return f"```sh\nmake bench ARGS={shlex.quote(shlex.join(sys.argv[1:]))}\n```\n"


async def postgres_version(database_url: str) -> str:
    """Ask the server for its version."""
    connection = await asyncpg.connect(database_url)
    try:
        return str(await connection.fetchval("SHOW server_version"))
    finally:
        await connection.close()


def _wanted(operations: list[Operation], words: list[str]) -> list[Operation]:
    """Give the operations with one of these words. Raises BenchmarkFailed where there is none."""
    wanted = [one for one in operations if not words or any(word in one.title for word in words)]
    if not wanted:
        raise BenchmarkFailed(f"No operation has any of these words: {', '.join(words)}.")
    return wanted


def _takes_part(contestant: Contestant, names: list[str]) -> bool:
    return not names or contestant is CONTESTANTS[0] or contestant.name in names


if __name__ == "__main__":
    main()
