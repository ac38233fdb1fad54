"""How fast a changed license count reaches those who subscribed to it: two servers, many readers, one writer."""

import statistics
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

import httpx

from benchmarks.clocks import cpu_seconds, memory_bytes
from benchmarks.contestants import Contestant
from benchmarks.dataset import DataSet
from benchmarks.load.closed import Request
from benchmarks.load.subscribers import Event, Subscribers, subscribed
from benchmarks.measuring import Progress
from benchmarks.operations import Question
from benchmarks.processes import BenchmarkFailed, Server, free_port, running
from benchmarks.subjects import Subjects

SERVERS = 2
SUBSCRIPTION = """
subscription Live($account: ID!) {
  licenseCounts(accountId: $account) { id total assigned available revision product { id name } }
}
"""
_CHANGE = """
mutation Change($input: Bulk{0}LicensesInput!) {{
  bulk{0}Licenses(input: $input) {{ licenseCount {{ revision }} userErrors {{ code }} }}
}}
"""
_SETTLE_SECONDS = 2
_QUIET_SECONDS = 1
_LONGEST_BACKLOG_SECONDS = 60
_KIBIBYTE = 1024

Answered = dict[int, float]
"""When the change to each revision was answered: milliseconds of the monotonic clock."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What readers got while the count changed at one rate."""

    changes_per_second: float
    events_per_second: float
    complete: float
    p50_ms: float
    p99_ms: float
    cpu_ms: float


@dataclass(frozen=True, slots=True)
class Fanout:
    """One kind of server with so many readers: at a steady rate, and as fast as changes can be made."""

    readers: int
    idle_kib: float
    steady: Delivery
    fastest: Delivery


def measure_fanout(  # noqa: PLR0913, PLR0917 - what is measured, where and how long
    data: DataSet,
    contestant: Contestant,
    subjects: Subjects,
    readers: int,
    rate: float,
    seconds: float,
    progress: Progress,
) -> Fanout:
    """Measure one kind of server with so many readers. Raises BenchmarkFailed."""
    headers = contestant.headers(data)
    target = subjects.targets[0]
    writer = _Writer(contestant, subjects, headers)
    payload = {"query": SUBSCRIPTION, "variables": {"account": target.account}}
    with ExitStack() as stack:
        servers = [_serve(stack, data, contestant, number) for number in range(SERVERS)]
        writer.warm_up(servers)
        before = sum(memory_bytes(server.process) for server in servers)
        progress(f"{contestant.title}: opening {readers:,} subscriptions ...")
        subscribers = stack.enter_context(subscribed(servers, readers, init=dict(headers), payload=payload))
        time.sleep(_SETTLE_SECONDS)
        idle = (sum(memory_bytes(server.process) for server in servers) - before) / readers / _KIBIBYTE
        subscribers.events()
        progress(f"{contestant.title}: {readers:,} readers, {rate:g} changes a second ...")
        steady = _deliver(servers, subscribers, writer, readers, seconds, rate)
        progress(f"{contestant.title}: {readers:,} readers, changes as fast as they go ...")
        fastest = _deliver(servers, subscribers, writer, readers, seconds, None)
    return Fanout(readers, idle, steady, fastest)


def _serve(stack: ExitStack, data: DataSet, contestant: Contestant, number: int) -> Server:
    port = free_port()
    log = data.home / f"live-{contestant.name}-{number}.log"
    return stack.enter_context(running(contestant.launch(data, port), port, log))


def _deliver(  # noqa: PLR0913, PLR0917 - the same
    servers: Sequence[Server],
    subscribers: Subscribers,
    writer: "_Writer",
    readers: int,
    seconds: float,
    rate: float | None,
) -> Delivery:
    """Change the count for so many seconds, and see what arrives meanwhile and after it."""
    cpu = sum(cpu_seconds(server.process) for server in servers)
    begun = time.monotonic()
    answered = writer.change(servers[0], seconds, rate)
    ended = time.monotonic()
    events = _until_quiet(subscribers)
    cpu = sum(cpu_seconds(server.process) for server in servers) - cpu
    delays = _delays(events, answered)
    if not delays:
        raise BenchmarkFailed("No event arrived.")
    in_time = sum(at <= ended * 1000 for revision, at in events if revision in answered)
    return Delivery(
        len(answered) / (ended - begun),
        in_time / (ended - begun),
        len(delays) / len(answered) / readers,
        statistics.median(delays),
        statistics.quantiles(delays, n=100, method="inclusive")[-1],
        cpu * 1000 / len(delays),
    )


def _until_quiet(subscribers: Subscribers) -> list[Event]:
    """Wait until no more events come, so that what one measurement left undone is not in the way of the next."""
    events: list[Event] = []
    deadline = time.monotonic() + _LONGEST_BACKLOG_SECONDS
    while time.monotonic() < deadline:
        time.sleep(_QUIET_SECONDS)
        more = subscribers.events()
        if not more:
            break
        events += more
    return events


def _delays(events: Sequence[Event], answered: Answered) -> list[float]:
    """Give how long after its answer each event came; one that came before it took no time at all."""
    return [max(at - answered[revision], 0.0) for revision, at in events if revision in answered]


class _Writer:
    """Changes the count: one user gets a license, and loses it again."""

    def __init__(self, contestant: Contestant, subjects: Subjects, headers: Mapping[str, str]) -> None:
        target = subjects.targets[0]
        asked = {"accountId": target.account, "productId": subjects.product, "target": {"ids": [target.users[0]]}}
        self._requests = [
            contestant.ask(Question("change", _CHANGE.format(kind), {"input": asked}), headers)
            for kind in ("Assign", "Unassign")
        ]
        self._sent = 0

    def warm_up(self, servers: Sequence[Server]) -> None:
        """Have every server make some changes, so that nothing is measured while it starts."""
        for server in servers:
            with _client(server) as http:
                for _ in range(20):
                    self._change(http)

    def change(self, server: Server, seconds: float, rate: float | None) -> Answered:
        """Change the count for so many seconds, so many times in each or, with None, without a pause."""
        answered: Answered = {}
        begun = time.monotonic()
        with _client(server) as http:
            while (elapsed := time.monotonic() - begun) < seconds:
                if rate is not None and len(answered) > elapsed * rate:
                    time.sleep(len(answered) / rate - elapsed)
                revision = self._change(http)
                answered[revision] = time.monotonic_ns() / 1e6
        return answered

    def _change(self, http: httpx.Client) -> int:
        request: Request = self._requests[self._sent % 2]
        self._sent += 1
        answer = http.post(request.path, headers=request.headers, content=request.body).json()
        if answer.get("errors"):
            raise BenchmarkFailed(f"The count could not be changed: {answer['errors']}")
        (payload,) = answer["data"].values()
        if payload["userErrors"]:
            raise BenchmarkFailed(f"The count could not be changed: {payload['userErrors']}")
        revision: int = payload["licenseCount"]["revision"]
        return revision


def _client(server: Server) -> httpx.Client:
    return httpx.Client(base_url=server.address, trust_env=False, timeout=60)
