"""Judges a history: each invariant is a small function with a name, and finds what breaks it."""
