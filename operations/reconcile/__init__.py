"""Compares what both regions hold of every payment, and inserts what one of them misses."""
