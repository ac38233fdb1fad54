"""Runs the audit suite of GraphQL over HTTP, from the npm package graphql-http, against a gateway."""

import json
from pathlib import Path
from typing import NamedTuple

from tests.packages import install_packages, run_program

_FOLDER = Path(__file__).parent / "audit"


class Audit(NamedTuple):
    """One thing that was looked at, and how it went: ok, notice, warn or error."""

    id: str
    name: str
    status: str
    reason: str | None


def run_audits(url: str) -> list[Audit]:
    """Hold a gateway against every audit. Raises RuntimeError where npm is not there."""
    node = install_packages(_FOLDER)
    results = json.loads(run_program(node, "run.js", f"{url}/graphql", folder=_FOLDER))
    return [Audit(result["id"], result["name"], result["status"], result.get("reason")) for result in results]
