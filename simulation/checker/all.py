"""All invariants: to import this module is to register them."""

from simulation.checker import (
    availability,
    bad_versions,
    changes,
    commands,
    durability,
    failures,
    logs,
    queues,
    register,
    releases,
    takeovers,
    writer,
)
from simulation.checker.invariants import INVARIANTS, check

__all__ = [
    "INVARIANTS",
    "availability",
    "bad_versions",
    "changes",
    "check",
    "commands",
    "durability",
    "failures",
    "logs",
    "queues",
    "register",
    "releases",
    "takeovers",
    "writer",
]
