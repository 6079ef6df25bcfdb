"""Faults planted into the shipped code, each with the invariants that must find it."""
