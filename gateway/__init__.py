"""What takes requests, answers them and pushes what changes, and the processes that do so."""

__version__ = "0.1.0"
