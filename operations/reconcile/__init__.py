"""Compares both regions' versions of every payment, and inserts payments that one of them misses."""
