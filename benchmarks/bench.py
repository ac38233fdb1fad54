"""What `make bench` does: measure this gateway beside its peers, and print tables."""

import argparse
import asyncio
import signal
import sys

from rich.console import Console

from benchmarks.contestants import CONTESTANTS, Contestant
from benchmarks.dataset import FULL_SIZE, DatasetUnfit, dataset
from benchmarks.measuring import Pace, measure_rounds
from benchmarks.operations import Operation, operations
from benchmarks.processes import BenchmarkFailed, pin
from benchmarks.subjects import find_subjects, take_back
from benchmarks.tables import operation_sheet
from gateway.setup_errors import SetupError
from schema.schema import build_schema


def main() -> None:
    """Measure, and print the tables."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        _bench(_arguments(), Console())
    except (BenchmarkFailed, DatasetUnfit, SetupError) as failure:
        sys.exit(str(failure))
    except KeyboardInterrupt:
        sys.exit("Stopped.")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--users", type=int, default=FULL_SIZE, help="how many users the data set has")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=6, help="how long each server is measured at each operation")
    parser.add_argument("--only", nargs="*", default=[], metavar="WORD", help="operations with one of these words")
    parser.add_argument("--peers", nargs="*", default=[], metavar="NAME", help="nobody but this gateway and these")
    return parser.parse_args()


def _bench(chosen: argparse.Namespace, console: Console) -> None:
    pin()
    with console.status("") as status, dataset(chosen.users, status.update) as data:
        subjects = asyncio.run(find_subjects(data.database_url))
        asyncio.run(take_back(data.database_url, subjects))
        measured_operations = [
            one for one in operations(subjects) if _is_possible(one) and _is_wanted(one, chosen.only)
        ]
        contestants = [one for one in CONTESTANTS if _takes_part(one, chosen.peers)]
        pace = Pace(chosen.rounds, max(chosen.seconds / 3, 1), chosen.seconds)
        measured = measure_rounds(data, contestants, measured_operations, pace, status.update)
        asyncio.run(take_back(data.database_url, subjects))
    for operation in measured_operations:
        console.print(operation_sheet(operation, contestants, measured).for_terminal())


def _is_possible(operation: Operation) -> bool:
    """Tell whether the schema of this gateway has the mutation, where it is one."""
    return operation.mutation is None or f"  {operation.mutation}(" in build_schema().as_str()


def _is_wanted(operation: Operation, words: list[str]) -> bool:
    return not words or any(word in operation.title for word in words)


def _takes_part(contestant: Contestant, names: list[str]) -> bool:
    return not names or contestant is CONTESTANTS[0] or contestant.name in names


if __name__ == "__main__":
    main()
