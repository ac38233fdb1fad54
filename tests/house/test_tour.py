"""The README's tour, followed word for word in a fresh gateway: each command gives the answer printed below it.

In the answers printed there, "…" stands for any text: what differs in each database, such as ids, cursors and times.
"""

import os
import re
import signal
import subprocess
import threading
from dataclasses import dataclass
from typing import Any

import orjson
import pytest

from tests.house.houses import ROOT, House

ANYTHING = "…"
BLOCK = re.compile(r"^```(sh|json)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ENDLESS = re.compile(r"^```bash\n(.*?)^```\n+```\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PATIENCE_SECONDS = 60
END_OF_STEP = "--- end of step ---"


@dataclass
class Step:
    """A block of commands, and the answer that is printed below it, where there is one."""

    commands: str
    answer: str | None = None


def steps_of_tour(text: str) -> list[Step]:
    """Take the blocks out of the section `A tour`."""
    tour = text.partition("\n## A tour\n")[2].partition("\n## ")[0]
    steps: list[Step] = []
    for kind, content in BLOCK.findall(tour):
        if kind == "sh":
            steps.append(Step(content))
        else:
            assert steps, "an answer stands below its commands"
            assert steps[-1].answer is None, "one answer for each block of commands"
            steps[-1].answer = content
    return steps


def first_lines(shell: "subprocess.Popen[str]", count: int) -> str:
    """Take so many lines of what never ends, and end it."""
    assert shell.stdout is not None
    impatience = threading.Timer(PATIENCE_SECONDS, os.killpg, (shell.pid, signal.SIGKILL))
    impatience.start()
    lines = [shell.stdout.readline() for _ in range(count)]
    impatience.cancel()
    os.killpg(shell.pid, signal.SIGKILL)
    shell.communicate()
    return "".join(lines)


def agrees(printed: Any, given: Any) -> bool:
    """Compare an answer as printed with one that was given; where "…" is printed, any text will do."""
    if printed == ANYTHING:
        return isinstance(given, str) and bool(given)
    if isinstance(printed, dict) and isinstance(given, dict):
        # The order as well: it is part of what a reader sees.
        return list(printed) == list(given) and all(agrees(printed[name], given[name]) for name in printed)
    if isinstance(printed, list) and isinstance(given, list):
        return len(printed) == len(given) and all(map(agrees, printed, given))
    return type(printed) is type(given) and printed == given


def test_the_tour_gives_the_answers_that_are_printed(house: House):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    steps = steps_of_tour(readme)
    assert len(steps) > 10
    house.serve()
    shell = house.follow("\n".join(f"{step.commands}\necho '{END_OF_STEP}'" for step in steps))
    output, complaints = shell.communicate(timeout=600)
    assert complaints == ""
    *outputs, rest = output.split(f"{END_OF_STEP}\n")
    assert (len(outputs), rest) == (len(steps), "")
    for step, output in zip(steps, outputs, strict=True):
        if step.answer is None:
            assert output == "", step.commands
        else:
            assert agrees(orjson.loads(step.answer), orjson.loads(output)), f"{step.commands}\ngave\n{output}"
    ((commands, printed),) = ENDLESS.findall(readme)
    assert first_lines(house.follow(commands), printed.count("\n")) == printed


@pytest.mark.parametrize(
    ("printed", "given"),
    [
        ('{"a": "…"}', '{"a": 1}'),
        ('{"a": "…"}', '{"a": ""}'),
        ('{"a": "…"}', '{"a": null}'),
        ('{"a": 1}', '{"a": true}'),
        ('{"a": 1, "b": 2}', '{"b": 2, "a": 1}'),
        ('{"a": [1]}', '{"a": [1, 2]}'),
        ('{"a": {"b": "…"}}', '{"a": {"b": "x", "c": "y"}}'),
    ],
)
def test_an_answer_that_differs_is_told_apart(printed: str, given: str):
    assert not agrees(orjson.loads(printed), orjson.loads(given))
