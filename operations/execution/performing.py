"""Performs each kind of step: one change, or a wait with a limit; every step can be repeated."""

from collections.abc import Callable
from functools import partial

from contract.deadlines import SETTLE_SECONDS
from contract.roles import Role
from handlers.runtime import timestamp
from handlers.writer.changes import close_planned, hold, set_automatic, take_over, undo
from handlers.writer.item import Writer
from operations.clock import at_least
from operations.execution.changing import ChangeSequence, Successor
from operations.execution.controls import Controls, NotAvailableError
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
        """Return the plan's changes of the writer."""
        return self._changes

    def perform(self, step: Step) -> Evidence:  # noqa: C901, PLR0911, PLR0912 — one branch per kind of step
        """Perform a step to its end.

        Raises:
            StepError: It failed, or exceeded its limit.
        """
        match step:
            case ClosePlanned():
                return self._close_planned(step)
            case TakeOver():
                taken = self._changed(self._taking_over(step.to), near=step.to)
                self._watch_payments(step.to)  # while the closing settles, so it takes no extra time
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
                return _writer_evidence(self._changes.open(step.of, beside=self._beside))
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
        return _writer_evidence(self._changes.make(successor, near=near))

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
        if self._drain is None:  # the plan was resumed: read the stream's history instead
            self._drain = Drain(self._controls, self._waiting, source=step.source, destination=step.destination)
        # Negative: the closing settled in the step before, and some time has passed since.
        within = step.within + min(0.0, self._changes.settles_in)
        return self._drain.finish(within)

    def _beside(self) -> None:
        if self._drain is not None:
            self._drain.follow()

    def _break_glass(self, step: BreakGlass) -> Evidence:
        try:
            self._controls.break_glass(step.of, step.epoch)
        except NotAvailableError as error:
            raise StepError(str(error)) from error
        return {"epoch": step.epoch}

    def _owns(self, of: Role) -> Evidence:
        if not self._controls.owns(of):
            raise NotAvailableError("it still answers 404")
        return {"owner": self._name(of)}

    def _dns(self, answering: Role) -> Evidence:
        answered = self._controls.answered()
        if answered is not answering:
            raise NotAvailableError(f"it answers {self._name(answered)} still")
        return {"answered": self._name(answering), "at": timestamp(self._controls.clock.time())}

    def _watch_payments(self, role: Role) -> None:
        """Start watching a region's stream before the region opens; if this fails, no payment is observed."""
        if role in self._watched:
            return
        self._watched.add(role)
        try:
            self._controls.begun_in(role)
        except NotAvailableError as error:
            self._waiting.on_wait(str(error))

    def _first_payment(self, step: AwaitPayment) -> Evidence:
        def paid() -> Evidence:
            receipt = self._controls.pay()
            if receipt.began_in is not step.serving:
                raise NotAvailableError(f"{self._name(receipt.began_in)} stored it")
            return {"seen": True, "transaction_id": receipt.transaction_id}

        def seen() -> Evidence:
            payments = self._controls.begun_in(step.serving)
            if not payments:
                raise NotAvailableError("no payment yet")
            return {"seen": True, "payment": payments[0]}

        if step.pays:
            return self._until(step.within, paid)
        try:  # an idle region is not a failure, so a short wait suffices
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
                raise NotAvailableError(f"{waiting} payments wait")
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
        except NotAvailableError as error:
            return f"unknown ({error})"

    def _until(self, limit: float, attempt: Callable[[], Evidence]) -> Evidence:
        """Repeat for `limit` emulated seconds, but at least `LEAST_REAL_SECONDS` real ones."""
        real = at_least(limit, real=LEAST_REAL_SECONDS, scale=self._scale) / self._scale
        return self._waiting.until(real, self._unless_overtaken(attempt), pause=POLL_SECONDS)

    def _unless_overtaken(self, attempt: Callable[[], Evidence]) -> Callable[[], Evidence]:
        """Wrap an attempt so that each repetition first checks that nobody else has changed the writer."""

        def attempted() -> Evidence:
            try:
                return attempt()
            except NotAvailableError:
                self._changes.confirm()
                raise

        return attempted

    @property
    def _scale(self) -> float:
        return self._controls.clock.scale

    def _name(self, role: Role) -> str:
        return self._controls.site.regions[role].name


def _writer_evidence(writer: Writer) -> Evidence:
    return {
        "epoch": writer.epoch,
        "state": writer.state.value,
        "region": writer.region,
        "by": writer.by,
        "at": writer.at,
        "reason": writer.reason,
    }
