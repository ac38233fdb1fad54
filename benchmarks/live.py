"""What `make bench-live` does: measure how changes reach thousands of subscribers, beside two peers."""

import argparse
import asyncio
import shlex
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from rich.console import Console

from benchmarks.bench import postgres_version
from benchmarks.commands import run
from benchmarks.contestants import GATEWAY, MERCURIUS, STRAWBERRY, Contestant
from benchmarks.dataset import dataset
from benchmarks.live_measuring import Delivery, Fanout, measure_fanout
from benchmarks.machine import describe_machine
from benchmarks.processes import ROOT, pin
from benchmarks.report import as_markdown, write_section
from benchmarks.subjects import find_subjects, take_back
from benchmarks.tables import Sheet

READERS = (100, 1_000, 5_000)
CONTESTANTS = (GATEWAY, STRAWBERRY, MERCURIUS)
_COLUMNS = ("", "readers", "changes/s", "events/s", "arrived", "p50 ms", "p99 ms", "CPU ms an event")


def main() -> None:
    """Measure, and print the tables."""
    run(partial(_bench_live, _arguments()))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-live", description=__doc__)
    parser.add_argument("--users", type=int, default=20_000, help="how many users the data set has")
    parser.add_argument("--readers", type=int, nargs="+", default=READERS, help="how many subscriptions are open")
    parser.add_argument("--rate", type=float, default=2, help="changes a second when the rate is steady")
    parser.add_argument("--seconds", type=float, default=10, help="how long each rate is measured")
    parser.add_argument("--peers", nargs="*", default=[], metavar="NAME", help="nobody but these")
    parser.add_argument(
        "--write",
        type=Path,
        nargs="?",
        const=ROOT / "docs/performance.md",
        metavar="DOCUMENT",
        help="write the tables there",
    )
    return parser.parse_args()


def _bench_live(chosen: argparse.Namespace, console: Console) -> None:
    pin()
    contestants = [one for one in CONTESTANTS if not chosen.peers or one.name in chosen.peers]
    measured: list[tuple[Contestant, Fanout]] = []
    with console.status("") as status, dataset(chosen.users, status.update) as data:
        postgres = asyncio.run(postgres_version(data.database_url))
        asyncio.run(take_back(data.database_url))
        subjects = asyncio.run(find_subjects(data.database_url))
        for readers in chosen.readers:
            for contestant in contestants:
                pace = (readers, chosen.rate, chosen.seconds)
                measured.append((contestant, measure_fanout(data, contestant, subjects, *pace, status.update)))
        asyncio.run(take_back(data.database_url))
    sheets = _sheets(measured)
    for sheet in sheets:
        console.print(sheet.for_terminal())
    if chosen.write is not None:
        command = f"```sh\nmake bench-live ARGS={shlex.quote(shlex.join(sys.argv[1:]))}\n```\n"
        write_section(chosen.write, "bench-live", [command, describe_machine(postgres), *as_markdown(sheets)])


def _sheets(measured: Sequence[tuple[Contestant, Fanout]]) -> list[Sheet]:
    steady = [_row(contestant, fanout, fanout.steady) for contestant, fanout in measured]
    fastest = [_row(contestant, fanout, fanout.fastest) for contestant, fanout in measured]
    idle = [(contestant.title, f"{fanout.readers:,}", f"{fanout.idle_kib:.1f}") for contestant, fanout in measured]
    return [
        Sheet("Changes at a steady rate: from the answer to the event", _COLUMNS, tuple(steady)),
        Sheet("Changes as fast as they go", _COLUMNS, tuple(fastest)),
        Sheet("Memory of an idle subscription", ("", "subscriptions", "KiB each"), tuple(idle)),
    ]


def _row(contestant: Contestant, fanout: Fanout, delivery: Delivery) -> tuple[str, ...]:
    return (
        contestant.title,
        f"{fanout.readers:,}",
        f"{delivery.changes_per_second:.1f}",
        f"{delivery.events_per_second:,.0f}",
        f"{delivery.complete:.0%}",
        f"{delivery.p50_ms:.1f}",
        f"{delivery.p99_ms:.1f}",
        f"{delivery.cpu_ms:.3f}",
    )


if __name__ == "__main__":
    main()
