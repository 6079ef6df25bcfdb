"""From single attempts to what a client experienced: outages, and how the longest was overcome. Pure."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from pydantic import BaseModel, ConfigDict

from operations.drills.events import DnsSample, FaultChange, PaymentAttempt


class Measured(BaseModel):
    """A part of what a drill measured."""

    model_config = ConfigDict(frozen=True)


class Outage(Measured):
    """A client could not pay; emulated seconds since the drill began."""

    client: str
    began: float
    """When it could still pay, or when the fault came if that is later."""
    ended: float | None
    """When the first payment was acknowledged again; None if none was."""
    failures: int

    @property
    def seconds(self) -> float | None:
        """How long it lasted."""
        return None if self.ended is None else self.ended - self.began


class Recovery(Measured):
    """How the longest outage was overcome, split into its parts; emulated seconds."""

    client: str
    began: float
    seconds: float
    detection: float | None = None
    """Until DNS answered with the other region; None where DNS did not move."""
    dns: float | None = None
    """From then until the client asked the other region."""
    first_success: float | None = None
    """From then until a payment was acknowledged."""


def outages(attempts: Iterable[PaymentAttempt], faults: Sequence[FaultChange]) -> list[Outage]:
    """Return one client's outages; its attempts come in the order in which they ended."""
    found: list[Outage] = []
    last_success = 0.0
    began, failures = None, 0
    for attempt in attempts:
        if attempt.acknowledged:
            if began is not None:
                found.append(Outage(client=attempt.client, began=began, ended=attempt.elapsed, failures=failures))
            last_success, began, failures = attempt.elapsed, None, 0
        else:
            failures += 1
            if began is None:
                struck = [each.elapsed for each in faults if each.active and each.elapsed <= attempt.elapsed]
                began = max(last_success, *struck, 0.0)
            client = attempt.client
    if began is not None:
        found.append(Outage(client=client, began=began, ended=None, failures=failures))
    return found


def recovery(outage: Outage, attempts: Sequence[PaymentAttempt], samples: Sequence[DnsSample]) -> Recovery | None:
    """Split an outage into detection, DNS and first success; the parts add up. None if it did not end."""
    if outage.ended is None:
        return None
    total = Recovery(client=outage.client, began=outage.began, seconds=outage.ended - outage.began)
    moved = _moved(samples, outage)
    if moved is None:
        return total
    asked = next(
        (
            each.began
            for each in attempts
            if each.role == moved.role and each.began >= outage.began and each.elapsed <= outage.ended
        ),
        None,
    )
    if asked is None:
        return total
    known = min(moved.elapsed, asked)  # a client may see the new answer before the next sample does
    return total.model_copy(
        update={
            "detection": known - outage.began,
            "dns": asked - known,
            "first_success": outage.ended - asked,
        }
    )


def dns_moves(samples: Iterable[DnsSample]) -> list[DnsSample]:
    """Return the samples with another region than the one before; what could not be read is no move."""
    known = [each for each in samples if each.role is not None]
    return [after for before, after in pairwise(known) if after.role != before.role]


def _moved(samples: Sequence[DnsSample], outage: Outage) -> DnsSample | None:
    """Return the first move of DNS during an outage that ended."""
    ended = outage.ended or outage.began
    return next((each for each in dns_moves(samples) if outage.began <= each.elapsed <= ended), None)
