"""Runs the audit suite of GraphQL over HTTP, from the npm package graphql-http, against a gateway."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

_FOLDER = Path(__file__).parent / "audit"
_PATIENCE_SECONDS = 120


class Audit(NamedTuple):
    """One thing that was looked at, and how it went: ok, notice, warn or error."""

    id: str
    name: str
    status: str
    reason: str | None


def run_audits(url: str) -> list[Audit]:
    """Hold a gateway against every audit. Raises RuntimeError where npm is not there."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise RuntimeError("The audits need Node and npm.")
    if not (_FOLDER / "node_modules/.package-lock.json").is_file():
        _run(npm, "ci", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")
    results = json.loads(_run(node, "run.js", f"{url}/graphql"))
    return [Audit(result["id"], result["name"], result["status"], result.get("reason")) for result in results]


def _run(*command: str) -> str:
    finished = subprocess.run(
        command, cwd=_FOLDER, capture_output=True, text=True, timeout=_PATIENCE_SECONDS, check=False
    )
    if finished.returncode != 0:
        raise RuntimeError(finished.stderr)
    return finished.stdout
