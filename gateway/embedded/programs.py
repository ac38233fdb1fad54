"""Programs that come in wheels, and how they are run."""

import subprocess
from importlib.util import find_spec
from pathlib import Path

from gateway.embedded.privileges import without_root
from gateway.setup_errors import SetupError

LONGEST_RUN_SECONDS = 120


def find_program(wheel: str, pattern: str) -> Path:
    """Find a program among the files of a wheel, without importing the wheel.

    Raises SetupError where the wheel is not installed or has no such program.
    """
    spec = find_spec(wheel)
    if spec is not None and spec.origin is not None:
        for program in Path(spec.origin).parent.glob(pattern):
            return program.resolve()
    raise SetupError(
        f"The wheel {wheel} with the program {Path(pattern).name} is not installed, or not made for this platform: "
        "set DATABASE_URL and REDIS_URL to servers of your own."
    )


def run(program: Path, *arguments: str, home: Path, reason_in: str = "commands.log") -> None:
    """Run a program of the server that lives in `home` to its end.

    It has a session of its own, so that Ctrl-C does not reach it or the server that it starts. Its output goes to
    a file, since that server would keep a pipe open. Raises SetupError with the reason that a log in `home` gives.
    """
    with (home / "commands.log").open("w") as output:
        finished = subprocess.run(  # noqa: S603 - our own arguments, no shell
            without_root([str(program), *arguments], reads=[program, home.parent]),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            check=False,
            timeout=LONGEST_RUN_SECONDS,
        )
    if finished.returncode != 0:
        raise SetupError(f"{program.name} failed ({complaint(home / reason_in)}): see the logs in {home}.")


def complaint(log: Path) -> str:
    """Give the line of a log that most likely says what went wrong: the last fatal one, else the last."""
    text = log.read_text(errors="replace") if log.exists() else ""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    fatal = [line for line in lines if "FATAL" in line]
    return (fatal or lines or ["it said nothing"])[-1]
