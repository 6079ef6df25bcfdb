"""Watches whether a region's ticker runs the version that bakes, and beats.

No payer meets a ticker, and one that starts and does nothing logs no failure: its memory in the control table tells.
IAM: dynamodb:GetItem on `ticker#<region>` of the control table.
"""

from handlers.tickers.memory import TickerMemory
from operations.topology.readings import Known, Reading, Unknown

BEATING_SECONDS = 30.0
"""A ticker beats every second; what was seen longer ago, in real seconds, says nothing of the present."""

SILENT_SECONDS = 180.0
"""A version whose ticker does not beat for so long, in real seconds, is put back: three starts, one a minute."""


class TickerWatch:
    """Follows the beats of one version in one region from a moment on, by a monotonic clock."""

    def __init__(self, version: str, began: float) -> None:
        self._version = version
        self._silent_since = began
        self._seen: TickerMemory | None = None
        self._has_beaten = False

    def saw(self, memory: TickerMemory | None, at: float) -> None:
        """Take in what the ticker remembered at a moment; a run that claims its region has not beaten yet."""
        before, self._seen = self._seen, memory
        if memory is None or before is None or memory.version != self._version:
            return
        if memory.run == before.run and memory.beats > before.beats:
            self._has_beaten, self._silent_since = True, at

    def reading(self, last: Reading[TickerMemory | None], now: float) -> Reading[str]:
        """Return what is wrong with the ticker, an empty text if it beats; too little is unknown.

        Args:
            last: The last reading of the ticker's memory.
            now: The present moment.
        """
        silent = now - self._silent_since
        if self._has_beaten and silent <= BEATING_SECONDS:
            return Known("")
        if isinstance(last, Unknown):
            return last
        silence = f"version {self._version} has not beaten for {silent:.0f} s"
        return Known(silence) if silent >= SILENT_SECONDS else Unknown(silence)
