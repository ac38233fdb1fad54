"""Records, enums, rules and refusals: pure Python, no I/O, no clock."""
