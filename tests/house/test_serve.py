"""`serve` brings all that it needs, stops all that it started, and gets over every end that it may have met."""

import asyncio
import re
import resource
import shutil
import signal
import socket
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

import httpx
import orjson
import psutil
import pytest

from tests.house.houses import House
from tests.live.sockets import Client


def test_serves_from_an_empty_directory_and_finds_its_data_again_after_every_end(house: House) -> None:
    first = house.serve()
    assert "Making demo accounts" in first.printed
    for shown in ("partner@partner.example", "admin@acme.example", "user@acme.example", "demo-password-1"):
        assert shown in first.printed
    assert first.end(signal.SIGINT) == 0, first.printed
    assert first.faults == ""
    assert house.processes_left() == []

    second = house.serve()
    assert "Making demo accounts" not in second.printed
    assert second.end(signal.SIGKILL) == -signal.SIGKILL
    assert house.processes_left() != [], "kill -9 gives nobody the time to stop the servers"

    third = house.serve()
    assert "Making demo accounts" not in third.printed
    assert "admin@acme.example" in third.printed
    assert third.end(signal.SIGTERM) == 0, third.printed
    assert third.faults == ""
    assert house.processes_left() == []


def test_two_run_side_by_side_and_every_command_beside_them(make_house: Callable[[str], House]) -> None:
    one, other = make_house("one"), make_house("other")
    gateways = one.serve(), other.serve()
    one.run("seed", "--users", "7", "--account", "2003")

    token = one.run("token", "--email", " ADMIN@cafe-ole.example ").stdout.strip()
    answers = [
        httpx.post(
            f"{gateway.address}/graphql",
            json={"query": "{ viewer { role } users { totalCount } }"},
            headers={"authorization": f"Bearer {token}"},
        )
        for gateway in gateways
    ]
    assert answers[0].json()["data"]["users"]["totalCount"] == 25 + 7
    assert answers[1].json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED", "it has keys of its own"
    assert one.run("migrate").returncode == 0

    assert gateways[0].end(signal.SIGINT) == 0
    assert one.processes_left() == []
    assert httpx.get(f"{gateways[1].address}/health/ready").is_success


@contextmanager
def inherited(number: signal.Signals, handler: signal.Handlers) -> Generator[None]:
    """Have what is started meanwhile inherit what becomes of a signal."""
    before = signal.signal(number, handler)
    try:
        yield
    finally:
        signal.signal(number, before)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_it_loads_ends_it_without_a_traceback(house: House, number: signal.Signals) -> None:
    house.environment["PYTHONPROFILEIMPORTTIME"] = "1"  # prints the name of each module
    # The first process of a container is not ended by SIGTERM either, unless it listens.
    with inherited(signal.SIGTERM, signal.SIG_IGN):
        gateway = house.start("serve")
    deadline = time.monotonic() + 60
    while "pydantic_core" not in gateway.printed:
        assert time.monotonic() < deadline, gateway.printed
        time.sleep(0.01)
    assert gateway.end(number) == -number
    assert gateway.faults == ""
    assert "gateway.commands" not in gateway.printed
    assert not house.data_dir.exists()


def test_ctrl_c_twice_breaks_it_off_without_a_traceback(house: House) -> None:
    gateway = house.serve()
    gateway.process.send_signal(signal.SIGINT)
    time.sleep(0.05)
    assert gateway.end(signal.SIGINT) == 0, gateway.printed
    assert "Traceback" not in gateway.printed
    assert gateway.faults == ""
    assert house.processes_left() == []


def test_ends_quietly_where_its_data_directory_was_removed(house: House) -> None:
    gateway = house.serve("--no-worker")  # a worker at its start would complain of what it no longer finds
    shutil.rmtree(house.data_dir)
    assert gateway.end(signal.SIGINT) == 0, gateway.printed
    assert gateway.faults == ""
    assert gateway.printed.splitlines()[-1] == "Stopping ..."
    assert house.processes_left() == []


def test_a_command_by_itself_leaves_nothing_running(house: House) -> None:
    assert house.run("migrate").returncode == 0
    assert house.processes_left() == []


def test_several_processes_answer_on_one_port_and_end_together(house: House) -> None:
    gateway = house.serve("--workers", "4")  # some of which are still loading when the first one answers
    below = psutil.Process(gateway.process.pid).children(recursive=True)
    assert gateway.end(signal.SIGINT) == 0, gateway.printed
    assert gateway.faults == ""
    _, alive = psutil.wait_procs(below, timeout=10)
    assert alive == []
    assert house.processes_left() == []


