"""The changes that one plan makes to the writer item, each on the epoch of the one before.

If two operators act at once, the second gets an error that names the first. No time in the item is compared with a
clock: the plan's own process opens the writer once `SETTLE_SECONDS` have passed since it saw the closing itself, by the
slower of its two clocks.
"""

from collections.abc import Callable
from dataclasses import dataclass

from contract.deadlines import SETTLE_SECONDS
from contract.roles import Role
from handlers.writer.changes import Author, ForbiddenChangeError, StaleEpochError, open_writer
from handlers.writer.item import Writer
from operations.clock import OperationsClock
from operations.execution.controls import Controls, DoubtfulEpochError, NotAvailableError
from operations.execution.errors import OvertakenError, StepError
from operations.execution.waiting import Waiting
from operations.topology.words import who_did_what

CHANGE_LIMIT_SECONDS = 15.0
"""How long a change is tried, in real seconds, while no replica takes it: sent again, it is the same change."""
RESOLVE_LIMIT_SECONDS = 3.0

_POLL_SECONDS = 0.5
_LEAST_WAIT_SECONDS = 0.001
"""Less may be lost in the rounding of a clock."""

Successor = Callable[[Writer, Author], Writer]


@dataclass(frozen=True)
class SeenEpoch:
    """When this process read an epoch of the writer strongly, by both of its clocks (real seconds)."""

    epoch: int
    change_id: str
    monotonic: float
    wall: float

    @classmethod
    def now(cls, writer: Writer, clock: OperationsClock) -> "SeenEpoch":
        """Return a sighting of the writer stamped with the present time."""
        return cls(writer.epoch, writer.change_id, clock.monotonic() / clock.scale, clock.time())

    def is_of(self, writer: Writer) -> bool:
        """Return whether a writer item is the change that was seen."""
        return (self.epoch, self.change_id) == (writer.epoch, writer.change_id)


