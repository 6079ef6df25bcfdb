"""Benchmarks: commands that print a table of ratios, measured side by side in one run (see README.md)."""
