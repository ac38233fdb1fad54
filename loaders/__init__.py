"""Batches: many keys in, one statement out. Made anew for each operation; statements are shared within one scope."""