class ChangeSequence:
    """Makes a plan's changes.

    Args:
        controls: Read and change the site.
        waiting: Repeats what cannot be read or changed at once.
        before: The writer that the plan read, or that its own latest change left.
        intended: The last change sent before the plan was interrupted, if its answer was lost.
        seen: When this process read the writer; a closing that has settled since needs no further wait.

    `note` is called with each change before it is sent.
    """

    def __init__(
        self,
        controls: Controls,
        waiting: Waiting,
        before: Writer | None,
        *,
        intended: Writer | None = None,
        seen: SeenEpoch | None = None,
    ) -> None:
        self._controls, self._waiting = controls, waiting
        self.note: Callable[[Writer], None] = lambda _: None
        self.latest = before
        self._intended = intended
        self._own = {intended.change_id} if intended else set()
        self._changed = False
        self._unanswered = intended is not None
        """Whether a change was sent and nobody knows yet whether it was made."""
        known = before is not None and seen is not None and seen.is_of(before)
        self._sighting = seen if known else None

    def make(self, successor: Successor, *, near: Role) -> Writer:
        """Make a change, at the replica of `near` first; return the changed writer.

        Raises:
            OvertakenError: Somebody else changed the writer.
            StepError: The change is not allowed, or no replica took it within its limit.
        """
        before = self._before
        after = self._next(before, successor)
        self.note(after)
        self._own.add(after.change_id)
        try:
            made = self._waiting.until(
                CHANGE_LIMIT_SECONDS, lambda: self._sent(before, after, near), pause=_POLL_SECONDS
            )
        except StaleEpochError as error:
            self._unanswered = self._unanswered or isinstance(error, DoubtfulEpochError)
            raise self._overtaken(error.now) from error
        return self._have(made)

    def resolve(self) -> None:
        """Find out whether a change whose answer was lost was made, as far as a replica can be read now."""
        if self._unanswered:
            now = self._waiting.until(RESOLVE_LIMIT_SECONDS, self._controls.writer, pause=_POLL_SECONDS)
            if now is not None and now.change_id in self._own:
                self._have(now)

    def open(self, of: Role, *, beside: Callable[[], None] = lambda: None) -> Writer:
        """Open the writer for a region once the closing has settled, or accept that a ticker opened it for that region.

        Raises:
            OvertakenError: Somebody else changed the writer to anything else.
            StepError: No replica took the change within its limit.
        """
        region = self._controls.site.regions[of].name
        self.resolve()
        if self._before.allows(region):  # opened before the plan was interrupted
            return self._before
        self.settle(beside)
        before = self._before
        try:
            return self.make(open_writer, near=of)
        except OvertakenError as error:
            stale = error.__cause__
            now = stale.now if isinstance(stale, StaleEpochError) else None
            if now is not None and now.epoch == before.epoch + 1 and now.allows(region):
                return self._have(now)
            raise

    def settle(self, beside: Callable[[], None] = lambda: None) -> None:
        """Wait until the closing has settled, calling `beside` about once a second.

        Raises:
            OvertakenError: Somebody else changed the writer.
            StepError: No replica tells the writer within the limit.
        """
        clock = self._controls.clock
        while (left := self.settles_in) > 0:
            clock.sleep(min(max(left, _LEAST_WAIT_SECONDS), 1.0) * clock.scale)
            beside()

    def confirm(self) -> None:
        """Raise if the writer is no longer as this plan left it, as far as a replica can be read.

        Raises:
            OvertakenError: Somebody else changed it to something else.
        """
        if self.latest is None:
            return
        try:
            now = self._controls.writer()
        except NotAvailableError:
            return
        if now is not None and now.epoch == self.latest.epoch:
            return
        if now is None or not (self.latest.is_open and now.allows(self.latest.region)):
            raise self._overtaken(now)
        self.latest = now  # open where the plan opened it: a takeover was switched on or off

    @property
    def settles_in(self) -> float:
        """Return how many real seconds the closing still needs to settle; negative once it has settled.

        Raises:
            OvertakenError: Somebody else changed the writer.
            StepError: No replica tells the writer within the limit.
        """
        if self._sighting is None or self._sighting.epoch != self._before.epoch:
            self._look()
        passed = self._passed()
        if passed is None:  # the wall clock was set back, so it cannot measure the elapsed time
            self._look()
            passed = self._passed() or 0.0
        return SETTLE_SECONDS - passed

    def _passed(self) -> float | None:
        if self._sighting is None:
            return None
        by_wall = self._controls.clock.time() - self._sighting.wall
        return None if by_wall < 0 else min(by_wall, self._monotonic() - self._sighting.monotonic)

    def _look(self) -> None:
        """Read the closing strongly and note when."""
        before = self._before
        now = self._waiting.until(CHANGE_LIMIT_SECONDS, self._controls.writer, pause=_POLL_SECONDS)
        if now is None or (now.epoch, now.change_id) != (before.epoch, before.change_id):
            raise self._overtaken(now)
        self._see(now)

    @property
    def _before(self) -> Writer:
        if self.latest is None:
            raise StepError("the writer must be known before it is changed")
        return self.latest

    def _next(self, before: Writer, successor: Successor) -> Writer:
        intended, self._intended = self._intended, None
        if intended is not None and intended.epoch == before.epoch + 1:
            return intended  # sent again unchanged: whether the first one arrived no longer matters
        try:
            return successor(before, self._controls.author())
        except ForbiddenChangeError as error:
            raise StepError(str(error)) from error

    def _sent(self, before: Writer, after: Writer, near: Role) -> Writer:
        try:
            return self._controls.change(before, after, near=near)
        except NotAvailableError:
            self._unanswered = True
            raise

    def _have(self, now: Writer) -> Writer:
        self.latest, self._changed, self._unanswered = now, True, False
        self._see(now)
        return now

    def _see(self, now: Writer) -> None:
        self._sighting = SeenEpoch.now(now, self._controls.clock)

    def _overtaken(self, now: Writer | None) -> OvertakenError:
        if now is not None and now.change_id in self._own:
            # A change whose answer was lost and which was then believed not made.
            self.latest = now
            return OvertakenError(f"the change was made after all: {who_did_what(now)}")
        did = "the writer item is gone" if now is None else who_did_what(now)
        if self._unanswered:
            return OvertakenError(f"{did}: whether this command's own change was made before that is not known")
        if not self._changed:
            return OvertakenError(f"{did}: nothing was changed by this command")
        return OvertakenError(f"{did}: this command ends where it was, at epoch {self._before.epoch}")

    def _monotonic(self) -> float:
        return self._controls.clock.monotonic() / self._controls.clock.scale
