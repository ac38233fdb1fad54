"""What all of it ran on: the machine, and the versions of what took part."""

import json
import os
import platform
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import psutil

from benchmarks.node_programs import installed, node_of
from benchmarks.processes import CORES

_PYTHON_PACKAGES = ("strawberry-graphql", "graphql-core", "starlette", "uvicorn", "uvloop", "asyncpg", "sqlalchemy")
_NODE_PACKAGES = {"postgraphile": ("postgraphile",), "mercurius": ("mercurius", "fastify", "pg")}


def describe_machine(postgres: str) -> str:
    """Describe the machine in a few lines of Markdown; `postgres` is the version that the server tells."""
    memory = psutil.virtual_memory().total / 1024**3
    pinned = f"{CORES} of them used" if (os.cpu_count() or 0) > CORES else "all used"
    python = [f"{name} {version(name)}" for name in _PYTHON_PACKAGES]
    node = [f"{name} {_node_version(peer, name)}" for peer, names in _NODE_PACKAGES.items() for name in names]
    lines = (
        f"- {_processor()}, {os.cpu_count()} cores ({pinned}), {memory:.0f} GiB, {platform.system()}",
        f"- PostgreSQL {postgres}, Python {_python()}, Node {_node()}",
        f"- {', '.join(python)}",
        f"- {', '.join(node)}",
    )
    return "\n".join(lines) + "\n"


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    found = re.search(r"^model name\s*: (.+)$", info.read_text(), re.MULTILINE) if info.exists() else None
    return found[1] if found else platform.processor()


def _python() -> str:
    """Give the version, and the distribution that built it, if one did."""
    source = f" of {platform.freedesktop_os_release()['PRETTY_NAME']}" if sys.base_prefix == "/usr" else ""
    return platform.python_version() + source


def _node() -> str:
    node = node_of(installed("mercurius"))
    return subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip().lstrip("v")


def _node_version(peer: str, package: str) -> str:
    told: str = json.loads((installed(peer) / "node_modules" / package / "package.json").read_text())["version"]
    return told
