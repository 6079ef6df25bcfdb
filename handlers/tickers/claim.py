"""How a run of the ticker becomes its region's active one: the newest claims, and the one before watches over it."""

from dataclasses import replace

from handlers.clients import TableClient
from handlers.tickers.memory import SupersededRunError, TickerMemory, read_memory, write_memory

LOOKS = 3
"""How often, once a tick, a run looks for a sign of life of the active one."""


class RunClaim:
    """One run's claim to be the active one of its region.

    A new run claims from a living one; a run that was superseded claims again only if its successor dies. Streaks go
    on only if the active run was seen to live: how long a gap was, no clock tells.

    Args:
        client: Of the control table.
        table: The control table.
        region: The region.
        run: The run.
        version: The version of the function that it runs.
    """

    def __init__(self, client: TableClient, table: str, region: str, run: str, version: str) -> None:
        self._client = client
        self._table = table
        self._region = region
        self._run = run
        self._version = version
        self._is_superseded = False
        self._watched: TickerMemory | None = None
        self._looks = 0

    def watch_over_successor(self) -> None:
        """Go on as a run that was superseded."""
        self._is_superseded, self._watched = True, None

    def attempt(self) -> TickerMemory | None:
        """Return the memory that the run continues from, or None if it has not claimed the region.

        Raises:
            SupersededRunError: The run's successor was superseded itself: two newer runs live.
            ClientError, BotoCoreError: The control table does not answer.
        """
        memory = read_memory(self._client, self._table, self._region)
        if memory is None:
            return self._claim(TickerMemory(), run_before=None)
        if memory.run == self._run:  # claimed, and the answer was lost
            return memory
        before, self._watched = self._watched, memory
        if before is None or before.run != memory.run:
            if before is not None and self._is_superseded:
                raise SupersededRunError
            self._looks = 1
            return None
        if before.beats != memory.beats:
            self._looks = 1
            return None if self._is_superseded else self._claim(memory, run_before=memory.run)
        self._looks += 1
        if self._looks <= LOOKS:
            return None
        return self._claim(replace(memory, fit=False, fit_for=0.0), run_before=memory.run)

    def _claim(self, memory: TickerMemory, *, run_before: str | None) -> TickerMemory | None:
        claimed = replace(memory, run=self._run, version=self._version, beats=memory.beats + 1)
        try:
            write_memory(self._client, self._table, self._region, claimed, run_before=run_before)
        except SupersededRunError:  # another run was faster: look again
            return None
        return claimed
