"""The drain of a planned closing: each payment that the source's stream shows is looked up in the destination."""

from collections.abc import Collection
from itertools import islice

from contract.roles import Role
from operations.clock import at_least
from operations.execution.controls import Controls, NotAvailableError, Replicating
from operations.execution.journal import Evidence
from operations.execution.waiting import Waiting
from operations.plans.preconditions import EMULATOR_LAG_SECONDS, MAX_LAG_SECONDS

HISTORY_LIMIT_SECONDS = 30.0
"""How long reading the stream's history may take before the closing, in real seconds: nobody waits for it."""

BEGIN_LIMIT_SECONDS = 30.0

UNKNOWN_HISTORY_SECONDS = 20.0
"""For how long payments are followed before the closing where the history is too long to be read, in real seconds: a
partition that is slow shows itself by what is paid meanwhile."""

STREAM_DELAY_SECONDS = 1.0
"""How long after a write its record may be missing from the stream, in real seconds."""

_POLL_SECONDS = 0.25
_NAMED = 5
"""How many payments an error names."""


class Drain:
    """Follows the source's payments from before the closing until all of them are in the destination."""

    def __init__(self, controls: Controls, waiting: Waiting, *, source: Role, destination: Role) -> None:
        self._controls, self._waiting = controls, waiting
        self._source, self._destination = source, destination
        self._watch: Replicating | None = None

    def begin(self) -> Evidence:
        """Start reading the source's stream, and check that no payment of the last minutes is late.

        Raises:
            StepError: The stream cannot be read, or older payments are not in the destination.
        """
        watch = self._waiting.until(
            BEGIN_LIMIT_SECONDS, lambda: self._begun(HISTORY_LIMIT_SECONDS), pause=2 * _POLL_SECONDS
        )
        most = at_least(MAX_LAG_SECONDS, real=EMULATOR_LAG_SECONDS, scale=self._controls.clock.scale)
        followed = self._waiting.now() + (0.0 if watch.knows_history else UNKNOWN_HISTORY_SECONDS)

        def settled() -> None:
            watch.follow()
            if watch.oldest_seconds > most:
                raise NotAvailableError(
                    f"{len(watch.missing)} payments are not yet in {self._name(self._destination)}, the oldest "
                    f"{watch.oldest_seconds:.0f} s old: {_named(watch.missing)}"
                )
            if self._waiting.now() < followed:
                raise NotAvailableError(
                    f"{self._name(self._source)}'s stream is long: what is paid now is followed first"
                )

        self._waiting.until(BEGIN_LIMIT_SECONDS, settled, pause=2 * _POLL_SECONDS)
        return {"knows_history": watch.knows_history}

    def follow(self) -> None:
        """Look up the stream's new payments during a wait; a failed read is repeated later."""
        try:
            if self._watch is not None:
                self._watch.follow()
        except NotAvailableError as error:
            self._waiting.on_wait(str(error))

    def finish(self, seconds: float) -> Evidence:
        """Wait until the stream has nothing new and the destination holds all its payments.

        Args:
            seconds: The limit, in real seconds.

        Raises:
            StepError: The limit has passed.
        """
        began = self._waiting.now()
        watch = self._watch or self._waiting.until(seconds, lambda: self._begun(seconds), pause=_POLL_SECONDS)
        left = seconds - (self._waiting.now() - began)
        ready_at = began + STREAM_DELAY_SECONDS
        is_late = False

        def arrived() -> Evidence:
            nonlocal is_late
            if not is_late and self._waiting.now() >= ready_at:
                is_late = True
                watch.expect_more()
            watch.follow()
            if watch.missing:
                raise NotAvailableError(
                    f"{len(watch.missing)} payments of {self._name(self._source)} are not in "
                    f"{self._name(self._destination)}: {_named(watch.missing)}"
                )
            if not (is_late and watch.at_end):
                raise NotAvailableError(f"{self._name(self._source)}'s stream is not read to its end")
            return {"payments": watch.shown, "knows_history": watch.knows_history}

        return self._waiting.until(max(0.0, left), arrived, pause=_POLL_SECONDS)

    def _begun(self, seconds: float) -> Replicating:
        watch = self._controls.replicating(self._source, self._destination)
        watch.catch_up(seconds)
        self._watch = watch
        return watch

    def _name(self, role: Role) -> str:
        return self._controls.site.regions[role].name


def _named(keys: Collection[str]) -> str:
    names = [key.partition("#")[2] or key for key in islice(keys, _NAMED)]
    more = len(keys) - len(names)
    return ", ".join(names) + (f" and {more} more" if more > 0 else "")
