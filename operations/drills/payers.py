"""The clients of a drill: payers as they should be written, and one that knows nothing of failovers."""

import threading
from collections.abc import Callable, Sequence
from itertools import count

from client.attempt_results import judge
from client.https import Timeouts
from client.payments import PaymentClient, Resolves
from contract.roles import Role
from operations.clock import OperationsClock, at_least
from operations.drills.events import PaymentAttempt
from operations.drills.log import EventLog
from operations.drills.planted_versions import PLANTED_HEADER
from operations.drills.scenario import UnusualPayments
from operations.errors import one_line
from operations.execution.live_controls import DRILL_PREFIX
from operations.site import Site

AMOUNT, CURRENCY = "0.01", "EUR"
"""The least that can be paid: on AWS these are payments like all others."""

_SECONDS = 1.0
"""Between two attempts of a client, in emulated seconds."""
_REAL_SECONDS_EACH = 0.1
"""At least, in real seconds for each client: an emulator on a small machine answers some thirty requests a second."""
_TIMEOUTS = Timeouts(connect=2, answer=10)
"""In real seconds, as what a function does takes real time on any clock."""
_CREATED = 201


def payment_prefix(drill: str) -> str:
    """Return what the ids of a drill's payments begin with."""
    return f"{DRILL_PREFIX}{drill}-"


class Once:
    """A resolver that never asks again, as a client does that keeps the first answer for ever."""

    def __init__(self, resolver: Resolves) -> None:
        self._resolver = resolver
        self._addresses: Sequence[str] = ()

    def addresses(self, host: str) -> Sequence[str]:
        """Return what was answered the first time; raises as the resolver does."""
        self._addresses = self._addresses or self._resolver.addresses(host)
        return self._addresses


class _Noting:
    """Notes the address that an attempt tries first."""

    def __init__(self, resolver: Resolves) -> None:
        self._resolver = resolver
        self.noted: str | None = None

    def addresses(self, host: str) -> Sequence[str]:
        self.noted = None
        found = self._resolver.addresses(host)
        self.noted = found[0]
        return found


class Payer:
    """Pays without a pause, with ids that are known beforehand; each attempt is recorded.

    Args:
        name: The client's name.
        drill: The drill's id.
        retries: Whether a payment is tried again under its id until it is acknowledged.
        resolver: What knows the API's addresses.
        connect: Makes the payment client that uses a resolver.
        whose: Tells whose region's an address is, as far as that is known.
        site: The regions' names.
        log: Where attempts are recorded.
        clock: What it paces itself by.
        clients: How many clients there are in all.
        unusual: Which of its payments are of another kind, if any.
    """

    def __init__(
        self,
        *,
        name: str,
        drill: str,
        retries: bool,
        resolver: Resolves,
        connect: Callable[[Resolves], PaymentClient],
        whose: Callable[[str], Role | None],
        site: Site,
        log: EventLog,
        clock: OperationsClock,
        clients: int = 4,
        unusual: UnusualPayments | None = None,
    ) -> None:
        self.name = name
        self._prefix = f"{payment_prefix(drill)}{name}-"
        self._retries = retries
        self._resolver = _Noting(resolver)
        self._client = connect(self._resolver)
        self._whose = whose
        self._roles = {region.name: role for role, region in site.regions.items()}
        self._log, self._clock = log, clock
        self._unusual = unusual
        self._pace = at_least(_SECONDS, real=_REAL_SECONDS_EACH * clients, scale=clock.scale)

    def run(self, stop: threading.Event) -> None:
        """Pay until told to stop."""
        for number in count(1):
            payment: dict[str, object] = {
                "transactionId": f"{self._prefix}{number:05}",
                "amount": AMOUNT,
                "currency": CURRENCY,
            }
            if self._unusual is not None and number % self._unusual.every == 0:
                payment["metadata"] = dict(self._unusual.metadata)
            while not stop.is_set():
                acknowledged = self._attempt(payment)
                self._clock.sleep(self._pace)
                if acknowledged or not self._retries:
                    break
            if stop.is_set():
                return

    def _attempt(self, payment: dict[str, object]) -> bool:
        """Try once, record how it went, and return whether the payment was acknowledged."""
        began, error, planted = round(self._log.elapsed(), 3), "", ""
        status: int | None = None
        doubtful = True
        stored_in: Role | None = None
        try:
            answer = self._client.pay(payment, timeouts=_TIMEOUTS)
            status, doubtful = answer.status, judge(answer).is_doubtful
            planted = answer.headers.get(PLANTED_HEADER, "")
            if status == _CREATED:  # stored now, so by the region that it names
                stored_in = self._roles.get(answer.json()["region"])
        except (OSError, ValueError, LookupError, TypeError) as failure:
            error = one_line(failure)
            if isinstance(failure, OSError):
                doubtful = judge(failure).is_doubtful
        address = self._resolver.noted
        return self._log.record(
            PaymentAttempt,
            client=self.name,
            payment=str(payment["transactionId"]),
            began=began,
            address=address,
            role=stored_in or (None if address is None else self._whose(address)),
            status=status,
            error=error,
            doubtful=doubtful,
            planted=planted,
        ).acknowledged
