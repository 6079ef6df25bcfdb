"""What each step does: one change, or a wait with a limit; every step can be repeated."""

from collections.abc import Callable
from functools import partial

from contract.deadlines import SETTLE_SECONDS
from contract.roles import Role
from handlers.runtime import timestamp
from handlers.writer.changes import close_planned, hold, set_automatic, take_over, undo
from handlers.writer.item import Writer
from operations.clock import at_least
from operations.execution.changing import ChangeSequence, Successor
from operations.execution.controls import Controls, NotToldError
from operations.execution.draining import Drain
from operations.execution.errors import OvertakenError, StepError
from operations.execution.journal import Evidence
from operations.execution.waiting import Waiting
from operations.plans.steps import (
    AwaitDns,
    AwaitForwarded,
    AwaitPayment,
    AwaitReplicated,
    AwaitWriter,
    BreakGlass,
    ClosePlanned,
    Hold,
    OpenWriter,
    SetAutomatic,
    Settle,
    Step,
    TakeOver,
    Undo,
)

WRITER_LIMIT_SECONDS = 60.0
DNS_LIMIT_SECONDS = 300.0
"""Three probes at the slowest interval of 30 s, with Route 53's own delays."""

LEAST_REAL_SECONDS = 60.0
"""What a wait is granted before it fails: reading and changing take real time, however fast an emulator's time runs."""

POLL_SECONDS = 1.0


