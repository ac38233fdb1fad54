"""Load on a server, from programs that cost little themselves."""
