"""Batches: many keys in, one statement out. Made anew for each operation, so nothing is shared between viewers."""
