"""Packages of npm that tests run."""

import fcntl
import shutil
import subprocess
from pathlib import Path

_PATIENCE_SECONDS = 120


def install_packages(folder: Path) -> str:
    """Install what a folder's lock file names, where that was not done yet; give the path of Node.

    Raises RuntimeError where Node or npm is missing, or a package cannot be had.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise RuntimeError("These tests need Node and npm.")
    with (folder / "package.json").open("rb") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not (folder / "node_modules/.package-lock.json").is_file():
            run_program(npm, "ci", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error", folder=folder)
    return node


def run_program(*command: str, folder: Path) -> str:
    """Run a program to its end, and give what it printed. Raises RuntimeError where it fails."""
    finished = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=_PATIENCE_SECONDS, check=False
    )
    if finished.returncode != 0:
        raise RuntimeError(finished.stderr)
    return finished.stdout
