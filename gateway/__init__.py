"""What takes requests, answers them and pushes what changes, and the processes that do so."""
