"""The moves whose preconditions can be awaited."""

from enum import StrEnum


class AwaitedMove(StrEnum):
    """What `dr wait` waits for."""

    FAILBACK = "ready-for-failback"
    SWITCHOVER = "ready-for-switchover"

    @property
    def command(self) -> str:
        """Return the command that can begin then."""
        return self.removeprefix("ready-for-")
