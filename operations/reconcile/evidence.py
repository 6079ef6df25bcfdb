"""The data read from each source, or why it could not be read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from operations.reconcile.sources import Place
from operations.redrive.messages import Parked
from operations.topology.readings import Reading

PATIENT_ATTEMPTS = 6
"""How often a call of a long read is made before the read fails: a replica under load throttles scans."""


@dataclass(frozen=True)
class Holding:
    """The files with the data of a replica or a bucket."""

    files: tuple[Path, ...]
    rows: int
    """Entries that were read, control items among them."""
    as_of: float
    """Seconds since the epoch: when reading began; what is younger may be absent."""
    only_since: bool = False
    """Whether a replica's older payments were not read; they can be looked up one by one."""
    older_logs: Path | None = None
    """The keys, one a line, of the logs that were written before the period and are not in the files."""
    unread_logs: int = 0
    """Logs that S3 does not hand over, because they were archived where reading takes hours."""
    unread_until: str = ""
    """Until when they may hold what was stored (ISO 8601)."""


@dataclass(frozen=True)
class Queued:
    """A region's accepted payments that are not stored yet."""

    parked: tuple[Parked, ...] = ()
    """The dead letters."""
    waiting: int = 0
    """About how many wait in the retry queue, or are dead letters that others hold: nobody can look at them."""
    unlogged_batches: int = 0
    """About how many batches of the stream were given up on: their payments may be in no log."""


Evidence: TypeAlias = Mapping[Place, Reading[Holding]]

OnRows: TypeAlias = Callable[[Place, int], None]
"""Told how many more rows of a place were read."""
