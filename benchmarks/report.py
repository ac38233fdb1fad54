"""Writing what was measured into a document, between two marks; what people wrote around them stays."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.tables import Sheet

_HEADING = "# Performance\n"


def write_section(document: Path, name: str, parts: Iterable[str]) -> None:
    """Put a section in place of the one of this name, or at the end of the document."""
    begin, end = f"<!-- {name}: written by make {name}, do not edit -->", f"<!-- end of {name} -->"
    section = "\n".join([begin, "", *parts, end]) + "\n"
    text = document.read_text() if document.exists() else _HEADING
    before, _, rest = text.partition(begin)
    after = rest.partition(f"{end}\n")[2]
    document.parent.mkdir(parents=True, exist_ok=True)
    document.write_text(f"{before.rstrip()}\n\n{section}{after}")


def as_markdown(sheets: Sequence[Sheet]) -> list[str]:
    """Write tables one below the other."""
    return [sheet.for_document() for sheet in sheets]
