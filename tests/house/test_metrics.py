"""What Prometheus collects: true of all processes together, on a port of its own."""

import importlib
import json
import re
import signal
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

import httpx
import psutil
import pytest
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from tests.house.houses import PATIENCE_SECONDS, ROOT, Gateway, House, free_port

VIEWER = "{ viewer { role } }"
SIGN_IN = """mutation { signIn(input: { email: "admin@acme.example", password: "demo-password-1" }) {
  session { accessToken } } }"""
ADD = """mutation ($account: ID!) { createUser(input: {
  accountId: $account, name: "Ada", email: "ada@acme.example" }) { userErrors { code } } }"""


class Collector:
    """Collects from a house as Prometheus does."""

    def __init__(self, house: House) -> None:
        self.port = free_port()
        house.environment["GATEWAY_METRICS_PORT"] = str(self.port)

    def value(self, name: str, **labels: str) -> float:
        """Give a figure; 0 where there is none yet."""
        text = httpx.get(f"http://127.0.0.1:{self.port}/metrics").text
        samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
        found = [sample.value for sample in samples if sample.name == name and sample.labels == labels]
        assert len(found) <= 1, text
        return found[0] if found else 0.0

    def requests(self, route: str, status: int) -> float:
        return self.value("gateway_http_request_seconds_count", route=route, status=str(status))


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def ask(gateway: Gateway, query: str, token: str | None = None, **variables: str) -> httpx.Response:
    """Ask on a connection of its own, so that each process may have some."""
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    return httpx.post(f"{gateway.address}/graphql", json={"query": query, "variables": variables}, headers=headers)


def sign_in(gateway: Gateway) -> str:
    token: str = ask(gateway, SIGN_IN).json()["data"]["signIn"]["session"]["accessToken"]
    return token


@contextmanager
def open_socket(gateway: Gateway, token: str) -> Generator[None]:
    """Hold a socket on which somebody was let in."""
    address = gateway.address.replace("http", "ws", 1) + "/graphql"
    with connect(address, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
        socket.send(json.dumps({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}}))
        assert json.loads(socket.recv(PATIENCE_SECONDS)) == {"type": "connection_ack"}
        yield


@pytest.mark.parametrize("processes", [1, 2])
def test_tells_what_all_processes_did_and_what_they_do(house: House, processes: int) -> None:
    collector = Collector(house)
    gateway = house.serve("--workers", str(processes))
    token = sign_in(gateway)
    for _ in range(6):
        ask(gateway, VIEWER, token)
    assert httpx.get(f"{gateway.address}/metrics").status_code == httpx.codes.NOT_FOUND, "it is for no client"
    assert collector.requests("/graphql", 200) == 7
    assert collector.requests("none", 404) == 1
    assert collector.value("gateway_operation_seconds_count", kind="query") == 6
    assert collector.value("gateway_operation_seconds_count", kind="mutation") == 1

    with open_socket(gateway, token), open_socket(gateway, token), open_socket(gateway, token):
        wait_until(lambda: collector.value("gateway_listeners") == 3)
    wait_until(lambda: collector.value("gateway_listeners") == 0)
    assert gateway.end(signal.SIGINT) == 0
    assert gateway.faults == ""


def test_what_a_dead_process_counted_stays_and_what_it_was_doing_does_not(house: House) -> None:
    collector = Collector(house)
    gateway = house.serve("--workers", "2")
    token = sign_in(gateway)
    for _ in range(3):
        ask(gateway, VIEWER, token)
    with open_socket(gateway, token):
        wait_until(lambda: collector.value("gateway_listeners") == 1)
        for process in gateway.workers:
            process.kill()
        wait_until(lambda: collector.value("gateway_listeners") == 0)
    assert collector.value("gateway_operation_seconds_count", kind="query") == 3
    assert gateway.end(signal.SIGINT) == 0


def test_mails_are_counted_by_what_became_of_them(house: House) -> None:
    collector = Collector(house)
    gateway = house.serve()
    token = sign_in(gateway)
    viewer = ask(gateway, "{ viewer { account { id } } }", token).json()["data"]["viewer"]
    ask(gateway, ADD, token, account=viewer["account"]["id"])
    wait_until(lambda: collector.value("gateway_mails_total", kind="WELCOME", result="sent") == 1)
    assert collector.value("gateway_mails_total", kind="WELCOME", result="put_off") == 0


def test_faults_are_counted_by_their_kind(house: House) -> None:
    collector = Collector(house)
    gateway = house.serve("--no-worker")
    token = house.run("token", "--email", "admin@acme.example").stdout.strip()
    for process in psutil.process_iter(["cmdline"]):
        if f"-D {house.data_dir}" in " ".join(process.info["cmdline"] or []):
            process.kill()  # PostgreSQL
    assert ask(gateway, VIEWER, token).status_code == httpx.codes.SERVICE_UNAVAILABLE
    assert collector.value("gateway_faults_total", kind="database_unavailable") == 1
    assert collector.requests("/graphql", 503) == 1


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_a_port_that_is_taken_is_told_in_one_sentence(make_house: Callable[[str], House], command: str) -> None:
    one, other = make_house("one"), make_house("other")
    collector = Collector(one)
    one.serve()
    other.environment["GATEWAY_METRICS_PORT"] = str(collector.port)
    assert other.complaint(command) == (
        f"Port {collector.port} cannot be had for metrics (Address already in use): "
        "set GATEWAY_METRICS_PORT to another port."
    )


def test_the_readme_tells_of_each() -> None:
    importlib.import_module("gateway.metrics")  # registers them
    names = [
        f"{family.name}_total" if family.type == "counter" else family.name
        for family in REGISTRY.collect()
        if family.name.startswith("gateway_")
    ]
    section = (ROOT / "README.md").read_text(encoding="utf-8").partition("\n### Metrics\n")[2].partition("\n### ")[0]
    assert set(names) == set(re.findall(r"`(gateway_\w+)`", section))
