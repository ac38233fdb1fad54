"""What `make audit` does: start a gateway, hold it against the audits, and print how each went."""

import signal
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from tests.house.houses import House
from tests.http.audits import run_audits


def main() -> None:
    """Print all audits; the exit status is 1 unless every one of them passes."""
    console = Console()
    with tempfile.TemporaryDirectory() as directory:
        gateway = House(Path(directory)).serve()
        try:
            audits = run_audits(gateway.address)
        finally:
            gateway.end(signal.SIGTERM)
    for audit in audits:
        console.print(f"{audit.status:6} {audit.id} {audit.name}", highlight=False, markup=False)
    passed = sum(audit.status == "ok" for audit in audits)
    console.print(f"{passed} of {len(audits)} pass.")
    sys.exit(passed < len(audits))


if __name__ == "__main__":
    main()
