"""A replication watch whose troubles are those of controls: told as what cannot be read now."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from operations.execution.controls import NotToldError
from operations.topology.asking import UNREADABLE, reason
from operations.topology.replication_watch import ReplicationWatch


@contextmanager
def telling(what: str) -> Iterator[None]:
    """Turn whatever cannot be read within the block into one error.

    Raises:
        NotToldError: It cannot be read; the text says what and why.
    """
    try:
        yield
    except UNREADABLE as error:
        raise NotToldError(f"{what}: {reason(error)}") from error


class LiveReplication:
    """Follows the payments of one region into the other."""

    def __init__(self, watch: ReplicationWatch) -> None:
        self._watch = watch

    @property
    def missing(self) -> Collection[str]:
        """Return the payments that the stream has shown and the destination did not hold."""
        return self._watch.missing

    @property
    def oldest_seconds(self) -> float:
        """Return how old the oldest missing payment is; 0 if none is missing."""
        return self._watch.oldest_seconds

    @property
    def shown(self) -> int:
        """Return how many payments the stream has shown."""
        return self._watch.shown

    @property
    def knows_history(self) -> bool:
        """Return whether what was stored before the watch began is known, too."""
        return self._watch.knows_history

    @property
    def at_end(self) -> bool:
        """Return whether the stream showed nothing new lately."""
        return self._watch.at_end

    def expect_more(self) -> None:
        """Let `at_end` hold only once the stream has been read to its end anew."""
        self._watch.expect_more()

    def catch_up(self, seconds: float) -> None:
        """Read the history of the stream to its end, for so many real seconds at most."""
        with telling("replication"):
            self._watch.catch_up(seconds)

    def follow(self) -> None:
        """Read what the stream shows by now, and look up what has not been found yet."""
        with telling("replication"):
            self._watch.follow()
