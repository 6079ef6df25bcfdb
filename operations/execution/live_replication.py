"""A replication watch that raises the controls' error when something cannot be read now."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from operations.execution.controls import NotAvailableError
from operations.topology.asking import UNREADABLE, reason
from operations.topology.replication_watch import ReplicationWatch


@contextmanager
def reading_from(what: str) -> Iterator[None]:
    """Turn read errors within the block into `NotAvailableError`.

    Raises:
        NotAvailableError: A read failed; the text says what and why.
    """
    try:
        yield
    except UNREADABLE as error:
        raise NotAvailableError(f"{what}: {reason(error)}") from error


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
        """Return the age of the oldest missing payment; 0 if none is missing."""
        return self._watch.oldest_seconds

    @property
    def shown(self) -> int:
        """Return how many payments the stream has shown."""
        return self._watch.shown

    @property
    def knows_history(self) -> bool:
        """Return whether payments stored before the watch began are covered, too."""
        return self._watch.knows_history

    @property
    def at_end(self) -> bool:
        """Return whether the stream has had nothing new recently."""
        return self._watch.at_end

    def expect_more(self) -> None:
        """Reset `at_end` until the stream has been read to its end again."""
        self._watch.expect_more()

    def catch_up(self, seconds: float) -> None:
        """Read the history of the stream to its end, for at most `seconds` real seconds."""
        with reading_from("replication"):
            self._watch.catch_up(seconds)

    def follow(self) -> None:
        """Read new records of the stream, and look up the payments not found so far."""
        with reading_from("replication"):
            self._watch.follow()
