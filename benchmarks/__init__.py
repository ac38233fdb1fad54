"""Measurements of a gateway that runs as people run it."""
