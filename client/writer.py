"""Which region may store payments, according to the regions' answers: the highest epoch wins."""

from collections.abc import Mapping
from dataclasses import dataclass, field

_STATES = {"open": True, "closing": False}


@dataclass(frozen=True)
class SeenWriter:
    """The writer at one epoch, as one region reported it."""

    owner: int
    """Which of the two regions: 0 or 1."""
    epoch: int
    is_open: bool
    said_by: int = field(compare=False)

    def supersedes(self, other: "SeenWriter | None") -> bool:
        """Return whether this is newer than `other`.

        Two owners of one epoch exist only after break glass; then the region that names itself is believed.
        """
        if other is None or self.epoch != other.epoch:
            return other is None or self.epoch > other.epoch
        return self.owner != other.owner and self.is_open and self.said_by == self.owner


def seen_writer(said: Mapping[str, object], *, by: int, name: str | None) -> SeenWriter | None:
    """Return the writer that a region's answer names; None if it names none.

    Args:
        said: The body of `/writer`, or `writer` in the body of a 503.
        by: Which region answered: 0 or 1.
        name: The name of the region that answered.
    """
    region, epoch, state = said.get("region"), said.get("epoch"), said.get("state")
    if not (name and isinstance(region, str) and region and isinstance(state, str) and state in _STATES):
        return None
    if isinstance(epoch, bool) or not isinstance(epoch, int):
        return None
    return SeenWriter(by if region == name else 1 - by, epoch, _STATES[state], by)
