"""What lists cost as an account grows: this gateway alone, one client at a time."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.clocks import postgres_of
from benchmarks.contestants import GATEWAY
from benchmarks.dataset import LARGE, SMALL, TENTH, DataSet, sizes
from benchmarks.measuring import Measurement, Pace, Progress, measure
from benchmarks.operations import FACETS, SEARCHES, Operation, Question
from benchmarks.processes import free_port, running
from benchmarks.subjects import Subjects
from benchmarks.tables import Sheet, median

_PAGE = """
query Page($account: ID!, $first: Int!, $after: String, $search: String) {
  users(accountId: $account, first: $first, after: $after, search: $search) {
    nodes { id name email status licenses { product { name } } }
    pageInfo { hasNextPage endCursor }
  }
}
"""
_TOTAL = "query Total($account: ID!) { users(accountId: $account) { totalCount } }"
_COUNTS = ("totalCount", "facets")


@dataclass(frozen=True, slots=True)
class _Pair:
    """One question to a small and to a large account."""

    title: str
    small: Operation
    large: Operation


def measure_growth(data: DataSet, subjects: Subjects, deep: str, pace: Pace, progress: Progress) -> list[Sheet]:
    """Measure both accounts of each pair in turn; `deep` is a cursor near the end of the large account."""
    measured: dict[str, tuple[list[Measurement], list[Measurement]]] = {}
    pairs = [*_pages(subjects, deep), *_counts(subjects)]
    postgres, port, headers = postgres_of(data.home), free_port(), GATEWAY.headers(data)
    with running(GATEWAY.launch(data, port), port, data.home / "growth.log") as server:
        for number in range(pace.rounds):
            for pair in pairs:
                progress(f"Growth, round {number + 1} of {pace.rounds}: {pair.title} ...")
                small, large = measured.setdefault(pair.title, ([], []))
                small.append(measure(GATEWAY, server, headers, pair.small, pace, postgres))
                large.append(measure(GATEWAY, server, headers, pair.large, pace, postgres))
    users = sizes(data.users)
    pages = {title: figures for title, figures in measured.items() if title not in _COUNTS}
    counts = {title: figures for title, figures in measured.items() if title in _COUNTS}
    return [_sheet(pages, users[SMALL], users[LARGE]), _sheet(counts, users[TENTH], users[LARGE])]


def _pages(subjects: Subjects, deep: str) -> list[_Pair]:
    searches = [
        _pair(f"search of {letters} letters", _PAGE, subjects.small, subjects.large, {"first": 50, "search": text})
        for letters, text in SEARCHES.items()
    ]
    first = _pair("first page", _PAGE, subjects.small, subjects.large, {"first": 50})
    to_the_end = Question("deep", _PAGE, {"account": subjects.large, "first": 50, "after": deep})
    return [first, _Pair("page near the end, and the first", first.small, _one("deep", to_the_end)), *searches]


def _counts(subjects: Subjects) -> list[_Pair]:
    return [
        _pair(title, query, subjects.tenth, subjects.large, {})
        for title, query in zip(_COUNTS, (_TOTAL, FACETS), strict=True)
    ]


def _pair(title: str, query: str, small: str, large: str, variables: dict[str, object]) -> _Pair:
    ours, theirs = (Question(title, query, {"account": account, **variables}) for account in (small, large))
    return _Pair(title, _one(title, ours), _one(title, theirs))


def _one(title: str, question: Question) -> Operation:
    return Operation(title, (question,), connections=1)


def _sheet(
    measured: dict[str, tuple[list[Measurement], list[Measurement]]], small_users: int, large_users: int
) -> Sheet:
    columns = (
        "",
        f"{small_users:,}: p50 ms",
        f"{large_users:,}: p50 ms",
        "times",
        f"{small_users:,}: database CPU ms",
        f"{large_users:,}: database CPU ms",
        "times",
    )
    rows: list[tuple[str, ...]] = []
    for title, figures in measured.items():
        small, large = (median(rounds) for rounds in figures)
        latency = _compared(small.p50_ms, large.p50_ms, 1)
        rows.append((title, *latency, *_compared(small.database_cpu_ms, large.database_cpu_ms, 2)))
    return Sheet(f"An account of {small_users:,} users and one of {large_users:,}", columns, tuple(rows))


def _compared(small: float, large: float, digits: int) -> Sequence[str]:
    return f"{small:.{digits}f}", f"{large:.{digits}f}", f"{large / small:.2f}" if small else ""
