"""The embedded servers are shared, survive crashes, and end with their last user."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest

from gateway.embedded import embedded_postgres, embedded_servers, embedded_valkey
from gateway.embedded.programs import find_program
from gateway.setup_errors import SetupError

USER_OF_BOTH = """
import sys
from pathlib import Path
from gateway.embedded import embedded_servers
with embedded_servers(Path(sys.argv[1])) as servers:
    print(servers.database_url, flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_process(data_dir: Path) -> Generator[subprocess.Popen[str], None, None]:
    """Use both servers in a process of its own until the block ends, or until it is killed."""
    command = [sys.executable, "-W", "error", "-c", USER_OF_BOTH, str(data_dir)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("postgresql://")
        yield process


def servers_on(data_dir: Path) -> dict[str, int]:
    """Give the process ids of the servers whose command line names a place in the data directory."""
    found: dict[str, int] = {}
    for process in psutil.process_iter(["name", "cmdline"]):
        words: list[str] = process.info["cmdline"] or []
        if process.info["name"] in {"postgres", "valkey-server"} and any(str(data_dir) in word for word in words):
            found[process.info["name"]] = process.pid
    return found


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "data"
    assert servers_on(tmp_path) == {}, "the last one out stops the servers"


def test_several_processes_share_one_pair_of_servers(data_dir: Path) -> None:
    with embedded_servers(data_dir) as first:
        mine = servers_on(data_dir)
        with another_process(data_dir), embedded_servers(data_dir) as second:
            assert second == first
            assert servers_on(data_dir) == mine
        assert servers_on(data_dir) == mine, "somebody still uses them"
    assert sorted(mine) == ["postgres", "valkey-server"]


def test_servers_outlive_the_process_that_started_them(data_dir: Path) -> None:
    with another_process(data_dir) as starter:
        started = servers_on(data_dir)
        with embedded_servers(data_dir):
            starter.communicate()
            assert servers_on(data_dir) == started


def test_the_next_start_joins_what_a_crash_left_running(data_dir: Path) -> None:
    with another_process(data_dir) as crashing:
        started = servers_on(data_dir)
        crashing.kill()
    assert servers_on(data_dir) == started, "kill -9 gives nobody the time to stop them"
    with embedded_servers(data_dir):
        assert servers_on(data_dir) == started


def test_servers_that_were_killed_are_replaced(data_dir: Path) -> None:
    with embedded_servers(data_dir):
        before = servers_on(data_dir)
        below = psutil.Process(before["postgres"]).children()
        for pid in before.values():
            os.kill(pid, signal.SIGKILL)
        psutil.wait_procs(below, timeout=10)
        with embedded_servers(data_dir):
            after = servers_on(data_dir)
    assert sorted(after) == sorted(before)
    assert set(after.values()).isdisjoint(before.values())


def test_servers_whose_directory_was_removed_end_all_the_same(data_dir: Path) -> None:
    with embedded_servers(data_dir), another_process(data_dir) as other:
        shutil.rmtree(data_dir)
        other.communicate()
        assert sorted(servers_on(data_dir)) == ["postgres", "valkey-server"], "somebody still uses them"


def test_servers_whose_directory_was_removed_leave_alone_those_that_came_after(data_dir: Path) -> None:
    with ExitStack() as first:
        first.enter_context(embedded_servers(data_dir))
        before = servers_on(data_dir)
        shutil.rmtree(data_dir)
        with embedded_servers(data_dir):
            first.close()
            after = servers_on(data_dir)
    assert sorted(after) == sorted(before)
    assert set(after.values()).isdisjoint(before.values())


@pytest.mark.parametrize(
    "left", ["", "{pid}\n", "{pid}\n/elsewhere\n1\n5432\n/tmp\n\n1 2\nready\n"], ids=["empty", "half", "full"]
)
def test_a_pid_file_that_tells_no_truth_is_no_obstacle(data_dir: Path, left: str) -> None:
    with embedded_postgres(data_dir / "postgres"):
        pass
    (data_dir / "postgres/cluster/postmaster.pid").write_text(left.format(pid=os.getpid()))
    with embedded_postgres(data_dir / "postgres"):
        assert "postgres" in servers_on(data_dir)


def test_a_cluster_that_was_not_finished_is_made_anew(data_dir: Path) -> None:
    unfinished = data_dir / "postgres/cluster.unfinished"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")
    with embedded_postgres(data_dir / "postgres"):
        assert not unfinished.exists()
    assert (data_dir / "postgres/cluster/PG_VERSION").exists()


def test_a_socket_without_a_server_is_no_obstacle(data_dir: Path) -> None:
    with embedded_valkey(data_dir / "valkey"):
        os.kill(servers_on(data_dir)["valkey-server"], signal.SIGKILL)
        assert (data_dir / "valkey/valkey.sock").exists()
        with embedded_valkey(data_dir / "valkey"):
            assert "valkey-server" in servers_on(data_dir)


def test_a_directory_too_deep_for_a_socket_gets_a_short_one_beside(data_dir: Path) -> None:
    deep = data_dir / ("deep" * 30)
    with embedded_servers(deep) as servers:
        assert str(deep) not in servers.database_url
        assert str(deep) not in servers.redis_url
        socket_dir = Path(servers.redis_url.removeprefix("unix://")).parent
        assert socket_dir.stat().st_mode & 0o077 == 0
    assert not socket_dir.exists()


@pytest.mark.parametrize("flaw", ["open to others", "owned by somebody else"])
def test_a_short_directory_that_somebody_else_made_is_not_trusted(data_dir: Path, flaw: str) -> None:
    deep = data_dir / ("deep" * 30)
    with embedded_valkey(deep) as url:
        socket_dir = Path(url.removeprefix("unix://")).parent
    socket_dir.mkdir(mode=0o700)
    try:
        if flaw == "open to others":
            socket_dir.chmod(0o777)
        elif os.geteuid() == 0:
            os.chown(socket_dir, 12345, 12345)
        else:
            pytest.skip("only root can make a directory for somebody else")
        with pytest.raises(SetupError, match=f"^{socket_dir} was not made by the gateway"), embedded_valkey(deep):
            pass
    finally:
        socket_dir.rmdir()


def test_only_the_server_may_look_into_its_directory(data_dir: Path) -> None:
    with embedded_servers(data_dir):
        for name in ("postgres", "valkey"):
            assert (data_dir / name).stat().st_mode & 0o077 == 0


def test_neither_server_listens_on_the_network(data_dir: Path) -> None:
    with embedded_servers(data_dir):
        mine = servers_on(data_dir)
        assert sorted(mine) == ["postgres", "valkey-server"]
        for pid in mine.values():
            assert psutil.Process(pid).net_connections("inet") == []


def test_a_data_directory_that_cannot_be_written_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    sentence = r"^The data directory .*/file/data cannot be written .*GATEWAY_DATA_DIR.*\.$"
    with pytest.raises(SetupError, match=sentence), embedded_servers(tmp_path / "file" / "data"):
        pass


def test_a_missing_wheel_is_told_in_one_sentence() -> None:
    with pytest.raises(SetupError, match=r"^The wheel no_such_wheel .* set DATABASE_URL and REDIS_URL .*\.$"):
        find_program("no_such_wheel", "bin/postgres")
