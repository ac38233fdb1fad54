"""Who is measured: how each is started, how it is asked, and how its answers are read."""

import asyncio
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import orjson

from benchmarks.dataset import PARTNER_EMAIL, DataSet
from benchmarks.load.closed import Request
from benchmarks.node_programs import installed, node_of
from benchmarks.operations import Question
from benchmarks.peers.postgraphile import questions as postgraphile
from benchmarks.processes import ROOT, BenchmarkFailed, Launch

POOL = 8
"""Connections to PostgreSQL of each server."""
_JSON = {"content-type": "application/json"}


@dataclass(frozen=True, slots=True)
class Contestant:
    """A server that can be measured.

    `headers` are asked for anew at each start, since tokens run out; `cannot` tells why a document is out of reach.
    """

    name: str
    title: str
    launch: Callable[[DataSet, int], Launch]
    ask: Callable[[Question, Mapping[str, str]], Request]
    read: Callable[[Question, Any], Any]
    headers: Callable[[DataSet], Mapping[str, str]] = lambda _: {}
    cannot: Mapping[str, str] = field(default_factory=dict[str, str])

    def answer(self, question: Question, body: bytes) -> Any:
        """Read an answer as this gateway would give it. Raises BenchmarkFailed for one with errors."""
        try:
            whole = orjson.loads(body)
            if whole.get("errors"):
                raise BenchmarkFailed(f"{self.title} answers {question.document} with {whole['errors']}")
            return self.read(question, whole["data"])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BenchmarkFailed(f"{self.title} answers {question.document} with {body[:300]!r}") from error


def gateway(name: str, title: str, *, workers: int = 1, **environment: str) -> Contestant:
    """Give this gateway as it is served: with authentication, limits and logs; more settings as keywords."""

    def launch(data: DataSet, port: int) -> Launch:
        whole = _gateway_environment(data) | {"GATEWAY_PORT": str(port)} | environment
        return Launch([sys.executable, "-m", "gateway", "serve", "--no-worker", "--workers", str(workers)], whole)

    return Contestant(name, title, launch, _ask_graphql, _as_it_is, headers=_token)


def _gateway_environment(data: DataSet) -> dict[str, str]:
    return {
        "GATEWAY_MODE": "production",
        "GATEWAY_DATABASE_POOL": str(POOL),
        "GATEWAY_MAX_SOCKETS_PER_USER": "10000",  # one user is all thousands of readers
        "GATEWAY_KEYS_DIR": str(data.home / "keys"),
        "DATABASE_URL": data.database_url,
        "REDIS_URL": data.redis_url,
        # Nobody gets a mail: the worker is left out.
        "SMTP_URL": "smtp://127.0.0.1:9",
        "GATEWAY_MAIL_SENDER": "accounts@console.example",
        "GATEWAY_LINK_BASE": "https://console.example",
    }


def _token(data: DataSet) -> Mapping[str, str]:
    """Get a fresh token for the partner."""
    environment = _gateway_environment(data)
    for command in (("key", "--if-none"), ("token", "--email", PARTNER_EMAIL)):
        finished = subprocess.run(
            [sys.executable, "-m", "gateway", *command],
            env=environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if finished.returncode != 0:
            raise BenchmarkFailed(f"gateway {command[0]}: {finished.stderr.strip()}")
    return {"authorization": f"Bearer {finished.stdout.strip()}"}


def _ask_graphql(question: Question, headers: Mapping[str, str]) -> Request:
    body = orjson.dumps({"query": question.query, "variables": question.variables})
    return Request("/graphql", {**_JSON, **headers}, body)


def _ask_by_path(question: Question, headers: Mapping[str, str]) -> Request:
    return Request(f"/{question.document}", {**_JSON, **headers}, orjson.dumps(question.variables))


def _ask_postgraphile(question: Question, headers: Mapping[str, str]) -> Request:
    asked = {
        "query": postgraphile.DOCUMENTS[question.document],
        "variables": postgraphile.variables_of(question),
    }
    return Request("/graphql", {**_JSON, **headers}, orjson.dumps(asked))


def _as_it_is(_question: Question, data: Any) -> Any:
    return data


def _uvicorn(app: str) -> Callable[[DataSet, int], Launch]:
    def launch(data: DataSet, port: int) -> Launch:
        command = [sys.executable, "-m", "uvicorn", app, "--port", str(port), "--loop=uvloop", "--http=httptools"]
        quiet = ["--no-access-log", "--log-level=warning"]
        return Launch([*command, *quiet], _peer_environment(data))

    return launch


def _node(peer: str) -> Callable[[DataSet, int], Launch]:
    def launch(data: DataSet, port: int) -> Launch:
        folder = installed(peer)
        environment = _peer_environment(data) | {"NODE_ENV": "production", "PORT": str(port)}
        return Launch([node_of(folder), "server.mjs"], environment, folder)

    return launch


def _postgraphile(data: DataSet, port: int) -> Launch:
    """Start PostGraphile, with its functions beside the tables."""
    functions = Path(postgraphile.__file__).with_name("functions.sql").read_text()
    asyncio.run(_execute(data.database_url, functions))
    launch = _node("postgraphile")(data, port)
    return Launch(launch.command, {**launch.environment, "GRAPHILE_ENV": "production"}, launch.directory)


async def _execute(database_url: str, script: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(script)
    finally:
        await connection.close()


def _peer_environment(data: DataSet) -> dict[str, str]:
    return {"DATABASE_URL": data.database_url, "REDIS_URL": data.redis_url, "POOL": str(POOL)}


GATEWAY = gateway("gateway", "this gateway")
INTERPRETED = gateway("interpreted", "without compiled completion", GATEWAY_COMPILED_COMPLETION="false")
HANDWRITTEN = Contestant(
    "handwritten", "by hand", _uvicorn("benchmarks.peers.handwritten.app:app"), _ask_by_path, _as_it_is
)
STRAWBERRY = Contestant(
    "strawberry", "idiomatic Strawberry", _uvicorn("benchmarks.peers.strawberry.app:app"), _ask_graphql, _as_it_is
)
POSTGRAPHILE = Contestant("postgraphile", "PostGraphile 5", _postgraphile, _ask_postgraphile, postgraphile.read_answer)
MERCURIUS = Contestant("mercurius", "Mercurius with JIT", _node("mercurius"), _ask_graphql, _as_it_is)

CONTESTANTS = (GATEWAY, INTERPRETED, STRAWBERRY, POSTGRAPHILE, MERCURIUS, HANDWRITTEN)
"""All that `make bench` measures; the first is what the others are compared with."""
