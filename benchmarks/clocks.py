"""What processes use: seconds of CPU and memory, of a process and of all below it."""

from pathlib import Path

import psutil


def cpu_seconds(process: psutil.Process) -> float:
    """Sum up the CPU of a process, of all that it started, and of those among them that have ended and been waited for.

    That holds for PostgreSQL as well, whose first process waits for each of its backends.
    """
    return sum(_seconds(one) for one in (process, *process.children(recursive=True)))


def memory_bytes(process: psutil.Process) -> int:
    """Sum up the memory that a process and all below it would give back if they ended (USS)."""
    return sum(one.memory_full_info().uss for one in (process, *process.children(recursive=True)))


def postgres_of(home: Path) -> psutil.Process:
    """Find the first process of the PostgreSQL whose data is in a directory."""
    pid_file = home / "postgres/cluster/postmaster.pid"
    return psutil.Process(int(pid_file.read_text().split("\n", 1)[0]))


def _seconds(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return times.user + times.system + times.children_user + times.children_system