def test_a_process_that_takes_the_place_of_a_dead_one_ends_with_the_others(house: House) -> None:
    gateway = house.serve("--workers", "2")
    before = gateway.workers
    before[0].kill()
    deadline = time.monotonic() + 60
    while set(gateway.workers) <= set(before):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    time.sleep(0.3)  # it is loading
    assert gateway.end(signal.SIGINT) == 0, gateway.printed
    assert gateway.faults == ""
    assert house.processes_left() == []


def test_the_death_of_a_process_is_logged(house: House) -> None:
    house.environment["GATEWAY_LOG_FORMAT"] = "json"
    gateway = house.serve("--workers", "2")
    killed = gateway.workers[0]
    killed.kill()
    deadline = time.monotonic() + 60
    while f'"pid":{killed.pid}' not in gateway.printed:
        assert time.monotonic() < deadline, gateway.printed
        time.sleep(0.05)
    assert gateway.end(signal.SIGTERM) == 0, gateway.printed
    log = gateway.printed.partition("Ctrl-C stops everything.")[2].partition("Stopping ...")[0]
    lines = [orjson.loads(line) for line in log.splitlines() if line]
    (line,) = [line for line in lines if "died" in line["event"]]
    assert re.fullmatch(r"[0-9T:.-]+Z", line.pop("timestamp"))
    assert line == {
        "event": "a process died and is replaced",
        "level": "warning",
        "pid": killed.pid,
        "exit_code": -signal.SIGKILL,
    }


def test_no_process_holds_the_port_after_the_first_was_killed(house: House) -> None:
    gateway = house.serve("--workers", "2")
    below = psutil.Process(gateway.process.pid).children(recursive=True)
    gateway.end(signal.SIGKILL)
    _, alive = psutil.wait_procs(below, timeout=10)
    assert alive == []
    house.serve().end(signal.SIGINT)


def test_opens_as_many_files_as_the_system_allows_and_warns_where_these_are_few(house: House) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    house.environment["GATEWAY_MAX_SOCKETS"] = "100"
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, hard))
    try:
        gateway = house.start("serve", "--workers", "2")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    gateway.wait_until_ready()
    supervisor = psutil.Process(gateway.process.pid)
    workers = [child for child in supervisor.children() if "spawn_main" in " ".join(child.cmdline())]
    assert len(workers) == 2
    assert [process.rlimit(psutil.RLIMIT_NOFILE) for process in workers] == [(hard, hard)] * 2
    assert gateway.end(signal.SIGTERM) == 0
    assert "file descriptors" not in gateway.printed

    house.environment["GATEWAY_MAX_SOCKETS"] = str(10**10)
    short = house.serve("--workers", "2")
    assert short.end(signal.SIGTERM) == 0
    assert short.printed.count("file descriptors may run out") == 1


@pytest.mark.parametrize("workers", ["1", "2"])
async def test_the_end_of_its_terminal_stops_it_with_a_goodbye(house: House, workers: str) -> None:
    with inherited(signal.SIGHUP, signal.SIG_DFL):
        gateway = house.serve("--workers", workers)
    below = gateway.workers
    token = house.run("token", "--email", "admin@acme.example").stdout.strip()
    client = await Client.open(gateway.address, token)
    assert await asyncio.to_thread(gateway.end, signal.SIGHUP) == 0, gateway.printed
    assert await client.closed() == 1001
    assert gateway.printed.splitlines()[-1] == "Stopping ..."
    _, alive = psutil.wait_procs(below, timeout=10)
    assert alive == []
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", house.port))
    assert house.processes_left() == []


def test_the_end_of_its_terminal_is_ignored_where_it_was_before(house: House) -> None:
    with inherited(signal.SIGHUP, signal.SIG_IGN):  # as nohup has it
        gateway = house.serve("--workers", "2")
    before = gateway.workers
    for process in (psutil.Process(gateway.process.pid), *before):
        process.send_signal(signal.SIGHUP)
    time.sleep(2)  # the supervisor looks after its processes twice a second
    assert gateway.workers == before
    assert httpx.get(f"{gateway.address}/health/ready").is_success
    assert gateway.end(signal.SIGTERM) == 0, gateway.printed
