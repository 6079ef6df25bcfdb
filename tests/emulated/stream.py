"""A payer who pays all the time: each payment again and again until it is acknowledged, wherever DNS leads."""

import math
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import dns.resolver

from client.payments import PaymentClient, Resolves
from tests.emulated.payments import new_payment

ACKNOWLEDGED = (200, 201, 202)

_PAUSE_SECONDS = 0.1
_LAST_SECONDS = 20


@dataclass(frozen=True)
class Attempt:
    """One request, with the address that the payer's DNS gave and the answer's status; None when there was none."""

    ended_at: float
    """By the machine's monotonic clock."""
    transaction_id: str
    address: str
    status: int | None


class NotingStub(dns.resolver.Resolver):
    """Asks a DNS server, and notes when (by the machine's monotonic clock)."""

    def __init__(self, port: int) -> None:
        super().__init__(configure=False)
        self.nameservers, self.port, self.lifetime = ["127.0.0.1"], port, 5.0
        self.asked_at: list[float] = []

    def resolve(self, *arguments: Any, **more: Any) -> dns.resolver.Answer:
        self.asked_at.append(time.monotonic())
        return super().resolve(*arguments, **more)


class Remembered:
    """Resolves as its resolver does, and remembers what it said last."""

    def __init__(self, resolver: Resolves) -> None:
        self._resolver = resolver
        self.latest = ""

    def addresses(self, host: str) -> Sequence[str]:
        found = self._resolver.addresses(host)
        self.latest = found[0]
        return found


class PaymentStream:
    """Pays in a thread of its own while the block runs; the payment under way at its end is still acknowledged."""

    def __init__(self, client: PaymentClient, remembered: Remembered) -> None:
        self.attempts: list[Attempt] = []
        self._client = client
        self._remembered = remembered
        self._stopping = threading.Event()
        self._gives_up_at = math.inf
        self._thread = threading.Thread(target=self._pay, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Pay no more; the last payment has some seconds left. No matter if it has stopped already."""
        self._gives_up_at = time.monotonic() + _LAST_SECONDS
        self._stopping.set()
        self._thread.join()

    def _pay(self) -> None:
        while not self._stopping.is_set():
            payment = new_payment()
            while not self._attempt(payment) and time.monotonic() < self._gives_up_at:
                time.sleep(_PAUSE_SECONDS)
            time.sleep(_PAUSE_SECONDS)

    def _attempt(self, payment: Mapping[str, object]) -> bool:
        try:
            status: int | None = self._client.pay(payment).status
        except OSError:
            status = None
        attempt = Attempt(time.monotonic(), str(payment["transactionId"]), self._remembered.latest, status)
        self.attempts.append(attempt)
        return status in ACKNOWLEDGED
