"""How long a page of the list of users takes in a large account, beside the first page of a small one.

The aim is that every page and every search of an account of 100,000 users comes within 3 times what the first page
of an account of 1,000 takes. All is measured over HTTP, in turn, so that whatever else the machine does meets all
alike.
"""

import statistics
import time
from dataclasses import dataclass
from random import Random
from typing import Any, NamedTuple, cast

from rich.console import Console
from rich.table import Table

from benchmarks.asking import Client, data_of, partner_client, seed
from benchmarks.commands import run
from benchmarks.processes import BenchmarkFailed
from benchmarks.starter import running_gateway

SMALL, LARGE = 1_000, 100_000
DEPTH = 90_000
WALK_SIZE = 200
PAGE_SIZE = 50
ALLOWED_RATIO = 3
WARM_UP_ROUNDS, ROUNDS = 8, 40
ONE_LETTER = ("a", "t", "j", "q", "王")
"""Common, common but for the beginning of the list, in between, and twice rare."""
LETTERS = 10
_USERS = """
query Users($account: ID!, $first: Int!, $after: String, $search: String) {
  users(accountId: $account, first: $first, after: $after, search: $search) {
    nodes { id name email status licenses { product { name } } }
    pageInfo { endCursor }
  }
}
"""
_WALK = """
query Walk($account: ID!, $first: Int!, $after: String) {
  users(accountId: $account, first: $first, after: $after) { nodes { email } pageInfo { endCursor } }
}
"""
_COUNT = """
query Count($account: ID!, $search: String) {
  users(accountId: $account, first: 1, search: $search) { totalCount }
}
"""


class Place(NamedTuple):
    """How far a list was walked: the cursor there, and the last address before it."""

    cursor: str
    email: str


@dataclass(frozen=True, slots=True)
class Operation:
    """A page that is asked for."""

    label: str
    account: str
    search: str | None = None
    after: str | None = None

    @property
    def variables(self) -> dict[str, Any]:
        """Give the variables of the request."""
        return {"account": self.account, "first": PAGE_SIZE, "after": self.after, "search": self.search}


class Reader(Client):
    """Reads lists, and measures how long that takes."""

    def milliseconds(self, operation: Operation) -> float:
        """Measure from the request to the end of its answer."""
        begun = time.perf_counter()
        response = self.send(_USERS, operation.variables)
        taken = time.perf_counter() - begun
        data_of(response)
        return taken * 1000

    def walk(self, account: str, depth: int) -> Place:
        """Read a list from its beginning, page by page, up to this depth."""
        place = Place("", "")
        for _ in range(depth // WALK_SIZE):
            variables = {"account": account, "first": WALK_SIZE, "after": place.cursor or None}
            users = self.ask(_WALK, variables)["users"]
            if len(users["nodes"]) != WALK_SIZE:
                raise BenchmarkFailed("The list ended too soon.")
            place = Place(users["pageInfo"]["endCursor"], users["nodes"][-1]["email"])
        return place

    def found(self, operation: Operation) -> int:
        """Count what an operation reads a page of."""
        variables = {"account": operation.account, "search": operation.search}
        return cast("int", self.ask(_COUNT, variables)["users"]["totalCount"])


def main() -> None:
    """Measure, and print the table."""
    run(_measure)


def _measure(console: Console) -> None:
    with console.status("Starting a gateway ...") as status, running_gateway() as gateway:
        status.update(f"Making an account of {SMALL:,} users ...")
        small = seed(gateway, SMALL)
        status.update(f"Making an account of {LARGE:,} users ...")
        large = seed(gateway, LARGE)
        with partner_client(gateway) as http:
            client = Reader(http)
            large_id = client.account_id(large)
            status.update(f"Walking {DEPTH:,} users deep ...")
            deep = client.walk(large_id, DEPTH)
            base = Operation(f"first page of {SMALL:,} (base)", client.account_id(small))
            operations = [base, *_operations(large, large_id, deep)]
            found = [client.found(operation) for operation in operations]
            status.update(f"Measuring {ROUNDS} rounds of {len(operations)} operations ...")
            times = _rounds(client, operations)
    console.print(_table(operations, found, times))


def _operations(number: str, account: str, deep: Place) -> list[Operation]:
    """Give what is measured on the large account."""
    # The end of a name with its number, and the beginning of the domain.
    middle = deep.email.index("@")
    few = deep.email[max(0, middle - LETTERS + 2) :][:LETTERS]
    ten_letters = (f"a{number}.example"[:LETTERS], "freelance.", "leutheusser"[:LETTERS], few, "z" * LETTERS)
    return [
        Operation("first page", account),
        Operation(f"page at {DEPTH:,}", account, after=deep.cursor),
        *(Operation(f"search {letters}", account, letters) for letters in (*ONE_LETTER, *ten_letters)),
    ]


def _rounds(client: Reader, operations: list[Operation]) -> list[list[float]]:
    """Measure every operation once a round, in an order that changes from round to round."""
    chance = Random(1)
    times: list[list[float]] = [[] for _ in operations]
    order = list(range(len(operations)))
    for number in range(WARM_UP_ROUNDS + ROUNDS):
        chance.shuffle(order)
        for index in order:
            taken = client.milliseconds(operations[index])
            if number >= WARM_UP_ROUNDS:
                times[index].append(taken)
    return times


def _table(operations: list[Operation], found: list[int], times: list[list[float]]) -> Table:
    """Lay out what was measured; the first operation is the base."""
    table = Table(title=f"Pages of {PAGE_SIZE} users out of {LARGE:,}, over HTTP, {ROUNDS} rounds")
    table.add_column("operation", no_wrap=True)
    for name in ("finds", "median ms", "p95 ms", "ratio to base", f"within {ALLOWED_RATIO}x"):
        table.add_column(name, justify="right")
    base = statistics.median(times[0])
    for operation, count, taken in zip(operations, found, times, strict=True):
        median = statistics.median(taken)
        p95 = statistics.quantiles(taken, n=20, method="inclusive")[-1]
        ratio = median / base
        verdict = "[green]yes[/]" if ratio <= ALLOWED_RATIO else "[red]no[/]"
        table.add_row(operation.label, f"{count:,}", f"{median:.1f}", f"{p95:.1f}", f"{ratio:.2f}", verdict)
    return table


if __name__ == "__main__":
    main()