class Performer:
    """Performs the steps of one plan."""

    def __init__(self, controls: Controls, changes: ChangeSequence, waiting: Waiting) -> None:
        self._controls, self._changes, self._waiting = controls, changes, waiting
        self._drain: Drain | None = None
        self._watched: set[Role] = set()
        """The regions whose streams are watched for first payments."""

    @property
    def changes(self) -> ChangeSequence:
        """Return the changes that the plan makes to the writer."""
        return self._changes

    def perform(self, step: Step) -> Evidence:  # noqa: C901, PLR0911, PLR0912 — one a kind of step
        """Perform a step to its end.

        Raises:
            StepError: It cannot be done, or not within its limit.
        """
        match step:
            case ClosePlanned():
                return self._close_planned(step)
            case TakeOver():
                taken = self._changed(self._taking_over(step.to), near=step.to)
                self._watch_payments(step.to)  # while the closing settles, which costs nobody time
                return taken
            case Hold():
                return self._changed(hold, near=Role.PRIMARY)
            case Undo():
                return self._changed(undo, near=step.of)
            case SetAutomatic():
                return self._changed(partial(set_automatic, automatic=step.automatic), near=Role.PRIMARY)
            case Settle():
                self._changes.settle(self._beside)
                if step.stays:
                    self._changes.confirm()
                return {"real_seconds": SETTLE_SECONDS}
            case AwaitReplicated():
                return self._replicated(step)
            case OpenWriter():
                self._watch_payments(step.of)
                return _told(self._changes.open(step.of, beside=self._beside))
            case BreakGlass():
                return self._break_glass(step)
            case AwaitWriter():
                return self._until(WRITER_LIMIT_SECONDS, partial(self._owns, step.of))
            case AwaitDns():
                return self._until(DNS_LIMIT_SECONDS, partial(self._dns, step.answering))
            case AwaitPayment():
                return self._first_payment(step)
            case AwaitForwarded():
                return self._forwarded(step)

    def _changed(self, successor: Successor, *, near: Role) -> Evidence:
        return _told(self._changes.make(successor, near=near))

    def _taking_over(self, to: Role) -> Successor:
        return lambda before, author: take_over(before, self._name(to), author)

    def _close_planned(self, step: ClosePlanned) -> Evidence:
        self._drain = Drain(self._controls, self._waiting, source=step.source, destination=step.destination)
        self._watch_payments(step.destination)
        began = self._drain.begin()
        destination = self._name(step.destination)
        closed = self._changed(lambda before, author: close_planned(before, destination, author), near=step.source)
        return {**closed, **began}

    def _replicated(self, step: AwaitReplicated) -> Evidence:
        if self._drain is None:  # the plan was taken up again: the stream's history is read instead
            self._drain = Drain(self._controls, self._waiting, source=step.source, destination=step.destination)
        # Negative: the step before has let the closing settle, and some time has passed since.
        within = step.within + min(0.0, self._changes.settles_in)
        return self._drain.finish(within)

    def _beside(self) -> None:
        if self._drain is not None:
            self._drain.follow()

    def _break_glass(self, step: BreakGlass) -> Evidence:
        try:
            self._controls.break_glass(step.of, step.epoch)
        except NotToldError as error:
            raise StepError(str(error)) from error
        return {"epoch": step.epoch}

    def _owns(self, of: Role) -> Evidence:
        if not self._controls.owns(of):
            raise NotToldError("it answers 404 still")
        return {"owner": self._name(of)}

    def _dns(self, answering: Role) -> Evidence:
        answered = self._controls.answered()
        if answered is not answering:
            raise NotToldError(f"it answers {self._name(answered)} still")
        return {"answered": self._name(answering), "at": timestamp(self._controls.clock.time())}

    def _watch_payments(self, role: Role) -> None:
        """Begin to watch a region's stream before the region opens; if it cannot be read, no payment will be seen."""
        if role in self._watched:
            return
        self._watched.add(role)
        try:
            self._controls.begun_in(role)
        except NotToldError as error:
            self._waiting.told(str(error))

    def _first_payment(self, step: AwaitPayment) -> Evidence:
        def paid() -> Evidence:
            receipt = self._controls.pay()
            if receipt.began_in is not step.serving:
                raise NotToldError(f"{self._name(receipt.began_in)} stored it")
            return {"seen": True, "transaction_id": receipt.transaction_id}

        def seen() -> Evidence:
            payments = self._controls.begun_in(step.serving)
            if not payments:
                raise NotToldError("no payment yet")
            return {"seen": True, "payment": payments[0]}

        if step.pays:
            return self._until(step.within, paid)
        try:  # a quiet region is no failure, and need not be waited for in real time
            return self._waiting.until(step.within / self._scale, self._unless_overtaken(seen), pause=POLL_SECONDS)
        except OvertakenError:
            raise
        except StepError:
            return {"seen": False, "within_seconds": step.within}

    def _forwarded(self, step: AwaitForwarded) -> Evidence:
        waiting: int | str = "unknown"

        def empty() -> Evidence:
            nonlocal waiting
            waiting = self._controls.waiting_in(step.of)
            if waiting:
                raise NotToldError(f"{waiting} payments wait")
            return {"waiting_in_retry_queue": 0}

        try:
            return self._waiting.until(step.within / self._scale, self._unless_overtaken(empty), pause=POLL_SECONDS)
        except OvertakenError:
            raise
        except StepError:
            return {"waiting_in_retry_queue": waiting, "payments": self._waiting_payments(step.of)}

    def _waiting_payments(self, of: Role) -> str:
        try:
            return ", ".join(self._controls.waiting_payments(of)) or "none shows itself now"
        except NotToldError as error:
            return f"unknown ({error})"

    def _until(self, limit: float, attempt: Callable[[], Evidence]) -> Evidence:
        """Repeat, for `limit` emulated seconds, but `LEAST_REAL_SECONDS` real ones at least."""
        real = at_least(limit, real=LEAST_REAL_SECONDS, scale=self._scale) / self._scale
        return self._waiting.until(real, self._unless_overtaken(attempt), pause=POLL_SECONDS)

    def _unless_overtaken(self, attempt: Callable[[], Evidence]) -> Callable[[], Evidence]:
        """Return an attempt that, when it must be repeated, looks whether the plan still has its way."""

        def attempted() -> Evidence:
            try:
                return attempt()
            except NotToldError:
                self._changes.confirm()
                raise

        return attempted

    @property
    def _scale(self) -> float:
        return self._controls.clock.scale

    def _name(self, role: Role) -> str:
        return self._controls.site.regions[role].name


def _told(writer: Writer) -> Evidence:
    return {
        "epoch": writer.epoch,
        "state": writer.state.value,
        "region": writer.region,
        "by": writer.by,
        "at": writer.at,
        "reason": writer.reason,
    }
