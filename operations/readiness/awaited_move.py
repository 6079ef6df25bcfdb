"""The moves that `dr wait` can wait for."""

from enum import StrEnum


class AwaitedMove(StrEnum):
    """A move that `dr wait` can wait for."""

    FAILBACK = "ready-for-failback"
    SWITCHOVER = "ready-for-switchover"

    @property
    def command(self) -> str:
        """Return the command of the move."""
        return self.removeprefix("ready-for-")
