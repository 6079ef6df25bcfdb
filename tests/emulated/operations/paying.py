"""A payer who pays all the time through real DNS, and tries again under the same id until the payment is taken."""

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Self

from botocore.credentials import Credentials

from client.dns import Resolver
from client.https import Timeouts
from client.payments import PaymentClient
from operations.clock import ScaledOperationsClock
from tests.emulated.payments import new_payment
from tests.emulated.site import Site

_TAKEN = {200, 201, 202}
_TIMEOUTS = Timeouts(connect=2, answer=10)


@dataclass
class SteadyPayer:
    """Pays from the beginning of a `with` block to its end."""

    site: Site
    credentials: Credentials
    time_scale: float
    pause: float = 0.2
    """Between two attempts, in real seconds: who pays without a break slows down what is watched."""
    acknowledged: list[str] = field(default_factory=list)
    """The ids of the payments that were taken."""
    created: Counter[str] = field(default_factory=Counter)
    """How often a payment was answered 201: more than once, and it was stored twice."""
    answers: Counter[int | None] = field(default_factory=Counter)
    """How often each status was answered; None is no answer."""
    _over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._pay_on, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _pay_on(self) -> None:
        emulator = self.site.deployment.emulator
        client = PaymentClient(
            self.site.deployment.outputs["failover_endpoint_url"],
            credentials=self.credentials,
            resolver=Resolver(("127.0.0.1", emulator.dns_port), clock=ScaledOperationsClock(self.time_scale)),
            port=emulator.data_plane_port,
            ca_file=emulator.ca_file,
            timeouts=_TIMEOUTS,
        )
        while not self._over.is_set():
            self._pay(client)
            time.sleep(self.pause)

    def _pay(self, client: PaymentClient) -> None:
        payment = new_payment()
        while not self._over.is_set():
            status = self._attempt(client, payment)
            self.answers[status] += 1
            self.created[str(payment["transactionId"])] += status == 201
            if status in _TAKEN:
                self.acknowledged.append(str(payment["transactionId"]))
                return
            time.sleep(self.pause)

    @staticmethod
    def _attempt(client: PaymentClient, payment: dict[str, object]) -> int | None:
        try:
            return client.pay(payment).status
        except OSError:
            return None
