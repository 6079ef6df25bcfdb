"""Which payments were acknowledged, and which of them each replica is not known to hold yet."""

import threading
from dataclasses import dataclass

from contract.roles import Role
from operations.drills.events import AnyEvent, PaymentAttempt


@dataclass(frozen=True)
class Acknowledged:
    """A payment that is promised to be durable."""

    payment: str
    at: float
    """Elapsed seconds."""


class Ledger:
    """Listens to the event log; from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all: dict[str, float] = {}
        self._awaited: dict[Role, dict[str, float]] = {role: {} for role in Role}

    def note(self, event: AnyEvent) -> None:
        """Take an acknowledgement in."""
        if not isinstance(event, PaymentAttempt) or not event.acknowledged:
            return
        with self._lock:
            if event.payment not in self._all:
                self._all[event.payment] = event.elapsed
                for role in Role:
                    self._awaited[role][event.payment] = event.elapsed

    @property
    def payments(self) -> tuple[str, ...]:
        """Return every payment that was acknowledged."""
        with self._lock:
            return tuple(self._all)

    def awaited(self, replica: Role) -> list[Acknowledged]:
        """Return what a replica is not known to hold, oldest first."""
        with self._lock:
            return [Acknowledged(payment, at) for payment, at in self._awaited[replica].items()]

    def arrived(self, replica: Role, payment: str) -> None:
        """Note that a replica holds a payment."""
        with self._lock:
            self._awaited[replica].pop(payment, None)
