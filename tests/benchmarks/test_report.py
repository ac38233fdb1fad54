"""What is written about measurements, and how answers are compared."""

from pathlib import Path

from benchmarks.answers import difference, normal
from benchmarks.report import write_section
from benchmarks.tables import Sheet


def test_writing_a_section_again_leaves_alone_what_people_wrote(tmp_path: Path):
    document = tmp_path / "docs" / "performance.md"
    write_section(document, "bench", ["first figures"])
    text = document.read_text()
    document.write_text(text.replace("# Performance", "# Performance\n\nBy hand, before.") + "\nBy hand, after.\n")
    write_section(document, "bench", ["second figures"])
    written = document.read_text()
    assert "first figures" not in written
    assert written.index("By hand, before.") < written.index("second figures") < written.index("By hand, after.")


def test_sections_of_two_benchmarks_stand_side_by_side(tmp_path: Path):
    document = tmp_path / "performance.md"
    write_section(document, "bench", ["figures of one"])
    write_section(document, "bench-live", ["figures of the other"])
    write_section(document, "bench", ["new figures of one"])
    written = document.read_text()
    assert "new figures of one" in written
    assert "figures of the other" in written


def test_a_table_is_written_in_markdown():
    sheet = Sheet("Pages", ("", "requests/s"), (("page of 50", "100"),))
    assert "| page of 50 | 100 |" in sheet.for_document()
    assert "|---|---:|" in sheet.for_document()


def test_the_spelling_of_ids_and_instants_makes_no_difference():
    ours = {"id": "user_01a20dba1dfc774ea431678d9f2e2025", "createdAt": "2026-01-31T12:00:00.120000Z"}
    theirs = {"createdAt": "2026-01-31T13:00:00.12+01:00", "id": "01a20dba-1dfc-774e-a431-678d9f2e2025"}
    assert not difference(normal(ours), normal(theirs))


def test_tells_where_two_answers_differ():
    ours, theirs = {"users": [{"name": "Ana"}, {"name": "Bo"}]}, {"users": [{"name": "Ana"}, {"name": "Bob"}]}
    assert difference(normal(ours), normal(theirs)) == "data.users[1].name is 'Bob' and not 'Bo'"
