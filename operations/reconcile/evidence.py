"""What was read of each place, or why it could not be."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from operations.reconcile.places import Place
from operations.topology.readings import Reading

PATIENT_ATTEMPTS = 6
"""How often a call of a long read is made before the read fails: a replica under load throttles scans."""


@dataclass(frozen=True)
class Holding:
    """The files of what a place held."""

    files: tuple[Path, ...]
    rows: int
    as_of: float
    """Seconds since the epoch: when reading began; what is younger may be absent."""
    complete_from: str = ""
    """Not read further back than this (ISO 8601)."""


Evidence: TypeAlias = Mapping[Place, Reading[Holding]]

OnRows: TypeAlias = Callable[[Place, int], None]
"""Told how many more rows of a place were read."""
