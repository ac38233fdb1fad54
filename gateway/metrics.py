"""What the gateway counts and measures of itself, for Prometheus to collect (`gateway.process.metrics_port`).

Labels are of few values, none of which a client can make up: the routes that there are, and no names of operations.
"""

from functools import lru_cache
from typing import Final

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

# Else there would be a second series beside each, with the time at which it was made.
disable_created_metrics()  # type: ignore[no-untyped-call]  # the library has no types there

_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds: from what a read of a few rows takes to the deadline of an operation."""

_REQUESTS: Final = Histogram(
    "gateway_http_request_seconds",
    "Time from a request over HTTP to the beginning of its answer.",
    ("route", "status"),
    buckets=_BUCKETS,
)
_OPERATIONS: Final = Histogram(
    "gateway_operation_seconds",
    "Time that queries and mutations ran, over HTTP, streams and WebSockets.",
    ("kind",),
    buckets=_BUCKETS,
)
_FAULTS: Final = Counter(
    "gateway_faults", "Operations and requests that failed for what was no fault of the client.", ("kind",)
)
_MAILS: Final = Counter("gateway_mails", "Attempts at sending mails, by how they ended.", ("kind", "result"))

EVENTS_TOLD: Final = Counter("gateway_events_told", "Events of subscriptions, each counted once for each reader.")

OPERATIONS_RUNNING: Final = Gauge(
    "gateway_operations_running", "Queries and mutations that run now.", multiprocess_mode="livesum"
)
LISTENERS: Final = Gauge(
    "gateway_listeners", "WebSockets and streams of events that somebody holds now.", multiprocess_mode="livesum"
)
CONNECTIONS_LENT: Final = Gauge(
    "gateway_database_connections_lent", "Connections to PostgreSQL that are used now.", multiprocess_mode="livesum"
)
CONNECTIONS_WAITED_FOR: Final = Gauge(
    "gateway_database_connections_waited_for",
    "Who waits for a connection to PostgreSQL now, since all of the pool are used.",
    multiprocess_mode="livesum",
)


@lru_cache(maxsize=512)
def request_seconds(route: str | None, status: int) -> Histogram:
    """Give what takes the time of a request; its path is no label where it leads nowhere."""
    return _REQUESTS.labels(route or "none", status)


@lru_cache
def operation_seconds(kind: str) -> Histogram:
    """Give what takes the time of a `query` or a `mutation`."""
    return _OPERATIONS.labels(kind)


def count_fault(kind: str) -> None:
    """Count what went wrong on this side: `database_unavailable`, `statement_timeout`, or `fault` for all else."""
    _FAULTS.labels(kind).inc()


def count_mail(kind: str, result: str) -> None:
    """Count an attempt at a mail: `sent`, `put_off` or `given_up`."""
    _MAILS.labels(kind, result).inc()
