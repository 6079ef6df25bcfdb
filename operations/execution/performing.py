"""What each step does: one change, or a wait with a limit; every step can be repeated."""

from collections.abc import Callable
from typing import TypeVar

from handlers.deadlines import FENCE_SETTLE_SECONDS
from handlers.payments.fence import FenceChange
from handlers.runtime import timestamp
from operations.clock import at_least
from operations.errors import OperationError
from operations.execution.controls import Controls, NotToldError
from operations.execution.journal import Evidence
from operations.moments import epoch_seconds
from operations.plans.steps import (
    AwaitDns,
    AwaitFence,
    AwaitPayment,
    AwaitTakeover,
    ClearFence,
    Drain,
    OutliveAnswers,
    SetFence,
    Settle,
    Step,
)
from operations.site import Role

FENCE_LIMIT_SECONDS = 120.0
HEARTBEAT_LIMIT_SECONDS = 180.0
"""Heartbeats come each minute, and replicate."""
TAKEOVER_LIMIT_SECONDS = 60.0
DNS_LIMIT_SECONDS = 300.0
"""Three probes at the slowest interval of 30 s, with Route 53's own delays."""

LEAST_REAL_SECONDS = 60.0
"""What a wait is granted before it fails: reading and changing take real time, however fast an emulator's time runs."""

POLL_SECONDS = 2.0

T = TypeVar("T")


class StepError(OperationError):
    """A step did not come to its end; what was done stays, and the plan can be resumed or rolled back."""


class Performer:
    """Performs steps; `told` hears what a waiting step is waiting for."""

    def __init__(self, controls: Controls, told: Callable[[str], None] = lambda _: None) -> None:
        self._controls = controls
        self._told = told

    def perform(self, step: Step) -> Evidence:  # noqa: PLR0911 — one a kind of step
        """Perform a step to its end.

        Raises:
            StepError: It cannot be done, or not within its limit.
        """
        match step:
            case SetFence():
                return self._changed(lambda: self._controls.set_fence(step.of))
            case ClearFence():
                return self._changed(lambda: self._controls.clear_fence(step.of))
            case AwaitFence():
                return self._until(FENCE_LIMIT_SECONDS, lambda: self._seen(step.of, fenced=step.fenced))
            case Settle():
                return self._settle()
            case Drain():
                return self._drain(step)
            case AwaitTakeover():
                return self._until(TAKEOVER_LIMIT_SECONDS, lambda: self._takeover(taken_over=step.taken_over))
            case AwaitDns():
                return self._until(DNS_LIMIT_SECONDS, lambda: self._dns(step.answering))
            case AwaitPayment():
                return self._first_payment(step)
            case OutliveAnswers():
                self._controls.clock.sleep(step.seconds)
                return {"waited_seconds": step.seconds}

    def _changed(self, change: Callable[[], FenceChange]) -> Evidence:
        try:
            made = change()
        except NotToldError as error:
            raise StepError(str(error)) from error
        fence = made.fence
        return {"changed": made.changed, "epoch": fence.epoch, "at": fence.at, "by": fence.by, "reason": fence.reason}

    def _seen(self, of: Role, *, fenced: bool) -> Evidence:
        epochs = {}
        for replica in Role:
            fence = self._controls.fence(of, seen_by=replica)
            if fence.fenced is not fenced:
                raise NotToldError(f"it is {'fenced' if fence.fenced else 'open'} in {self._name(replica)}'s replica")
            epochs[f"epoch_in_{replica}"] = fence.epoch
        return epochs

    def _settle(self) -> Evidence:
        clock = self._controls.clock
        clock.sleep(FENCE_SETTLE_SECONDS * clock.scale)
        return {"real_seconds": FENCE_SETTLE_SECONDS}

    def _drain(self, step: Drain) -> Evidence:
        """Both heartbeats are told by the source's clock: a newer one was written after the fence had settled there."""
        source, destination = step.source, step.destination
        last = self._until(HEARTBEAT_LIMIT_SECONDS, lambda: self._controls.heartbeat_at(source, seen_by=source))
        self._controls.clock.sleep(step.seconds)

        def heard() -> Evidence:
            heartbeat = self._controls.heartbeat_at(source, seen_by=destination)
            if heartbeat <= last:
                raise NotToldError(f"no heartbeat of {self._name(source)} yet from after its fence")
            return {
                "waited_seconds": step.seconds,
                "heartbeat_before": timestamp(last),
                "heartbeat_at": timestamp(heartbeat),
                **self._seen(source, fenced=True),
                "waiting_in_retry_queue": self._controls.waiting_in(source),
            }

        return self._until(HEARTBEAT_LIMIT_SECONDS, heard)

    def _changed_at(self, role: Role) -> float:
        """Return when a region's fence was last changed; now, if it does not tell."""
        try:
            at = epoch_seconds(self._controls.fence(role, seen_by=Role.STANDBY).at)
        except NotToldError as error:
            raise StepError(str(error)) from error
        return self._controls.clock.time() if at is None else at

    def _takeover(self, *, taken_over: bool) -> Evidence:
        if self._controls.taken_over() is not taken_over:
            raise NotToldError(f"it answers {404 if taken_over else 200} still")
        return {"taken_over": taken_over}

    def _dns(self, answering: Role) -> Evidence:
        answered = self._controls.answered()
        if answered is not answering:
            raise NotToldError(f"it answers {self._name(answered)} still")
        return {"answered": self._name(answering), "at": timestamp(self._controls.clock.time())}

    def _first_payment(self, step: AwaitPayment) -> Evidence:
        since = self._changed_at(Role.PRIMARY)
        if step.pays:
            return self._until(step.within, lambda: self._paid(step.serving))

        def seen() -> Evidence:
            paid = self._controls.paid_at(step.serving)
            if paid <= since:
                raise NotToldError("no payment yet")
            return {"seen": True, "payment_at": timestamp(paid)}

        try:
            return self._until(step.within, seen, real=0)  # a quiet region is no failure, and need not be waited for
        except StepError:
            return {"seen": False, "within_seconds": step.within}

    def _paid(self, serving: Role) -> Evidence:
        receipt = self._controls.pay()
        if receipt.began_in is not serving:
            raise NotToldError(f"{self._name(receipt.began_in)} stored it")
        return {"seen": True, "transaction_id": receipt.transaction_id}

    def _until(self, limit: float, attempt: Callable[[], T], *, real: float = LEAST_REAL_SECONDS) -> T:
        """Return what `attempt` tells as soon as it does; the last reason why it did not is the error."""
        clock = self._controls.clock
        limit = at_least(limit, real=real, scale=clock.scale)
        deadline = clock.monotonic() + limit
        while True:
            try:
                return attempt()
            except NotToldError as error:
                if clock.monotonic() >= deadline:
                    raise StepError(f"not within {limit:g} s: {error}") from error
                self._told(str(error))
            clock.sleep(POLL_SECONDS)

    def _name(self, role: Role) -> str:
        return self._controls.site.regions[role].name
