"""The image holds all that the gateway consists of. No image is built here: its steps are followed outside."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from gateway.process.worker import FINISH_SECONDS
from gateway.settings import PREFIX, Mode, Settings, read_settings
from tests.house.houses import COMMAND_SECONDS, ROOT

COMPOSE = ROOT / "compose.yaml"
COPIED = re.compile(r"^COPY (\w+)/ \1/$", re.MULTILINE)
FROM_OUTSIDE = re.compile(r"\$\{(\w+):-(.*?)\}")
"""A variable that Compose takes from its surroundings, and what it takes where that is empty or missing."""


def copied_folders() -> set[str]:
    return set(COPIED.findall((ROOT / "Dockerfile").read_text(encoding="utf-8")))


def environment_of_compose() -> dict[str, str]:
    """Give what the gateway's containers get, by the settings that there are."""
    part = COMPOSE.read_text(encoding="utf-8").partition("\nx-gateway:")[2].partition("\nservices:\n")[0]
    variables = dict(re.findall(r"^    ([A-Z_]+): (.+)$", part, re.MULTILINE))
    fields = Settings.model_fields.items()
    assert variables.keys() <= {str(field.validation_alias or PREFIX + name.upper()) for name, field in fields}
    return variables


def test_every_package_is_copied():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert copied_folders() == set(settings["tool"]["importlinter"]["root_packages"])


def test_what_is_copied_is_not_ignored():
    let_in = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert copied_folders() <= {line.removeprefix("!") for line in let_in if line.startswith("!")}


def test_compose_waits_until_the_gateway_has_stopped():
    (seconds,) = re.findall(r"stop_grace_period: (\d+)s$", COMPOSE.read_text(encoding="utf-8"), re.MULTILINE)
    assert int(seconds) > 2 * FINISH_SECONDS, "what hangs takes some more"


def test_what_compose_gives_makes_a_production_gateway(monkeypatch: pytest.MonkeyPatch):
    for name, value in environment_of_compose().items():
        monkeypatch.setenv(name, FROM_OUTSIDE.sub(r"\2", value))
    monkeypatch.setenv("GATEWAY_MODE", "production")
    monkeypatch.setenv("GATEWAY_KEYS_DIR", "/keys")
    settings = read_settings()
    assert settings.mode is Mode.PRODUCTION
    assert (settings.forwarded_allow_ips, settings.metrics_port) == ("127.0.0.1,::1", None)
    assert settings.allowed_origins == ()


def test_what_compose_takes_from_outside_is_told():
    compose = COMPOSE.read_text(encoding="utf-8")
    taken = {name for name, _ in FROM_OUTSIDE.findall(compose)}
    assert {"SMTP_URL", "GATEWAY_MAIL_SENDER", "GATEWAY_LINK_BASE"} < taken
    head = "\n".join(line for line in compose.splitlines() if line.startswith("#"))
    chapter = (
        (ROOT / "README.md").read_text(encoding="utf-8").partition("\n### In containers\n")[2].partition("\n## ")[0]
    )
    (table,) = [part for part in chapter.split("\n\n") if part.startswith("| variable |")]
    assert set(re.findall(r"`([A-Z_]+)`", table)) == taken
    assert taken - {"GATEWAY_GRAPHIQL", "GATEWAY_INTROSPECTION"} == set(
        re.findall(r"^#   ([A-Z_]+) ", head, re.MULTILINE)
    )


def test_compose_bounds_the_log_of_every_container():
    compose = COMPOSE.read_text(encoding="utf-8")
    services = re.findall(r"^  \w+:\n((?:    .*\n)+)", compose.partition("\nservices:\n")[2], re.MULTILINE)
    assert len(services) > 1
    assert all("    <<: *gateway\n" in service or "    logging: *logging\n" in service for service in services)
    assert "  logging: *logging\n" in compose.partition("\nx-gateway:")[2].partition("\nservices:\n")[0]


def test_what_is_copied_runs(tmp_path: Path):
    for name in copied_folders():
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("node_modules", "__pycache__"))
    told = subprocess.run(
        [sys.executable, "-m", "gateway", "schema"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
        check=False,
    )
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout == (ROOT / "schema.graphql").read_text(encoding="utf-8")
