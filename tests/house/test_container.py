"""The image holds all that the gateway consists of. No image is built here: its steps are followed outside."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from gateway.process import processes, worker
from tests.house.houses import COMMAND_SECONDS, ROOT

COPIED = re.compile(r"^COPY (\w+)/ \1/$", re.MULTILINE)


def copied_folders() -> set[str]:
    return set(COPIED.findall((ROOT / "Dockerfile").read_text(encoding="utf-8")))


def test_every_package_is_copied():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert copied_folders() == set(settings["tool"]["importlinter"]["root_packages"])


def test_what_is_copied_is_not_ignored():
    let_in = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert copied_folders() <= {line.removeprefix("!") for line in let_in if line.startswith("!")}


def test_compose_waits_until_the_gateway_has_stopped():
    (seconds,) = re.findall(
        r"stop_grace_period: (\d+)s$", (ROOT / "compose.yaml").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert int(seconds) > processes.FINISH_SECONDS + worker.FINISH_SECONDS


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
