"""Deterministic simulation of the shipped code in two regions: one process, virtual time, one seed."""
