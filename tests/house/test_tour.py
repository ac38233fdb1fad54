"""The README's tour, followed word for word in a fresh gateway: each command gives the answer printed below it.

In the answers printed there, "…" stands for any text: what differs in each database, such as ids, cursors and times.
"""

import re
import subprocess
from dataclasses import dataclass
from typing import Any

import orjson
import pytest

from tests.house.houses import ROOT, House

ANYTHING = "…"
ADDRESS = "http://127.0.0.1:8000"
BLOCK = re.compile(r"^```(sh|json)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
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
    steps = steps_of_tour((ROOT / "README.md").read_text(encoding="utf-8"))
    assert len(steps) > 10
    house.serve()
    script = "\n".join(f"{step.commands}\necho '{END_OF_STEP}'" for step in steps)
    assert ADDRESS in script
    followed = subprocess.run(
        ["/usr/bin/env", "bash", "-u"],
        input=script.replace(ADDRESS, f"http://127.0.0.1:{house.port}"),
        env=house.whole_environment(),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert followed.stderr == ""
    *outputs, rest = followed.stdout.split(f"{END_OF_STEP}\n")
    assert (len(outputs), rest) == (len(steps), "")
    for step, output in zip(steps, outputs, strict=True):
        if step.answer is None:
            assert output == "", step.commands
        else:
            assert agrees(orjson.loads(step.answer), orjson.loads(output)), f"{step.commands}\ngave\n{output}"


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
