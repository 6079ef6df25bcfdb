"""Which moments of a table can be restored."""

import math
from dataclasses import dataclass
from typing import Final

from emulator.clock import EmulatorClock

LONGEST_DAYS: Final = 35
_DAY_SECONDS: Final = 86_400


@dataclass(frozen=True)
class RecoveryWindow:
    """From when until when a table can be restored, in seconds since the epoch."""

    earliest: float
    latest: float

    @property
    def shown(self) -> dict[str, int]:
        """The window as `DescribeContinuousBackups` shows it: whole seconds, both of which can be restored."""
        return {
            "EarliestRestorableDateTime": math.floor(self.earliest),
            "LatestRestorableDateTime": math.floor(self.latest),
        }

    def __contains__(self, moment: object) -> bool:
        return isinstance(moment, int | float) and math.floor(self.earliest) <= moment <= self.latest


def recovery_window(*, clock: EmulatorClock, since: float, days: int, delay_seconds: float) -> RecoveryWindow:
    """Return the window of a history that was begun at a moment; days and delay are emulated."""
    now = clock.emulated(clock.time())
    earliest = max(since, clock.real(now - days * _DAY_SECONDS))
    return RecoveryWindow(earliest, max(earliest, clock.real(now - delay_seconds)))
