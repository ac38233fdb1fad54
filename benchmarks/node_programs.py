"""The peers that run on Node: installed from their lock files, each with the Node that it names."""

import subprocess
from pathlib import Path

from benchmarks.processes import BenchmarkFailed, program

_PEERS = Path(__file__).parent / "peers"
_NODE = "node_modules/node/bin/node"
_PATIENCE_SECONDS = 600


def installed(peer: str) -> Path:
    """Install a peer where that has not been done since its lock file changed, and give its folder.

    Raises BenchmarkFailed where npm is not there or fails.
    """
    folder = _PEERS / peer
    stamp = folder / "node_modules/.installed"
    lock = folder / "package-lock.json"
    if not stamp.exists() or stamp.stat().st_mtime < lock.stat().st_mtime:
        npm = program("npm", install="Node with its npm")
        finished = subprocess.run(
            [npm, "ci", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=_PATIENCE_SECONDS,
            check=False,
        )
        if finished.returncode != 0:
            raise BenchmarkFailed(f"npm could not install {peer}: {finished.stderr.strip()}")
        stamp.touch()
    return folder


def node_of(folder: Path) -> str:
    """Give the Node that a peer runs on."""
    return str(folder / _NODE)
